//! What a destination's API can do, as far as it decides what is sent, and when. The destination says it once per version of its API.

use super::settings::Api;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Which column of the candidate table holds.
    pub api: Api,
    /// One request creates the candidate with its applications, employments, educations and notes, or nothing at all. Otherwise it
    /// creates the candidate and the first application.
    pub create_covers_children: bool,
    /// The answer to a create always has the id of each application that was created. Otherwise a look-up has to find it.
    pub create_returns_application_id: bool,
    /// A file belongs to an application. Otherwise it belongs to the candidate.
    pub file_needs_application: bool,
    /// A new résumé replaces the earlier one. Otherwise both are kept.
    pub file_replaces: bool,
    /// A file that only administrators may see has a type of its own.
    pub file_type_for_admins: bool,
    /// An update replaces all custom fields. Otherwise it changes those that it names.
    pub update_replaces_fields: bool,
    /// A look-up by e-mail may miss an address that is written in other letters.
    pub email_lookup_is_exact: bool,
    /// A create answers 404 where the acting user does not exist.
    pub unknown_user_is_404: bool,
    /// Lists are shown to Site Admins alone.
    pub lists_need_site_admin: bool,
    /// What a token permits can be asked for.
    pub token_tells_permissions: bool,
    pub rate_limit: RateLimit,
}

/// The documented limit, until an answer says another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    pub requests: u64,
    pub seconds: u64,
}
