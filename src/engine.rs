//! Drives a push: run, plan, trace, doctor.

pub(crate) mod clock;
pub mod doctor;
pub mod names;
pub mod plan;
pub mod preview;
pub mod render;
pub mod run;
pub mod trace;

#[cfg(test)]
mod tests;
