//! `hireline plan`: what a run would do. Reads the source, the ledger and what Greenhouse lets it read; sends nothing.

use super::{Failure, LedgerOption, Result, compiled, plural, print, sandboxed};
use crate::candidate::Candidate;
use crate::compile::Pipeline;
use crate::delivery::action::UNKNOWN;
use crate::delivery::wanted::Wanted;
use crate::delivery::{Claimed, Observed, SeenApplication};
use crate::digest::Digest;
use crate::greenhouse::{Stop, Wire};
use crate::http::{Http, HttpSettings};
use crate::ledger::{Identity, Ledger};
use crate::outcome::{Ending, Outcome};
use crate::preview::{Asked, Preview, foresee};
use crate::profile::Profile;
use crate::render::{Rendered, render};
use crate::report::mask::{masked, masked_url};
use crate::report::{lines, terminal};
use crate::settings::{Api, Existing};
use crate::source::{Item, Source};
use crate::step::PersonKey;
use crate::{exit, signals};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Only the profile with this key; can be given again
    #[arg(long, value_name = "KEY")]
    profile: Vec<String>,
    /// No more than N profiles
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
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
    ledger: LedgerOption,
}

pub(super) async fn plan(options: &Options) -> Result<u8> {
    let pipelines = compiled(&options.paths)?;
    let signals = signals::catch();
    let mut code = exit::WELL;
    for mut pipeline in pipelines {
        let session = sandboxed::Session::begin(&mut pipeline, options.sandbox, options.ledger.ledger.as_deref()).await?;
        let path = session.ledger_path().map_or_else(|| options.ledger.path(&pipeline), PathBuf::from);
        // A plan leaves nothing behind: where there is no ledger yet, it looks at an empty one that goes with it.
        let (ledger, _folder) = if path.exists() || session.is_sandbox() {
            (Ledger::open(&path).map_err(Failure::could_not)?, None)
        } else {
            let folder = tempfile::Builder::new().prefix("hireline-").tempdir().map_err(Failure::could_not)?;
            (Ledger::open(&folder.path().join("ledger.db")).map_err(Failure::could_not)?, Some(folder))
        };
        let mut plan = Plan::begin(&pipeline, options, ledger).await?;
        tokio::select! {
            read = plan.read() => read?,
            () = signals.brake.pulled() => return Ok(signals.caught().unwrap_or_default()),
        }
        code = code.max(plan.end());
    }
    Ok(code)
}

struct Plan<'a> {
    pipeline: &'a Pipeline,
    options: &'a Options,
    http: Http,
    ledger: Ledger,
    wire: Wire,
    /// Greenhouse may be asked who is there.
    sees: bool,
    run: String,
    started: Instant,
    counts: BTreeMap<Outcome, u64>,
    filtered: BTreeMap<(String, Option<String>), u64>,
    calls: u64,
    /// E-mails of the people whom this plan would create, with the jobs that they would apply to.
    planned: HashMap<Digest, Vec<u64>>,
    show: bool,
}

impl<'a> Plan<'a> {
    async fn begin(pipeline: &'a Pipeline, options: &'a Options, ledger: Ledger) -> Result<Self> {
        let http = Http::new(HttpSettings::default()).telling(|words| print::warning(&words));
        let wire = Wire::open(&pipeline.destination, http.clone()).map_err(Failure::could_not)?;
        let mut sees = pipeline.destination.existing != Existing::Create;
        if sees && let Err(blind) = wire.can_see().await {
            print::warning(&format!("pipeline {}: {blind}. Who is there already is not known", pipeline.id));
            sees = false;
        }
        Ok(Self {
            pipeline,
            options,
            http,
            ledger,
            wire,
            sees,
            run: uuid::Uuid::now_v7().to_string(),
            started: Instant::now(),
            counts: BTreeMap::new(),
            filtered: BTreeMap::new(),
            calls: 0,
            planned: HashMap::new(),
            show: print::may_show(options.show_personal_data),
        })
    }

