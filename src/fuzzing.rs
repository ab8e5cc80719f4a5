//! What the properties in `tests/properties` need of the inside, for fuzzing too. Nothing of the product uses this module, and it may change at
//! any time.

pub use crate::net::http::headers::{rate, retry_after};
pub use crate::net::http::pace::Pace;
pub use crate::net::http::retry::{Decision, Patience, decide, requested_wait};
pub use crate::source::canned::{Passage, read as read_canned};
