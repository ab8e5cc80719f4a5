//! Hireline moves candidate profiles from HrFlow.ai into Greenhouse, by configuration.
//!
//! The map of the house. Data flows one way; each room knows only the rooms above it (a test holds the order):
//!
//! 1. `place` – where something was written
//! 2. `diagnostic` – what is wrong with a file, and what to do
//! 3. `tree` – YAML with places
//! 4. `secret` – values that never print
//! 5. `machine` – what processes on this machine share
//! 6. `settings` – what a pipeline says of its source and destination
//! 7. `outcome` – what became of a profile
//! 8. `profile` – the HrFlow document
//! 9. `filter` – predicates × profile → verdict
//! 10. `candidate` – the canonical document for Greenhouse
//! 11. `mapping` – template tree × profile → candidate
//! 12. `digest` – hashes that tell nothing without the key
//! 13. `step` – what is to be brought about for a person, and how far it is
//! 14. `delivery` – decides what to do next: pure
//! 15. `http` – one way out
//! 16. `source` – a stream of profiles
//! 17. `ledger` – what was intended and what came of it, durable
//! 18. `greenhouse` – an action to a request, an answer to an event
//! 19. `yaml` – a text to a tree
//! 20. `pipeline` – what the author wrote
//! 21. `compile` – what was written to what is meant
//! 22. `render` – a profile's way up to the candidate
//! 23. `preview` – what a push would do
//! 24. `story` – one profile's whole way
//! 25. `fixtures` – fictional profiles beside a pipeline
//! 26. `run` – the one asynchronous loop
//! 27. `sandbox` – HrFlow and Greenhouse on loopback
//! 28. `exit` – the exit codes
//! 29. `signals` – Ctrl-C and SIGTERM
//! 30. `report` – what people and machines are told
//! 31. `cli` – the verbs

pub mod candidate;
pub mod cli;
pub mod compile;
pub mod delivery;
pub mod diagnostic;
pub mod digest;
pub mod exit;
pub mod filter;
pub mod fixtures;
pub mod greenhouse;
pub mod http;
pub mod ledger;
pub mod machine;
pub mod mapping;
pub mod outcome;
pub mod pipeline;
pub mod place;
pub mod preview;
pub mod profile;
pub mod render;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod secret;
pub mod settings;
pub mod signals;
pub mod source;
pub mod step;
pub mod story;
pub mod tree;
pub mod yaml;
