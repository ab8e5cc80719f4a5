//! `hireline plan`: what a run would do. Reads the source, the ledger and what Greenhouse lets it read; sends nothing.

use super::{Failure, LedgerOption, Patience, Result, Selection, compiled, no_names, print, sandboxed};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report::lines;
use crate::cli::report::mask::{masked, masked_member, masked_url};
use crate::cli::report::plan::{Pace, Totals, block};
use crate::cli::signals;
use crate::engine::names;
use crate::engine::plan::file::Writer;
use crate::engine::plan::{self, Foreseen, Planner, Start};
use crate::language::compile::Pipeline;
use crate::ledger::Ledger;
use crate::model::outcome::Outcome;
use crate::model::settings::Existing;
use crate::net::http::Http;
use crate::source::{Items, Source};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    selection: Selection,
    /// No more than N profiles
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// A quick look: stop after N profiles to which something would be sent
    #[arg(long, value_name = "N")]
    sample: Option<u64>,
    /// Write the plan to a file, for `hireline run --plan FILE`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sandbox", "sample"])]
    out: Option<PathBuf>,
    /// Against the embedded sandbox, with the fixtures as profiles
    #[arg(long)]
    sandbox: bool,
    /// One object a line
    #[arg(long)]
    json: bool,
    /// Exit with 4 where there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
    /// Show values also where the output is no terminal
    #[arg(long)]
    show_personal_data: bool,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    ledger: LedgerOption,
}

pub(super) async fn plan(options: &Options) -> Result<u8> {
    let pipelines = compiled(&options.selection.paths)?;
    if options.out.is_some() && pipelines.len() > 1 {
        return Err(Failure::wrong("a plan file is of one pipeline: name its file"));
    }
    let signals = signals::catch();
    let mut code = exit::WELL;
    for mut pipeline in pipelines {
        let session = sandboxed::Session::begin(&mut pipeline, options.sandbox, &options.ledger).await?;
        let path = &session.ledger;
        // A plan leaves nothing behind: where there is no ledger yet, it looks at an empty one that goes with it. But a plan file is
        // sealed with the ledger's key, so it needs one that stays.
        let (ledger, _folder) = if path.exists() || session.is_sandbox() || options.out.is_some() {
            (session.open()?, None)
        } else {
            let folder = tempfile::Builder::new().prefix("hireline-").tempdir().map_err(Failure::could_not)?;
            (Ledger::open(folder.path().join("ledger.db"))?, Some(folder))
        };
        let restored = ledger.restored(&pipeline.destination.account).await?;
        if restored.is_some_and(|restored| restored.list_from.is_some()) {
            print::note(&format!(
                "{}: the ledger was put back from a backup: the next run first lists who was made since. Whoever is found then is told here as to be made",
                pipeline.id
            ));
        }
        let mut view = View::new(&pipeline, options);
        let planned = tokio::select! {
            planned = one(&pipeline, options, &ledger, &mut view) => planned.map_err(|failure| failure.of(&pipeline))?,
            () = signals.cancel.cancelled() => return Ok(signals.caught().unwrap_or_default()),
        };
        code = code.max(planned);
    }
    Ok(code)
}

async fn one(pipeline: &Pipeline, options: &Options, ledger: &Ledger, view: &mut View<'_>) -> Result<u8> {
    let http = options.patience.http();
    let (wire, names) = names::prepare(pipeline, http.clone()).await.map_err(no_names)?;
    names.directory.notices.iter().for_each(|notice| print::warning(&format!("pipeline {}: {notice}", pipeline.id)));
    let mut asks = pipeline.destination.existing != Existing::Create;
    if asks && let Err(blind) = wire.can_see().await {
        print::warning(&format!("pipeline {}: {blind}. Who is there already is not known", pipeline.id));
        asks = false;
    }
    let mut planner = Planner::new(pipeline, ledger, &wire, &names, asks);
    let out = options.out.as_deref().map(|path| Writer::begin(path, pipeline, ledger.key())).transpose();
    let mut out = out?;
    let mut pass = Pass { left: options.limit.unwrap_or(u64::MAX), sample: options.sample.unwrap_or(u64::MAX), read: 0 };
    for mut items in sources(pipeline, options, &http, ledger).await? {
        while pass.goes_on()
            && let Some(item) = items.next().await
        {
            let Some(foreseen) = planner.item(item?).await? else { continue };
            pass.took(&foreseen);
            view.tell(&foreseen);
            if let (Some(out), Some(pin)) = (&mut out, &foreseen.pin) {
                out.add(pin)?;
            }
        }
    }
    view.end(pipeline, &http, &pass);
    if let (Some(out), Some(path)) = (out, &options.out) {
        let people = out.end()?;
        print::note(&format!(
            "the plan for {people} of them is in {}: `hireline run --plan {} …` does that and no more",
            path.display(),
            path.display()
        ));
    }
    Ok(view.code())
}

