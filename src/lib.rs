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
//! 10. `directory` – Greenhouse's lists, and names matched against them: pure
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
//! 23. `names` – a pipeline's names against Greenhouse's lists, before the first write
//! 24. `checkup` – whether a pipeline could run, with nothing written
//! 25. `preview` – what a push would do
//! 26. `story` – one profile's whole way
//! 27. `fixtures` – fictional profiles beside a pipeline
//! 28. `plan` – what a run would do, and the file that pins it
//! 29. `run` – the one asynchronous loop
//! 30. `sandbox` – HrFlow and Greenhouse on loopback
//! 31. `exit` – the exit codes
//! 32. `signals` – Ctrl-C and SIGTERM
//! 33. `report` – what people and machines are told
//! 34. `cli` – the verbs

pub mod candidate;
pub mod checkup;
pub mod cli;
pub mod compile;
pub mod delivery;
pub mod diagnostic;
pub mod digest;
pub mod directory;
pub mod exit;
pub mod filter;
pub mod fixtures;
pub mod greenhouse;
pub mod http;
pub mod ledger;
pub mod mapping;
pub mod names;
pub mod outcome;
pub mod pipeline;
pub mod place;
pub mod plan;
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
