//! Limits in bytes what was read and not taken yet: profiles of tens of megabytes must not multiply by the queue's length.

use super::Gone;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of one source, in bytes. What is longer than that is alone.
pub const READ_AHEAD: usize = 64 << 20;
const KIB: usize = 1024;

#[derive(Debug, Clone)]
pub(super) struct ReadAhead(Arc<Semaphore>);

/// Some of it, until this goes.
#[derive(Debug)]
pub(super) struct Reserved(#[expect(dead_code, reason = "held for what it keeps others from")] OwnedSemaphorePermit);

impl ReadAhead {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(READ_AHEAD / KIB)))
    }

    /// Waits until there is room for so many bytes.
    pub async fn reserve(&self, bytes: usize) -> Result<Reserved, Gone> {
        let wanted = u32::try_from(bytes.div_ceil(KIB).clamp(1, READ_AHEAD / KIB)).unwrap_or(u32::MAX);
        Arc::clone(&self.0).acquire_many_owned(wanted).await.map(Reserved).map_err(|_| Gone)
    }

    /// Nothing is taken any more: waiting reservations fail.
    pub fn close(&self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn what_does_not_fit_waits_and_what_is_too_long_is_alone() {
        let read_ahead = ReadAhead::new();
        let soon = |bytes| {
            let read_ahead = read_ahead.clone();
            async move { tokio::time::timeout(Duration::from_millis(20), read_ahead.reserve(bytes)).await.ok().and_then(Result::ok) }
        };
        let small = soon(1).await.unwrap();
        assert!(soon(10 * READ_AHEAD).await.is_none());
        drop(small);
        let long = soon(10 * READ_AHEAD).await.unwrap();
        assert!(soon(1).await.is_none());
        drop(long);
        assert!(soon(READ_AHEAD / 2).await.is_some());
        read_ahead.close();
        assert!(read_ahead.reserve(1).await.is_err());
    }
}
