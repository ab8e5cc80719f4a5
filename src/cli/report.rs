//! What people and machines are shown. Printing happens here and in the command line, nowhere else.

pub(crate) mod changes;
pub mod diagnostics;
pub(crate) mod junit;
pub(crate) mod lines;
pub(crate) mod markdown;
pub(crate) mod mask;
pub(crate) mod plan;
pub(crate) mod terminal;
