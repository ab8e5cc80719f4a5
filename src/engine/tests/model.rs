//! Every schedule of a bounded adversary, through the machines that a run drives: `delivery::push`, `delivery::recovery`, `delivery::run`.

mod adversary; // what may happen next
mod cast; // who plays, by which rules
mod greenhouse; // what is there, and what of it is shown
mod ledger; // what was intended and what came of it
mod process; // drives one run
mod properties; // what has to hold
mod push; // drives one push
mod recovery; // drives a recovery
mod search; // all of it
mod state; // what a schedule changes
mod trace; // a schedule, as people read it

use crate::greenhouse::v1;
use crate::model::settings::{Existing, WhenChanged};
use cast::{Budget, Case, Content, ONE_JOB, Rules, Sight};
use search::search;

/// One of everything that v3 sends for a person, and a second job.
const ALL: Content = Content { jobs: &[1, 2], prospect: None, resume: true, employment: true, note: true };
const PROSPECT: Content = Content { jobs: &[], prospect: Some(7), ..ONE_JOB };
const QUIET: Budget = Budget {
    crashes: 0,
    lost: 0,
    unsent: 0,
    refused: 0,
    delayed: 0,
    unfetched: 0,
    resolved: 0,
    hidden: 0,
    recruited: 0,
    deleted: 0,
    merged: 0,
    emails: 0,
    mappings: 0,
    forgotten: 0,
    blind: 0,
    runs: 2,
};
const CRASH_AND_LOSS: Budget = Budget { crashes: 1, lost: 1, ..QUIET };

/// `HIRELINE_MODEL=deeper` allows one crash, one lost answer and one run more: minutes, by hand.
fn deeper(case: Case) -> Case {
    match std::env::var("HIRELINE_MODEL") {
        Ok(how) if how == "deeper" => {
            let Budget { crashes, lost, runs, .. } = case.budget;
            Case { budget: Budget { crashes: crashes + 1, lost: lost + 1, runs: runs + 1, ..case.budget }, ..case }
        }
        _ => case,
    }
}

/// With all rules no schedule breaks anything; so many states at least were gone through.
#[track_caller]
fn holds(name: &str, case: Case, least: usize) {
    let started = std::time::Instant::now();
    let found = search(&deeper(case));
    eprintln!("{name}: {} states, {} ends, {:.1?}", found.states, found.ends, started.elapsed());
    if let Some(trace) = found.counterexample {
        panic!("{name}:\n{trace}");
    }
    assert!(found.states >= least, "{name}: only {} states", found.states);
}

/// The shortest schedule that goes wrong without a rule.
#[track_caller]
fn without(case: Case) -> String {
    let found = search(&case);
    found
        .counterexample
        .unwrap_or_else(|| panic!("nothing goes wrong in {} states: the rule is not needed, or not taken out", found.states))
}

#[test]
fn two_crashes_and_two_lost_answers() {
    let budget = Budget { crashes: 2, lost: 2, runs: 3, ..QUIET };
    holds("one job", Case { budget, ..Case::default() }, 4_000);
}

#[test]
fn late_rows_and_stubs() {
    holds("late rows", Case { budget: Budget { hidden: 1, unsent: 1, ..CRASH_AND_LOSS }, ..Case::default() }, 1_700);
}

#[test]
fn every_step_of_v3() {
    holds("all of v3", Case { content: ALL, budget: CRASH_AND_LOSS, ..Case::default() }, 25_000);
}

#[test]
fn every_step_of_v1() {
    let content = Content { jobs: &[1], ..ALL };
    holds(
        "v1",
        Case { capabilities: &v1::CAPABILITIES, content, budget: Budget { hidden: 1, ..CRASH_AND_LOSS }, ..Case::default() },
        2_700,
    );
}

#[test]
fn another_email_and_another_mapping() {
    let budget = Budget { emails: 1, mappings: 1, runs: 3, ..CRASH_AND_LOSS };
    holds("changes", Case { budget, ..Case::default() }, 6_000);
}

