//! `profiles: changed`: which rows of a page, newest first, are new, and where the next run starts. Source:
//! `docs/delivery.md`, R12.

use super::super::instant;
use super::answer::Row;
use super::paging::identity;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// HrFlow's machines may differ by this.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// A read of a list, newest first, repeated until it shows nothing new. It keeps eight bytes of each row.
#[derive(Debug)]
pub(super) struct Changed {
    since: Option<Timestamp>,
    overlap: Duration,
    /// HrFlow's time at the beginning: no cursor is later.
    now: Option<Timestamp>,
    /// The newest `updated_at` of the first pass that is not in the future: later updates are at least as new, and belong to the next
    /// run.
    first: Option<String>,
    seen: HashSet<u64>,
    hasher: RandomState,
}

#[derive(Debug, PartialEq)]
pub(super) struct Sorted {
    /// The rows that were not seen before, with their positions on the page (from 1).
    pub new: Vec<(usize, Row)>,
    /// Whether all that follows is older than the cursor.
    pub is_last: bool,
}

impl Changed {
    /// A cursor that is not a date counts as none: everything is read. A row may become visible later than its date says, by up to
    /// `overlap`.
    pub fn new(since: Option<&str>, overlap: Duration) -> Self {
        let parsed = since.and_then(instant);
        if let (Some(since), None) = (since, parsed) {
            tracing::warn!(since, "the cursor is no date, so everything is read");
        }
        Self { since: parsed, overlap, now: None, first: None, seen: HashSet::new(), hasher: RandomState::new() }
    }

    /// A cursor in the future hides all that was updated before it: everything is read.
    fn begin(&mut self, now: Timestamp) -> Timestamp {
        self.now = Some(now);
        if let Some(since) = self.since.take() {
            if since.duration_since(now) > SKEW {
                tracing::warn!(%since, %now, "the cursor lies in the future, so everything is read");
            } else {
                self.since = since.checked_sub(self.overlap).ok();
            }
        }
        now
    }

    /// Down to and including the second where the overlap begins: HrFlow's dates have no fractions, and two profiles may share one. `date`
    /// is the page's own; without it, this machine's time counts.
    pub fn sort(&mut self, rows: Vec<Row>, date: Option<Timestamp>) -> Sorted {
        let now = self.now.unwrap_or_else(|| self.begin(date.unwrap_or_else(Timestamp::now)));
        let mut sorted = Sorted { new: Vec::new(), is_last: false };
        for (index, row) in rows.into_iter().enumerate() {
            let text = row.as_ref().ok().and_then(|row| row.get("updated_at")).and_then(Value::as_str);
            let updated = text.and_then(instant);
            if let (Some(updated), Some(since)) = (updated, self.since)
                && updated.as_second() < since.as_second()
            {
                sorted.is_last = true;
                break;
            }
            if self.first.is_none() && updated.is_some_and(|updated| updated <= now) {
                self.first = text.map(str::to_owned);
            }
            // A row that is not a profile has no key: its whole content identifies it.
            let known = match &row {
                Err(unread) => unread.mark,
                Ok(row) => match identity(row) {
                    Some(identity) => self.hasher.hash_one((identity, text)),
                    None => self.hasher.hash_one(row.to_string()),
                },
            };
            if self.seen.insert(known) {
                sorted.new.push((index + 1, row));
            }
        }
        sorted
    }

    /// Where the next run starts; unchanged if there were no rows.
    pub fn cursor(&self, since: Option<&str>) -> Option<String> {
        self.first.clone().or_else(|| since.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(key: &str, second: u32) -> Row {
        Ok(json!({ "key": key, "updated_at": format!("2026-06-20T15:25:{second:02}+0000") }))
    }

    fn changed_since(since: Option<&str>) -> Changed {
        Changed::new(since, Duration::ZERO)
    }

    fn keys(sorted: &Sorted) -> Vec<&str> {
        sorted.new.iter().map(|(_, row)| row.as_ref().unwrap()["key"].as_str().unwrap_or("?")).collect()
    }

    #[test]
    fn reads_down_to_and_including_the_cursors_second() {
        let since = Some("2026-06-20T15:25:07+0000");
        let mut changed = changed_since(since);
        let sorted = changed.sort(vec![row("a", 9), row("b", 7), row("c", 7), row("d", 6), row("e", 9)], None);
        assert_eq!((keys(&sorted), sorted.is_last), (vec!["a", "b", "c"], true));
        assert_eq!(changed.cursor(since).as_deref(), Some("2026-06-20T15:25:09+0000"));
    }

    #[test]
    fn what_was_seen_is_not_new_until_it_is_updated_again() {
        let mut changed = changed_since(None);
        assert_eq!(keys(&changed.sort(vec![row("a", 9), row("b", 8)], None)), ["a", "b"]);
        let again = changed.sort(vec![row("b", 10), row("a", 9)], None);
        assert_eq!((keys(&again), again.is_last), (vec!["b"], false));
        assert_eq!(changed.cursor(None).as_deref(), Some("2026-06-20T15:25:09+0000"), "the first pass's first row");
    }

    #[test]
    fn rows_without_a_date_or_a_key_are_read() {
        let mut changed = changed_since(Some("2026-06-20T15:25:07+0000"));
        let sorted = changed.sort(vec![Ok(json!({ "key": "a" })), Ok(json!("garbage")), Ok(json!("garbage")), row("b", 8)], None);
        assert_eq!(sorted.new.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(changed.cursor(None).as_deref(), Some("2026-06-20T15:25:08+0000"));
        assert_eq!(changed_since(None).cursor(Some("kept")).as_deref(), Some("kept"));
        assert_eq!(changed_since(None).cursor(None), None);
    }

    #[test]
    fn a_row_may_become_visible_late() {
        let mut changed = Changed::new(Some("2026-06-20T15:25:07+0000"), Duration::from_secs(2));
        let sorted = changed.sort(vec![row("a", 9), row("late", 5), row("old", 4)], None);
        assert_eq!((keys(&sorted), sorted.is_last), (vec!["a", "late"], true));
    }

    #[test]
    fn the_cursor_is_never_in_the_future() {
        let now = instant("2026-06-20T15:25:10Z");
        let rows = || vec![row("bad clock", 59), row("a", 9), row("b", 8)];
        let mut changed = changed_since(None);
        assert_eq!(keys(&changed.sort(rows(), now)), ["bad clock", "a", "b"]);
        assert_eq!(changed.cursor(None).as_deref(), Some("2026-06-20T15:25:09+0000"));
        let mut blinded = changed_since(Some("2099-01-01T00:00:00+0000"));
        assert_eq!(keys(&blinded.sort(rows(), now)), ["bad clock", "a", "b"]);
    }

    #[test]
    fn dates_in_all_spellings() {
        let expected = instant("2026-06-20T15:25:07Z");
        assert!(expected.is_some());
        for spelling in [
            "2026-06-20T15:25:07+0000",
            "2026-06-20T15:25:07+00:00",
            "2026-06-20T15:25:07",
            "2026-06-20T17:25:07+0200",
            "2026-06-20 15:25:07",
        ] {
            assert_eq!(instant(spelling), expected, "{spelling}");
        }
        assert!(instant("2026-06-20T15:25:07.123+0000").is_some());
        assert_eq!(instant("yesterday"), None);
    }
}
