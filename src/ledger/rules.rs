//! The ledger's rules: pure functions of rows. A store loads the rows, calls the rule and writes what it gives, in one transaction.
//! Source: `docs/delivery.md`, "The states of a step", R1, R4, R5, R6, R9 and R13.

use super::rows::{ActionRow, AttemptRow, Changes, Context, Holder, Pending, PersonRows, Released, Status};
use super::{Claim, Identity, Intent, OpenStep, Settlement};
use crate::base::digest::Digest;
use crate::model::step::{Attempt, CandidateRow, Failing, Fingerprint, Members, Person, PersonKey, Settled, State, Step, StepRow};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Whether a step in this state has been done, or may have been.
fn may_be_done(state: State) -> bool {
    match state {
        State::Intended | State::Open | State::Done | State::Uncertain => true,
        State::Rejected | State::Closed | State::Absent | State::GivenUp => false,
    }
}

pub(crate) fn is_application(step: Step) -> bool {
    matches!(step, Step::Application { .. } | Step::Prospect)
}

/// Whether the intent makes a candidate, and does not change one that is there: only a create has something by which its candidate
/// will be recognised.
fn creates(intent: &Intent) -> bool {
    intent.steps.contains(&Step::Candidate) && (!intent.identities.is_empty() || intent.fingerprint != Fingerprint::default())
}

/// Claims the e-mails and writes one request's rows, all or none.
pub(crate) fn intend(known: Option<&PersonRows>, context: &Context, intent: &Intent) -> (Claim, Changes) {
    match try_intend(known, context, intent) {
        Ok(changes) => (Claim::Intended, changes),
        Err(refusal) => (refusal, Changes::default()),
    }
}

fn try_intend(known: Option<&PersonRows>, context: &Context, intent: &Intent) -> Result<Changes, Claim> {
    let candidate = known.and_then(|known| known.status.candidate);
    if let Some(candidate) = candidate.filter(|_| creates(intent)) {
        return Err(Claim::Taken { candidate_id: candidate.id });
    }
    if known.is_none() && context.forgotten {
        return Err(Claim::Busy);
    }
    let steps: BTreeSet<Step> = intent.steps.iter().copied().collect();
    // Another profile of the same candidate has this application, or is making it.
    let has = |rows: &PersonRows, step: Step| rows.newest(step).is_some_and(|row| may_be_done(row.state));
    let taken = |step: Step| is_application(step) && context.siblings.iter().any(|rows| has(rows, step));
    if steps.iter().any(|step| taken(*step)) {
        return Err(Claim::Busy);
    }
    let numbers = steps.into_iter().map(|step| Some((step, next_attempt(known, step, intent.hash)?)));
    let numbers: Vec<(Step, u32)> = numbers.collect::<Option<_>>().ok_or(Claim::Busy)?;
    let id = known.map(|known| known.id);
    // A candidate weighs more than a claim: it is certain, and need not be waited for.
    let holders = || context.holders.iter().filter_map(|(_, holder)| holder.as_ref());
    if let Some(candidate) = holders().find_map(|holder| holder.candidate) {
        return Err(Claim::Taken { candidate_id: candidate.id });
    }
    if holders().any(|holder| Some(holder.person) != id) {
        return Err(Claim::Busy);
    }
    let free = context.holders.iter().filter(|(_, holder)| holder.is_none());
    let action = action_row(known, intent);
    Ok(Changes {
        status: known.is_none().then(Status::default),
        identities: free.map(|(email, _)| *email).collect(),
        attempts: numbers.into_iter().map(|(step, number)| attempt_row(intent, step, number, action.number)).collect(),
        actions: vec![action],
        ..Changes::default()
    })
}

/// The number of the next attempt. None where the newest one forbids it, because its end is not known or because it is done: the caller
/// had read the person before another run wrote.
fn next_attempt(known: Option<&PersonRows>, step: Step, hash: Digest) -> Option<u32> {
    let Some((known, newest)) = known.and_then(|known| Some((known, known.newest(step)?))) else { return Some(1) };
    let free = match newest.state {
        State::Intended | State::Open | State::Uncertain => false,
        State::Done => match step {
            // A candidate is updated, and may be set back to what it was before.
            Step::Candidate | Step::Update => true,
            // A newer file takes the place of an older one.
            Step::Attachment { .. } => known.action_of(newest).is_none_or(|action| action.hash != hash),
            Step::Application { .. } | Step::Prospect | Step::Employment(_) | Step::Education(_) | Step::Note(_) => false,
        },
        State::Rejected | State::Closed | State::Absent | State::GivenUp => true,
    };
    free.then_some(newest.number + 1)
}

