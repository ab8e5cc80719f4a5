//! `hireline sandbox`: the stand-ins, until stopped.

use super::{Failure, Result, compiled, print};
use crate::fixtures;
use crate::sandbox::{self, Lists, Ports, Sandbox};
use crate::signals;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
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
    /// Greenhouse's rate limit: requests a window
    #[arg(long, value_name = "N")]
    rate_limit: Option<u32>,
    /// Greenhouse's window, in seconds (30 for v3, 10 for v1 where not given)
    #[arg(long, value_name = "SECONDS")]
    rate_window: Option<f64>,
    /// The acting user is no site admin: v3's lists answer 403
    #[arg(long)]
    no_site_admin: bool,
    /// With --no-site-admin: v3's lists answer 200 with nothing
    #[arg(long, requires = "no_site_admin")]
    empty_lists: bool,
}

pub(super) async fn sandbox(options: &Options) -> Result<u8> {
    let mut settings = sandbox::Settings {
        site_admin: !options.no_site_admin,
        lists_without_site_admin: if options.empty_lists { Lists::Empty } else { Lists::Forbidden },
        ports: Ports {
            hrflow: options.hrflow_port,
            greenhouse: options.greenhouse_port,
            token: options.token_port,
            control: options.control_port,
        },
        ..sandbox::Settings::default()
    };
    if let Some(limit) = options.rate_limit {
        (settings.rate_limit_v1, settings.rate_limit_v3) = (limit, limit);
    }
    if let Some(seconds) = options.rate_window {
        let window = Duration::try_from_secs_f64(seconds).map_err(|_| Failure::wrong("--rate-window takes seconds, more than 0"))?;
        (settings.rate_window_v1, settings.rate_window_v3) = (window, window);
    }
    if !options.paths.is_empty() {
        for pipeline in compiled(&options.paths)? {
            for fixture in fixtures::beside(&pipeline.file).map_err(Failure::could_not)? {
                settings.profiles.push(fixture.document().map_err(|error| Failure::wrong(error.to_string()))?);
            }
        }
    }
    let profiles = settings.profiles.len();
    let sandbox = Sandbox::start(settings).await.map_err(Failure::could_not)?;
    let signals = signals::catch();
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
    print::note("Ctrl-C stops it. Nothing it is sent leaves this machine, and nothing is kept.");
    signals.brake.pulled().await;
    sandbox.stop().await;
    Ok(signals.caught().unwrap_or_default())
}
