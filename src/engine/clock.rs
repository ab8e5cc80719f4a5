//! The time of a run: what the machine's clock said at first, and what has passed since by a clock that nobody sets. So a machine's clock that
//! is set while a run is under way makes no wait longer, and none shorter.

use jiff::{SignedDuration, Timestamp};
use std::sync::LazyLock;
use std::time::Instant;

static FIRST: LazyLock<(Timestamp, Instant)> = LazyLock::new(|| (Timestamp::now(), Instant::now()));

pub fn now() -> Timestamp {
    let (first, since) = *FIRST;
    let passed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
    first.checked_add(passed).unwrap_or(Timestamp::MAX)
}

/// How far the machine's clock is ahead of [`now`]. What the ledger keeps is compared with that clock by other runs: until when a request
/// may have been under way is never kept as earlier than it says.
pub fn ahead() -> SignedDuration {
    Timestamp::now().duration_since(now()).max(SignedDuration::ZERO)
}
