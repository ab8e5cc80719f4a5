//! `hireline diff`: what an edit of the pipelines changes, between a git revision and the work tree, for every fixture.
//!
//! Both versions may come from somebody who is not trusted. No secret is opened, nothing is asked of the network, no program but git is
//! started, and nothing outside the repository is read but the files that `--profiles` names.

mod told;

use super::{Failure, Result, print};
use crate::authoring::change::{Difference, Way, with_requests};
use crate::authoring::fixtures::{self, Fixture};
use crate::authoring::revision::{Revision, Unavailable};
use crate::authoring::versions::{self, Pair, Side, Version};
use crate::cli::exit;
use crate::engine::trace::tell;
use crate::language::compile::{self, Pipeline};
use crate::model::profile::Profile;
use crate::model::settings;
use crate::net::http::{Http, HttpSettings};
use crate::source::{Item, Source};
use std::path::PathBuf;
use told::{Entry, Subject, Told};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// The git revision to compare with: a branch, a tag, a commit
    #[arg(long, value_name = "REV", allow_hyphen_values = true)]
    base: String,
    /// Compare with where the work tree's branch left REV, not with REV as it is now
    #[arg(long)]
    merge_base: bool,
    /// Also for the profiles in a file: JSON, JSON lines or HrFlow's answer; can be given again
    #[arg(long, value_name = "FILE")]
    profiles: Vec<PathBuf>,
    /// markdown: fit for a merge request's comment; json: one object a line
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write the report to a file, in that format; standard output stays for people
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Exit with 1 where anything changes
    #[arg(long)]
    exit_code: bool,
    /// Show values of --profiles also where the output is no terminal
    #[arg(long)]
    show_personal_data: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Markdown,
    Json,
}

pub(super) async fn diff(options: &Options) -> Result<u8> {
    let revision = Revision::open(&options.base, options.merge_base, &options.paths).map_err(failure)?;
    revision.notes.iter().for_each(|note| print::warning(&format!("{}: {note}", revision.name)));
    let (before, now) = sides(options, &revision)?;
    let shows_to_a_person = options.output.is_none() && print::may_show(false);
    let show = options.show_personal_data || shows_to_a_person;
    let mut told = Told::new(&revision, options.format, options.output.as_deref(), show);
    tell_faults(&before, &now, &revision);
    let pairs = versions::pairs(&before, &now);
    let both = pairs.iter().filter(|pair| matches!((pair.before, pair.now), (Version::Compiled(_), Version::Compiled(_)))).count();
    if both > 1 && options.profiles.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::wrong("standard input can be read once, and there are several pipelines: name one, or give a file"));
    }
    for pair in &pairs {
        told.begin(pair);
        compare(pair, options, &revision, &mut told).await?;
        told.finish();
    }
    told.end()?;
    Ok(match (now.has_errors(), told.changes() && options.exit_code) {
        (true, _) => exit::WRONG,
        (false, true) => exit::ATTENTION,
        (false, false) => exit::WELL,
    })
}

fn failure(error: Unavailable) -> Failure {
    if error.is_the_askers() { Failure::wrong(error.to_string()) } else { Failure::could_not(error) }
}

/// The pipelines of the revision, and those of the work tree. A path need only be there on one side.
fn sides(options: &Options, revision: &Revision) -> Result<(Side, Side)> {
    let mut before = Vec::new();
    let mut now = Vec::new();
    for path in &options.paths {
        let twin = revision.twin(path);
        if twin.is_none() && !path.exists() {
            return Err(Failure::wrong(format!("{} is neither here nor in {}", path.display(), revision.name)));
        }
        before.extend(twin);
        now.extend(path.exists().then(|| path.clone()));
    }
    let side = |paths: &[PathBuf]| {
        let named = compile::named(paths);
        // A folder without pipelines is no fault here: they may all be on the other side.
        let paths = if named.is_empty() { Vec::new() } else { paths.to_vec() };
        Side::new(compile::load(&paths), named)
    };
    let (before, now) = (side(&before), side(&now));
    if versions::pairs(&before, &now).is_empty() {
        return Err(Failure::wrong(format!("there is no pipeline here, and none in {}", revision.name)));
    }
    Ok((before, now))
}

