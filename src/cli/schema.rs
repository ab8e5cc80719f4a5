//! `hireline schema`: the JSON Schemas, as editors and other tools read them.

use super::{Result, print};
use crate::{candidate, exit, pipeline};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Of what
    #[arg(value_enum, default_value_t = Which::Pipeline)]
    which: Which,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    /// A pipeline file
    Pipeline,
    /// A library file
    Library,
    /// hireline.yaml
    Workspace,
    /// What a mapping makes
    Candidate,
}

pub(super) fn schema(options: &Options) -> Result<u8> {
    let schema = match options.which {
        Which::Pipeline => pipeline::schema::published(&pipeline::schema::PIPELINE),
        Which::Library => pipeline::schema::published(&pipeline::schema::LIBRARY),
        Which::Workspace => pipeline::schema::published(&pipeline::schema::WORKSPACE),
        Which::Candidate => candidate::schema(),
    };
    print::own(&format!("{schema:#}\n"));
    Ok(exit::WELL)
}
