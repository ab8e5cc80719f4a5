//! The map of the house. Each room knows only the rooms above it in this list; a test holds the order.

pub mod candidate; // the canonical document for Greenhouse
pub mod diagnostic; // what is wrong with a file, and what to do
pub mod http;
pub mod mapping; // a template tree and a profile make a candidate
pub mod outcome; // what became of a profile
pub mod place; // where something was written
pub mod profile; // the HrFlow document
pub mod secret; // values that never print
pub mod settings; // what a pipeline says of its source and destination
pub mod tree; // YAML with places // one way out
