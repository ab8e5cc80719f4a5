//! The lists in Greenhouse whose items have names, and which of them a pipeline needs.

use std::collections::BTreeSet;

/// A list of Greenhouse's in which things have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Job,
    Source,
    /// Of a job.
    Stage,
    /// By e-mail address.
    User,
    Pool,
    /// Of a prospect pool.
    PoolStage,
    School,
    Degree,
    Discipline,
}

impl Kind {
    fn words(self) -> [&'static str; 4] {
        match self {
            Self::Job => ["Greenhouse has no open job", "job", "open jobs", "job_id"],
            Self::Source => ["Greenhouse has no source", "source", "sources", "source_id"],
            Self::Stage => ["this job has no stage", "stage", "this job's stages", "initial_stage_id"],
            Self::User => ["Greenhouse has no user with the e-mail address", "user", "users", "user_id"],
            Self::Pool => ["Greenhouse has no prospect pool", "prospect pool", "prospect pools", "pool_id"],
            Self::PoolStage => ["this prospect pool has no stage", "stage", "this prospect pool's stages", "stage_id"],
            Self::School => ["Greenhouse has no school", "school", "schools", "school_id"],
            Self::Degree => ["Greenhouse has no degree", "degree", "degrees", "degree_id"],
            Self::Discipline => ["Greenhouse has no discipline", "discipline", "disciplines", "discipline_id"],
        }
    }

    /// Who has no such thing: "Greenhouse has no open job `Gardener`".
    pub fn nobody(self) -> &'static str {
        self.words()[0]
    }

    pub fn singular(self) -> &'static str {
        self.words()[1]
    }

    /// Before "in Greenhouse".
    pub fn plural(self) -> &'static str {
        self.words()[2]
    }

    /// The member that takes the id, as requests that are only shown call it.
    pub fn id_member(self) -> &'static str {
        self.words()[3]
    }

    /// Whether common forms count as the same: "Univ." and "University".
    pub fn has_common_forms(self) -> bool {
        matches!(self, Self::School | Self::Degree | Self::Discipline)
    }
}

/// What a pipeline can need to know of Greenhouse's lists, whatever its profiles are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    pub lists: BTreeSet<Kind>,
    /// The keys of the custom fields that it sets.
    pub fields: BTreeSet<String>,
}

impl Needs {
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.fields.is_empty()
    }
}
