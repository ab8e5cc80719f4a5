//! Settling: what came of a request, or what was found, in one commit with the profile's row.
//! Source: delivery design, "A step's life" and rules 4, 5, 6 and 9.

use super::columns::{ceiling, floor, integer};
use super::store::Store;
use super::{OpenStep, Settlement};
use crate::digest::Digest;
use crate::step::{CandidateRow, PersonKey, Settled, State, Step};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

impl Settlement {
    /// Who the person's candidate is from now on, where this says so: in its own words, or by a candidate step that is done.
    fn names(&self, known: Option<CandidateRow>) -> Option<CandidateRow> {
        let done = || {
            let step = self.steps.iter().find(|settled| settled.step == Step::Candidate && settled.state == State::Done)?;
            Some(CandidateRow { id: step.id?, ours: step.ours, gone: false })
        };
        self.candidate.or_else(|| if known.is_none() { done() } else { None })
    }
}

/// Whether a candidate's step in this state leaves its e-mails to others. Not where a candidate may have been made.
fn releases(state: State) -> bool {
    match state {
        State::Rejected | State::Closed | State::Absent | State::GivenUp => true,
        State::Intended | State::Open | State::Done | State::Uncertain => false,
    }
}

impl Store {
    /// False where another request has one of the steps in hand: then nothing is written.
    pub fn settle(&self, settlement: &Settlement) -> rusqlite::Result<bool> {
        let known = self.find(&settlement.person)?;
        if known.is_none() && self.is_forgotten(&settlement.person)? {
            // Forgotten while the request was under way: nothing of it is kept.
            return Ok(true);
        }
        if let (Some(person), Some(action)) = (&known, &settlement.action) {
            for settled in &settlement.steps {
                if self.newest_action(person.id, settled.step)?.is_some_and(|newest| newest != *action) {
                    return Ok(false);
                }
            }
        }
        let before = known.as_ref().and_then(|person| person.candidate);
        let person = match known {
            Some(person) => person.id,
            None => self.add(&settlement.person)?,
        };
        for settled in &settlement.steps {
            self.settle_step(person, settled, settlement)?;
        }
        let named = settlement.names(before);
        self.write_person(person, named, settlement.delivered)?;
        if let Some(candidate) = named.or(before) {
            self.write_identities(&settlement.person, person, candidate.id, &settlement.identities)?;
        } else if settlement.steps.iter().any(|settled| settled.step == Step::Candidate && releases(settled.state)) {
            self.connection.prepare_cached("DELETE FROM identity WHERE person = ?1")?.execute([person])?;
        }
        self.remember(person, settlement.sent.clone())?;
        settlement.seen.iter().try_for_each(|seen| self.seen(seen))?;
        Ok(true)
    }

    fn newest_action(&self, person: i64, step: Step) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT action.action FROM step JOIN action ON action.person = step.person AND action.number = step.action \
                   WHERE step.person = ?1 AND step.step = ?2 ORDER BY step.attempt DESC LIMIT 1";
        self.connection.prepare_cached(sql)?.query_row(params![person, step.to_string()], |row| row.get(0)).optional()
    }

    fn settle_step(&self, person: i64, settled: &Settled, settlement: &Settlement) -> rusqlite::Result<()> {
        let Settled { step, state, id, ours } = settled;
        let (step, at, id) = (step.to_string(), floor(settlement.at), id.map(integer));
        // What we made stays ours, also for who finds it there and does not know that.
        let sql = "UPDATE step SET ours = CASE WHEN state = 'done' AND ?3 = 'done' AND greenhouse_id = ?4 THEN max(ours, ?5) ELSE ?5 END, \
                   state = ?3, greenhouse_id = ?4, settled_at = ?6 WHERE person = ?1 AND step = ?2 \
                   AND attempt = (SELECT max(attempt) FROM step AS newest WHERE newest.person = ?1 AND newest.step = ?2)";
        let mut statement = self.connection.prepare_cached(sql)?;
        if statement.execute(params![person, step, state.as_str(), id, ours, at])? == 0 {
            let sql = "INSERT INTO step (person, step, attempt, state, greenhouse_id, ours, settled_at, found_by) \
                       VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)";
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.execute(params![person, step, state.as_str(), id, ours, at, settlement.pipeline])?;
        }
        if *state == State::Done {
            self.remember_request_of(person, &step)?;
        }
        if *state == State::Open {
            // The answer was lost, or the process that sent it is gone: the request is under way no longer than until now.
            let sql = "UPDATE action SET sent_by = min(sent_by, ?3) WHERE person = ?1 AND number = (SELECT action FROM step \
                       WHERE person = ?1 AND step = ?2 ORDER BY attempt DESC LIMIT 1)";
            self.connection.prepare_cached(sql)?.execute(params![person, step, ceiling(settlement.at)])?;
        }
        Ok(())
    }

    fn write_person(&self, person: i64, candidate: Option<CandidateRow>, delivered: bool) -> rusqlite::Result<()> {
        if let Some(CandidateRow { id, ours, gone }) = candidate {
            let sql = "UPDATE person SET ours = CASE WHEN candidate_id = ?2 THEN max(ours, ?3) ELSE ?3 END, candidate_id = ?2, gone = ?4 \
                       WHERE id = ?1";
            self.connection.prepare_cached(sql)?.execute(params![person, integer(id), ours, gone])?;
        }
        if delivered {
            // Once and for all: a later failure does not take it back.
            self.connection.prepare_cached("UPDATE person SET delivered = 1 WHERE id = ?1 AND NOT delivered")?.execute([person])?;
        }
        Ok(())
    }

    /// What somebody else has claimed stays claimed: their candidate is being made, and they have no id to compare yet.
    fn write_identities(&self, who: &PersonKey, person: i64, candidate_id: u64, emails: &[Digest]) -> rusqlite::Result<()> {
        let sql = "INSERT INTO identity (account, email, person) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET person = excluded.person \
                   WHERE (SELECT candidate_id FROM person WHERE id = identity.person) <> ?4";
        let mut statement = self.connection.prepare_cached(sql)?;
        emails
            .iter()
            .try_for_each(|email| statement.execute(params![who.account, email.to_string(), person, integer(candidate_id)]).map(drop))
    }

    pub fn looked_again(&self, step: &OpenStep, at: Timestamp) -> rusqlite::Result<bool> {
        let Some(person) = self.find(&step.person)? else { return Ok(false) };
        let number = step.row.attempt.as_ref().map_or(0, |attempt| attempt.number);
        let sql = "UPDATE step SET looked_again_at = ?4 WHERE person = ?1 AND step = ?2 AND attempt = ?3 AND state = 'absent'";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.execute(params![person.id, step.row.step.to_string(), number, floor(at)])? > 0)
    }
}
