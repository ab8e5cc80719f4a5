//! `hireline trace`: one profile's whole way.

use super::options::named;
use super::{Failure, LedgerOption, Result, only, print, sandboxed};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report::lines::with;
use crate::cli::report::mask::{masked, masked_member, masked_url};
use crate::cli::report::terminal::{self, printable};
use crate::engine::trace::{Story, tell, unmade};
use crate::language::compile::Pipeline;
use crate::language::filter::Looked;
use crate::language::mapping::missing;
use crate::model::profile::Profile;
use crate::model::settings;
use crate::net::http::{Http, HttpSettings};
use crate::source::{Item, Source, Written, in_files};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The pipeline's file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// A file with one profile, as HrFlow sends it
    #[arg(value_name = "FILE", required_unless_present = "profile", conflicts_with = "profile")]
    file: Option<PathBuf>,
    /// The profile's key: it is read from the pipeline's source
    #[arg(long, value_name = "KEY")]
    profile: Option<String>,
    /// With --profile: from the embedded sandbox, with the fixtures as profiles
    #[arg(long, requires = "profile")]
    sandbox: bool,
    /// One object
    #[arg(long)]
    json: bool,
    /// Show values also where the output is no terminal
    #[arg(long)]
    show_personal_data: bool,
}

pub(super) async fn trace(options: &Options) -> Result<u8> {
    let mut pipeline = only(&options.path)?;
    let mut profile = match (&options.file, &options.profile) {
        (Some(file), _) => from_file(&pipeline, file)?,
        (None, Some(key)) => from_source(&mut pipeline, key, options.sandbox).await?,
        (None, None) => return Err(Failure::wrong("trace takes a profile: its file, or --profile KEY")),
    };
    let story = tell(&pipeline, &mut profile);
    let show = print::may_show(options.show_personal_data);
    if options.json {
        print::line(&display::json(&format!("{:#}", json(&pipeline, &profile, &story, show))));
    } else {
        people(&pipeline, &profile, &story, show);
    }
    Ok(if story.ending.outcome.wants_attention() { exit::ATTENTION } else { exit::WELL })
}

/// Read by the same code as every source's files.
fn from_file(pipeline: &Pipeline, file: &Path) -> Result<Profile> {
    let wrong = |why: String| Failure::wrong(format!("{}: {why}", file.display()));
    named(pipeline, file)?;
    let mut written = in_files(&settings::Files::named(&file.display().to_string()))?;
    match (written.pop(), written.len()) {
        (Some(Written::Profile(document)), 0) => Profile::from_document(document).map_err(|error| wrong(error.to_string())),
        (Some(Written::Unreadable { at, why }), 0) => Err(Failure::wrong(format!("{at}: {why}"))),
        (None | Some(Written::Missing(_)), _) => Err(wrong("there is no profile in it".to_owned())),
        (_, others) => Err(wrong(format!("there are {} profiles in it, and trace takes one: write it into a file of its own", others + 1))),
    }
}

async fn from_source(pipeline: &mut Pipeline, key: &str, sandbox: bool) -> Result<Profile> {
    let _session = sandboxed::Session::begin(pipeline, sandbox, &LedgerOption::default()).await?;
    let http = Http::new(HttpSettings::default());
    let source = Source::open(&pipeline.source, &http)?;
    let mut items = source.fetch(&[(String::new(), key.to_owned())])?;
    while let Some(item) = items.next().await {
        match item? {
            Item::Profile(profile) => return Ok(profile),
            Item::Unreadable { at, why, .. } => return Err(Failure { code: exit::ATTENTION, words: format!("{at}: {why}") }),
            Item::Missing { .. } | Item::PassedOver { .. } | Item::Cursor(_) => {}
        }
    }
    Err(Failure { code: exit::ATTENTION, words: format!("the source has no profile with the key {key}") })
}

fn json(pipeline: &Pipeline, profile: &Profile, story: &Story, show: bool) -> Value {
    let hide = |value: Value| if show { value } else { masked(&value) };
    let filters = story.filters.iter().map(|filter| {
        json!({
            "name": filter.name, "verdict": if filter.passes { "pass" } else { "filtered" },
            "kind": if filter.keeps { "keep" } else { "drop" }, "predicate": filter.predicate,
            "because": filter.because, "file": filter.file, "line": filter.line,
            "looked_at": filter.looked.iter().map(|looked| json!({ "path": looked.path, "found": found(looked, show) })).collect::<Vec<_>>(),
        })
    });
    let fields = story.fields.iter().map(|field| {
        let line = json!({ "path": field.path, "template": field.template, "file": field.place.path(), "line": field.place.line() });
        let value = match &field.value {
            Some(value) => ("value", shown(&field.path, value, show)),
            None => ("left_out", json!(missing::why(&field.template, &profile.document))),
        };
        with(line, [(value.0, Some(value.1))])
    });
    let requests = story.requests.iter().map(|planned| {
        let request = planned.request.masked();
        let url = if show { request.url.clone() } else { masked_url(&request.url) };
        json!({ "method": request.method, "url": url, "headers": request.headers, "body": hide(request.body.clone()) })
    });
    let line = json!({ "profile": profile.key, "outcome": story.ending.outcome, "filters": filters.collect::<Vec<_>>(),
        "fields": fields.collect::<Vec<_>>() });
    let candidate = story.candidate.as_ref().and_then(|candidate| serde_json::to_value(candidate).ok());
    let unmade = unmade(pipeline, story).into_iter().map(|block| {
        let (file, line) = (block.place.path(), block.place.line());
        json!({ "path": block.member, "because": block.written, "file": file, "line": line, "times": block.times, "asked": block.asked })
    });
    let members = [
        ("candidate", candidate.map(hide)),
        ("reason", story.ending.reason.clone().map(Value::from)),
        ("left_out", Some(unmade.collect())),
        ("requests", Some(requests.collect())),
        ("cleaned", Some(profile.cleaned.clone()).filter(|cleaned| !cleaned.is_empty()).map(Value::from)),
    ];
    with(line, members)
}

