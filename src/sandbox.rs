//! A local HrFlow and Greenhouse, on loopback: they answer, and refuse, as the real ones are documented to.
//!
//! Four servers, each on a port of its own: HrFlow, Greenhouse (`/v1` and `/v3`), the OAuth token endpoint, and the
//! control server (its requests are listed in `sandbox/control.rs`). State is in memory and goes with the [`Sandbox`]. It writes no log: what it is sent looks like people.
//! Unlike the real ones it speaks plain HTTP.

mod authorize;
mod call;
mod chaos;
mod control;
mod counts;
mod custom_fields;
mod faults;
mod greenhouse;
mod hrflow;
mod misbehave;
mod observe;
mod organisation;
mod pace;
mod prospects;
mod recruiter;
mod seed;
mod server;
mod store;
mod token;
mod v1;
mod v3;
mod validate;
mod world;

#[cfg(test)]
mod tests;

pub use call::Service;
pub use chaos::{Chaos, USUAL_LATE_MS, USUAL_RATE};
pub use faults::{FAULTS, Fault, Kind};
pub use misbehave::{Answer, Misbehaviour, Work};
pub use observe::{Exchange, Observer};
pub use organisation::{List, Organisation};
pub use recruiter::Recruiter;
pub use seed::{CLOSED_JOBS, Jobs, NAMED_JOBS};

use crate::model::settings::ActingUser;
use call::Call;
use chaos::Draws;
use serde_json::Value;
use server::Shared;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use world::World;

/// HrFlow's `X-API-KEY`. Fictional, as are all credentials here: they open the sandbox and nothing else.
pub const HRFLOW_API_KEY: &str = "ask_5a4db0c5a4db0c5a4db0c5a4db0c5a4d";
/// HrFlow's `X-USER-EMAIL`.
pub const HRFLOW_USER_EMAIL: &str = "operations@example.org";
/// The OAuth client, for both grants.
pub const CLIENT_ID: &str = "sandbox-client";
pub const CLIENT_SECRET: &str = "sandbox-client-secret";
/// The user of the password grant.
pub const OAUTH_USERNAME: &str = "connector@example.org";
pub const OAUTH_PASSWORD: &str = "sandbox-password";
/// v1: the name of Basic `key:`.
pub const V1_API_KEY: &str = "5a4db0c05a4db0c05a4db0c05a4db0c0-1";
/// v1, through a proxy: the value of an `X-API-KEY` header.
pub const V1_HEADER_KEY: &str = "sandbox-header-key";
/// A token "given from outside": good for v1 and v3; in v3 the credential's service user acts.
pub const ACCESS_TOKEN: &str = "sandbox-access-token";
/// A user who is a site admin.
pub const SITE_ADMIN: u64 = 92120;
/// A user who is none.
pub const NOT_SITE_ADMIN: u64 = 92121;

/// Whether the sandbox's Greenhouse has this user.
pub fn has_user(user: &ActingUser) -> bool {
    match user {
        ActingUser::Id(id) => seed::user(*id).is_some(),
        ActingUser::Email(email) => seed::user_by_email(email).is_some(),
    }
}

