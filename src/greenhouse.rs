//! Greenhouse: an action to a request, an answer to an event, and the questions that change nothing.
//!
//! `body` and `answer` are pure; `auth` signs; `lookup` asks. `v1` and `v3` have what only one version of
//! Harvest has. What is known of Greenhouse is in `docs/greenhouse-api.md`.

pub mod answer;
pub(crate) mod auth;
pub(crate) mod body;
mod current; // a candidate as it is now
pub mod directory;
pub(crate) mod facts; // what is not certain of v3
mod fields; // custom fields, and back
pub(crate) mod lists;
pub(crate) mod lookup;
mod pages; // lists, page after page
pub(crate) mod probe;
pub mod rows;
pub(crate) mod v1;
pub(crate) mod v3;
mod version; // what differs between them

use crate::base::secret::{Secret, SecretErrors, struck};
use crate::delivery::action::{Action, Event, NotDone, Refusal};
use crate::model::capabilities::Capabilities;
use crate::model::settings::{Api, Greenhouse, HeaderValue};
use crate::net::http::{Body, Fault, HeaderText, Http, Request, Service};
use auth::{AuthError, Signer};
use std::sync::Arc;
use tokio::sync::OnceCell;

pub use pages::MOST_PAGES;
pub use v1::Reading;
pub use version::capabilities;

/// A way to one Greenhouse account, as a pipeline describes it.
#[derive(Debug)]
pub struct Wire {
    http: Http,
    settings: Greenhouse,
    headers: Vec<(String, HeaderText)>,
    signer: Signer,
    /// Read once a run, where they are needed.
    fields: fields::Fields,
    education_lists: OnceCell<v1::Lists>,
}

/// Why nothing can be asked of Greenhouse, or nothing more: the run ends.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stop {
    #[error(transparent)]
    Secret(Arc<SecretErrors>),
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// Signed in, and not allowed.
    #[error("{0}")]
    Permission(String),
    /// The acting user, who would see no candidate.
    #[error(
        "{0} is not a Site Admin in Greenhouse, so a look-up would find nobody and every push could be a duplicate: set on_behalf_of to a Site \
         Admin's id, make that user one, or set `existing: create`"
    )]
    NotSiteAdmin(String),
    /// The pipeline names a user who cannot act.
    #[error(transparent)]
    Named(#[from] UserError),
    #[error("Greenhouse answered \"{operation}\" with HTTP {status}{}", unlike_its_json(*.status))]
    Unexpected { operation: &'static str, status: u16 },
    #[error("Greenhouse's pages for \"{operation}\" do not end after {MOST_PAGES}")]
    EndlessPages { operation: &'static str },
    #[error("Greenhouse answered \"{operation}\" with options of other fields too: it ignored the filter")]
    FilterIgnored { operation: &'static str },
    /// In minutes.
    #[error("Greenhouse asks to wait {0} min: run again then")]
    Wait(u64),
    #[error("Greenhouse asks to wait longer than a day: run again later, and ask Greenhouse if this repeats")]
    WaitTooLong,
    #[error("the run was asked to stop")]
    Asked,
    /// Not reached, or not answering as it should.
    #[error("{0}")]
    Unreachable(String),
}

fn unlike_its_json(status: u16) -> &'static str {
    if (200..300).contains(&status) { ", but not with the JSON of that request" } else { "" }
}

/// Why the user that `on_behalf_of` names cannot act.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UserError {
    #[error("`on_behalf_of`: the user with the e-mail address `{email}` was deactivated in Greenhouse")]
    Deactivated { email: String },
    #[error(
        "`on_behalf_of`: Greenhouse has no user with the e-mail address `{email}`, or does not show one to this credential: write \
         it as that user signs in, or write the user's id"
    )]
    Unknown { email: String },
}

impl Wire {
    /// Opens the secrets that the destination names; sends nothing yet.
    ///
    /// # Errors
    /// A secret that cannot be opened.
    pub fn open(settings: &Greenhouse, http: Http) -> Result<Self, Stop> {
        let signer = Signer::open(settings);
        let mut errors = Vec::new();
        let open = |(name, value): &(String, HeaderValue)| match value {
            HeaderValue::Text(text) => Some((name.clone(), HeaderText::Text(text.clone()))),
            HeaderValue::Secret(secret) => {
                let opened = secret.open().map_err(|error| errors.push(error)).ok()?;
                Some((name.clone(), HeaderText::Secret(opened)))
            }
        };
        let headers = settings.headers.iter().filter_map(open).collect();
        let signer = match signer {
            Ok(signer) if errors.is_empty() => signer,
            Err(Stop::Secret(others)) => return Err(Stop::Secret(Arc::new(SecretErrors([others.0.clone(), errors].concat())))),
            Err(stop) if errors.is_empty() => return Err(stop),
            _ => return Err(Stop::Secret(Arc::new(SecretErrors(errors)))),
        };
        signer.share(&http, &settings.base_url);
        http.serves(Service::Greenhouse, &settings.base_url);
        Ok(Self { headers, signer, settings: settings.clone(), http, fields: fields::Fields::default(), education_lists: OnceCell::new() })
    }

