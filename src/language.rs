//! From the pipeline file to a compiled pipeline: YAML, filters, mappings.

pub mod compile;
pub mod filter;
pub mod mapping;
mod patterns;
pub mod pipeline;
pub mod yaml;
