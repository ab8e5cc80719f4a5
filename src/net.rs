//! One way out: client, retry, pace, files, state that processes share.

pub mod fetch;
pub mod http;
pub mod shared;
