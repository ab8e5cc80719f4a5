//! Hireline moves candidate profiles from HrFlow.ai into Greenhouse. Each pipeline is one YAML file.
//!
//! The wings, in order. Each may use only those above it, which `tests/house.rs` checks.
//! `docs/architecture.md` describes them:
//!
//! 1. `base` – text positions, diagnostics, secrets, hashes, safe display, confined files
//! 2. `model` – the shared types: profile, candidate, step, outcome, settings
//! 3. `language` – from the pipeline file to a compiled pipeline
//! 4. `net` – the only way out: HTTP client, retry, pace, files, state shared between processes
//! 5. `source` – HrFlow and files: a stream of profiles
//! 6. `delivery` – pure: decides what to do next
//! 7. `ledger` – the durable record of steps and their results
//! 8. `greenhouse` – the destination: turns an action into a request, and an answer into an event
//! 9. `engine` – drives a pipeline: run, plan, trace, doctor
//! 10. `authoring` – fixtures, anonymous data, new folders, differences, the language server
//! 11. `sandbox` – HrFlow and Greenhouse on loopback; only `cli` uses it
//! 12. `cli` – verbs, reports, signals, exit codes: the only wing that prints

pub mod authoring;
pub mod base;
pub mod cli;
pub mod delivery;
pub mod engine;
#[doc(hidden)]
pub mod fuzzing;
pub mod greenhouse;
pub mod language;
pub mod ledger;
pub mod model;
pub mod net;
pub mod sandbox;
pub mod source;
