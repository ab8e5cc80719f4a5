//! `hireline show`: all that the ledger knows of one profile: whose candidate it is, every step and how far it is, and what was told. From the
//! ledger alone: it holds ids, states and times, so there is nothing to mask.

use super::{Failure, Result, Target, history, print};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report::lines::with;
use crate::cli::report::terminal::{self, printable};
use crate::delivery::backoff;
use crate::ledger::Seen;
use crate::model::step::{Person, PersonKey, State, Step, StepRow};
use jiff::SignedDuration;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    target: Target,
    /// One object
    #[arg(long)]
    json: bool,
}

pub(super) async fn show(options: &Options) -> Result<u8> {
    let (pipeline, ledger) = options.target.open()?;
    let account = &pipeline.destination.account;
    let mut people = ledger.people(&options.target.profile).await?;
    people.retain(|(who, _)| &who.account == account);
    let settle = SignedDuration::try_from(pipeline.destination.settle).unwrap_or(SignedDuration::MAX);
    let seen = ledger.seen_of_profile(&options.target.profile).await?;
    if people.is_empty() && seen.is_empty() {
        let words = format!("the ledger knows no profile {}: it was never met, or was forgotten", options.target.profile);
        return Err(Failure { code: exit::ATTENTION, words });
    }
    if options.json {
        let people: Vec<Value> = people.iter().map(|(who, person)| person_json(who, person, settle)).collect();
        let seen: Vec<Value> = seen.iter().map(history::seen_json).collect();
        let all = json!({ "profile": options.target.profile, "people": people, "seen": seen });
        print::line(&display::json(&format!("{all:#}")));
    } else {
        people.iter().for_each(|(who, person)| told(who, person, settle));
        last_told(&seen);
    }
    Ok(exit::WELL)
}

fn told(who: &PersonKey, person: &Person, settle: SignedDuration) {
    let bold = anstyle::Style::new().bold();
    print::line(&format!(
        "{bold}{}{bold:#}  of source {}, account {}",
        printable(&who.profile_key),
        printable(&who.source_key),
        who.account
    ));
    let candidate = match person.candidate {
        None => "no candidate yet".to_owned(),
        Some(row) => {
            let whose = if row.ours { "made by us" } else { "was there before" };
            let gone = if row.gone { ", and is gone from Greenhouse" } else { "" };
            format!("candidate {}, {whose}{gone}", row.id)
        }
    };
    let whole = if person.delivered { "all was brought about" } else { "not all was brought about yet" };
    print::plain(&format!("  {candidate}; {whole}"));
    for row in in_order(person) {
        let id = row.id.map(|id| format!("  id {id}")).unwrap_or_default();
        let attempt = row.attempt.as_ref().map(|attempt| format!("  attempt {}, {:.0}", attempt.number, attempt.intended_at));
        let next = backoff::next_attempt(row, settle).map(|at| format!("; next attempt after {at:.0}")).unwrap_or_default();
        let words = format!("{}{next}{id}{}  by {}", meaning(row), attempt.unwrap_or_default(), row.pipeline);
        print::plain(&format!("  {:<18} {words}", named(row.step)));
        if let Some(refusal) = &row.refusal {
            print::plain(&format!("      {}", printable(refusal)));
        }
    }
}

fn last_told(seen: &[Seen]) {
    for row in seen {
        let style = terminal::style(row.outcome);
        print::line(&format!("  last told by {}: {style}{}{style:#}, {:.0}, run {}", row.pipeline, row.outcome, row.at, row.run));
        if let Some(reason) = &row.reason {
            print::plain(&format!("      {}", printable(reason)));
        }
    }
}

fn in_order(person: &Person) -> Vec<&StepRow> {
    let mut rows: Vec<_> = person.steps.iter().collect();
    rows.sort_by_key(|row| row.step);
    rows
}

/// A step without its digest, which says nothing to a person.
fn named(step: Step) -> String {
    match step {
        Step::Application { job } => format!("application {job}"),
        Step::Attachment { job: Some(job), .. } => format!("attachment on {job}"),
        step => step.word().to_owned(),
    }
}

/// The state, in the words of who asks what happened.
fn meaning(row: &StepRow) -> &'static str {
    match row.state {
        State::Done if row.ours => "done",
        State::Done => "was there",
        State::Intended => "under way, or cut off: a run looks for it first",
        State::Open => "sent, answer lost: a run looks for it first",
        State::Rejected => "refused by Greenhouse",
        State::Closed => "not done; the next run sends it",
        State::Absent => "looked for in vain",
        State::Uncertain => "uncertain: a person must look, see `hireline resolve`",
        State::GivenUp => "given up by a person",
    }
}

fn person_json(who: &PersonKey, person: &Person, settle: SignedDuration) -> Value {
    let steps = in_order(person).into_iter().map(|row| {
        let next = backoff::next_attempt(row, settle).map(|at| json!(at));
        let line = json!({
            "step": row.step.word(), "name": row.step.to_string(), "state": row.state.as_str(), "id": row.id, "ours": row.ours, "pipeline": row.pipeline,
            "attempt": row.attempt.as_ref().map(|attempt| attempt.number), "intended_at": row.attempt.as_ref().map(|attempt| attempt.intended_at),
        });
        with(line, [("next_attempt_at", next), ("refusal", row.refusal.clone().map(Value::from))])
    });
    json!({
        "account": who.account, "source_key": who.source_key, "candidate_id": person.candidate.map(|row| row.id),
        "ours": person.candidate.map(|row| row.ours), "gone": person.candidate.map(|row| row.gone), "delivered": person.delivered,
        "steps": steps.collect::<Vec<_>>(),
    })
}