    async fn read(&mut self) -> Result<()> {
        let source = Source::open(&self.pipeline.source, &self.http).map_err(Failure::could_not)?;
        let mut items = match self.options.profile.as_slice() {
            [] => source.read(None),
            keys => {
                let keys: Vec<_> = keys.iter().map(|key| (String::new(), key.clone())).collect();
                source.fetch(&keys).map_err(Failure::could_not)?
            }
        };
        let mut left = self.options.limit.unwrap_or(u64::MAX);
        while left > 0
            && let Some(item) = items.next().await
        {
            left -= 1;
            self.item(item.map_err(Failure::could_not)?).await?;
        }
        Ok(())
    }

    async fn item(&mut self, item: Item) -> Result<()> {
        match item {
            Item::Profile(mut profile) => match render(self.pipeline, &mut profile) {
                Rendered::Candidate(candidate) => self.candidate(&profile, &candidate).await?,
                Rendered::Ended(ending) => self.tell(&ending, None, None),
            },
            Item::Missing { key, .. } => self.tell(&Ending::new(key, Outcome::Missing), None, None),
            Item::Unreadable { at, key, why } => {
                let ending = Ending::new(key.unwrap_or_else(|| at.clone()), Outcome::Invalid).because_of(format!("{at}: {why}"));
                self.tell(&ending, None, None);
            }
            Item::Cursor(_) => {}
        }
        Ok(())
    }

    async fn candidate(&mut self, profile: &Profile, candidate: &Candidate) -> Result<()> {
        let wanted = Wanted::new(candidate, self.pipeline.destination.api, self.ledger.key());
        let who = PersonKey {
            account: self.pipeline.destination.account.clone(),
            source_key: profile.source_key.clone(),
            profile_key: profile.key.clone(),
        };
        let person = self.ledger.person(&who).await.map_err(Failure::could_not)?;
        let known = self.known(&wanted).await?;
        let asked = if self.sees { Asked::Greenhouse(&self.wire, self.ledger.key()) } else { Asked::Unknown };
        let foreseen = foresee(&self.pipeline.destination, &wanted, person, known, asked).await;
        let preview = foreseen.map_err(|stop: Stop| Failure::could_not(stop))?;
        if preview.outcome == Outcome::Created {
            let jobs: Vec<u64> = candidate.applications.iter().filter_map(|application| application.job_id).collect();
            self.planned.extend(wanted.identities.iter().map(|identity| (*identity, jobs.clone())));
        }
        let mut ending = Ending::new(&profile.key, preview.outcome);
        ending.candidate_id = preview.candidate_id;
        ending.reason.clone_from(&preview.reason);
        self.tell(&ending, Some(candidate), Some(&preview));
        Ok(())
    }

    /// Whose the e-mails are: a candidate's whom the ledger knows, or of one whom this plan would create.
    async fn known(&self, wanted: &Wanted<'_>) -> Result<Observed> {
        for identity in &wanted.identities {
            if let Some(jobs) = self.planned.get(identity) {
                let applications = jobs.iter().map(|job| SeenApplication { id: UNKNOWN, jobs: vec![*job] }).collect();
                let claim = Some(Claimed::Taken { candidate_id: UNKNOWN });
                return Ok(Observed { claim, applications: Some(applications), ..Observed::default() });
            }
            let known = self.ledger.identity(&self.pipeline.destination.account, *identity).await.map_err(Failure::could_not)?;
            if let Some(Identity::Candidate { id }) = known {
                return Ok(Observed { claim: Some(Claimed::Taken { candidate_id: id }), ..Observed::default() });
            }
        }
        Ok(Observed::default())
    }

    fn tell(&mut self, ending: &Ending, candidate: Option<&Candidate>, preview: Option<&Preview>) {
        *self.counts.entry(ending.outcome).or_default() += 1;
        self.calls += preview.map_or(0, |preview| preview.requests.len() as u64);
        if let (Outcome::Filtered, Some(filter)) = (ending.outcome, &ending.filter) {
            *self.filtered.entry((filter.clone(), ending.because.clone())).or_default() += 1;
        }
        if self.options.json {
            print::line(&self.json(ending, candidate, preview).to_string());
        } else if !matches!(ending.outcome, Outcome::Filtered | Outcome::Unchanged) {
            print::line(&self.words(ending, candidate, preview));
        }
    }

