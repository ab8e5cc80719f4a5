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
//! 8. `metrics` – what is counted and measured of runs
//! 9. `profile` – the HrFlow document
//! 10. `filter` – predicates × profile → verdict
//! 11. `candidate` – the canonical document for Greenhouse
//! 12. `directory` – Greenhouse's lists, and names matched against them: pure
//! 13. `mapping` – template tree × profile → candidate
//! 14. `digest` – hashes that tell nothing without the key
//! 15. `step` – what is to be brought about for a person, and how far it is
//! 16. `delivery` – decides what to do next: pure
//! 17. `http` – one way out
//! 18. `fetch` – a file from an address that a profile names
//! 19. `source` – a stream of profiles
//! 20. `ledger` – what was intended and what came of it, durable
//! 21. `greenhouse` – an action to a request, an answer to an event
//! 22. `yaml` – a text to a tree
//! 23. `pipeline` – what the author wrote
//! 24. `compile` – what was written to what is meant
//! 25. `render` – a profile's way up to the candidate
//! 26. `names` – a pipeline's names against Greenhouse's lists, before the first write
//! 27. `checkup` – whether a pipeline could run, with nothing written
//! 28. `preview` – what a push would do
//! 29. `story` – one profile's whole way
//! 30. `change` – what differs between two ways of one profile
//! 31. `fixtures` – fictional profiles beside a pipeline, and their snapshots
//! 32. `anonymous` – a profile with nobody in it
//! 33. `init` – the files of a new customer's folder
//! 34. `coverage` – what the fixtures have not shown
//! 35. `revision` – the files of a git revision
//! 36. `versions` – a pipeline before an edit and after it
//! 37. `plan` – what a run would do, and the file that pins it
//! 38. `run` – the one asynchronous loop
//! 39. `sandbox` – HrFlow and Greenhouse on loopback
//! 40. `exit` – the exit codes
//! 41. `signals` – Ctrl-C and SIGTERM
//! 42. `report` – what people and machines are told
//! 43. `lsp` – an editor's questions
//! 44. `cli` – the verbs

pub mod anonymous;
pub mod candidate;
pub mod change;
pub mod checkup;
pub mod cli;
pub mod compile;
pub mod coverage;
pub mod delivery;
pub mod diagnostic;
pub mod digest;
pub mod directory;
pub mod exit;
pub mod fetch;
pub mod filter;
pub mod fixtures;
pub mod greenhouse;
pub mod http;
pub mod init;
pub mod ledger;
pub mod lsp;
pub mod machine;
pub mod mapping;
pub mod metrics;
pub mod names;
pub mod outcome;
pub mod pipeline;
pub mod place;
pub mod plan;
pub mod preview;
pub mod profile;
pub mod render;
pub mod report;
pub mod revision;
pub mod run;
pub mod sandbox;
pub mod secret;
pub mod settings;
pub mod signals;
pub mod source;
pub mod step;
pub mod story;
pub mod tree;
pub mod versions;
pub mod yaml;
