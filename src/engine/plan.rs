//! What a run would do for each profile, with nothing sent; and the file that pins it down, so that a run does that and no more.
//! Source: `docs/running.md`, "Plans"; `docs/delivery.md`, R12 and R14.

pub mod file;
mod pin;

pub use pin::{Pin, agreement};

use crate::base::digest::Digest;
use crate::delivery::action::UNKNOWN;
use crate::delivery::wanted::Wanted;
use crate::delivery::{Claimed, Observed, SeenApplication};
use crate::engine::names::Names;
use crate::engine::preview::{Preview, foresee};
use crate::engine::render::Rendered;
use crate::greenhouse::{Stop, Wire};
use crate::language::compile::Pipeline;
use crate::ledger::{Identity, Ledger, LedgerError};
use crate::model::candidate::Candidate;
use crate::model::outcome::{Ending, Outcome};
use crate::model::profile::Profile;
use crate::model::settings::{Profiles, Source as SourceSettings};
use crate::model::step::PersonKey;
use crate::source::{Item, instant};
use jiff::Timestamp;
use std::collections::HashMap;

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Greenhouse(#[from] Stop),
}

/// Where a pass over the source begins. Source: `docs/delivery.md`, R12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    Beginning,
    /// `profiles: changed`, for the first time, or again from the beginning: what is read or made has changed since the cursor was written.
    Again,
    /// `profiles: changed`: what was updated since.
    Since(String),
}

impl Start {
    pub fn since(&self) -> Option<&str> {
        match self {
            Self::Beginning | Self::Again => None,
            Self::Since(at) => Some(at),
        }
    }
}

pub fn reads_changed(pipeline: &Pipeline) -> bool {
    matches!(&pipeline.source, SourceSettings::Hrflow(hrflow) if matches!(hrflow.profiles, Profiles::Changed { .. }))
}

/// Where a run of this pipeline begins to read, by the ledger.
/// Errors: the ledger cannot be read.
pub async fn start(pipeline: &Pipeline, ledger: &Ledger) -> Result<Start, LedgerError> {
    let cursor = if reads_changed(pipeline) { ledger.cursor(&pipeline.id).await? } else { None };
    Ok(match cursor {
        Some(cursor) if cursor.reading == pipeline.reading => Start::Since(cursor.updated_at),
        Some(_) => Start::Again,
        None => Start::Beginning,
    })
}

/// A file may hold an older row than the one that was seen last: it is left alone. HrFlow's API shows profiles as they are now.
pub async fn older(pipeline: &Pipeline, ledger: &Ledger, profile: &Profile) -> Result<Option<Ending>, LedgerError> {
    let (SourceSettings::Files(_), Some(updated)) = (&pipeline.source, profile.updated_at.as_deref().and_then(instant)) else {
        return Ok(None);
    };
    let seen = ledger.seen_of_profile(&profile.key).await?;
    let mine = seen.iter().find(|seen| seen.pipeline == pipeline.id && seen.source_key == profile.source_key);
    let newest = mine.and_then(|seen| seen.updated_at.as_deref()).and_then(instant);
    let why = |newest: Timestamp| format!("a newer row of this profile, of {newest}, was read by an earlier run: this one is left alone");
    Ok(newest.filter(|newest| *newest > updated).map(|newest| Ending::new(&profile.key, Outcome::Skipped).because_of(why(newest))))
}

/// Asked for, and not in the source. `by` is `key` or `reference`.
pub fn missing(by: &str, value: String) -> Ending {
    Ending::new(value, Outcome::Missing).because_of(format!("the source has no profile with this {by}"))
}

#[derive(Debug)]
pub struct Foreseen {
    pub ending: Ending,
    /// Of those that are pushed, or would be.
    pub candidate: Option<Box<Candidate>>,
    pub preview: Option<Preview>,
    /// Of those to whom something would be sent, and of those who share an e-mail with one of them.
    pub pin: Option<Pin>,
}

impl Foreseen {
    fn ended(ending: Ending) -> Self {
        Self { ending, candidate: None, preview: None, pin: None }
    }
}

