//! A file as its author wrote it: the schema of every section, the walk that reports every error of a file in one pass, and the scopes
//! in which names are looked up. What it all means is decided in [`crate::language::compile`].

pub mod schema;
pub mod scope;
pub mod walk;
