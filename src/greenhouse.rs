//! Greenhouse.