/// What is wrong in the work tree is told whole; what was wrong before, so that it is known why nothing could be compared.
fn tell_faults(before: &Side, now: &Side, revision: &Revision) {
    let errors = |side: &Side| {
        let errors = side.diagnostics.iter().filter(|diagnostic| diagnostic.severity == crate::base::diagnostic::Severity::Error);
        errors.cloned().collect::<Vec<_>>()
    };
    print::diagnostics_to_stderr(&revision.renamed(errors(before)));
    print::diagnostics_to_stderr(&errors(now));
}

async fn compare(pair: &Pair<'_>, options: &Options, revision: &Revision, told: &mut Told<'_>) -> Result<()> {
    let fixtures = |pipeline: &Pipeline| fixtures::beside(&pipeline.file, &pipeline.workspace.root).map_err(Failure::from);
    match (pair.before, pair.now) {
        (Version::Compiled(before), Version::Compiled(now)) => {
            told.settings(versions::settings(before, now));
            for (fixture, standing) in versions::inputs(fixtures(before)?, fixtures(now)?) {
                let subject = Subject::fixture(&fixture.name, standing);
                match profile(&fixture, revision) {
                    Ok(profile) => told.entry(&Entry { subject, difference: between(before, now, &profile, revision) }),
                    Err(why) => told.broken(&subject, &why),
                }
            }
            for path in &options.profiles {
                profiles(path, (before, now), revision, told).await?;
            }
        }
        (_, Version::Compiled(only)) | (Version::Compiled(only), Version::Absent) => {
            for fixture in fixtures(only)? {
                match profile(&fixture, revision) {
                    Ok(mut profile) => told.alone(&tell(only, &mut profile)),
                    Err(why) => told.broken(&Subject::fixture(&fixture.name, versions::Standing::Kept), &why),
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// A fixture's profile; or why there is none, in words.
fn profile(fixture: &Fixture, revision: &Revision) -> std::result::Result<Profile, String> {
    fixture.profile().map_err(|bad| revision.named(&bad.to_string()))
}

fn between(before: &Pipeline, now: &Pipeline, profile: &Profile, revision: &Revision) -> Difference {
    let (then_story, now_story) = (tell(before, &mut profile.clone()), tell(now, &mut profile.clone()));
    let (then, is) = with_requests(then_story.record(), now_story.record(), (&then_story, &now_story));
    let way = |pipeline, story| Some(Way { pipeline, story });
    let mut difference = Difference::between(then, is, way(before, &then_story), way(now, &now_story));
    difference.rename_before(|file| revision.named(file));
    difference
}

/// Real profiles, from a file: read once a pipeline, one after the other.
async fn profiles(path: &std::path::Path, pipelines: (&Pipeline, &Pipeline), revision: &Revision, told: &mut Told<'_>) -> Result<()> {
    let name = path.to_str().ok_or_else(|| Failure::wrong(format!("{} is no text", path.display())))?;
    let source = settings::Source::Files(settings::Files::named(name));
    let source = Source::open(&source, &Http::new(HttpSettings::default())).map_err(|error| Failure::wrong(format!("{name}: {error}")))?;
    let mut items = source.read(None);
    while let Some(item) = items.next().await {
        match item? {
            Item::Profile(profile) => {
                let difference = between(pipelines.0, pipelines.1, &profile, revision);
                told.entry(&Entry { subject: Subject::profile(profile.key.clone()), difference });
            }
            Item::Unreadable { at, key, why } => {
                told.broken(&Subject::profile(key.unwrap_or_else(|| at.clone())), &format!("{at}: {why}"));
            }
            Item::Missing { .. } | Item::PassedOver { .. } | Item::Cursor(_) => {}
        }
    }
    Ok(())
}
