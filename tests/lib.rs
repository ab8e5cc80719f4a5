//! The one integration binary: a file a capability. Every test runs the real binary, on loopback, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so best by stopping")]
#![expect(clippy::panic, reason = "as above")]

mod bad_input;
mod cli;
mod diagnostics;
mod docs;
mod harness;
mod house;
mod lsp;
mod main_job;
mod payloads;
mod people;
mod pipelines;
mod scale;
mod secrets;
mod trouble;
