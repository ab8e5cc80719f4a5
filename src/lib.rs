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
//! 16. `fetch` – a file from an address that a profile names
//! 17. `source` – a stream of profiles
//! 18. `ledger` – what was intended and what came of it, durable
//! 19. `greenhouse` – an action to a request, an answer to an event
//! 20. `yaml` – a text to a tree
//! 21. `pipeline` – what the author wrote
//! 22. `compile` – what was written to what is meant
//! 23. `render` – a profile's way up to the candidate
//! 24. `preview` – what a push would do
//! 25. `story` – one profile's whole way
//! 26. `fixtures` – fictional profiles beside a pipeline
//! 27. `run` – the one asynchronous loop
//! 28. `sandbox` – HrFlow and Greenhouse on loopback
//! 29. `exit` – the exit codes
//! 30. `signals` – Ctrl-C and SIGTERM
//! 31. `report` – what people and machines are told
//! 32. `cli` – the verbs

pub mod candidate;
pub mod cli;
pub mod compile;
pub mod delivery;
pub mod diagnostic;
pub mod digest;
pub mod exit;
pub mod fetch;
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
