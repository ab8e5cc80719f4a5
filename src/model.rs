//! The words that everybody shares: profile, candidate, step, outcome, settings.

pub mod candidate;
pub mod capabilities;
pub mod metrics;
pub mod named;
pub mod outcome;
pub mod profile;
pub mod rows;
pub mod settings;
pub mod step;