/// Foresees one pipeline's pushes. It remembers whom it would create, so that the next profile with their e-mail is told as theirs.
#[derive(Debug)]
pub struct Planner<'a> {
    pipeline: &'a Pipeline,
    ledger: &'a Ledger,
    wire: &'a Wire,
    names: &'a Names,
    /// Whether Greenhouse may be asked who is there.
    asks: bool,
    /// E-mails of the people whom this plan would create, with the applications that they would have.
    expected: HashMap<Digest, Vec<SeenApplication>>,
}

impl<'a> Planner<'a> {
    pub fn new(pipeline: &'a Pipeline, ledger: &'a Ledger, wire: &'a Wire, names: &'a Names, asks: bool) -> Self {
        Self { pipeline, ledger, wire, names, asks, expected: HashMap::new() }
    }

    /// What would become of an item of the source; none where it is no profile.
    /// Errors: the ledger cannot be read, or Greenhouse does not answer.
    pub async fn item(&mut self, item: Item) -> Result<Option<Foreseen>, PlanError> {
        Ok(Some(match item {
            Item::Profile(mut profile) => match self.names.render(self.pipeline, &mut profile) {
                Rendered::Candidate(candidate) => match older(self.pipeline, self.ledger, &profile).await? {
                    Some(ending) => Foreseen::ended(ending),
                    None => self.push(&profile, candidate).await?,
                },
                Rendered::Ended(ending) => Foreseen::ended(*ending),
            },
            Item::Missing { by, value, .. } => Foreseen::ended(missing(by, value)),
            Item::Unreadable { at, key, why } => {
                let ending = Ending::new(key.unwrap_or_else(|| at.clone()), Outcome::Invalid).because_of(format!("{at}: {why}"));
                Foreseen::ended(ending)
            }
            Item::Cursor(_) | Item::PassedOver { .. } => return Ok(None),
        }))
    }

    pub async fn push(&mut self, profile: &Profile, candidate: Box<Candidate>) -> Result<Foreseen, PlanError> {
        let key = self.ledger.key();
        let wanted =
            Wanted::new(&candidate, crate::greenhouse::capabilities(self.pipeline.destination.api), key).with_files_of(&profile.document);
        let who = PersonKey {
            account: self.pipeline.destination.account.clone(),
            source_key: profile.source_key.clone(),
            profile_key: profile.key.clone(),
        };
        let person = self.ledger.person(&who).await?;
        let (mut known, after_another) = self.known(&wanted).await?;
        known.doubt = self.ledger.doubt(&who.account, &wanted.fingerprint, wanted.has_phone()).await?;
        let greenhouse = self.asks.then_some((self.wire, key));
        let preview = foresee(self.wire.settings(), &wanted, person.clone(), known, greenhouse).await?;
        if preview.outcome == Outcome::Created {
            let applications = wanted.applications();
            self.expected.extend(wanted.identities.iter().map(|identity| (*identity, applications.clone())));
        }
        let mut ending = Ending::new(&profile.key, preview.outcome);
        ending.candidate_id = preview.candidate_id;
        ending.reason.clone_from(&preview.reason);
        let counts = after_another || preview.writes().next().is_some();
        let pin = counts.then(|| Pin::new(key, profile, &person, &preview, after_another));
        Ok(Foreseen { ending, candidate: Some(candidate), preview: Some(preview), pin })
    }

    /// Whose the e-mails are: a candidate's whom the ledger knows, or of one whom this plan would create (then true).
    async fn known(&self, wanted: &Wanted<'_>) -> Result<(Observed, bool), LedgerError> {
        for identity in &wanted.identities {
            if let Some(applications) = self.expected.get(identity) {
                let claim = Some(Claimed::Taken { candidate_id: UNKNOWN });
                return Ok((Observed { claim, applications: Some(applications.clone()), ..Observed::default() }, true));
            }
            let known = self.ledger.identity(&self.pipeline.destination.account, *identity).await?;
            if let Some(Identity::Candidate { id, .. }) = known {
                return Ok((Observed { claim: Some(Claimed::Taken { candidate_id: id }), ..Observed::default() }, false));
            }
        }
        Ok((Observed::default(), false))
    }
}
