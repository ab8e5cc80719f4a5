//! Whose snapshots are written.

use super::{Failure, Result};
use crate::authoring::fixtures::Fixture;
use crate::base::diagnostic::nearest;
use crate::language::compile::Pipeline;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A pipeline with its fixtures, and with the snapshots that have none.
type Entry<'a> = (&'a Pipeline, Vec<Fixture>, Vec<(String, PathBuf)>);

#[derive(Debug)]
pub(super) enum Accepted {
    All,
    /// Pipeline and name.
    These(BTreeSet<(String, String)>),
}

impl Accepted {
    /// `asked`: what stands behind each `--accept`; nothing means all.
    pub fn find(asked: &[String], all: &[Entry<'_>]) -> Result<Self> {
        if asked.iter().any(String::is_empty) {
            return Ok(Self::All);
        }
        let known: Vec<Known<'_>> = all.iter().flat_map(of).collect();
        asked.iter().map(|asked| one(asked, &known)).collect::<Result<_>>().map(Self::These)
    }

    pub fn takes(&self, pipeline: &str, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.iter().any(|(known, fixture)| known == pipeline && fixture == name),
        }
    }
}

struct Known<'a> {
    pipeline: &'a str,
    name: &'a str,
    path: &'a Path,
}

fn of<'a>((pipeline, fixtures, orphans): &'a Entry<'a>) -> impl Iterator<Item = Known<'a>> {
    let fixtures = fixtures.iter().map(|fixture| (fixture.name.as_str(), fixture.path.as_path()));
    let orphans = orphans.iter().map(|(name, path)| (name.as_str(), path.as_path()));
    fixtures.chain(orphans).map(|(name, path)| Known { pipeline: &pipeline.id, name, path })
}

impl Known<'_> {
    fn whole(&self) -> String {
        format!("{}/{}", self.pipeline, self.name)
    }

    fn is(&self, asked: &str) -> bool {
        let plain = asked.strip_suffix(".json").unwrap_or(asked);
        let same = |path: &Path| matches!((path.canonicalize(), self.path.canonicalize()), (Ok(one), Ok(other)) if one == other);
        plain == self.name || plain == self.whole() || same(Path::new(asked))
    }
}

fn one(asked: &str, known: &[Known<'_>]) -> Result<(String, String)> {
    let found: Vec<&Known<'_>> = known.iter().filter(|known| known.is(asked)).collect();
    match found.as_slice() {
        [one] => Ok((one.pipeline.to_owned(), one.name.to_owned())),
        [] => {
            let written = Path::new(asked).file_stem().map_or(asked.into(), std::ffi::OsStr::to_string_lossy);
            let near = nearest(&written, known.iter().map(|known| known.name));
            let names: Vec<_> = known.iter().map(Known::whole).collect();
            let help = match (near, names.as_slice()) {
                (Some(near), _) => format!("did you mean --accept={near}?"),
                (None, []) => "there are no fixtures at all".into(),
                (None, names) if names.len() <= 20 => format!("there are {}", names.join(", ")),
                (None, names) => format!("there are {} fixtures, {} among them", names.len(), names.first().cloned().unwrap_or_default()),
            };
            Err(Failure::wrong(format!("there is no fixture {asked}: {help}")))
        }
        several => {
            let names: Vec<_> = several.iter().map(|known| format!("--accept={}", known.whole())).collect();
            Err(Failure::wrong(format!("several fixtures have the name {asked}: write {}", names.join(" or "))))
        }
    }
}