fn action_row(known: Option<&PersonRows>, intent: &Intent) -> ActionRow {
    ActionRow {
        number: known.and_then(|known| known.actions.last()).map_or(0, |newest| newest.number) + 1,
        action: intent.action.clone(),
        pipeline: intent.pipeline.clone(),
        run: intent.run.clone(),
        hash: intent.hash,
        greenhouse_time: intent.greenhouse_time,
        intended_at: intent.intended_at,
        sent_by: intent.sent_by,
        members: intent.members.clone(),
        excused: false,
        refusal: None,
    }
}

fn attempt_row(intent: &Intent, step: Step, number: u32, action: i64) -> AttemptRow {
    // The fingerprint is the candidate's. So are the ids seen before, in a request that makes a candidate.
    let is_candidate = step == Step::Candidate;
    let sees = is_candidate || !intent.steps.contains(&Step::Candidate);
    AttemptRow {
        step,
        number,
        state: State::Intended,
        id: None,
        ours: false,
        action: Some(action),
        found_by: None,
        fingerprint: if is_candidate { intent.fingerprint.clone() } else { Fingerprint::default() },
        seen_before: if sees { intent.seen_before.clone() } else { Vec::new() },
        settled_at: None,
        looked_again_at: None,
    }
}

/// Writes the result of a request, or what was found. None where another request has one of the steps by now.
pub(crate) fn settle(known: Option<&PersonRows>, context: &Context, settlement: &Settlement) -> Option<Changes> {
    if known.is_none() && context.forgotten {
        // Forgotten while the request was under way: nothing of it is kept.
        return Some(Changes::default());
    }
    if settlement.excuses {
        return Some(known.and_then(|known| excused(known, settlement)).unwrap_or_default());
    }
    if let (Some(known), Some(action)) = (known, &settlement.action) {
        let newest = |settled: &Settled| known.action_of(known.newest(settled.step)?);
        if settlement.steps.iter().filter_map(newest).any(|newest| newest.action != *action) {
            return None;
        }
    }
    let before = known.map(|known| known.status).unwrap_or_default();
    let named = named(settlement, before.candidate);
    let candidate = named.map(|named| merged(before.candidate, named)).or(before.candidate);
    let status = Status { candidate, delivered: before.delivered || settlement.delivered };
    let mut changes = Changes {
        status: Some(status).filter(|status| known.is_none() || *status != before),
        // A candidate of ours is claimed, wherever it was listed: so are all its marks. One that another profile shares is not.
        claimed: named.filter(|named| named.ours).map(|named| named.id),
        ..Changes::default()
    };
    for settled in &settlement.steps {
        settle_step(known, settled, settlement, &mut changes);
    }
    let settles = |settled: &Settled| settled.step == Step::Candidate && !may_be_done(settled.state);
    match candidate {
        Some(candidate) => {
            let id = known.map(|known| known.id);
            let free = |holder: &Option<Holder>| holder.as_ref().is_none_or(|holder| is_anothers(holder, id, candidate.id));
            changes.identities = context.holders.iter().filter(|(_, holder)| free(holder)).map(|(email, _)| *email).collect();
        }
        None if settlement.steps.iter().any(settles) => changes.released = Some(Released::Own),
        None => {}
    }
    changes.sent.extend(settlement.sent.clone());
    Some(changes)
}

/// A request that was lost while Greenhouse was down; also where another attempt has followed it.
fn excused(known: &PersonRows, settlement: &Settlement) -> Option<Changes> {
    let action = known.actions.iter().find(|action| Some(&action.action) == settlement.action.as_ref())?;
    Some(Changes { actions: vec![ActionRow { excused: true, ..action.clone() }], ..Changes::default() })
}

/// Whether an e-mail names another candidate. What another person has claimed stays claimed: their candidate is being made, and has no
/// id to compare yet.
fn is_anothers(holder: &Holder, person: Option<i64>, candidate: u64) -> bool {
    Some(holder.person) != person && holder.candidate.is_some_and(|other| other.id != candidate)
}

