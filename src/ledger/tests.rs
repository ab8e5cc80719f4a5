//! The ledger, as who uses it sees it. People are called by their profile keys; times are seconds after a start.

mod backups;
mod claims;
mod durable;
mod forgotten;
mod leases;
mod life;
mod opening;
mod profiles;
mod sent;
mod stores;

use super::sqlite::{Sqlite, file, people, schema};
use super::*;
use crate::model::step::{CandidateRow, Fingerprint, Members, Person, PersonKey, Settled, State, Step, StepRow};
use std::path::PathBuf;
use tempfile::TempDir;

const ACCOUNT: &str = "greenhouse";
const PIPELINE: &str = "acme-engineering";
const APPLICATION: Step = Step::Application { job: 4012 };

impl Ledger {
    /// Reads on the SQLite connection itself.
    async fn sqlite<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Sqlite) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.read(|store| Ok(work(sqlite(store))?)).await
    }

    async fn write_sqlite<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Sqlite) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.write(|store| Ok(work(sqlite(store))?)).await
    }
}

fn sqlite(store: &dyn Store) -> &Sqlite {
    let store: &dyn std::any::Any = store;
    store.downcast_ref().unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("ledger.db")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn who(name: &str) -> PersonKey {
    PersonKey { account: ACCOUNT.to_owned(), source_key: "source".to_owned(), profile_key: name.to_owned() }
}

/// Of one step, with nothing to claim and nothing seen before.
fn intent(ledger: &Ledger, name: &str, step: Step) -> Intent {
    Intent {
        person: who(name),
        pipeline: PIPELINE.to_owned(),
        run: "run-1".to_owned(),
        action: format!("action-{step}"),
        steps: vec![step],
        hash: ledger.key().digest(&["body"]),
        members: Members::new(),
        identities: Vec::new(),
        fingerprint: Fingerprint::default(),
        seen_before: Vec::new(),
        greenhouse_time: None,
        intended_at: at(0),
        sent_by: at(30),
    }
}

/// Of a new candidate with these e-mails.
fn create(ledger: &Ledger, name: &str, emails: &[&str]) -> Intent {
    let emails: Vec<Digest> = emails.iter().map(|email| ledger.key().email(email)).collect();
    Intent {
        identities: emails.clone(),
        fingerprint: Fingerprint { emails, name_phones: Some(ledger.key().digest(&["name", name])) },
        ..intent(ledger, name, Step::Candidate)
    }
}

/// A step that ended so; a step that is done has the id 71.
fn ended(name: &str, step: Step, state: State) -> Settlement {
    let done = state == State::Done;
    Settlement {
        person: who(name),
        pipeline: PIPELINE.to_owned(),
        at: at(60),
        action: None,
        steps: vec![Settled { step, state, id: done.then_some(71), ours: done }],
        candidate: (done && step == Step::Candidate).then_some(CandidateRow { id: 71, ours: true, gone: false }),
        refusal: None,
        excuses: false,
        sent: Members::new(),
        identities: Vec::new(),
        delivered: false,
        seen: None,
    }
}

async fn holder(ledger: &Ledger, email: &str) -> String {
    match ledger.identity(ACCOUNT, ledger.key().email(email)).await.unwrap() {
        None => "free".to_owned(),
        Some(Identity::Candidate { id, .. }) => format!("candidate {id}"),
        Some(Identity::Claimed { by }) => format!("claimed by {}", by.profile_key),
    }
}

async fn holders(ledger: &Ledger, emails: &[&str]) -> String {
    let mut lines = Vec::new();
    for email in emails {
        lines.push(format!("{email}: {}", holder(ledger, email).await));
    }
    lines.join("\n")
}

/// A person as a few lines.
async fn shown(ledger: &Ledger, name: &str) -> String {
    let person = ledger.person(&who(name)).await.unwrap();
    let candidate = person.candidate.map_or("no candidate".to_owned(), |CandidateRow { id, ours, gone }| {
        format!("candidate {id}, {}{}", if ours { "ours" } else { "theirs" }, if gone { ", gone" } else { "" })
    });
    let marks = [(person.delivered, ", delivered"), (person.forgotten, ", forgotten")];
    let marks: String = marks.into_iter().filter_map(|(on, mark)| on.then_some(mark)).collect();
    let steps = person.steps.iter().map(|row| format!("\n  {}", line(row)));
    format!("{candidate}{marks}{}", steps.collect::<String>())
}

fn line(row: &StepRow) -> String {
    // Hashes are under a key that differs with every ledger.
    let step = match row.step {
        Step::Candidate | Step::Application { .. } | Step::Prospect | Step::Update => row.step.to_string(),
        other => other.word().to_owned(),
    };
    let mut line = format!("{step}: {}", row.state.as_str());
    if let Some(id) = row.id {
        line += &format!(" {id}, {}", if row.ours { "ours" } else { "theirs" });
    }
    match &row.attempt {
        Some(attempt) => line += &format!(", attempt {}", attempt.number),
        None => line += ", found",
    }
    if row.absences > 0 {
        line += &format!(", {} in vain", row.absences);
    }
    line
}
