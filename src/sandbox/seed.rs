//! What an organisation has before anybody applies: users and jobs; custom fields in `seed/fields.rs`.

pub(super) mod fields;

use std::collections::BTreeSet;

#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub id: u64,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub email: &'static str,
    pub site_admin: bool,
    pub deactivated: bool,
}

impl User {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// When all of it was set up.
pub(super) const SINCE: &str = "2025-01-06T09:00:00.000Z";

/// The user that acts where a token names no `sub`.
pub(super) const SERVICE_USER: u64 = 92100;

const fn person(id: u64, first_name: &'static str, last_name: &'static str, email: &'static str, site_admin: bool) -> User {
    User { id, first_name, last_name, email, site_admin, deactivated: false }
}

pub(super) const USERS: [User; 5] = [
    person(SERVICE_USER, "Hireline", "Integration", "integration@example.org", true),
    person(92120, "Greenhouse", "Admin", "admin@example.org", true),
    person(92121, "Rita", "Recruiter", "recruiter@example.org", false),
    person(92122, "Carl", "Coordinator", "coordinator@example.org", false),
    User { deactivated: true, ..person(92123, "Lea", "Leaver", "leaver@example.org", true) },
];

pub(super) fn user(id: u64) -> Option<&'static User> {
    USERS.iter().find(|user| user.id == id)
}

pub(super) fn user_by_email(email: &str) -> Option<&'static User> {
    USERS.iter().find(|user| user.email.eq_ignore_ascii_case(email))
}

/// Which jobs there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jobs {
    /// These ids are open.
    Known(BTreeSet<u64>),
    /// Every positive id is an open job; only those of [`NAMED_JOBS`] are listed.
    Any,
}

/// The open jobs of the default settings, by name. Two of them are called "Account Executive".
pub const NAMED_JOBS: [(u64, &str); 23] = [
    (4001, "Backend Engineer"),
    (4002, "Frontend Engineer"),
    (4003, "Data Engineer"),
    (4004, "Data Scientist"),
    (4005, "Platform Engineer"),
    (4006, "Site Reliability Engineer"),
    (4007, "Security Engineer"),
    (4008, "Mobile Engineer"),
    (4009, "QA Engineer"),
    (4010, "Engineering Manager"),
    (4011, "Product Manager"),
    (4012, "Senior Platform Engineer"),
    (4013, "Staff Platform Engineer"),
    (4014, "Product Designer"),
    (4015, "Account Executive"),
    (4016, "Customer Success Manager"),
    (4017, "Recruiter"),
    (4018, "Accountant"),
    (4019, "Legal Counsel"),
    (4020, "Office Manager"),
    (4021, "Account Executive"),
    (185_289, "Product Specialist"),
    (215_725, "Operations Manager"),
];

/// Jobs that are there but closed, in every setting. One has the name of an open one.
pub const CLOSED_JOBS: [(u64, &str); 3] = [(4097, "Recruiter"), (4098, "Night Porter"), (4099, "Switchboard Operator")];

/// A job from which others are copied: listed as open by v3, with `is_template`, and takes no applications. It has the name of an open one.
pub const TEMPLATE: (u64, &str) = (4090, "Platform Engineer");

pub(super) enum JobState {
    Open,
    Closed,
    Unknown,
}

impl Default for Jobs {
    fn default() -> Self {
        Self::Known(NAMED_JOBS.iter().map(|(id, _)| *id).collect())
    }
}

impl Jobs {
    pub(super) fn state(&self, id: u64) -> JobState {
        if CLOSED_JOBS.iter().chain([&TEMPLATE]).any(|(closed, _)| *closed == id) {
            return JobState::Closed;
        }
        match self {
            Self::Known(ids) if !ids.contains(&id) => JobState::Unknown,
            Self::Known(_) | Self::Any => JobState::Open,
        }
    }

    pub(super) fn name(id: u64) -> String {
        NAMED_JOBS
            .iter()
            .chain(&CLOSED_JOBS)
            .chain([&TEMPLATE])
            .find(|(known, _)| *known == id)
            .map_or_else(|| format!("Job {id}"), |(_, name)| (*name).to_owned())
    }

    /// Id and status of every job that is listed, by id.
    pub(super) fn listed(&self) -> Vec<(u64, &'static str)> {
        let open: Vec<u64> = match self {
            Self::Known(ids) => ids.iter().copied().filter(|id| matches!(self.state(*id), JobState::Open)).collect(),
            Self::Any => NAMED_JOBS.iter().map(|(id, _)| *id).collect(),
        };
        let mut all: Vec<_> = open.into_iter().map(|id| (id, "open")).chain(CLOSED_JOBS.iter().map(|(id, _)| (*id, "closed"))).collect();
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_open_closed_or_unknown() {
        let told = |jobs: &Jobs, id| match jobs.state(id) {
            JobState::Open => "open",
            JobState::Closed => "closed",
            JobState::Unknown => "unknown",
        };
        let known = Jobs::default();
        assert_eq!([told(&known, 4001), told(&known, 4099), told(&known, 5)], ["open", "closed", "unknown"]);
        assert_eq!([told(&Jobs::Any, 4001), told(&Jobs::Any, 4099), told(&Jobs::Any, 5)], ["open", "closed", "open"]);
    }
}
