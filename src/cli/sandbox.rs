//! `hireline sandbox`: the stand-ins, until stopped.

use super::{Failure, Result, compiled, print};
use crate::authoring::fixtures;
use crate::base::display;
use crate::cli::signals;
use crate::sandbox::{self, Chaos, FAULTS, Kind, Lists, Misbehaviour, Ports, Sandbox, Settings, TokenExpiry};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_long_help = faults())]
pub(super) struct Options {
    /// Pipelines whose fixtures are served as HrFlow's profiles
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// HrFlow's port; 0 lets the system choose
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    hrflow_port: u16,
    /// Greenhouse's port
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    greenhouse_port: u16,
    /// The token endpoint's port
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    token_port: u16,
    /// The port of the control server: what was received, what is there, how to misbehave
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    control_port: u16,
    /// Addresses and credentials as one object on one line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pace: Pace,
    /// The acting user is no site admin: v3's lists answer 403
    #[arg(long)]
    no_site_admin: bool,
    /// With --no-site-admin: v3's lists answer 200 with nothing
    #[arg(long, requires = "no_site_admin")]
    empty_lists: bool,
    /// Candidates marked as private are in no list
    #[arg(long)]
    hide_private: bool,
    /// Every number is an open job
    #[arg(long)]
    any_job: bool,
    /// Tokens live so long, in seconds (3600 where not given)
    #[arg(long, value_name = "SECONDS")]
    token_lifetime: Option<f64>,
    /// The token's answer tells `expires_at`, not `expires_in`
    #[arg(long)]
    token_expires_at: bool,
    /// The scopes that introspection of a token answers: "harvest:candidates:create harvest:notes:create"
    #[arg(long, value_name = "SCOPES")]
    token_scope: Option<String>,
    /// Introspection of tokens is 404
    #[arg(long)]
    no_introspection: bool,
    #[command(flatten)]
    trouble: Trouble,
}

/// Rate limits, scaled down where a person or a test does not want to wait.
#[derive(Debug, clap::Args)]
struct Pace {
    /// Greenhouse's rate limit: requests a window
    #[arg(long, value_name = "N")]
    rate_limit: Option<u32>,
    /// Greenhouse's window, in seconds (30 for v3, 10 for v1 where not given)
    #[arg(long, value_name = "SECONDS")]
    rate_window: Option<f64>,
    /// The token endpoint's rate limit: requests a window
    #[arg(long, value_name = "N")]
    token_limit: Option<u32>,
    /// The token endpoint's window, in seconds (60 where not given)
    #[arg(long, value_name = "SECONDS")]
    token_window: Option<f64>,
    /// Windows begin at whole multiples of their length, not with the first request
    #[arg(long)]
    rate_aligned: bool,
}

impl Pace {
    fn apply(&self, settings: &mut Settings) -> Result<()> {
        if let Some(limit) = self.rate_limit {
            (settings.rate_limit_v1, settings.rate_limit_v3) = (limit, limit);
        }
        if let Some(window) = seconds("--rate-window", self.rate_window)? {
            (settings.rate_window_v1, settings.rate_window_v3) = (window, window);
        }
        settings.rate_limit_token = self.token_limit.unwrap_or(settings.rate_limit_token);
        settings.rate_window_token = seconds("--token-window", self.token_window)?.unwrap_or(settings.rate_window_token);
        settings.rate_aligned = self.rate_aligned;
        Ok(())
    }
}

fn seconds(option: &str, given: Option<f64>) -> Result<Option<Duration>> {
    let Some(seconds) = given else { return Ok(None) };
    let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
    time.map(Some).ok_or_else(|| Failure::wrong(format!("{option} takes seconds, more than 0")))
}

/// What is to go wrong. Also for `run --sandbox`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Trouble {
    /// In the sandbox, something goes wrong: NAME[=VALUE], as in `lost-answer` or `slow=3s,times=5`; can be given again (`hireline sandbox --help` lists the names)
    #[arg(long, value_name = "FAULT")]
    misbehave: Vec<Misbehaviour>,
    /// In the sandbox, faults are mixed, the same for the same seed: SEED, or SEED,RATE (0.2: one call in five)
    #[arg(long, value_name = "SEED")]
    chaos: Option<Chaos>,
    /// With --chaos: no work is done later than this after its request, in seconds (1 where not given)
    #[arg(long, requires = "chaos", value_name = "SECONDS")]
    late: Option<f64>,
}

impl Trouble {
    pub fn begin(&self, sandbox: Option<&Sandbox>) -> Result<()> {
        let Some(sandbox) = sandbox else {
            let none = self.misbehave.is_empty() && self.chaos.is_none();
            return if none { Ok(()) } else { Err(Failure::wrong("--misbehave and --chaos are for the sandbox: give --sandbox too")) };
        };
        for misbehaviour in &self.misbehave {
            sandbox.misbehave(misbehaviour.clone()).map_err(Failure::wrong)?;
        }
        let late = seconds("--late", self.late)?.map_or(sandbox::USUAL_LATE_MS, |late| late.as_millis().try_into().unwrap_or(u64::MAX));
        sandbox.set_chaos(self.chaos.map(|chaos| Chaos { late_ms: late, ..chaos })).map_err(Failure::wrong)
    }
}

