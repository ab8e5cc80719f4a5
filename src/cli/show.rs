//! `hireline show`: all that the ledger knows of one profile: whose candidate it is, every step and how far it is, and what was told. From the
//! ledger alone: it holds ids, states and times, so there is nothing to mask.

use super::resolve::opened;
use super::{Failure, LedgerOption, Result, history, print};
use crate::exit;
use crate::ledger::Seen;
use crate::report::terminal::{self, printable};
use crate::step::{Person, PersonKey, State, Step, StepRow};
use crate::visible;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The pipeline's file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The profile's key
    #[arg(long, value_name = "KEY")]
    profile: String,
    /// One object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ledger: LedgerOption,
}

pub(super) async fn show(options: &Options) -> Result<u8> {
    let (pipeline, ledger) = opened(&options.path, &options.ledger)?;
    let account = &pipeline.destination.account;
    let mut people = ledger.people(&options.profile).await.map_err(Failure::could_not)?;
    people.retain(|(who, _)| &who.account == account);
    let seen = ledger.seen_of_profile(&options.profile).await.map_err(Failure::could_not)?;
    if people.is_empty() && seen.is_empty() {
        let words = format!("the ledger knows no profile {}: it was never met, or was forgotten", options.profile);
        return Err(Failure { code: exit::ATTENTION, words });
    }
    if options.json {
        let people: Vec<Value> = people.iter().map(|(who, person)| person_json(who, person)).collect();
        let seen: Vec<Value> = seen.iter().map(history::seen_json).collect();
        let all = json!({ "profile": options.profile, "people": people, "seen": seen });
        print::line(&visible::json(&format!("{all:#}")));
    } else {
        people.iter().for_each(|(who, person)| told(who, person));
        last_told(&seen);
    }
    Ok(exit::WELL)
}

fn told(who: &PersonKey, person: &Person) {
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
        let words = format!("{}{id}{}  by {}", meaning(row), attempt.unwrap_or_default(), row.pipeline);
        print::plain(&format!("  {:<18} {words}", named(row.step)));
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

/// The candidate first, then by kind.
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
        State::Intended => "under way, or cut off: the next run looks",
        State::Open => "sent, answer lost: the next run looks",
        State::Rejected => "refused by Greenhouse",
        State::Closed => "not done; the next run sends it",
        State::Absent => "looked for in vain; the next run sends it again",
        State::Uncertain => "uncertain: a person must look, see `hireline resolve`",
        State::GivenUp => "given up by a person",
    }
}

fn person_json(who: &PersonKey, person: &Person) -> Value {
    let steps = in_order(person).into_iter().map(|row| {
        json!({
            "step": row.step.word(), "name": row.step.to_string(), "state": row.state.as_str(), "id": row.id, "ours": row.ours, "pipeline": row.pipeline,
            "attempt": row.attempt.as_ref().map(|attempt| attempt.number), "intended_at": row.attempt.as_ref().map(|attempt| attempt.intended_at),
        })
    });
    json!({
        "account": who.account, "source_key": who.source_key, "candidate_id": person.candidate.map(|row| row.id),
        "ours": person.candidate.map(|row| row.ours), "gone": person.candidate.map(|row| row.gone), "delivered": person.delivered,
        "steps": steps.collect::<Vec<_>>(),
    })
}
