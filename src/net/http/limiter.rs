//! A limiter keeps one pace. It serves one host or, once shared, everything below an address that is asked with one credential, by all
//! processes of this machine together.

use super::pace::{Pace, Place};
use super::{Answer, Fault, HttpSettings, headers, retry};
use crate::net::shared::{self, Cell, Folder};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Limiter {
    permits: Semaphore,
    keeper: Keeper,
    date: Mutex<Option<Timestamp>>,
}

#[derive(Debug)]
pub(super) struct Permit<'l> {
    _permit: SemaphorePermit<'l>,
    place: Place,
    pub waited: Duration,
}

impl Limiter {
    pub fn new(settings: &HttpSettings, cell: Option<Cell>) -> Self {
        let keeper = Keeper { own: Mutex::default(), cell, failed: OnceLock::new() };
        Self { permits: Semaphore::new(settings.requests_a_host), keeper, date: Mutex::default() }
    }

    /// Waits for a permit and for the pace, both together no longer than `longest`.
    pub async fn turn(&self, longest: Duration) -> Result<Permit<'_>, Fault> {
        let deadline = Instant::now() + longest;
        let permit = match tokio::time::timeout_at(deadline, self.permits.acquire()).await {
            Ok(Ok(permit)) => permit,
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => return Err(Fault::TooLong(longest)),
        };
        let mut waited = Duration::ZERO;
        loop {
            let now = shared::now();
            let wait = match self.keeper.change(|pace| pace.depart(now)).await {
                Ok(place) => return Ok(Permit { _permit: permit, place, waited }),
                Err(until) => Duration::from_millis(until.saturating_sub(now).max(1)),
            };
            if Instant::now() + wait > deadline {
                return Err(Fault::TooLong(wait));
            }
            tokio::time::sleep(wait).await;
            waited += wait;
        }
    }

    pub async fn learn(&self, turn: &Permit<'_>, came: &Result<Answer, Fault>, settings: &HttpSettings) {
        let now = shared::now();
        let place = turn.place;
        let Ok(answer) = came else {
            let left = !matches!(came, Err(Fault::NotSent(_)));
            return self.keeper.change(|pace| pace.forgo(place, left)).await;
        };
        let wait = (answer.status == 429).then(|| retry::requested_wait(answer).unwrap_or(settings.first_wait));
        let rate = headers::rate(answer);
        self.keeper.change(|pace| pace.answered(place, rate, wait, now)).await;
        if let Some(date) = headers::date(answer).and_then(|date| Timestamp::try_from(date).ok()) {
            let mut latest = lock(&self.date);
            *latest = (*latest).max(Some(date));
        }
    }

    pub fn date(&self) -> Option<Timestamp> {
        *lock(&self.date)
    }

    pub fn limit(&self) -> Option<u32> {
        lock(&self.keeper.own).limit()
    }
}

/// Where a limiter's pace is kept: in a file that others change too, or, where there is none, here.
#[derive(Debug)]
struct Keeper {
    /// What this process last knew.
    own: Mutex<Pace>,
    cell: Option<Cell>,
    failed: OnceLock<()>,
}

/// The file's text. A text of another version, or a damaged one, counts as absent.
#[derive(Serialize, Deserialize)]
struct Page<P> {
    version: u32,
    pace: P,
}

const VERSION: u32 = 2;

impl Keeper {
    /// A process holds the file's lock for microseconds. One that holds it for longer was stopped, and is not waited for.
    async fn change<T>(&self, change: impl Fn(&mut Pace) -> T) -> T {
        const TRIES: u32 = 1000;
        const PAUSE: Duration = Duration::from_millis(1);
        if let Some(cell) = self.cell.as_ref().filter(|_| self.failed.get().is_none()) {
            let mut why = "somebody else holds its lock, and does not give it back".to_owned();
            for _ in 0..TRIES {
                match self.in_file(cell, &change) {
                    Ok(Some(done)) => return done,
                    Ok(None) => tokio::time::sleep(PAUSE).await,
                    Err(error) => {
                        why = error.to_string();
                        break;
                    }
                }
            }
            if self.failed.set(()).is_ok() {
                tracing::warn!(file = %cell.path().display(), why, "the pace is kept in this process alone: others may use up the same limit");
            }
        }
        change(&mut lock(&self.own))
    }

    fn in_file<T>(&self, cell: &Cell, change: &impl Fn(&mut Pace) -> T) -> std::io::Result<Option<T>> {
        cell.try_change(|bytes| {
            let page: Option<Page<Pace>> = serde_json::from_slice(bytes).ok().filter(|page: &Page<_>| page.version == VERSION);
            let mut pace = page.map(|page| page.pace).unwrap_or_default();
            let before = pace.clone();
            let done = change(&mut pace);
            let written =
                (pace != before || bytes.is_empty()).then(|| serde_json::to_vec(&Page { version: VERSION, pace: &pace }).ok()).flatten();
            *lock(&self.own) = pace;
            (written, done)
        })
    }
}

/// The file for what is asked below `address` with `credential`.
/// Errors: where nothing can be shared.
pub(super) fn shared(address: &str, credential: &str) -> std::io::Result<Cell> {
    Cell::open(Folder::passing()?.file(&["pace", address, credential], "pace"))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(path: &std::path::Path) -> Keeper {
        Keeper { own: Mutex::default(), cell: Some(Cell::open(path.to_owned()).unwrap()), failed: OnceLock::new() }
    }

    fn at(folder: &tempfile::TempDir) -> std::path::PathBuf {
        folder.path().join("x.pace")
    }

    #[tokio::test]
    async fn two_keepers_of_one_file_keep_one_pace() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (keeper(&at(&folder)), keeper(&at(&folder)));
        let place = one.change(|pace| pace.depart(1000)).await.unwrap();
        assert!(other.change(|pace| pace.depart(1001)).await.is_err(), "the first one asks for both");
        one.change(|pace| pace.untold(place, Some(Duration::from_secs(5)), 1002)).await;
        assert_eq!(other.change(|pace| pace.depart(1003)).await, Err(6002));
    }

    #[tokio::test]
    async fn a_damaged_or_a_foreign_file_is_written_anew() {
        for text in ["", "{", r#"{"version":9,"pace":{"paused_until":99999999}}"#, r#"{"version":1,"pace":[]}"#, &"x".repeat(99_999)] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(at(&folder), text).unwrap();
            assert!(keeper(&at(&folder)).change(|pace| pace.depart(1000)).await.is_ok(), "{text:.20}");
            let page: Page<Pace> = serde_json::from_slice(&std::fs::read(at(&folder)).unwrap()).unwrap();
            assert_eq!(page.version, VERSION);
        }
    }

    #[tokio::test]
    async fn a_lock_that_is_never_given_back_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = keeper(&at(&folder));
        let stopped = std::fs::File::open(at(&folder)).unwrap();
        stopped.lock().unwrap();
        assert!(keeper.change(|pace| pace.depart(1000)).await.is_ok());
        assert!(keeper.failed.get().is_some());
    }
}