    fn json(&self, ending: &Ending, candidate: Option<&Candidate>, preview: Option<&Preview>) -> Value {
        let mut line = lines::profile(&self.pipeline.id, ending);
        let Value::Object(members) = &mut line else { return line };
        if let Some(document) = candidate.and_then(|candidate| serde_json::to_value(candidate).ok()) {
            members.insert("candidate".into(), if self.show { document } else { masked(&document) });
        }
        if let Some(preview) = preview {
            let steps = preview.requests.iter().map(|planned| {
                let path = path_of(&planned.request.url, &self.pipeline.destination.base_url, self.show);
                json!({ "step": planned.step.map_or("look-up", |step| step.word()), "method": planned.request.method.as_str(), "path": path })
            });
            members.insert("steps".into(), steps.collect());
            if !preview.certain {
                members.insert("certain".into(), json!(false));
            }
        }
        line
    }

    fn words(&self, ending: &Ending, candidate: Option<&Candidate>, preview: Option<&Preview>) -> String {
        let mut line = terminal::line(ending);
        if let (Some(candidate), Some(preview)) = (candidate, preview) {
            let jobs: Vec<_> = candidate.applications.iter().filter_map(|a| a.job_id).map(|job| job.to_string()).collect();
            let name = if self.show { format!("{} {}", candidate.first_name, candidate.last_name) } else { String::new() };
            let sure = if preview.certain { "" } else { ", if nobody is there" };
            let facts = format!("  {name} → job {}, {}{sure}", jobs.join(" and "), plural(preview.requests.len(), "call"));
            line.push_str(&terminal::printable(&facts.replace("   ", "  ")));
        }
        line
    }

    fn end(&self) -> u8 {
        let to_do: u64 = [Outcome::Created, Outcome::Applied, Outcome::Updated].iter().filter_map(|outcome| self.counts.get(outcome)).sum();
        if self.options.json {
            let seconds = self.started.elapsed().as_secs_f64();
            print::line(&lines::summary(&self.run, &self.pipeline.id, &self.counts, seconds, None).to_string());
        } else {
            terminal::filtered(&self.filtered).iter().for_each(|line| {
                print::line(line);
            });
            let (limit, window) = self.pace();
            let seconds = self.calls.div_ceil(limit).saturating_sub(1) * window;
            let calls = usize::try_from(self.calls).unwrap_or(usize::MAX);
            let time = match seconds {
                0 => "a moment".to_owned(),
                seconds => format!("about {} at {limit} calls in {window} s", words_for(seconds)),
            };
            let (counts, calls) = (terminal::counts(&self.counts), plural(calls, "call"));
            print::line(&format!("{}: {counts}; {calls} to Greenhouse, {time}. Nothing was sent.", self.pipeline.id));
        }
        if self.counts.keys().any(|outcome| outcome.wants_attention()) {
            exit::ATTENTION
        } else if self.options.detailed_exitcode && to_do > 0 {
            exit::TO_DO
        } else {
            exit::WELL
        }
    }

    /// Calls a window: as the answers told, else the documents' example. Source: "Rate limit" of the Greenhouse reference.
    fn pace(&self) -> (u64, u64) {
        let (documented, window) = match self.pipeline.destination.api {
            Api::HarvestV3 => (75, 30),
            Api::HarvestV1 => (50, 10),
        };
        (self.http.rate_limit(&self.pipeline.destination.base_url).map_or(documented, u64::from).max(1), window)
    }
}

fn path_of(url: &str, base: &str, show: bool) -> String {
    let path = url.strip_prefix(base).unwrap_or(url);
    if show { path.to_owned() } else { masked_url(path) }
}

fn words_for(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