/// What a run would read: those asked for, or who is owed and then the source.
async fn sources(pipeline: &Pipeline, options: &Options, http: &Http, ledger: &Ledger) -> Result<Vec<Items>> {
    let source = Source::open(&pipeline.source, http)?;
    if !options.selection.profile.is_empty() {
        let keys: Vec<_> = options.selection.profile.iter().map(|key| (String::new(), key.clone())).collect();
        return Ok(vec![source.fetch(&keys)?]);
    }
    let start = plan::start(pipeline, ledger).await?;
    if start == Start::Again {
        print::note(&format!("{}: the source, the filters or the mapping changed: everything is read once", pipeline.id));
    }
    let owed = if plan::reads_changed(pipeline) { ledger.owed(&pipeline.id).await? } else { Vec::new() };
    let mut items = Vec::new();
    if !owed.is_empty() {
        items.push(source.fetch(&owed)?);
    }
    items.push(source.read(start.since()));
    Ok(items)
}

struct Pass {
    left: u64,
    /// Profiles to which something would be sent that are still to be met.
    sample: u64,
    read: u64,
}

impl Pass {
    fn goes_on(&self) -> bool {
        self.left > 0 && self.sample > 0
    }

    fn took(&mut self, foreseen: &Foreseen) {
        self.left -= 1;
        self.read += 1;
        self.sample -= u64::from(foreseen.preview.as_ref().is_some_and(|preview| preview.writes().next().is_some()));
    }
}

struct View<'a> {
    pipeline: &'a str,
    /// Taken from paths before they are shown.
    base_url: &'a str,
    options: &'a Options,
    totals: Totals,
    run: String,
    started: Instant,
    show: bool,
}

impl<'a> View<'a> {
    fn new(pipeline: &'a Pipeline, options: &'a Options) -> Self {
        Self {
            pipeline: &pipeline.id,
            base_url: &pipeline.destination.base_url,
            options,
            totals: Totals::default(),
            run: uuid::Uuid::now_v7().to_string(),
            started: Instant::now(),
            show: print::may_show(options.show_personal_data),
        }
    }

    fn tell(&mut self, foreseen: &Foreseen) {
        self.totals.add(foreseen);
        if self.options.json {
            print::line(&display::object(&self.json(foreseen)));
        } else if !matches!(foreseen.ending.outcome, Outcome::Filtered | Outcome::Unchanged) {
            print::line(&block(foreseen, self.show));
        }
    }

    fn json(&self, foreseen: &Foreseen) -> Value {
        let candidate = foreseen.candidate.as_ref().and_then(|candidate| serde_json::to_value(candidate).ok());
        let candidate = candidate.map(|candidate| if self.show { candidate } else { masked(&candidate) });
        let line = lines::with(lines::profile(self.pipeline, &foreseen.ending), [("candidate", candidate)]);
        let Some(preview) = &foreseen.preview else { return line };
        let steps = preview.requests.iter().map(|planned| {
            let path = planned.request.url.strip_prefix(self.base_url).unwrap_or(&planned.request.url);
            let path = if self.show { path.to_owned() } else { masked_url(path) };
            json!({ "step": planned.step.map_or("look-up", |step| step.word()), "method": planned.request.method.as_str(), "path": path })
        });
        let hide = |member: &str, value: &Value| if self.show { value.clone() } else { masked_member(member, value) };
        let changes = preview.changes.iter().map(|change| {
            let before = change.before.as_ref().map(|before| hide(&change.member, before));
            json!({ "member": change.member, "before": before, "after": hide(&change.member, &change.after) })
        });
        let changes = (!preview.changes.is_empty()).then(|| changes.collect());
        let certain = (!preview.certain).then_some(Value::Bool(false));
        lines::with(line, [("steps", Some(steps.collect())), ("changes", changes), ("certain", certain)])
    }

    fn end(&self, pipeline: &Pipeline, http: &Http, pass: &Pass) {
        let pace = pace(pipeline, http);
        if self.options.json {
            let seconds = self.started.elapsed().as_secs_f64();
            let line = lines::summary(&self.run, &pipeline.id, &self.totals.counts, seconds, None);
            let own = [
                ("calls", json!({ "look_ups": self.totals.look_ups, "writes": self.totals.writes })),
                ("run_seconds", json!(self.totals.seconds(pace))),
                ("filters", lines::filters(&self.totals.filtered)),
            ];
            print::line(&display::object(&lines::with(line, own.map(|(name, value)| (name, Some(value))))));
            return;
        }
        for line in self.totals.lines(&pipeline.id, pace) {
            print::line(&line);
        }
        if !pass.goes_on() {
            print::plain(&format!("A part only: {} profiles were read, and the source may hold more.", pass.read));
        }
        print::plain("Nothing was sent.");
    }

    fn code(&self) -> u8 {
        if self.totals.counts.keys().any(|outcome| outcome.wants_attention()) {
            exit::ATTENTION
        } else if self.options.detailed_exitcode && self.totals.to_do() > 0 {
            exit::TO_DO
        } else {
            exit::WELL
        }
    }
}

/// Requests per window: as the last answers said, or as documented.
fn pace(pipeline: &Pipeline, http: &Http) -> Pace {
    let documented = crate::greenhouse::capabilities(pipeline.destination.api).rate_limit;
    let told = http.rate_limit(&pipeline.destination.base_url);
    Pace { calls: told.map_or(documented.requests, u64::from).max(1), seconds: documented.seconds, told: told.is_some() }
}
