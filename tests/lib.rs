//! The one integration binary: a file a capability. Every test runs the real binary, on loopback, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so best by stopping")]
#![expect(clippy::panic, reason = "as above")]
#![expect(clippy::expect_used, reason = "as above")]

mod attachments;
mod backups;
mod bad_input;
mod bounds;
mod check;
mod cli;
mod contract;
mod diagnostics;
mod diffs;
mod docs;
mod doctor;
mod existing;
mod explain;
#[cfg(feature = "otel")]
mod exported;
mod exposition;
mod faults;
mod fields;
mod fixture_tests;
mod fixtures;
mod flushing;
mod gone;
mod harness;
mod hostile_text;
mod house;
mod init;
mod late;
mod ledger_faults;
mod ledger_lost;
mod limits;
mod logs;
mod looking_back;
mod lsp;
mod main_job;
mod metrics;
mod names;
mod pace;
mod payloads;
mod people;
mod pipelines;
mod plans;
mod properties;
mod real_data;
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
mod unreadable;
mod untrusted;
