//! What has to hold at the end of every schedule, once the adversary has rested and every pipeline has run again.

use super::cast::{PEOPLE, PIPELINES, SETTLE, Sight, TIMEOUT};
use super::greenhouse::{Child, Maker, Shown};
use super::push::Fate;
use super::state::State;
use crate::model::outcome::Outcome;
use crate::model::settings::{Existing, WhenChanged};
use crate::model::step::{CandidateRow, State as StepState, Step};
use std::collections::BTreeMap;

/// So many times everything is run once more.
const LAST_RUNS: usize = 2;

/// The schedule to its end, in peace.
pub fn close(state: &State) -> State {
    let mut state = state.clone();
    state.world.greenhouse.sight = Sight::All;
    // Where one profile is pushed in a run, everybody needs one of their own.
    let runs = if state.world.case.max_profiles.is_some() { LAST_RUNS + state.world.case.people } else { LAST_RUNS };
    for round in 0..runs {
        if state.world.case.later_than_settle && round == 1 {
            finish_all(&mut state);
        }
        let to = state.world.now + SETTLE + TIMEOUT + 1;
        state.pass_time(to);
        for pipeline in 0..state.processes.len() {
            state.start(pipeline);
            drive(&mut state, pipeline);
        }
    }
    state
}

/// What Greenhouse finishes or shows later than `settle`.
fn finish_all(state: &mut State) {
    let now = state.world.now;
    let greenhouse = &mut state.world.greenhouse;
    for work in std::mem::take(&mut greenhouse.works) {
        greenhouse.finish(&work.request, now, Shown::Yes, now);
    }
    greenhouse.rows_mut().for_each(|row| row.shown = Shown::Yes);
    state.say("Greenhouse finishes all that it was asked, later than `settle`".into());
}

fn drive(state: &mut State, pipeline: usize) {
    for _ in 0..2000 {
        let Some(process) = &state.processes[pipeline] else { return };
        match (process.turns(&state.world).first(), state.next_moment()) {
            (Some(turn), _) => state.act(pipeline, *turn, Fate::Answered),
            (None, Some(moment)) => state.pass_time(moment),
            (None, None) => break,
        }
    }
    state.world.breaks("a run does not end".into());
}

/// What does not hold; none where all does. `state` is closed.
pub fn broken(state: &State) -> Option<String> {
    let found = state.world.broken.clone().or_else(|| candidates_twice(state)).or_else(|| steps_twice(state));
    found.or_else(|| (0..state.processes.len()).find_map(|pipeline| ends(state, pipeline)))
}

/// No candidate is made twice for one person, or for one e-mail; later than `settle`, somebody is told.
fn candidates_twice(state: &State) -> Option<String> {
    let mut groups: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (who, candidate) in state.made_by_us() {
        groups.entry(format!("for {}", PEOPLE[who])).or_default().push(candidate.row.id);
        for email in &candidate.marks.emails {
            groups.entry(format!("with one e-mail ({email})")).or_default().push(candidate.row.id);
        }
    }
    let (which, ids) = groups.into_iter().find(|(_, ids)| ids.len() > 1 && !is_told(state, ids))?;
    let which = which.split(" (").next().unwrap_or_default().to_owned();
    Some(format!("two candidates {which}: {ids:?}{}", untold(state)))
}

fn is_told(state: &State, ids: &[u64]) -> bool {
    state.world.case.is_beyond_the_promise() && ids.iter().any(|id| state.told.seconds.contains(id))
}

fn untold(state: &State) -> &'static str {
    if state.world.case.is_beyond_the_promise() { ", and nobody was told" } else { "" }
}

/// Nothing that hangs on a candidate is made twice by us.
fn steps_twice(state: &State) -> Option<String> {
    let mut groups: BTreeMap<(u64, Option<u64>, Step), Vec<u64>> = BTreeMap::new();
    for child in state.world.greenhouse.children.iter().filter(|child| matches!(child.row.maker, Maker::Us(_))) {
        groups.entry((child.candidate, child.application, child.step)).or_default().push(child.row.id);
    }
    let ((candidate, _, step), ids) = groups.into_iter().find(|(_, ids)| ids.len() > 1 && !is_told(state, ids))?;
    Some(format!("candidate {candidate} has the {} twice: {ids:?}{}", super::trace::name(step), untold(state)))
}

fn ends(state: &State, pipeline: usize) -> Option<String> {
    if let Some(why) = state.told.stopped[pipeline] {
        return Some(format!("{} cannot go on: {why}", PIPELINES[pipeline]));
    }
    let wrong = |who: usize| {
        let told = state.told.last[pipeline][who];
        let Some((outcome, has_reason)) = told else { return Some("nothing was told".to_owned()) };
        match outcome {
            Outcome::Created | Outcome::Applied | Outcome::Updated | Outcome::Unchanged => missing(state, pipeline, who),
            Outcome::Uncertain if has_reason && may_be_uncertain(state, who) => None,
            Outcome::Failed if has_reason && may_be_failed(state, who) => None,
            Outcome::Skipped if has_reason && may_be_skipped(state, who) => None,
            other => Some(format!("the end is `{other}`")),
        }
    };
    state
        .world
        .case
        .pushes(pipeline)
        .into_iter()
        .find_map(|who| wrong(who).map(|why| format!("{} in {}: {why}", PEOPLE[who], PIPELINES[pipeline])))
}

