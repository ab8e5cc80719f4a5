//! The properties of `tests/properties`, for libFuzzer: each target hands its bytes to one of them. They hold in the test suite, too.

#![forbid(unsafe_code)]

#[path = "../../properties/anonymous.rs"]
pub mod anonymous;
#[path = "../../properties/greenhouse.rs"]
pub mod greenhouse;
#[path = "../../properties/headers.rs"]
pub mod headers;
#[path = "../../properties/hrflow.rs"]
pub mod hrflow;
#[path = "../../properties/input.rs"]
pub mod input;
#[path = "../../properties/ledger.rs"]
pub mod ledger;
#[path = "../../properties/mapping.rs"]
pub mod mapping;
#[path = "../../properties/pipeline.rs"]
pub mod pipeline;
#[path = "../../properties/plan.rs"]
pub mod plan;
#[path = "../../properties/predicate.rs"]
pub mod predicate;