    pub fn api(&self) -> Api {
        self.settings.api
    }

    pub fn capabilities(&self) -> &'static Capabilities {
        capabilities(self.api())
    }

    /// Sends one changing request, once.
    ///
    /// # Errors
    /// Only what is wrong before the request: no token to sign it with.
    pub async fn send(&self, action: &Action<'_>) -> Result<Event, Stop> {
        let mut request = body::request(&self.settings, action);
        let header = self.sign(&mut request).await?;
        let event = match self.http.write(&request).await {
            Ok(answer) => answer::event(self.settings.api, action, &answer),
            Err(Fault::NotSent(why)) => Event::NotDone(NotDone::NotSent(why)),
            Err(Fault::Lost(why) | Fault::Oversized(why)) => Event::Lost(why),
            Err(Fault::TooLong(wait)) => return Err(too_long(wait)),
            Err(Fault::Stopped) => return Err(Stop::Asked),
        };
        let event = self.without_secrets(event, &request);
        if event == Event::NotDone(NotDone::Unauthorized) && !self.signer.refused(&header).await {
            return Err(self.unauthorized());
        }
        Ok(event)
    }

    /// Signs, and tells with what: should it be refused, only that very token is given up.
    async fn sign(&self, request: &mut Request) -> Result<HeaderText, Stop> {
        let (name, value) = self.signer.header(&self.http).await?;
        request.headers.push((name, value.clone()));
        request.headers.extend(self.headers.iter().cloned());
        Ok(value)
    }

    /// Greenhouse's words, should they repeat what signed the request, or what that was made of.
    fn without_secrets(&self, event: Event, request: &Request) -> Event {
        let Event::Refused(refusal) = event else { return event };
        let in_headers = request.headers.iter().filter(|(_, value)| matches!(value, HeaderText::Secret(_))).flat_map(|(_, value)| {
            let whole = value.expose();
            // `Bearer TOKEN`: the token alone too.
            [whole, whole.split_once(' ').map_or(whole, |(_, token)| token)]
        });
        let secrets: Vec<&str> = in_headers.chain(self.signer.secrets()).collect();
        let is_clean = |text: &String| struck(text, secrets.iter().copied()) == *text;
        let message = struck(&refusal.message, secrets.iter().copied());
        Event::Refused(Refusal { message, field: refusal.field.filter(is_clean), ..refusal })
    }

    /// What to say when Greenhouse does not know us.
    pub fn unauthorized(&self) -> Stop {
        Stop::Permission(format!(
            "Greenhouse does not take the credential (401 from {}): check `auth` in the pipeline, and that the key is not revoked",
            self.settings.base_url
        ))
    }

    /// Greenhouse's own time, by its last answer.
    pub fn time(&self) -> Option<jiff::Timestamp> {
        self.http.server_time(&self.settings.base_url)
    }
}

/// The request as `plan` and `trace` show it: signed with `***`, no secret opened.
pub fn preview(settings: &Greenhouse, action: &Action<'_>) -> Request {
    let (mut action, sent) = (action.clone(), body::to_be_fetched(settings, action));
    if let (Action::CreateAttachment { attachment, .. }, Some(sent)) = (&mut action, &sent) {
        *attachment = sent;
    }
    let mut request = body::request(settings, &action);
    request.headers.push(auth::masked(&settings.auth));
    let masked = |value: &HeaderValue| match value {
        HeaderValue::Text(text) => HeaderText::Text(text.clone()),
        HeaderValue::Secret(_) => HeaderText::Secret(Secret::new("***")),
    };
    request.headers.extend(settings.headers.iter().map(|(name, value)| (name.clone(), masked(value))));
    request
}

fn too_long(wait: std::time::Duration) -> Stop {
    const DAY: u64 = 24 * 3600;
    if wait.as_secs() > DAY { Stop::WaitTooLong } else { Stop::Wait(wait.as_secs().div_ceil(60)) }
}

/// A request with nothing but what every request to Greenhouse has.
fn bare(settings: &Greenhouse, method: crate::net::http::Method, path: &str, body: Body) -> Request {
    let mut headers = vec![("Accept".to_owned(), HeaderText::Text("application/json".into()))];
    // v3 knows the acting user from the token. Source: `docs/greenhouse-api.md`, "Authentication".
    if let (Api::HarvestV1, Some(user)) = (settings.api, settings.acting_user_id()) {
        headers.push(("On-Behalf-Of".into(), HeaderText::Text(user.to_string())));
    }
    let version = version::version(settings.api).prefix;
    Request { method, url: format!("{}/{version}{path}", settings.base_url), headers, body }
}