#[test]
fn two_profiles_with_one_email() {
    holds("two profiles", Case { people: 2, budget: CRASH_AND_LOSS, ..Case::default() }, 5_500);
    let case = Case { people: 2, pipelines: 2, side_by_side: true, split: true, ..Case::default() };
    holds("two profiles in two processes", Case { budget: CRASH_AND_LOSS, ..case }, 10_000);
}

#[test]
fn two_pipelines_for_one_person() {
    let case = Case { pipelines: 2, ..Case::default() };
    holds("one after the other", Case { budget: Budget { runs: 3, ..CRASH_AND_LOSS }, ..case.clone() }, 6_500);
    holds("side by side", Case { side_by_side: true, budget: CRASH_AND_LOSS, ..case }, 14_000);
}

/// One of them sleeps while the other settles the step and sends it again.
#[test]
fn two_processes_that_recover_one_step() {
    let case = Case { pipelines: 2, side_by_side: true, existing: Existing::Create, ..Case::default() };
    holds("both recover", Case { budget: Budget { crashes: 1, runs: 3, ..QUIET }, ..case }, 70_000);
}

#[test]
fn a_recruiter_beside_us() {
    let budget = Budget { recruited: 1, deleted: 1, ..CRASH_AND_LOSS };
    holds("a recruiter", Case { budget, ..Case::default() }, 10_000);
    let budget = Budget { merged: 1, deleted: 1, ..CRASH_AND_LOSS };
    holds("a recruiter merges", Case { met: true, budget, ..Case::default() }, 1_400);
    let budget = Budget { recruited: 1, ..CRASH_AND_LOSS };
    for (name, existing) in [("existing: skip", Existing::Skip), ("existing: create", Existing::Create)] {
        holds(name, Case { existing, budget, ..Case::default() }, 2_400);
    }
    holds("prospects", Case { content: PROSPECT, met: true, budget, ..Case::default() }, 2_500);
}

#[test]
fn a_credential_that_sees_nobody() {
    let budget = Budget { blind: 1, emails: 1, ..CRASH_AND_LOSS };
    for blind in [Sight::Nothing, Sight::Forbidden, Sight::Private] {
        holds(&format!("{blind:?}"), Case { blind, budget, ..Case::default() }, 2_000);
        holds(
            &format!("{blind:?}, create"),
            Case { blind, begins_blind: true, existing: Existing::Create, budget: CRASH_AND_LOSS, ..Case::default() },
            600,
        );
    }
}

#[test]
fn somebody_is_forgotten() {
    holds("forgotten", Case { budget: Budget { forgotten: 1, ..CRASH_AND_LOSS }, ..Case::default() }, 500);
}

#[test]
fn a_dead_greenhouse() {
    let budget = Budget { lost: 6, runs: 1, ..QUIET };
    holds("every answer is lost", Case { people: 2, apart: true, lost_in_a_row: 2, budget, ..Case::default() }, 1_000);
}

/// Greenhouse loses one person's requests, run after run, and never does them: they are sent again, after longer and longer, and nobody has to look.
#[test]
fn what_is_lost_again_and_again() {
    let budget = Budget { lost: 7, crashes: 1, runs: 3, ..QUIET };
    holds("lost again and again", Case { budget, ..Case::default() }, 500);
}

#[test]
fn bounds_of_a_run() {
    let budget = Budget { crashes: 1, lost: 1, refused: 1, ..QUIET };
    let case = Case { people: 2, apart: true, budget, ..Case::default() };
    holds("max_profiles", Case { max_profiles: Some(1), ..case.clone() }, 500);
    holds("max_failures", Case { max_failures: Some(1), ..case }, 500);
}

#[test]
fn a_file_that_cannot_be_fetched() {
    let content = Content { jobs: &[1, 2], resume: true, ..ONE_JOB };
    holds("fetching", Case { content, budget: Budget { unfetched: 1, lost: 1, ..CRASH_AND_LOSS }, ..Case::default() }, 1_000);
}

#[test]
fn a_profile_that_changes() {
    let budget = Budget { mappings: 1, runs: 2, ..CRASH_AND_LOSS };
    holds("updates", Case { when_changed: WhenChanged::Update, budget, ..Case::default() }, 1_900);
}

