//! The one integration binary: a file a capability.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so best by stopping")]

mod diagnostics;
mod docs;
