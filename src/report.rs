//! What people and machines are shown. Printing happens here and in the command line, nowhere else.

pub mod changes;
pub mod coverage;
pub mod diagnostics;
pub mod explain;
pub mod junit;
pub mod lines;
pub mod markdown;
pub mod mask;
pub mod plan;
pub mod progress;
pub mod terminal;