/// How the sandbox is to be. The default accepts everything that is documented, and nothing waits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// HrFlow's profiles, as HrFlow would send them.
    pub profiles: Vec<Value>,
    /// Requests a window.
    pub rate_limit_v3: u32,
    pub rate_window_v3: Duration,
    pub rate_limit_v1: u32,
    pub rate_window_v1: Duration,
    /// Requests a window to the token endpoint. Source: `docs/greenhouse-api.md`, "Rate limits".
    pub rate_limit_token: u32,
    pub rate_window_token: Duration,
    /// Windows begin at whole multiples of their length, so that what X-RateLimit-Reset tells in whole seconds is exact; otherwise with
    /// the first request. Which of both the real one does is not known.
    pub rate_aligned: bool,
    /// How far the clock of the Date header is ahead of the one of `created_at`.
    pub date_ahead: Duration,
    /// False: nobody is a site admin, whatever user acts.
    pub site_admin: bool,
    /// What v3's lists answer where the acting user is no site admin.
    pub lists_without_site_admin: Lists,
    /// Candidates marked as private are in no list.
    pub hide_private: bool,
    pub jobs: Jobs,
    /// The lists that can be made longer.
    pub organisation: Organisation,
    pub token_lifetime: Duration,
    pub token_expiry: TokenExpiry,
    /// The scopes that the token is good for, as introspection tells them; otherwise all that Hireline can need. Told only: what may be
    /// written is refused by `misbehave`.
    pub token_scope: Option<String>,
    /// Whether introspection is answered; otherwise 404.
    pub introspects: bool,
    /// Mixed faults, from a seed.
    pub chaos: Option<Chaos>,
    /// Whether the person who is sent to the sign-in page consents.
    pub consents: bool,
    /// The log of requests keeps this many, the newest.
    pub requests_kept: usize,
    /// Sees every request to Greenhouse, with the answer.
    pub observer: Option<Observer>,
    pub ports: Ports,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profiles: Vec::new(),
            rate_limit_v3: 1_000_000,
            rate_window_v3: Duration::from_secs(30),
            rate_limit_v1: 1_000_000,
            rate_window_v1: Duration::from_secs(10),
            rate_limit_token: 1_000_000,
            rate_window_token: Duration::from_secs(60),
            rate_aligned: false,
            date_ahead: Duration::ZERO,
            site_admin: true,
            lists_without_site_admin: Lists::Forbidden,
            hide_private: false,
            jobs: Jobs::default(),
            organisation: Organisation::default(),
            token_lifetime: Duration::from_secs(3600),
            token_expiry: TokenExpiry::In,
            token_scope: None,
            introspects: true,
            chaos: None,
            consents: true,
            requests_kept: 10_000,
            observer: None,
            ports: Ports::default(),
        }
    }
}

/// Both are told of the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// 403.
    Forbidden,
    /// 200, and nothing in it.
    Empty,
}

/// Clients differ in what they say the token's answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenExpiry {
    /// `expires_in`, seconds.
    In,
    /// `expires_at`, a moment.
    At,
}

/// Ports on loopback; 0 lets the system choose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ports {
    pub hrflow: u16,
    pub greenhouse: u16,
    pub token: u16,
    pub control: u16,
}

/// The running servers. They stop with [`Sandbox::stop`], or when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    hrflow: String,
    greenhouse: String,
    token: String,
    control: String,
    stop: watch::Sender<()>,
    servers: JoinSet<io::Result<()>>,
}

