//! What differs between the versions of Harvest, as far as it is data or a pure function. `v1` and `v3` fill it in.

use super::lookup::Children;
use super::{v1, v3};
use crate::model::capabilities::Capabilities;
use crate::model::named::Kind;
use crate::model::settings::Api;
use crate::model::step::Step;
use jiff::Timestamp;
use serde_json::Value;

/// The applications in an answer, each with its step.
pub type CreatedApplications = fn(&Value, Option<Step>) -> Vec<(Step, u64)>;

/// Paths are below the version's own, such as `/v3`.
pub(super) struct Version {
    pub capabilities: Capabilities,
    pub prefix: &'static str,
    pub list: fn(Kind) -> &'static str,
    pub fields: &'static str,
    /// The list of custom fields has the options of selects. Otherwise they have a list of their own.
    pub fields_have_options: bool,
    /// Lists that a run may read, whatever the pipeline: the operation, and the path.
    pub lists_to_probe: &'static [(&'static str, &'static str)],
    /// The list that has the pools of prospects, where no other has them.
    pub prospect_pools: Option<(&'static str, &'static str)>,
    /// The filter of `/users`.
    pub users_by_email: &'static str,
    pub users_by_id: fn(u64) -> String,
    pub candidates_since: fn(Timestamp) -> String,
    pub newest_first: bool,
    pub candidate: fn(u64) -> String,
    pub children: fn(Children, u64) -> Option<String>,
    pub applications: fn(&[u64]) -> Vec<String>,
    /// The applications in the answer to a create; the step is that of the application that was sent along.
    pub created_applications: CreatedApplications,
    /// What to do where a list may not be read.
    pub who_may_list: &'static str,
}

pub(super) fn version(api: Api) -> &'static Version {
    match api {
        Api::HarvestV1 => &v1::VERSION,
        Api::HarvestV3 => &v3::VERSION,
    }
}

pub fn capabilities(api: Api) -> &'static Capabilities {
    &version(api).capabilities
}
