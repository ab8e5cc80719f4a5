//! `hireline test`: each fixture rendered, and compared with its snapshot: outcome and candidate.

mod accept;
mod told;

use super::{Failure, Result, compiled, plural, print};
use crate::authoring::change::{Difference, Way};
use crate::authoring::coverage::Coverage;
use crate::authoring::fixtures::{self, Fixture, Snapshot};
use crate::engine::trace::tell;
use crate::language::compile::Pipeline;
use accept::Accepted;
use std::path::{Path, PathBuf};
use told::{Case, State, Told};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Write what is rendered now as the snapshots: of all fixtures, or of one (--accept=NAME, --accept=PIPELINE/NAME, or its path)
    #[arg(long, value_name = "FIXTURE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    accept: Vec<String>,
    /// Tell what no fixture has shown: filters, templates, $when, $each
    #[arg(long)]
    coverage: bool,
    /// Exit with 1 where the fixtures have not shown everything
    #[arg(long, requires = "coverage")]
    fail_uncovered: bool,
    /// json: one object a line; junit: for CI systems
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write the report to a file, in that format; standard output stays for people
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
    Junit,
}

pub(super) fn test(options: &Options) -> Result<u8> {
    the_fixture_is_no_path(options)?;
    let pipelines = compiled(&options.paths)?;
    let mut all = Vec::new();
    for pipeline in &pipelines {
        let fixtures = fixtures::beside(&pipeline.file, &pipeline.workspace.root)?;
        let orphans = fixtures::orphans(&pipeline.file, &fixtures, &pipeline.workspace.root)?;
        all.push((pipeline, fixtures, orphans));
    }
    let accepted = Accepted::find(&options.accept, &all)?;
    let mut told = Told::new(options.format, options.output.as_deref());
    for (pipeline, fixtures, orphans) in &all {
        if fixtures.is_empty() {
            print::note(&format!("{}: no fixtures in {}", pipeline.id, fixtures::folder(&pipeline.file).display()));
        }
        let mut coverage = Coverage::new(pipeline);
        for fixture in fixtures {
            told.case(compare(pipeline, fixture, &accepted, &mut coverage)?);
        }
        for (name, path) in orphans {
            told.case(orphan(pipeline, name, path, &accepted)?);
        }
        if options.coverage {
            told.coverage(&pipeline.id, &coverage);
        }
    }
    told.end()?;
    Ok(told.code(options.fail_uncovered))
}

/// `--accept senior`: to the command line `senior` is a PATH. Before anything is written it is said how it is meant.
fn the_fixture_is_no_path(options: &Options) -> Result<()> {
    let is_fixture = |path: &PathBuf| !path.exists() || path.extension().is_some_and(|extension| extension == "json");
    match options.paths.iter().find(|path| is_fixture(path)) {
        Some(path) if !options.accept.is_empty() => {
            let path = path.display();
            Err(Failure::wrong(format!("{path} is no pipeline file and no folder; for the fixture of that name, write --accept={path}")))
        }
        _ => Ok(()),
    }
}

fn compare(pipeline: &Pipeline, fixture: &Fixture, accepted: &Accepted, coverage: &mut Coverage) -> Result<Case> {
    let path = fixture.snapshot(&pipeline.file);
    let case = |state| Case { pipeline: pipeline.id.clone(), name: fixture.name.clone(), path: fixture.path.clone(), state };
    let mut profile = match fixture.profile() {
        Ok(profile) => profile,
        Err(bad) => return Ok(case(State::Broken(bad.why))),
    };
    let story = tell(pipeline, &mut profile);
    coverage.add(&story);
    let now = story.record();
    let then = fixtures::read(&path, &pipeline.workspace.root);
    if then == Snapshot::Record(now.clone()) {
        return Ok(case(State::Same(now)));
    }
    if accepted.takes(&pipeline.id, &fixture.name) {
        fixtures::write(&path, &now, &pipeline.workspace.root)?;
        return Ok(case(State::Accepted(now)));
    }
    Ok(case(match then {
        Snapshot::Missing => State::New(now),
        Snapshot::Unreadable(why) => State::Unreadable { snapshot: path, why },
        Snapshot::Record(then) => State::Differs(Box::new(Difference::between(then, now, None, Some(Way { pipeline, story: &story })))),
    }))
}

/// A snapshot that no fixture has.
fn orphan(pipeline: &Pipeline, name: &str, path: &Path, accepted: &Accepted) -> Result<Case> {
    let state = if accepted.takes(&pipeline.id, name) {
        fixtures::remove(path, &pipeline.workspace.root)?;
        State::Removed
    } else {
        State::Orphan
    };
    Ok(Case { pipeline: pipeline.id.clone(), name: name.to_owned(), path: path.to_owned(), state })
}
