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
//! 10. `metrics` – what is counted and measured of runs
//! 11. `profile` – the HrFlow document
//! 12. `filter` – predicates × profile → verdict
//! 13. `candidate` – the canonical document for Greenhouse
//! 14. `directory` – Greenhouse's lists, and names matched against them: pure
//! 15. `mapping` – template tree × profile → candidate
//! 16. `digest` – hashes that tell nothing without the key
//! 17. `step` – what is to be brought about for a person, and how far it is
//! 18. `delivery` – decides what to do next: pure
//! 19. `http` – one way out
//! 20. `fetch` – a file from an address that a profile names
//! 21. `source` – a stream of profiles
//! 22. `ledger` – what was intended and what came of it, durable
//! 23. `greenhouse` – an action to a request, an answer to an event
//! 24. `yaml` – a text to a tree
//! 25. `pipeline` – what the author wrote
//! 26. `compile` – what was written to what is meant
//! 27. `render` – a profile's way up to the candidate
//! 28. `names` – a pipeline's names against Greenhouse's lists, before the first write
//! 29. `checkup` – whether a pipeline could run, with nothing written
//! 30. `preview` – what a push would do
//! 31. `story` – one profile's whole way
//! 32. `change` – what differs between two ways of one profile
//! 33. `fixtures` – fictional profiles beside a pipeline, and their snapshots
//! 34. `anonymous` – a profile with nobody in it
//! 35. `init` – the files of a new customer's folder
//! 36. `coverage` – what the fixtures have not shown
//! 37. `revision` – the files of a git revision
//! 38. `versions` – a pipeline before an edit and after it
//! 39. `plan` – what a run would do, and the file that pins it
//! 40. `run` – the one asynchronous loop
//! 41. `sandbox` – HrFlow and Greenhouse on loopback
//! 42. `exit` – the exit codes
//! 43. `signals` – Ctrl-C and SIGTERM
//! 44. `report` – what people and machines are told
//! 45. `lsp` – an editor's questions
//! 46. `cli` – the verbs
//! 47. `fuzzing` – doors for the properties that hold for any input

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
#[doc(hidden)]
pub mod fuzzing;
pub mod greenhouse;
pub mod http;
pub mod init;
pub mod inside;
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
pub mod visible;
pub mod yaml;
