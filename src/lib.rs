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
//! 11. `directory` – Greenhouse's lists, and names matched against them: pure
//! 12. `mapping` – template tree × profile → candidate
//! 13. `digest` – hashes that tell nothing without the key
//! 14. `step` – what is to be brought about for a person, and how far it is
//! 15. `delivery` – decides what to do next: pure
//! 16. `http` – one way out
//! 17. `fetch` – a file from an address that a profile names
//! 18. `source` – a stream of profiles
//! 19. `ledger` – what was intended and what came of it, durable
//! 20. `greenhouse` – an action to a request, an answer to an event
//! 21. `yaml` – a text to a tree
//! 22. `pipeline` – what the author wrote
//! 23. `compile` – what was written to what is meant
//! 24. `render` – a profile's way up to the candidate
//! 25. `names` – a pipeline's names against Greenhouse's lists, before the first write
//! 26. `checkup` – whether a pipeline could run, with nothing written
//! 27. `preview` – what a push would do
//! 28. `story` – one profile's whole way
//! 29. `change` – what differs between two ways of one profile
//! 30. `fixtures` – fictional profiles beside a pipeline, and their snapshots
//! 31. `anonymous` – a profile with nobody in it
//! 32. `init` – the files of a new customer's folder
//! 33. `coverage` – what the fixtures have not shown
//! 34. `revision` – the files of a git revision
//! 35. `versions` – a pipeline before an edit and after it
//! 36. `plan` – what a run would do, and the file that pins it
//! 37. `run` – the one asynchronous loop
//! 38. `sandbox` – HrFlow and Greenhouse on loopback
//! 39. `exit` – the exit codes
//! 40. `signals` – Ctrl-C and SIGTERM
//! 41. `report` – what people and machines are told
//! 42. `lsp` – an editor's questions
//! 43. `cli` – the verbs
//! 44. `fuzzing` – doors for the properties that hold for any input

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
pub mod yaml;