/// v1 may answer 202: the id is known, and what was made is shown later.
#[test]
fn a_create_that_is_accepted_and_made_later() {
    let content = Content { jobs: &[1], resume: true, employment: true, ..ONE_JOB };
    let budget = Budget { delayed: 1, ..CRASH_AND_LOSS };
    holds("202", Case { capabilities: &v1::CAPABILITIES, content, budget, ..Case::default() }, 1_000);
}

#[test]
fn a_person_who_looks() {
    let budget = Budget { blind: 1, resolved: 1, ..CRASH_AND_LOSS };
    holds("resolve", Case { blind: Sight::Forbidden, begins_blind: false, existing: Existing::Create, budget, ..Case::default() }, 500);
}

/// Beyond the promise: what is there twice is found and told.
#[test]
fn later_than_settle() {
    let case = Case { later_than_settle: true, ..Case::default() };
    holds("late", Case { budget: Budget { lost: 2, runs: 3, ..CRASH_AND_LOSS }, ..case.clone() }, 6_000);
    holds("late, all of v3", Case { content: ALL, budget: Budget { crashes: 0, ..CRASH_AND_LOSS }, ..case.clone() }, 1_000);
    let content = Content { jobs: &[1], ..ALL };
    holds("late, v1", Case { capabilities: &v1::CAPABILITIES, content, budget: CRASH_AND_LOSS, ..case }, 3_000);
}

/// A known limit: a recruiter who makes the same person just while an answer of ours is lost is taken for us. Ours comes all the same, and
/// nobody is told, until somebody merges the two.
#[test]
fn a_recruiter_while_an_answer_is_lost() {
    let budget = Budget { recruited: 1, merged: 1, ..CRASH_AND_LOSS };
    insta::assert_snapshot!(without(Case { budget, ..Case::default() }));
}

#[test]
fn without_settle() {
    let rules = Rules { settle: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, budget: CRASH_AND_LOSS, ..Case::default() }));
}

#[test]
fn without_recovery_before_find() {
    let rules = Rules { recovery_first: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, budget: CRASH_AND_LOSS, ..Case::default() }));
}

#[test]
fn without_the_ids_seen_before() {
    let rules = Rules { seen_before: false, ..Rules::ALL };
    let budget = Budget { recruited: 1, ..CRASH_AND_LOSS };
    insta::assert_snapshot!(without(Case { rules, content: PROSPECT, met: true, budget, ..Case::default() }));
}

#[test]
fn without_fingerprints() {
    let rules = Rules { fingerprints: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, budget: Budget { emails: 1, ..CRASH_AND_LOSS }, ..Case::default() }));
}

#[test]
fn without_identity_rows() {
    let rules = Rules { identities: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, people: 2, budget: CRASH_AND_LOSS, ..Case::default() }));
}

#[test]
fn without_the_second_look() {
    let rules = Rules { second_look: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, later_than_settle: true, budget: CRASH_AND_LOSS, ..Case::default() }));
}

#[test]
fn without_adopting_as_ours() {
    let rules = Rules { adopts_ours: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, existing: Existing::Skip, budget: CRASH_AND_LOSS, ..Case::default() }));
}

#[test]
fn without_the_positive_control() {
    let rules = Rules { positive_control: false, ..Rules::ALL };
    let budget = Budget { blind: 1, ..CRASH_AND_LOSS };
    insta::assert_snapshot!(without(Case { rules, budget, ..Case::default() }));
}

#[test]
fn without_conditional_settlements() {
    let rules = Rules { conditional: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case {
        rules,
        pipelines: 2,
        side_by_side: true,
        budget: Budget { runs: 3, ..CRASH_AND_LOSS },
        ..Case::default()
    }));
}

#[test]
fn without_tombstones() {
    let rules = Rules { forgotten: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, budget: Budget { forgotten: 1, crashes: 1, ..QUIET }, ..Case::default() }));
}

#[test]
fn without_durable_intents() {
    let rules = Rules { durable_intents: false, ..Rules::ALL };
    insta::assert_snapshot!(without(Case { rules, budget: CRASH_AND_LOSS, ..Case::default() }));
}
