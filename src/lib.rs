//! The map of the house. Each room knows only the rooms above it in this list; a test holds the order.

pub mod candidate; // the canonical document for Greenhouse
pub mod diagnostic; // what is wrong with a file, and what to do
pub mod http;
pub mod outcome; // what became of a profile
pub mod place; // where something was written
pub mod profile; // the HrFlow document
pub mod secret; // values that never print
pub mod settings; // what a pipeline says of its source and destination
pub mod tree; // YAML with places // one way out

pub mod yaml; // text → tree

pub mod pipeline; // a file as its author wrote it

pub mod filter; // predicates × profile → verdict
pub mod mapping; // templates × profile → candidate

pub mod compile; // files → pipelines

pub mod report; // what people and machines are shown
