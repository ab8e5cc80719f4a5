//! Drives [`Recovery`]: the ledger in memory and the model's Greenhouse answer it. Besides passing answers it takes one rule out, where the
//! case says so, and cuts the recovery into the moments between which the adversary acts.

use super::cast::at;
use super::state::World;
use crate::delivery::recovery::{Answer, Ask, Recovery, Twice};
use std::collections::BTreeSet;

#[derive(Debug, Clone, Hash)]
pub struct Recovering {
    recovery: Recovery,
    /// What it asks next; none before it has begun.
    ask: Option<Ask>,
}

impl Recovering {
    pub fn new(recovery: Recovery) -> Self {
        Self { recovery, ask: None }
    }

    /// One thing; what it has come to at its end, or why the run has to end.
    pub fn act(&mut self, world: &mut World, pipeline: usize, leased: &[&str]) -> Option<Result<Vec<Twice>, &'static str>> {
        let began = at(world.now);
        let mut ask = self.ask.take().unwrap_or_else(|| self.recovery.next(Answer::Begin, began));
        loop {
            let mut goes_on = false;
            let answer = match ask {
                Ask::OpenSteps => Answer::Steps(world.open_steps(pipeline)),
                Ask::AbsentSteps { since } => Answer::Steps(world.absent_since(since)),
                Ask::Running(pipelines) => {
                    goes_on = true;
                    let is_leased = |pipeline: &String| leased.contains(&pipeline.as_str());
                    Answer::Running(pipelines.into_iter().filter(is_leased).collect::<BTreeSet<_>>())
                }
                Ask::Known { person, emails } => {
                    goes_on = true;
                    let holders = emails.into_iter().map(|email| world.identity(email)).collect();
                    Answer::Known(Box::new(world.person(world.cast.number(&person))), holders)
                }
                Ask::Sees => {
                    goes_on = true;
                    match super::push::sees(world) {
                        Ok(sees) => Answer::Sees(sees),
                        Err(why) => return Some(Err(why)),
                    }
                }
                Ask::Candidates { since } => Answer::Shown(world.greenhouse.candidates_since(since)),
                Ask::Children { step, candidate, application } => {
                    Answer::Shown(world.greenhouse.listed(step, candidate, application, world.case.capabilities))
                }
                Ask::Settle(mut settlement) => {
                    if !world.case.rules.adopts_ours {
                        settlement.candidate.iter_mut().for_each(|row| row.ours = false);
                    }
                    world.settle(&settlement);
                    Answer::Written
                }
                Ask::LookedAgain(step) => {
                    world.looked_again(&step);
                    Answer::Written
                }
                Ask::Over(twice) => return Some(Ok(twice)),
            };
            ask = self.recovery.next(answer, at(world.now));
            let is_over = matches!(&ask, Ask::Over(twice) if twice.is_empty());
            if !goes_on && !is_over {
                self.ask = Some(ask);
                return None;
            }
        }
    }

    pub fn words(&self) -> String {
        let child = |step| super::trace::name(step);
        match &self.ask {
            None | Some(Ask::OpenSteps) => "asks the ledger for steps whose end is not known".into(),
            Some(Ask::AbsentSteps { .. }) => "asks the ledger what was believed not to be there".into(),
            Some(Ask::Running(_) | Ask::Known { .. } | Ask::Sees | Ask::Candidates { .. }) => "looks for what was sent".into(),
            Some(Ask::Children { step, .. }) => format!("looks for the {}", child(*step)),
            Some(Ask::Settle(settlement)) => {
                let states: Vec<_> = settlement.steps.iter().map(super::trace::settled).collect();
                format!("writes {}", states.join(", "))
            }
            Some(Ask::LookedAgain(step)) => format!("writes that the {} is there once", child(step.row.step)),
            Some(Ask::Over(twice)) => {
                let told: Vec<_> = twice.iter().map(|twice| format!("{}: {:?}", twice.person.profile_key, twice.ids)).collect();
                format!("tells who is there twice: {}", told.join(", "))
            }
        }
    }
}