impl Sandbox {
    /// Binds the four ports and serves.
    ///
    /// # Errors
    /// Where a port cannot be bound.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let ports = settings.ports;
        let (hrflow, hrflow_url) = bind(ports.hrflow).await?;
        let (greenhouse, greenhouse_url) = bind(ports.greenhouse).await?;
        let (token, token_url) = bind(ports.token).await?;
        let (control, control_url) = bind(ports.control).await?;
        let shared = Arc::new(Shared::new(World::new(settings, greenhouse_url.clone())));
        let (stop, stopped) = watch::channel(());
        let mut servers = JoinSet::new();
        for (service, listener) in
            [(Service::Hrflow, hrflow), (Service::Greenhouse, greenhouse), (Service::Token, token), (Service::Control, control)]
        {
            servers.spawn(server::serve(service, Arc::clone(&shared), listener, stopped.clone()));
        }
        Ok(Self {
            shared,
            hrflow: format!("{hrflow_url}/v1"),
            greenhouse: greenhouse_url,
            token: format!("{token_url}/token"),
            control: control_url,
            stop,
            servers,
        })
    }

    /// Stands for `https://api.hrflow.ai/v1`.
    pub fn hrflow_url(&self) -> String {
        self.hrflow.clone()
    }

    /// Stands for `https://harvest.greenhouse.io`; has `/v1` and `/v3`.
    pub fn greenhouse_url(&self) -> String {
        self.greenhouse.clone()
    }

    /// Stands for `https://auth.greenhouse.io/token`.
    pub fn token_url(&self) -> String {
        self.token.clone()
    }

    /// Stands for `https://auth.greenhouse.io/authorize`: the page on which a person consents.
    pub fn authorize_url(&self) -> String {
        self.token.replace("/token", "/authorize")
    }

    /// The control server; stands for nothing real.
    pub fn control_url(&self) -> String {
        self.control.clone()
    }

    /// `{"candidates": [{…, "applications": […], "attachments": […], …}]}`, oldest first.
    pub fn state(&self) -> Value {
        self.shared.world().store.state()
    }

    /// Every request received, in order: `{at, service, method, target, headers, body}`, without its secrets.
    pub fn requests(&self) -> Value {
        self.shared.world().requests()
    }

    /// How many writing requests Greenhouse has received so far, whatever became of them.
    pub fn writes(&self) -> u64 {
        self.shared.world().writes
    }

    /// Does now what `late-work` and `error-late` put off.
    pub fn finish_late_work(&self) {
        self.shared.finish_late_work();
    }

    /// Forgets all that happened; profiles and settings stay.
    pub fn reset(&self) {
        self.shared.world().reset();
    }

    /// Replaces HrFlow's profiles.
    pub fn set_profiles(&self, profiles: Vec<Value>) {
        self.shared.world().settings.profiles = profiles;
    }

    /// Arranges for something to go wrong.
    ///
    /// # Errors
    /// What contradicts itself, in words.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) -> Result<(), &'static str> {
        misbehaviour.check()?;
        self.shared.world().misbehaviours.push(misbehaviour);
        Ok(())
    }

    /// Forgets what was arranged to go wrong; mixed faults go on.
    pub fn behave(&self) {
        self.shared.world().misbehaviours.clear();
    }

    /// Mixed faults from now on, or no more.
    ///
    /// # Errors
    /// Where the rate is no share.
    pub fn set_chaos(&self, chaos: Option<Chaos>) -> Result<(), &'static str> {
        if let Some(chaos) = &chaos {
            chaos.check()?;
        }
        self.shared.world().chaos = chaos.map(Draws::new);
        Ok(())
    }

    /// Somebody does this by hand, to `candidate` or to the newest; says whom it is about afterwards, none where nobody is there.
    pub fn recruiter(&self, does: Recruiter, candidate: Option<u64>, into: Option<u64>) -> Option<u64> {
        recruiter::acts(&mut self.shared.world(), does, candidate, into)
    }

    /// Calls by kind and status, how many were 429, and how full each window was: see `GET /counts`.
    pub fn counts(&self) -> Value {
        self.shared.world().counted()
    }

    /// Makes one of the organisation's lists longer; gives the new ids.
    pub fn lengthen(&self, list: List, names: impl IntoIterator<Item = String>) -> Vec<u64> {
        self.shared.world().settings.organisation.add(list, names)
    }

    /// Puts a candidate there that somebody else made, and says its id. The body is v3's, with any number of `applications`.
    ///
    /// # Errors
    /// The members that are wrong.
    pub fn plant(&self, candidate: &Value) -> Result<u64, String> {
        let body = candidate.as_object().ok_or("a candidate is an object")?;
        let call = Call::of_recruiter();
        control::plant(&mut self.shared.world(), &call, body)
            .map_err(|faults| faults.iter().map(|f| format!("{} {}", f.field, f.message)).collect::<Vec<_>>().join("; "))
    }

    /// Erases a candidate with all that hangs on it; says whether it was there.
    pub fn erase(&self, candidate: u64) -> bool {
        self.shared.world().store.erase(candidate)
    }

    /// Every token that was given out stops being good.
    pub fn revoke_tokens(&self) {
        self.shared.world().tokens.revoke();
    }

    /// The person who signed in takes the consent back.
    pub fn revoke_sign_ins(&self) {
        self.shared.world().sign_ins.revoke();
    }

    /// Lets requests in flight end, for a second at most, and stops.
    pub async fn stop(mut self) {
        self.stop.send_replace(());
        let ended = async { while self.servers.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(1), ended).await.is_err() {
            self.servers.abort_all();
        }
    }
}

async fn bind(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
