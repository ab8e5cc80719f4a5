//! For authors of pipelines: fixtures, anonymous data, new folders, differences, editors.

pub mod anonymise;
pub mod change;
pub mod coverage;
pub(crate) mod fixtures;
pub(crate) mod init;
pub mod lsp;
pub(crate) mod revision;
pub mod versions;
