//! Hireline moves candidate profiles from HrFlow.ai into Greenhouse, by configuration.
//!
//! The map of the house. Data flows one way; each room knows only the rooms above it (a test holds the order):
//!
//! 1. `visible` – text from outside, as it may be shown
//! 2. `inside` – files that may be read and written, and none outside of their folder
//! 3. `place` – where something was written
//! 4. `diagnostic` – what is wrong with a file, and what to do
//! 5. `tree` – YAML with places
//! 6. `secret` – values that never print
//! 7. `machine` – what processes on this machine share
//! 8. `settings` – what a pipeline says of its source and destination
//! 9. `outcome` – what became of a profile
//! 10. `profile` – the HrFlow document
//! 11. `filter` – predicates × profile → verdict
//! 12. `candidate` – the canonical document for Greenhouse
//! 13. `directory` – Greenhouse's lists, and names matched against them: pure
//! 14. `mapping` – template tree × profile → candidate
//! 15. `digest` – hashes that tell nothing without the key
//! 16. `step` – what is to be brought about for a person, and how far it is
//! 17. `delivery` – decides what to do next: pure
//! 18. `http` – one way out
//! 19. `fetch` – a file from an address that a profile names
//! 20. `source` – a stream of profiles
//! 21. `ledger` – what was intended and what came of it, durable
//! 22. `greenhouse` – an action to a request, an answer to an event
//! 23. `yaml` – a text to a tree
//! 24. `pipeline` – what the author wrote
//! 25. `compile` – what was written to what is meant
//! 26. `render` – a profile's way up to the candidate
//! 27. `names` – a pipeline's names against Greenhouse's lists, before the first write
//! 28. `checkup` – whether a pipeline could run, with nothing written
//! 29. `preview` – what a push would do
//! 30. `story` – one profile's whole way
//! 31. `change` – what differs between two ways of one profile
//! 32. `fixtures` – fictional profiles beside a pipeline, and their snapshots
//! 33. `anonymous` – a profile with nobody in it
//! 34. `init` – the files of a new customer's folder
//! 35. `coverage` – what the fixtures have not shown
//! 36. `revision` – the files of a git revision
//! 37. `versions` – a pipeline before an edit and after it
//! 38. `plan` – what a run would do, and the file that pins it
//! 39. `run` – the one asynchronous loop
//! 40. `sandbox` – HrFlow and Greenhouse on loopback
//! 41. `exit` – the exit codes
//! 42. `signals` – Ctrl-C and SIGTERM
//! 43. `report` – what people and machines are told
//! 44. `lsp` – an editor's questions
//! 45. `cli` – the verbs

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
pub mod inside;
pub mod ledger;
pub mod lsp;
pub mod machine;
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
pub mod visible;
pub mod yaml;