fn shown(path: &str, value: &Value, show: bool) -> Value {
    if show { value.clone() } else { masked_member(path, value) }
}

/// What a path found, masked as the profile's members are. A variable is no personal data.
fn found(looked: &Looked, show: bool) -> Value {
    match looked.path.strip_prefix("@.") {
        Some(path) => looked.found.iter().map(|value| shown(path, value, show)).collect(),
        None if looked.path.starts_with('@') => looked.found.iter().map(|value| if show { value.clone() } else { masked(value) }).collect(),
        None => Value::Array(looked.found.clone()),
    }
}

/// The same on a line: one value as it is, several as a list, cut where they are long.
fn shown_found(looked: &Looked, show: bool) -> String {
    const LONGEST: usize = 80;
    let text = match found(looked, show) {
        Value::Array(found) if found.is_empty() => return "finds nothing".to_owned(),
        Value::Array(mut found) if found.len() == 1 => found.remove(0).to_string(),
        found => found.to_string(),
    };
    let cut: String = text.chars().take(LONGEST).collect();
    format!("is {}{}", printable(&cut), if cut.len() < text.len() { "…" } else { "" })
}

fn people(pipeline: &Pipeline, profile: &Profile, story: &Story, show: bool) {
    let bold = anstyle::Style::new().bold();
    let dim = anstyle::AnsiColor::BrightBlack.on_default();
    let head = |words: &str| print::line(&format!("\n{bold}{words}{bold:#}"));
    print::line(&format!(
        "{bold}{}{bold:#} through {} ({})",
        printable(&profile.key),
        pipeline.id,
        printable(&pipeline.file.display().to_string())
    ));
    if !profile.cleaned.is_empty() {
        head("Cleaned of characters that nobody sees");
        for path in &profile.cleaned {
            print::plain(&format!("  {}", printable(path)));
        }
    }
    head("Filters");
    if story.filters.is_empty() {
        print::plain("  none");
    }
    for filter in &story.filters {
        let verdict = if filter.passes { "passes  " } else { "filtered" };
        let kind = if filter.keeps { "keep" } else { "drop" };
        let place = printable(&format!("{}:{}", filter.file.display(), filter.line));
        print::plain(&format!("  {verdict}  {}", filter.name));
        print::line(&format!("            {dim}{kind} {}  {place}{dim:#}", printable(&filter.predicate)));
        for looked in &filter.looked {
            print::line(&format!("            {dim}{}{dim:#} {}", printable(&looked.path), shown_found(looked, show)));
        }
        if let (false, Some(because)) = (filter.passes, &filter.because) {
            print::plain(&format!("            {because}"));
        }
    }
    head("Members");
    for field in &story.fields {
        let value = match &field.value {
            None => format!("{dim}left out: {}{dim:#}", printable(&missing::why(&field.template, &profile.document))),
            Some(value) => printable(&shown(&field.path, value, show).to_string()),
        };
        let template = printable(field.template.trim()).replace('\n', " ");
        print::line(&format!("  {} = {value}", printable(&field.path)));
        let place = printable(&field.place.path().display().to_string());
        print::line(&format!("      {dim}{template}  {place}:{}{dim:#}", field.place.line()));
    }
    let unmade = unmade(pipeline, story);
    if !unmade.is_empty() {
        head("Left out");
    }
    for block in &unmade {
        let often = if block.asked > 1 { format!(" {} times of {}", block.times, block.asked) } else { String::new() };
        let what = if block.written.starts_with("$each") { "gives nothing" } else { "is false" };
        print::plain(&format!("  {}: `{}` {what}{often}", block.member, printable(&block.written)));
        let place = printable(&block.place.path().display().to_string());
        print::line(&format!("      {dim}{place}:{}{dim:#}", block.place.line()));
    }
    if !story.requests.is_empty() {
        head("Requests, if nobody is there");
        for planned in &story.requests {
            let request = planned.request.masked();
            let url = if show { request.url.clone() } else { masked_url(&request.url) };
            print::plain(&format!("  {} {}", request.method, printable(&url)));
            for (name, value) in &request.headers {
                print::plain(&format!("      {name}: {}", printable(value.as_str().unwrap_or_default())));
            }
            if !request.body.is_null() {
                let body = if show { request.body.clone() } else { masked(&request.body) };
                format!("{body:#}").lines().for_each(|line| {
                    print::plain(&format!("      {}", printable(line)));
                });
            }
        }
    }
    head("Outcome");
    print::line(&format!("  {}", terminal::line(&story.ending)));
}
