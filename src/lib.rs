//! Hireline moves candidate profiles from HrFlow.ai into Greenhouse, by configuration.
//!
//! The map of the house. Data flows one way; each room knows only the rooms above it (a test holds the order):
//!
//! 1. `place` – where something was written
//! 2. `diagnostic` – what is wrong with a file, and what to do
//! 3. `tree` – YAML with places
//! 4. `secret` – values that never print
//! 5. `settings` – what a pipeline says of its source and destination
//! 6. `outcome` – what became of a profile
//! 7. `profile` – the HrFlow document
//! 8. `filter` – predicates × profile → verdict
//! 9. `candidate` – the canonical document for Greenhouse
//! 10. `mapping` – template tree × profile → candidate
//! 11. `digest` – hashes that tell nothing without the key
//! 12. `step` – what is to be brought about for a person, and how far it is
//! 13. `delivery` – decides what to do next: pure
//! 14. `http` – one way out
//! 15. `source` – a stream of profiles
//! 16. `ledger` – what was intended and what came of it, durable
//! 17. `greenhouse` – an action to a request, an answer to an event
//! 18. `yaml` – a text to a tree
//! 19. `pipeline` – what the author wrote
//! 20. `compile` – what was written to what is meant
//! 21. `render` – a profile's way up to the candidate
//! 22. `preview` – what a push would do
//! 23. `story` – one profile's whole way
//! 24. `fixtures` – fictional profiles beside a pipeline
//! 25. `run` – the one asynchronous loop
//! 26. `sandbox` – HrFlow and Greenhouse on loopback
//! 27. `exit` – the exit codes
//! 28. `signals` – Ctrl-C and SIGTERM
//! 29. `report` – what people and machines are told
//! 30. `lsp` – an editor's questions
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
pub mod lsp;
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