/// What should be there and is not.
fn missing(state: &State, pipeline: usize, who: usize) -> Option<String> {
    let world = &state.world;
    let Some(row) = world.ledger.candidate(&world.cast.keys[who]) else { return Some("said to be there, without a candidate".into()) };
    // What others delete or merge is not missed until something is sent to it.
    if !world.greenhouse.has(row.id) && is_touched(state) {
        return None;
    }
    if !world.greenhouse.has(row.id) {
        return Some(format!("candidate {} is not there", row.id));
    }
    let wanted = world.cast.wanted(pipeline, who, world.emails[who], world.mappings[pipeline]);
    let lacks =
        |step: &Step| is_due(state, who, row, *step) && !world.greenhouse.children.iter().any(|child| is_it(child, row.id, *step, state));
    wanted
        .steps
        .iter()
        .map(|want| want.step)
        .filter(|step| *step != Step::Candidate)
        .find(lacks)
        .map(|step| format!("the {} is not there", super::trace::name(step)))
        .or_else(|| outdated(state, row, wanted.candidate.get("title").and_then(serde_json::Value::as_str)))
}

/// Our candidate does not say what the profile says now, although that was asked for.
fn outdated(state: &State, row: CandidateRow, title: Option<&str>) -> Option<String> {
    let asked = row.ours && state.world.case.when_changed == WhenChanged::Update && state.world.case.pipelines == 1;
    let there = state.world.greenhouse.candidates.iter().find(|one| one.row.id == row.id).filter(|_| asked)?;
    let is_ours = matches!(there.row.maker, Maker::Us(_));
    (is_ours && there.title.as_deref() != title).then(|| format!("candidate {} still has the old title", row.id))
}

fn is_it(child: &Child, candidate: u64, step: Step, state: &State) -> bool {
    let in_pool = step != Step::Prospect || child.is_in(state.world.case.content.prospect);
    child.candidate == candidate && child.step == step && in_pool
}

/// Applications always; what else hangs on a candidate only on ours.
fn is_due(state: &State, who: usize, row: CandidateRow, step: Step) -> bool {
    let person = &state.world.cast.keys[who];
    let ours = |step: Step| state.world.ledger.newest(person, step).is_some_and(|row| row.state == StepState::Done && row.ours);
    match step {
        Step::Application { .. } | Step::Prospect => true,
        Step::Attachment { job: Some(job), .. } => ours(Step::Application { job }),
        Step::Attachment { .. } => row.ours,
        // What a changed mapping adds to who was delivered once is not sent.
        _ => row.ours && ours(step),
    }
}

/// Only where looking up is ambiguous: two candidates have an e-mail of the person's, or one of them is gone.
fn may_be_uncertain(state: &State, who: usize) -> bool {
    let world = &state.world;
    let emails: Vec<_> = [0, 1].iter().flat_map(|email| &world.cast.wanted(0, who, *email, 0).identities).collect();
    let several = world.greenhouse.candidates.iter().filter(|one| one.marks.emails.iter().any(|email| emails.contains(&email))).count() > 1;
    let blind = world.case.blind_with_create();
    let prospects = world.greenhouse.children.iter().filter(|child| child.step == Step::Prospect).count() > 1;
    several || is_touched(state) || blind || prospects || world.case.is_beyond_the_promise()
}

/// The recruiter has deleted or merged a candidate.
fn is_touched(state: &State) -> bool {
    let whole = state.world.case.budget;
    state.budget.deleted < whole.deleted || state.budget.merged < whole.merged
}

/// Only where something was refused; or was refused because its candidate was gone, and the run was killed before it could follow that one.
/// What was in vain is tried again for days (R4).
fn may_be_failed(state: &State, who: usize) -> bool {
    let person = state.world.ledger.person(&state.world.cast.keys[who]);
    let refused = state.budget.refused < state.world.case.budget.refused;
    (refused || is_touched(state)) && person.steps.iter().any(|row| row.state == StepState::Rejected)
}

fn may_be_skipped(state: &State, who: usize) -> bool {
    let world = &state.world;
    let key = &world.cast.keys[who];
    let theirs = world.ledger.candidate(key).is_some_and(|row| !row.ours);
    let gone = world.ledger.candidate(key).is_some_and(|row| row.gone && !world.greenhouse.has(row.id));
    gone || world.forgotten.contains(&who) || world.case.existing == Existing::Skip && theirs && !made_for(state, who)
}

/// Whether the person's candidate was made by us.
fn made_for(state: &State, who: usize) -> bool {
    let id = state.world.ledger.candidate(&state.world.cast.keys[who]).map(|row| row.id);
    state.made_by_us().any(|(maker, candidate)| maker == who && Some(candidate.row.id) == id)
}