fn faults() -> String {
    let mut text = String::from("FAULT is NAME[=VALUE][,times=N|always][,skip=N][,on=METHOD PATH][,contains=TEXT].\n");
    let mut calls: Vec<&str> = FAULTS.iter().map(|fault| fault.meets).collect();
    calls.sort_unstable();
    calls.dedup();
    for meets in calls {
        let _a_string_takes_all = write!(text, "\nMeets {meets}:\n");
        for fault in FAULTS.iter().filter(|fault| fault.meets == meets) {
            let name = if fault.kind == Kind::None { fault.name.to_owned() } else { format!("{}={}", fault.name, fault.default) };
            let _a_string_takes_all = writeln!(text, "  {name:<20} {}", fault.about);
        }
    }
    text
}

impl Options {
    fn settings(&self) -> Result<Settings> {
        let mut settings = Settings {
            site_admin: !self.no_site_admin,
            lists_without_site_admin: if self.empty_lists { Lists::Empty } else { Lists::Forbidden },
            hide_private: self.hide_private,
            introspects: !self.no_introspection,
            ports: Ports { hrflow: self.hrflow_port, greenhouse: self.greenhouse_port, token: self.token_port, control: self.control_port },
            ..Settings::default()
        };
        settings.token_lifetime = seconds("--token-lifetime", self.token_lifetime)?.unwrap_or(settings.token_lifetime);
        if self.token_expires_at {
            settings.token_expiry = TokenExpiry::At;
        }
        settings.token_scope.clone_from(&self.token_scope);
        if self.any_job {
            settings.jobs = sandbox::Jobs::Any;
        }
        self.pace.apply(&mut settings)?;
        if !self.paths.is_empty() {
            for pipeline in compiled(&self.paths)? {
                for fixture in fixtures::beside(&pipeline.file, &pipeline.workspace.root)? {
                    settings.profiles.push(fixture.document().map_err(|error| Failure::wrong(error.to_string()))?);
                }
            }
        }
        Ok(settings)
    }
}

pub(super) async fn sandbox(options: &Options) -> Result<u8> {
    let settings = options.settings()?;
    let profiles = settings.profiles.len();
    let sandbox = Sandbox::start(settings).await?;
    options.trouble.begin(Some(&sandbox))?;
    let signals = signals::catch();
    if options.json {
        print::line(&display::object(&addresses(&sandbox, profiles)));
    } else {
        tell(&sandbox, profiles);
    }
    print::note("Ctrl-C stops it. Nothing it is sent leaves this machine, and nothing is kept.");
    signals.cancel.cancelled().await;
    sandbox.stop().await;
    Ok(signals.caught().unwrap_or_default())
}

fn addresses(sandbox: &Sandbox, profiles: usize) -> Value {
    json!({
        "hrflow": {"base_url": sandbox.hrflow_url(), "api_key": sandbox::HRFLOW_API_KEY, "user_email": sandbox::HRFLOW_USER_EMAIL},
        "greenhouse": {"base_url": sandbox.greenhouse_url(), "v1_api_key": sandbox::V1_API_KEY, "v1_header_key": sandbox::V1_HEADER_KEY},
        "token": {
            "token_url": sandbox.token_url(), "client_id": sandbox::CLIENT_ID, "client_secret": sandbox::CLIENT_SECRET,
            "access_token": sandbox::ACCESS_TOKEN, "username": sandbox::OAUTH_USERNAME, "password": sandbox::OAUTH_PASSWORD,
        },
        "users": {"site_admin": sandbox::SITE_ADMIN, "not_site_admin": sandbox::NOT_SITE_ADMIN},
        "control": sandbox.control_url(),
        "profiles": profiles,
    })
}

fn tell(sandbox: &Sandbox, profiles: usize) {
    let facts = [
        ("HrFlow (base_url)", sandbox.hrflow_url()),
        ("  X-API-KEY", sandbox::HRFLOW_API_KEY.into()),
        ("  X-USER-EMAIL", sandbox::HRFLOW_USER_EMAIL.into()),
        ("Greenhouse (base_url)", sandbox.greenhouse_url()),
        ("  v1 api_key", sandbox::V1_API_KEY.into()),
        ("Token (token_url)", sandbox.token_url()),
        ("  client_id", sandbox::CLIENT_ID.into()),
        ("  client_secret", sandbox::CLIENT_SECRET.into()),
        ("  access_token", sandbox::ACCESS_TOKEN.into()),
        ("Acting users", format!("{} is a site admin, {} is none", sandbox::SITE_ADMIN, sandbox::NOT_SITE_ADMIN)),
        ("Control", sandbox.control_url()),
        ("Profiles", profiles.to_string()),
    ];
    for (name, value) in facts {
        print::line(&format!("{name:<22} {value}"));
    }
}
