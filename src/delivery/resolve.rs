//! A person has looked in Greenhouse, and says what is there of what is uncertain. See `docs/delivery.md`, "The states of a step".

use crate::model::rows::Settlement;
use crate::model::step::{CandidateRow, Person, PersonKey, Settled, State, Step};
use jiff::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Candidate(u64),
    There,
    /// The next run sends it.
    NotThere,
    GivenUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    #[error("which candidate it is has to be known: give its id with --candidate")]
    WhichCandidate,
    #[error("no step of this profile is uncertain. Where its line says so, it says what to do, and the next run looks again")]
    NothingUncertain,
}

pub fn settlement(who: PersonKey, pipeline: &str, person: &Person, finding: Finding, at: Timestamp) -> Result<Settlement, Unresolved> {
    let uncertain: Vec<_> = person.steps.iter().filter(|row| row.state == State::Uncertain).collect();
    // The profile's candidate may be ours or not: only where a create is uncertain did Hireline make it.
    let creates = uncertain.iter().any(|row| row.step == Step::Candidate);
    let all =
        |state: State| uncertain.iter().map(|row| Settled { step: row.step, state, id: row.id, ours: state == State::Done }).collect();
    let (steps, candidate): (Vec<Settled>, _) = match finding {
        Finding::Candidate(id) => {
            let step = Settled { step: Step::Candidate, state: State::Done, id: Some(id), ours: creates };
            (vec![step], Some(CandidateRow { id, ours: creates, gone: false }))
        }
        Finding::There if creates => return Err(Unresolved::WhichCandidate),
        Finding::There => (all(State::Done), None),
        Finding::NotThere => (all(State::Closed), None),
        Finding::GivenUp => (all(State::GivenUp), None),
    };
    if steps.is_empty() {
        return Err(Unresolved::NothingUncertain);
    }
    Ok(Settlement { person: who, pipeline: pipeline.to_owned(), at, steps, candidate, ..Settlement::default() })
}
