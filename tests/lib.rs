//! The one integration binary: a file a capability. Every test runs the real binary, on loopback, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so best by stopping")]
#![expect(clippy::panic, reason = "as above")]

mod attachments;
mod bad_input;
mod check;
mod cli;
mod diagnostics;
mod diffs;
mod docs;
mod doctor;
mod existing;
mod explain;
mod fields;
mod fixture_tests;
mod fixtures;
mod flushing;
mod gone;
mod harness;
mod house;
mod init;
mod late;
mod looking_back;
mod lsp;
mod main_job;
mod names;
mod pace;
mod payloads;
mod people;
mod pipelines;
mod plans;
mod refresh;
mod repository;
mod sandboxed;
mod scale;
mod secrets;
#[cfg(target_os = "linux")]
mod shim;
mod signing_in;
mod steps;
mod together;
mod trouble;