/// Who the person's candidate is from now on, where the settlement says so: in its own words, or by a candidate's step that is done.
fn named(settlement: &Settlement, known: Option<CandidateRow>) -> Option<CandidateRow> {
    let done = || {
        let step = settlement.steps.iter().find(|settled| settled.step == Step::Candidate && settled.state == State::Done)?;
        Some(CandidateRow { id: step.id?, ours: step.ours, gone: false })
    };
    settlement.candidate.or_else(|| if known.is_none() { done() } else { None })
}

/// A candidate that we made stays ours, also for a run that finds it and does not know that.
fn merged(before: Option<CandidateRow>, named: CandidateRow) -> CandidateRow {
    let ours = named.ours || before.is_some_and(|before| before.id == named.id && before.ours);
    CandidateRow { ours, ..named }
}

fn settle_step(known: Option<&PersonRows>, settled: &Settled, settlement: &Settlement, changes: &mut Changes) {
    let Settled { step, state, id, ours } = *settled;
    let settled_at = Some(settlement.at);
    let Some((known, newest)) = known.and_then(|known| Some((known, known.newest(step)?))) else {
        let found_by = Some(settlement.pipeline.clone());
        let (fingerprint, seen_before) = (Fingerprint::default(), Vec::new());
        let row = AttemptRow {
            step,
            number: 0,
            state,
            id,
            ours,
            action: None,
            found_by,
            fingerprint,
            seen_before,
            settled_at,
            looked_again_at: None,
        };
        return changes.attempts.push(row);
    };
    let stays_ours = newest.state == State::Done && state == State::Done && newest.id == id && newest.ours;
    changes.attempts.push(AttemptRow { state, id, ours: ours || stays_ours, settled_at, ..newest.clone() });
    let Some(action) = known.action_of(newest) else { return };
    match state {
        // What the request carried counts as sent, once.
        State::Done if !action.members.is_empty() => {
            changes.sent.extend(action.members.clone());
            changed(changes, action).members.clear();
        }
        // The answer was lost, or the process that sent it is gone: the request is not under way any longer.
        State::Open if settlement.at < action.sent_by => changed(changes, action).sent_by = settlement.at,
        State::Rejected | State::Uncertain if settlement.refusal.is_some() => {
            changed(changes, action).refusal.clone_from(&settlement.refusal)
        }
        _ => {}
    }
}

fn changed<'a>(changes: &'a mut Changes, action: &ActionRow) -> &'a mut ActionRow {
    let at = changes.actions.iter().position(|changed| changed.number == action.number).unwrap_or_else(|| {
        changes.actions.push(action.clone());
        changes.actions.len() - 1
    });
    &mut changes.actions[at]
}

/// All that is known of a person: the newest attempt of each step, the candidate's first.
pub(crate) fn person(known: &PersonRows, context: &Context, sent: Option<Members>) -> Person {
    let mut steps: Vec<StepRow> = Vec::new();
    let mut attempts: Vec<&AttemptRow> = known.attempts.iter().collect();
    attempts.sort_by_key(|row| (row.step, row.number));
    for row in attempts {
        let older = steps.last_mut().filter(|older| older.step == row.step);
        // What was in vain before it was done once is past.
        let before = older.as_deref().filter(|older| older.state != State::Done);
        let (absences, failing) = before.map_or((0, None), |before| (before.absences, before.failing));
        let absences = absences + u32::from(row.state == State::Absent);
        let row = StepRow { failing: failing_since(known, row, failing), ..step_row(known, row, absences) };
        match older {
            Some(older) => *older = row,
            None => steps.push(row),
        }
    }
    for other in &context.siblings {
        add_applications(&mut steps, other);
    }
    steps.sort_unstable_by_key(|row| row.step);
    let Status { candidate, delivered } = known.status;
    Person { candidate, delivered, forgotten: false, steps, sent, shares: !context.siblings.is_empty() }
}

/// What counts against a step, with this attempt. An outage does not; but where the step failed before it, Greenhouse may fail on its content.
fn failing_since(known: &PersonRows, row: &AttemptRow, before: Option<Failing>) -> Option<Failing> {
    let action = known.action_of(row).filter(|action| row.state == State::Absent && (!action.excused || before.is_some()));
    action.map(|action| Failing::and(before, action.intended_at)).or(before)
}

