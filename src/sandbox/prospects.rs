//! Prospect pools with their stages, job stages, and referrers: what an application points at beside its job.
//!
//! Assumed: that an id which is in none of these lists is a 422.

#[derive(Debug, Clone, Copy)]
pub(super) struct Pool {
    pub id: u64,
    pub name: &'static str,
    pub active: bool,
    pub stages: &'static [(u64, &'static str)],
}

/// Source: Greenhouse's own v1 sample of prospect pools.
pub(super) const POOLS: [Pool; 3] = [
    Pool { id: 25, name: "Cold Outreach: Sourced", active: true, stages: &[(85, "Discussed"), (86, "Not Contacted")] },
    Pool { id: 26, name: "Opted In: Referral", active: false, stages: &[(90, "1st Follow Up Sent"), (91, "In Discussion")] },
    Pool { id: 227, name: "Opted In: In-Person Event", active: true, stages: &[(825, "Not Contacted"), (826, "In Discussion")] },
];

pub(super) fn pool(id: u64) -> Option<&'static Pool> {
    POOLS.iter().find(|pool| pool.id == id)
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Referrer {
    pub id: u64,
    pub name: &'static str,
    /// Whose record it is, where it is a user's.
    pub user_id: Option<u64>,
}

/// Ids of their own. Source: `docs/greenhouse-api.md`, "Applications".
pub(super) const REFERRERS: [Referrer; 3] = [
    Referrer { id: 7001, name: "Rita Recruiter", user_id: Some(92121) },
    Referrer { id: 7002, name: "A Friend of the House", user_id: None },
    Referrer { id: 7003, name: "Example Agency", user_id: None },
];

/// Every job has these stages.
const STAGES: [&str; 3] = ["Application Review", "Phone Interview", "Offer"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stage {
    pub id: u64,
    pub job: u64,
    pub priority: usize,
    pub name: &'static str,
}

/// A job's stages: their ids are the job's with two figures behind it.
pub(super) fn stages(job: u64) -> impl Iterator<Item = Stage> {
    let stage = move |(priority, name)| Stage { id: job.saturating_mul(100).saturating_add(priority as u64 + 1), job, priority, name };
    STAGES.into_iter().enumerate().map(stage)
}

pub(super) fn stage(job: u64, id: u64) -> Option<Stage> {
    stages(job).find(|stage| stage.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_one_jobs() {
        assert_eq!(stage(4001, 400_102).map(|stage| (stage.job, stage.name)), Some((4001, "Phone Interview")));
        assert_eq!(stage(4002, 400_102), None);
        assert_eq!(stage(4001, 400_104), None);
    }
}
