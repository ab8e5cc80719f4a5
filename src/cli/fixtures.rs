//! `hireline fixtures add`: profiles as fixtures, with nobody in them.

use super::options::named;
use super::{Failure, Result, only, plural, print};
use crate::authoring::anonymise::{Anonymous, anonymous};
use crate::base::confined::Bounds;
use crate::base::digest::Key;
use crate::cli::exit;
use crate::engine::render::{Rendered, render};
use crate::language::compile::Pipeline;
use crate::model::outcome::Outcome;
use crate::model::profile::Profile;
use crate::model::settings;
use crate::net::http::{Http, HttpSettings};
use crate::source::{Source, Written, in_files};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write profiles as fixtures of a pipeline, with everything personal replaced by fictional values
    Add(Add),
}

#[derive(Debug, clap::Args)]
struct Add {
    /// The pipeline's file
    #[arg(value_name = "PIPELINE")]
    path: PathBuf,
    /// A profile's key: it is read from the pipeline's source; can be given again
    #[arg(long, value_name = "KEY", required_unless_present = "from")]
    key: Vec<String>,
    /// A file of profiles instead: JSON, JSON lines or an answer of HrFlow's; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    from: Option<PathBuf>,
    /// Replace fixtures of the same name
    #[arg(long)]
    force: bool,
    /// A secret text: with the same one, the same originals become the same fictional people again
    #[arg(long, value_name = "TEXT", env = "HIRELINE_FIXTURES_SEED", hide_env_values = true)]
    seed: Option<String>,
}

pub(super) async fn fixtures(options: &Options) -> Result<u8> {
    let What::Add(options) = &options.what;
    let pipeline = only(&options.path)?;
    let (originals, unread) = sorted(written(&pipeline, options).await?);
    let known = texts_of(&pipeline);
    let made = anonymous(&originals, key(options)?, &known)?;
    let folder = pipeline.file.with_extension("").join("fixtures");
    let paths = names(&folder, &made);
    refuse_what_is_there(&paths, options.force)?;
    let bounds = Bounds::of(&pipeline.workspace.root);
    for (path, made) in paths.iter().zip(&made) {
        write(path, &made.document, options.force, &bounds)?;
        print::plain(&format!("written   {}", path.display()));
    }
    told(&pipeline, &originals, &made, &paths);
    Ok(if unread == 0 { exit::WELL } else { exit::ATTENTION })
}

async fn written(pipeline: &Pipeline, options: &Add) -> Result<Vec<Written>> {
    match &options.from {
        Some(file) => {
            if file.as_os_str() != "-" {
                named(pipeline, file)?;
            }
            Ok(in_files(&settings::Files::named(&file.display().to_string()))?)
        }
        None => {
            let source = Source::open(&pipeline.source, &Http::new(HttpSettings::default()))?;
            Ok(source.as_written(&options.key).await?)
        }
    }
}

/// Bytes of a profile. HrFlow's have some thousands; every value of one is looked for in all of it.
const LARGEST: usize = 1 << 20;

/// The profiles; what is none is told and counted.
fn sorted(written: Vec<Written>) -> (Vec<Value>, usize) {
    let (mut profiles, mut unread) = (Vec::new(), 0);
    for written in written {
        match written {
            Written::Profile(document) if document.to_string().len() > LARGEST => {
                unread += 1;
                let key = crate::model::profile::key_of(&document).unwrap_or("without a key");
                print::warning(&format!("the profile {key} has more than {LARGEST} bytes: that is too much for a fixture"));
            }
            Written::Profile(document) => profiles.push(document),
            Written::Missing(key) => {
                unread += 1;
                print::warning(&format!("the source has no profile with the key {key}"));
            }
            Written::Unreadable { at, why } => {
                unread += 1;
                print::warning(&format!("{at}: {why}"));
            }
        }
    }
    (profiles, unread)
}

/// Random, so that nobody can try out whose profile it was; or from a seed that is kept secret.
fn key(options: &Add) -> Result<Key> {
    let mut bytes = [0; 32];
    match options.seed.as_deref().filter(|seed| !seed.is_empty()) {
        None => getrandom::fill(&mut bytes)?,
        Some(seed) => {
            let halves = ["one", "two"].map(|half| Key::new([0; 32]).digest(&["fixtures", half, seed]).to_string());
            bytes.copy_from_slice(&halves.concat().into_bytes().chunks(2).map(hex).collect::<Vec<u8>>());
        }
    }
    Ok(Key::new(bytes))
}