/// Another profile of the same candidate may have been applied for already: an application of any status counts as there.
/// It is not ours for this person, so nothing is attached to it.
fn add_applications(steps: &mut Vec<StepRow>, other: &PersonRows) {
    let is_newest = |row: &&AttemptRow| other.newest(row.step).is_some_and(|newest| newest.number == row.number);
    let done = |row: &&AttemptRow| is_application(row.step) && row.state == State::Done && is_newest(row);
    for row in other.attempts.iter().filter(done) {
        let pipeline = row.found_by.clone().unwrap_or_default();
        let found = StepRow { ours: false, pipeline, attempt: None, settled_at: None, ..step_row(other, row, 0) };
        match steps.iter_mut().find(|own| own.step == row.step) {
            None => steps.push(found),
            Some(own) if matches!(own.state, State::Closed | State::Absent) => *own = found,
            Some(_) => {}
        }
    }
}

fn step_row(known: &PersonRows, row: &AttemptRow, absences: u32) -> StepRow {
    let action = known.action_of(row);
    let attempt = |action: &ActionRow| Attempt {
        number: row.number,
        action: action.action.clone(),
        hash: action.hash,
        fingerprint: row.fingerprint.clone(),
        seen_before: row.seen_before.clone(),
        greenhouse_time: action.greenhouse_time,
        intended_at: action.intended_at,
        sent_by: action.sent_by,
        members: action.members.clone(),
    };
    StepRow {
        step: row.step,
        state: row.state,
        id: row.id,
        ours: row.ours,
        pipeline: action.map(|action| &action.pipeline).or(row.found_by.as_ref()).cloned().unwrap_or_default(),
        attempt: action.map(attempt),
        absences,
        failing: None,
        settled_at: row.settled_at,
        refusal: action.filter(|_| matches!(row.state, State::Rejected | State::Uncertain)).and_then(|action| action.refusal.clone()),
    }
}

/// Single attempts with whose they are, the oldest first.
pub(crate) fn attempts<'a>(people: impl Iterator<Item = (&'a PersonKey, &'a PersonRows)>, pending: Pending) -> Vec<OpenStep> {
    let mut found = Vec::new();
    for (person, known) in people {
        for row in known.attempts.iter().filter(|row| is_pending(known, row, pending)) {
            let absent = |other: &&AttemptRow| other.step == row.step && other.state == State::Absent;
            let absences = known.attempts.iter().filter(absent).map(|_| 1).sum();
            let candidate_id = known.status.candidate.map(|candidate| candidate.id);
            found.push(OpenStep { person: person.clone(), candidate_id, row: step_row(known, row, absences) });
        }
    }
    let request = |step: &OpenStep| step.row.attempt.as_ref().map(|attempt| (attempt.intended_at, attempt.action.clone()));
    found.sort_by_cached_key(|step| (request(step), step.row.step.to_string(), step.person.clone()));
    found
}

pub(crate) fn is_pending(known: &PersonRows, row: &AttemptRow, pending: Pending) -> bool {
    match pending {
        // What could not be looked up is looked up again.
        Pending::Open => {
            row.state.is_open() || row.state == State::Uncertain && known.action_of(row).is_some_and(|action| action.refusal.is_some())
        }
        // An attempt that was looked for once more is not looked for again.
        Pending::AbsentSince(since) => {
            row.state == State::Absent
                && row.looked_again_at.is_none()
                && row.settled_at.is_some_and(|at| at.as_millisecond() >= since.as_millisecond())
        }
    }
}

/// Marks an absent attempt as looked for once more. None where it is no longer absent.
pub(crate) fn looked_again(known: &PersonRows, step: &OpenStep, at: Timestamp) -> Option<Changes> {
    let number = step.row.attempt.as_ref().map_or(0, |attempt| attempt.number);
    let row = known.attempts.iter().find(|row| row.step == step.row.step && row.number == number)?;
    let row = AttemptRow { looked_again_at: Some(at), ..row.clone() };
    (row.state == State::Absent).then(|| Changes { attempts: vec![row], ..Changes::default() })
}

/// Lets a person whose candidate is gone be sent as if never before. None where no candidate is gone.
pub(crate) fn recreate(known: &PersonRows) -> Option<Changes> {
    let candidate = known.status.candidate.filter(|candidate| candidate.gone)?;
    let released = Some(Released::Candidate(candidate.id));
    Some(Changes { clears: true, released, status: Some(Status::default()), ..Changes::default() })
}

pub(crate) fn identity(holder: Holder) -> Identity {
    match holder.candidate {
        Some(candidate) => Identity::Candidate { id: candidate.id, ours: candidate.ours },
        None => Identity::Claimed { by: holder.who },
    }
}
