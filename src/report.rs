//! What people and machines are shown. Printing happens here and in the command line, nowhere else.

pub mod diagnostics;
pub mod lines;
pub mod mask;
pub mod plan;
pub mod progress;
pub mod terminal;
