//! `hireline test`: each fixture rendered, and compared with its snapshot: outcome and candidate.

use super::{Failure, Result, compiled, plural, print};
use crate::compile::Pipeline;
use crate::exit;
use crate::fixtures::{self, Fixture};
use crate::story::{Story, tell};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Write what is rendered now as the snapshots
    #[arg(long)]
    accept: bool,
}

/// What has become of one fixture.
enum Compared {
    Same,
    Accepted,
    Differs(String),
    Unseen,
}

pub(super) async fn test(options: &Options) -> Result<u8> {
    let (mut same, mut accepted, mut wrong) = (0, 0, 0);
    for pipeline in compiled(&options.paths)? {
        let fixtures = fixtures::beside(&pipeline.file).map_err(Failure::could_not)?;
        if fixtures.is_empty() {
            print::note(&format!("{}: no fixtures in {}", pipeline.id, pipeline.file.with_extension("").join("fixtures").display()));
        }
        for fixture in &fixtures {
            let label = format!("{}/{}", pipeline.id, fixture.name);
            match compare(&pipeline, fixture, options.accept).await? {
                Compared::Same => same += 1,
                Compared::Accepted => {
                    accepted += 1;
                    print::line(&format!("accepted  {label}"));
                }
                Compared::Differs(diff) => {
                    wrong += 1;
                    print::line(&format!("differs   {label}\n{diff}"));
                }
                Compared::Unseen => {
                    wrong += 1;
                    print::line(&format!("new       {label}: it has no snapshot; look at it with `hireline trace`, then use --accept"));
                }
            }
        }
        wrong += orphans(&pipeline, &fixtures, options.accept)?;
    }
    let told = [(same, "same"), (accepted, "accepted"), (wrong, "to look at")];
    let told: Vec<_> = told.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
    print::line(&format!(
        "{}: {}",
        plural(same + accepted + wrong, "fixture"),
        if told.is_empty() { "none".into() } else { told.join(", ") }
    ));
    Ok(if wrong == 0 { exit::WELL } else { exit::ATTENTION })
}

async fn compare(pipeline: &Pipeline, fixture: &Fixture, accept: bool) -> Result<Compared> {
    let mut profile = fixture.profile().map_err(|error| Failure::wrong(error.to_string()))?;
    let story = tell(pipeline, &mut profile).await.map_err(Failure::could_not)?;
    let now = format!("{:#}\n", snapshot(&story));
    let path = fixture.snapshot(&pipeline.file);
    let then = read(&path)?;
    if then.as_deref() == Some(now.as_str()) {
        return Ok(Compared::Same);
    }
    if accept {
        write(&path, &now)?;
        return Ok(Compared::Accepted);
    }
    Ok(then.map_or(Compared::Unseen, |then| Compared::Differs(diff(&then, &now))))
}

/// What a snapshot holds: the outcome, why, and the candidate.
pub(super) fn snapshot(story: &Story) -> Value {
    let mut snapshot = json!(story.ending);
    if let Value::Object(members) = &mut snapshot {
        // Line numbers would change with every edit above them; the member says enough.
        members.shift_remove("line");
        members.shift_remove("file");
        if let Some(candidate) = &story.candidate {
            members.insert("candidate".into(), json!(candidate));
        }
    }
    snapshot
}

/// Snapshots that no fixture has.
fn orphans(pipeline: &Pipeline, fixtures: &[Fixture], accept: bool) -> Result<usize> {
    let folder = fixtures::snapshots(&pipeline.file);
    let mut orphans = 0;
    for entry in std::fs::read_dir(&folder).into_iter().flatten() {
        let path = entry.map_err(Failure::could_not)?.path();
        let is_snapshot = path.extension().is_some_and(|extension| extension == "json");
        if !is_snapshot || fixtures.iter().any(|fixture| fixture.snapshot(&pipeline.file) == path) {
            continue;
        }
        if accept {
            std::fs::remove_file(&path).map_err(Failure::could_not)?;
            print::line(&format!("removed   {}: it had no fixture", path.display()));
        } else {
            orphans += 1;
            print::line(&format!("orphan    {}: it has no fixture; --accept removes it", path.display()));
        }
    }
    Ok(orphans)
}

fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::could_not(format!("{}: {error}", path.display()))),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let fail = |error: std::io::Error| Failure::could_not(format!("{}: {error}", path.display()));
    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(fail)?;
    std::fs::write(path, text).map_err(fail)
}

fn diff(then: &str, now: &str) -> String {
    let diff = similar::TextDiff::from_lines(then, now);
    let mut told = String::new();
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        for change in hunk.iter_changes() {
            let (sign, colour) = match change.tag() {
                similar::ChangeTag::Delete => ("-", anstyle::AnsiColor::Red.on_default()),
                similar::ChangeTag::Insert => ("+", anstyle::AnsiColor::Green.on_default()),
                similar::ChangeTag::Equal => (" ", anstyle::Style::new()),
            };
            told.push_str(&format!("    {colour}{sign} {}{colour:#}\n", change.value().trim_end_matches('\n')));
        }
    }
    told.trim_end().to_owned()
}
