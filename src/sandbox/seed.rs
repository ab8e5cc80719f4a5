//! What an organisation has before anybody applies: users, jobs, sources, custom fields and the lists for educations.

use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub id: u64,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub email: &'static str,
    pub site_admin: bool,
}

impl User {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// The user that acts where a token names no `sub`.
pub(super) const SERVICE_USER: u64 = 92100;

pub(super) const USERS: [User; 4] = [
    User { id: SERVICE_USER, first_name: "Hireline", last_name: "Integration", email: "integration@example.org", site_admin: true },
    User { id: 92120, first_name: "Greenhouse", last_name: "Admin", email: "admin@example.org", site_admin: true },
    User { id: 92121, first_name: "Rita", last_name: "Recruiter", email: "recruiter@example.org", site_admin: false },
    User { id: 92122, first_name: "Carl", last_name: "Coordinator", email: "coordinator@example.org", site_admin: false },
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

/// The open jobs of the default settings, by name.
pub const NAMED_JOBS: [(u64, &str); 22] = [
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
    (185_289, "Product Specialist"),
    (215_725, "Operations Manager"),
];

/// Jobs that are there but closed, in every setting.
pub const CLOSED_JOBS: [(u64, &str); 2] = [(4098, "Night Porter"), (4099, "Switchboard Operator")];

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
        if CLOSED_JOBS.iter().any(|(closed, _)| *closed == id) {
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

pub(super) const SOURCES: [(u64, &str); 4] = [(7, "Indeed"), (12, "Meetups"), (16, "LinkedIn (Prospecting)"), (2001, "HrFlow")];

#[derive(Debug, Clone, Copy)]
pub(super) struct CustomField {
    pub id: u64,
    pub name: &'static str,
    pub name_key: &'static str,
    /// candidate or education: what it belongs to.
    pub belongs: &'static str,
    pub kind: &'static str,
    pub options: &'static [(u64, &'static str)],
}

const fn field(
    id: u64,
    name: &'static str,
    name_key: &'static str,
    kind: &'static str,
    options: &'static [(u64, &'static str)],
) -> CustomField {
    CustomField { id, name, name_key, belongs: "candidate", kind, options }
}

const fn list(id: u64, name: &'static str, name_key: &'static str, options: &'static [(u64, &'static str)]) -> CustomField {
    CustomField { id, name, name_key, belongs: "education", kind: "single_select", options }
}

pub(super) const SCHOOLS: &[(u64, &str)] = &[
    (459, "Siena College"),
    (460, "University of Michigan - Ann Arbor"),
    (461, "Université de Paris"),
    (462, "Technische Universität Berlin"),
];
pub(super) const DEGREES: &[(u64, &str)] =
    &[(1230, "Bachelor's Degree"), (1231, "Master's Degree"), (1232, "Doctor of Philosophy (Ph.D.)"), (1233, "High School")];
pub(super) const DISCIPLINES: &[(u64, &str)] =
    &[(940, "Computer Science"), (941, "Mathematics"), (942, "Business Administration"), (943, "Law")];

pub(super) const CUSTOM_FIELDS: [CustomField; 11] = [
    field(5, "HrFlow Key", "hrflow_key", "short_text", &[]),
    field(6, "Level", "level", "single_select", &[(601, "junior"), (602, "senior"), (603, "staff")]),
    field(7, "Desired Salary", "desired_salary", "currency", &[]),
    field(8, "Work Remotely", "work_remotely", "boolean", &[]),
    field(9, "Spoken Languages", "spoken_languages", "multi_select", &[(901, "English"), (902, "French"), (903, "German")]),
    field(10, "Years of Experience", "years_of_experience", "number", &[]),
    field(11, "Summary", "summary", "long_text", &[]),
    field(12, "Open to Relocation", "relocation", "boolean", &[]),
    list(21, "School Name", "school_name", SCHOOLS),
    list(22, "Degree", "degree", DEGREES),
    list(23, "Discipline", "discipline", DISCIPLINES),
];

/// The name of a list's item; null where it is not there.
pub(super) fn named(list: &[(u64, &str)], id: Option<u64>) -> Value {
    list.iter().find(|(known, _)| Some(*known) == id).map_or(Value::Null, |(_, name)| json!(name))
}

pub(super) fn knows(list: &[(u64, &str)], id: u64) -> bool {
    list.iter().any(|(known, _)| *known == id)
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
