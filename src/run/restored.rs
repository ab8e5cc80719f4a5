//! A ledger that was put back from a backup is older than Greenhouse: before anything is sent, what was made meanwhile is listed, and written
//! down by what it is recognised. Source: rules 3, 4 and 7 of the delivery design.

use super::round::tell;
use super::{News, Options, RunError, World};
use crate::delivery::recovery::Marks;
use crate::greenhouse::Stop;
use crate::greenhouse::lookup::Blind;
use crate::ledger::Made;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

/// Tells whether the ledger was ever put back. Lists once an account, and not before what was under way when the old ledger was lost has
/// been done or never will be.
pub(super) async fn prepare(world: &World<'_>, options: &Options, news: &mpsc::Sender<News>) -> Result<bool, RunError> {
    let account = &world.pipeline.destination.account;
    let Some(restored) = world.ledger.restored(account).await? else { return Ok(false) };
    let Some(from) = restored.list_from else { return Ok(true) };
    let settle = SignedDuration::try_from(world.pipeline.destination.settle).unwrap_or(SignedDuration::MAX);
    let until = crate::delivery::settled_by(restored.at, settle);
    let wait = until.duration_since(Timestamp::now());
    if wait.is_positive() {
        if options.no_wait {
            return Err(RunError::Restored { until });
        }
        let words = format!("the ledger was put back from a backup: waiting until {until:.0} for Greenhouse to end what was under way");
        tell(news, News::Note(words)).await;
        world.brake.within(wait.unsigned_abs()).await;
        if world.brake.is_pulled() {
            return Ok(true);
        }
    }
    // An empty list is believed only from who would see a full one.
    match world.gate.can_see(world).await {
        Err(RunError::Greenhouse(Stop::Permission(words))) => {
            let words = words.replace(", or set `existing: create`", "");
            return Err(RunError::Unlisted { words });
        }
        seen => seen?,
    }
    let rows = match world.wire.candidates_since(world.ledger.key(), from).await {
        Ok(rows) => rows,
        Err(Blind::Stop(stop)) => return Err(stop.into()),
        Err(blind) => return Err(RunError::Unlisted { words: format!("{blind}{}", blind.status()) }),
    };
    // Where pages are read to their end, older rows are among them; a row that does not say when it was made may be new.
    let is_since = |created: Option<Timestamp>| created.is_none_or(|created| created >= from);
    let rows: Vec<_> = rows.into_iter().filter(|row| is_since(row.created_at)).collect();
    if rows.iter().any(|row| row.marks == Marks::NotReady) {
        let words = "Greenhouse is still making a candidate that it lists: run again in some minutes".to_owned();
        return Err(Stop::Unreachable(words).into());
    }
    let made: Vec<Made> = rows
        .into_iter()
        .filter_map(|row| match row.marks {
            Marks::Candidate(fingerprint) => Some(Made { candidate: row.id, fingerprint }),
            Marks::Step(_) | Marks::NotReady => None,
        })
        .collect();
    let words = format!(
        "the ledger was put back from a backup: {} made in Greenhouse since {from:.0} {} looked at before anybody is made",
        if made.len() == 1 { "1 candidate".to_owned() } else { format!("{} candidates", made.len()) },
        if made.len() == 1 { "is" } else { "are" },
    );
    world.ledger.listed(account, made).await?;
    tell(news, News::Note(words)).await;
    Ok(true)
}
