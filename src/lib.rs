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

pub mod candidate;
pub mod compile;
pub mod delivery;
pub mod diagnostic;
pub mod digest;
pub mod filter;
pub mod greenhouse;
pub mod http;
pub mod ledger;
pub mod mapping;
pub mod outcome;
pub mod pipeline;
pub mod place;
pub mod profile;
pub mod report;
pub mod sandbox;
pub mod secret;
pub mod settings;
pub mod source;
pub mod step;
pub mod tree;
pub mod yaml;
