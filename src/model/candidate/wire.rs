//! What Greenhouse's API calls a member.

/// Where a member is in the requests and answers of one version of Greenhouse's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// This API does not have it.
    Absent,
    Name(&'static str),
    /// The id alone, under this name.
    Id(&'static str),
    /// The id alone, under this name, on the applications.
    OnApplication(&'static str),
    /// Not in the same request: it has requests of its own, or is a name that becomes an id before anything is sent.
    Elsewhere,
}

impl Wire {
    pub(super) const fn named(self, name: &'static str) -> Self {
        match self {
            Self::Name(own) if own.is_empty() => Self::Name(name),
            wire => wire,
        }
    }
}