fn hex(pair: &[u8]) -> u8 {
    std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default()
}

/// What the author wrote down where profiles are looked at: the texts that filters compare with, the texts among the vars, the source's keys.
fn texts_of(pipeline: &Pipeline) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for filter in pipeline.filters.list() {
        for quote in ['\'', '"'] {
            texts.extend(filter.text.split(quote).skip(1).step_by(2).map(str::to_owned));
        }
    }
    let mut left = vec![&pipeline.vars];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) => drop(texts.insert(text.clone())),
            Value::Array(items) => left.extend(items),
            Value::Object(members) => left.extend(members.values()),
            _ => {}
        }
    }
    if let settings::Source::Hrflow(hrflow) = &pipeline.source {
        texts.extend(hrflow.source_keys.iter().cloned());
    }
    texts.retain(|text| !text.trim().is_empty());
    texts
}

/// By the fictional name: `sigrid-kestrel.json`. Two of one name are numbered.
fn names(folder: &Path, made: &[Anonymous]) -> Vec<PathBuf> {
    let mut taken = BTreeMap::<String, usize>::new();
    let name = |document: &Value| {
        let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let words = format!("{} {}", text("/info/first_name"), text("/info/last_name"));
        let words: Vec<&str> = words.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            format!("person-{}", text("/key").chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>())
        } else {
            words.join("-")
        }
    };
    let numbered = |made: &Anonymous| {
        let name = name(&made.document);
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        folder.join(if *count == 1 { format!("{name}.json") } else { format!("{name}-{count}.json") })
    };
    made.iter().map(numbered).collect()
}

fn refuse_what_is_there(paths: &[PathBuf], force: bool) -> Result<()> {
    let there: Vec<String> = paths.iter().filter(|path| path.symlink_metadata().is_ok()).map(|path| path.display().to_string()).collect();
    if force || there.is_empty() {
        return Ok(());
    }
    Err(Failure::wrong(format!("nothing was written: {} would be overwritten. --force replaces it", there.join(", "))))
}

fn write(path: &Path, document: &Value, force: bool, bounds: &Bounds) -> Result<()> {
    // Somebody may have made it in the meantime.
    if !force && path.symlink_metadata().is_ok() {
        return Err(Failure::could_not(format!("{}: it is there already", path.display())));
    }
    let text = format!("{document:#}\n");
    bounds.write(path, text.as_bytes()).map_err(|refused| Failure::could_not(format!("{} {refused}", path.display())))
}

fn told(pipeline: &Pipeline, originals: &[Value], made: &[Anonymous], paths: &[PathBuf]) {
    let mut replaced = BTreeMap::<&str, usize>::new();
    made.iter().flat_map(|made| &made.replaced).for_each(|(kind, count)| *replaced.entry(kind).or_default() += count);
    let counts: Vec<String> = replaced.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    print::plain(&format!(
        "{}; replaced: {}",
        plural(made.len(), "fixture"),
        if counts.is_empty() { "nothing".into() } else { counts.join(", ") }
    ));
    for ((original, made), path) in originals.iter().zip(made).zip(paths) {
        let (before, after) = (fate(pipeline, original), fate(pipeline, &made.document));
        if before != after {
            print::warning(&format!(
                "{}: the original {before}, and the fixture {after}: a value that this turns on was replaced",
                path.display()
            ));
        }
    }
    if !made.is_empty() {
        print::plain(&format!("Next: read what was written, then `hireline test --accept {}`", pipeline.file.display()));
    }
}

/// What the pipeline makes of a profile, as far as filters and mapping tell; no value of it.
fn fate(pipeline: &Pipeline, document: &Value) -> String {
    let Ok(mut profile) = Profile::from_document(document.clone()) else { return "is no profile".into() };
    match render(pipeline, &mut profile) {
        Rendered::Candidate(_) => "becomes a candidate".into(),
        Rendered::Ended(ending) => match (ending.outcome, &ending.filter, &ending.field) {
            (Outcome::Filtered, Some(filter), _) => format!("is filtered by {filter}"),
            (Outcome::Invalid, _, Some(field)) => format!("is invalid at {field}"),
            (outcome, ..) => format!("is {outcome}"),
        },
    }
}
