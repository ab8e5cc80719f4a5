//! Intending: the claims and the rows of one request, all or none.
//! Source: delivery design, rules 1 and 6.

use super::columns::{ceiling, floor, id, joined};
use super::store::Store;
use super::{Claim, Intent};
use crate::digest::Digest;
use crate::step::{Fingerprint, State, Step};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;

impl Intent {
    /// Whether a candidate is to be made, and not one that is there to be changed: only a create has something by which its
    /// candidate will be known again.
    fn creates(&self) -> bool {
        self.steps.contains(&Step::Candidate) && (!self.identities.is_empty() || self.fingerprint != Fingerprint::default())
    }
}

impl Store {
    pub fn intend(&self, intent: &Intent) -> rusqlite::Result<Claim> {
        let known = self.find(&intent.person)?;
        if let Some(candidate) = known.as_ref().and_then(|person| person.candidate).filter(|_| intent.creates()) {
            return Ok(Claim::Taken { candidate_id: candidate.id });
        }
        let person = known.as_ref().map(|person| person.id);
        if person.is_none() && self.is_forgotten(&intent.person)? {
            return Ok(Claim::Busy);
        }
        let steps: BTreeSet<Step> = intent.steps.iter().copied().collect();
        if let Some((person, candidate)) = known.as_ref().and_then(|known| Some((known.id, known.candidate?.id))) {
            for step in steps.iter().filter(|step| matches!(step, Step::Application { .. } | Step::Prospect)) {
                if self.is_anothers(&intent.person, person, candidate, *step)? {
                    return Ok(Claim::Busy);
                }
            }
        }
        let mut numbers = Vec::with_capacity(steps.len());
        for step in steps {
            match self.next_attempt(person, step, intent.hash)? {
                Some(number) => numbers.push((step, number)),
                None => return Ok(Claim::Busy),
            }
        }
        // In one order everywhere, so that no two claims can wait for each other in a store that locks rows.
        let emails: BTreeSet<Digest> = intent.identities.iter().copied().collect();
        if let Some(refusal) = self.refusal(&intent.person.account, person, &emails)? {
            return Ok(refusal);
        }
        // From here on nothing refuses: either all of it is written, or the whole batch is rolled back.
        let person = match person {
            Some(person) => person,
            None => self.add(&intent.person)?,
        };
        self.claim(&intent.person.account, person, &emails)?;
        self.write_action(person, intent, &numbers)?;
        Ok(Claim::Intended)
    }

    /// The number of the next attempt; none where the newest one forbids it, because its end is not known or because it is done:
    /// who asks had read the person before another run wrote.
    fn next_attempt(&self, person: Option<i64>, step: Step, hash: Digest) -> rusqlite::Result<Option<u32>> {
        let Some(person) = person else { return Ok(Some(1)) };
        let sql = "SELECT step.attempt, step.state, action.hash FROM step \
                   LEFT JOIN action ON action.person = step.person AND action.number = step.action \
                   WHERE step.person = ?1 AND step.step = ?2 ORDER BY step.attempt DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let newest = statement
            .query_row(params![person, step.to_string()], |row| {
                Ok((row.get::<_, u32>(0)?, super::columns::state(row, 1)?, row.get::<_, Option<String>>(2)?))
            })
            .optional()?;
        let Some((number, state, sent)) = newest else { return Ok(Some(1)) };
        let free = match state {
            State::Intended | State::Open | State::Uncertain => false,
            State::Done => match step {
                // A candidate is updated, and may be set back to what it was before.
                Step::Candidate | Step::Update => true,
                // A newer file takes the place of an older one.
                Step::Attachment { .. } => sent.is_none_or(|sent| sent != hash.to_string()),
                Step::Application { .. } | Step::Prospect | Step::Employment(_) | Step::Education(_) | Step::Note(_) => false,
            },
            State::Rejected | State::Closed | State::Absent | State::GivenUp => true,
        };
        Ok(free.then_some(number + 1))
    }

    /// Why the e-mails cannot be claimed. A candidate weighs more than a claim: it is certain, and need not be waited for.
    fn refusal(&self, account: &str, person: Option<i64>, emails: &BTreeSet<Digest>) -> rusqlite::Result<Option<Claim>> {
        let sql = "SELECT person.candidate_id, person.id FROM identity JOIN person ON person.id = identity.person \
                   WHERE identity.account = ?1 AND identity.email = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut busy = false;
        for email in emails {
            let holder =
                statement.query_row(params![account, email.to_string()], |row| Ok((id(row, 0)?, row.get::<_, i64>(1)?))).optional()?;
            match holder {
                Some((Some(candidate_id), _)) => return Ok(Some(Claim::Taken { candidate_id })),
                Some((None, holder)) => busy |= Some(holder) != person,
                None => {}
            }
        }
        Ok(busy.then_some(Claim::Busy))
    }

    fn claim(&self, account: &str, person: i64, emails: &BTreeSet<Digest>) -> rusqlite::Result<()> {
        // What is there already is this person's earlier claim.
        let sql = "INSERT OR IGNORE INTO identity (account, email, person) VALUES (?1, ?2, ?3)";
        let mut statement = self.connection.prepare_cached(sql)?;
        emails.iter().try_for_each(|email| statement.execute(params![account, email.to_string(), person]).map(drop))
    }

    fn write_action(&self, person: i64, intent: &Intent, steps: &[(Step, u32)]) -> rusqlite::Result<()> {
        let sql = "INSERT INTO action (person, number, action, pipeline, run, hash, greenhouse_time, intended_at, sent_by, members) \
                   VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM action WHERE person = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                   RETURNING number";
        let number: i64 = self.connection.prepare_cached(sql)?.query_row(
            params![
                person,
                intent.action,
                intent.pipeline,
                intent.run,
                intent.hash.to_string(),
                intent.greenhouse_time.map(floor),
                floor(intent.intended_at),
                ceiling(intent.sent_by),
                (!intent.members.is_empty()).then(|| super::sent::written(&intent.members)),
            ],
            |row| row.get(0),
        )?;
        let sql = "INSERT INTO step (person, step, attempt, state, action, emails, name_phones, seen_before) \
                   VALUES (?1, ?2, ?3, 'intended', ?4, ?5, ?6, ?7)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let with_candidate = intent.steps.contains(&Step::Candidate);
        for (step, attempt) in steps {
            // The fingerprint is the candidate's, and beside a candidate so are the ids that were seen.
            let recognised = *step == Step::Candidate;
            let fingerprint = recognised.then_some(&intent.fingerprint);
            let seen = (recognised || !with_candidate).then_some(intent.seen_before.as_slice());
            statement.execute(params![
                person,
                step.to_string(),
                attempt,
                number,
                fingerprint.and_then(|fingerprint| joined(&fingerprint.emails)),
                fingerprint.and_then(|fingerprint| fingerprint.name_phones).map(|digest| digest.to_string()),
                seen.and_then(joined),
            ])?;
        }
        Ok(())
    }
}
