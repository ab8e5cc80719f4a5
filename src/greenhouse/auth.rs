//! Signs requests: with a key, with a header as it is, or with a token that is fetched and renewed.
//! Source: "Auth" of the Greenhouse reference, and "The action we re-implement" of the HrFlow reference.

use super::Stop;
use crate::http::{Body, Fault, HeaderText, Http, Method, Request};
use crate::secret::{Secret, SecretRef};
use crate::settings::{Auth, Scheme};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Renewed this long before its end, so that none ends on the way.
const EARLY: Duration = Duration::from_secs(60);
/// A token that does not say how long it lives: Greenhouse's live an hour.
const LIFE: Duration = Duration::from_secs(3600);

/// What a token endpoint may say. Source: RFC 6749, 5.2.
const ERRORS: [&str; 6] =
    ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];

#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    #[error("the token endpoint {url} says no ({status}{words}): check {check}")]
    Refused { url: String, status: u16, words: String, check: &'static str },
    #[error("the token endpoint {url} {why}")]
    Unusable { url: String, why: String },
}

#[derive(Debug)]
pub struct Signer {
    kind: Kind,
    opened: Vec<Secret>,
    token: Mutex<Option<Token>>,
}

#[derive(Debug)]
enum Kind {
    /// The same header on every request.
    Fixed(String, HeaderText),
    Fetched(Box<Grant>),
}

#[derive(Debug)]
struct Grant {
    url: String,
    scheme: Scheme,
    /// Basic, where the client signs in by header.
    basic: Option<Secret>,
    form: Vec<(String, HeaderText)>,
    check: &'static str,
}

#[derive(Debug, Clone)]
struct Token {
    value: Secret,
    until: Instant,
}

impl Signer {
    /// Opens the secrets; fetches nothing yet.
    ///
    /// # Errors
    /// A secret that cannot be opened.
    pub fn open(auth: &Auth, acting_user: Option<u64>) -> Result<Self, Stop> {
        let mut opened = Vec::new();
        let mut open = |secret: &SecretRef| {
            let secret = secret.open().map_err(|error| Stop::from(Arc::new(error)))?;
            opened.push(secret.clone());
            Ok::<_, Stop>(secret)
        };
        let kind = match auth {
            Auth::ApiKey(key) => fixed("Authorization", &basic(open(key)?.expose(), "")),
            Auth::Header { name, value } => Kind::Fixed(name.clone(), HeaderText::Secret(open(value)?)),
            Auth::AccessToken(token) => fixed("Authorization", &format!("Bearer {}", open(token)?.expose())),
            Auth::OauthClient { client_id, client_secret, token_url } => Kind::Fetched(Box::new(Grant {
                url: token_url.clone(),
                scheme: Scheme::Bearer,
                basic: Some(Secret::new(&basic(open(client_id)?.expose(), open(client_secret)?.expose()))),
                form: [("grant_type", Some("client_credentials".to_owned())), ("sub", acting_user.map(|user| user.to_string()))]
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), HeaderText::Text(value?))))
                    .collect(),
                check: "client_id, client_secret, and that on_behalf_of is a user's id",
            })),
            Auth::OauthPassword { token_url, client_id, client_secret, username, password, scheme } => {
                let secrets = [("client_id", client_id), ("client_secret", client_secret), ("username", username), ("password", password)];
                let mut form = vec![("grant_type".to_owned(), HeaderText::Text("password".into()))];
                for (name, secret) in secrets {
                    form.push((name.to_owned(), HeaderText::Secret(open(secret)?)));
                }
                let check = "client_id, client_secret, username and password";
                Kind::Fetched(Box::new(Grant { url: token_url.clone(), scheme: *scheme, basic: None, form, check }))
            }
        };
        Ok(Self { kind, opened, token: Mutex::new(None) })
    }

    /// What was opened, so that nothing repeats it.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.opened.iter().map(Secret::expose)
    }

    /// The header that signs a request. Many callers wait for one fetching.
    ///
    /// # Errors
    /// The token endpoint says no, or nothing that can be used.
    pub async fn header(&self, http: &Http) -> Result<(String, HeaderText), Stop> {
        let grant = match &self.kind {
            Kind::Fixed(name, value) => return Ok((name.clone(), value.clone())),
            Kind::Fetched(grant) => grant,
        };
        let mut current = self.token.lock().await;
        let token = match current.as_ref().filter(|token| Instant::now() < token.until) {
            Some(token) => token.clone(),
            None => current.insert(grant.fetch(http).await?).clone(),
        };
        let scheme = match grant.scheme {
            Scheme::Bearer => "Bearer",
            Scheme::OAuth => "OAuth",
        };
        Ok(("Authorization".into(), HeaderText::Secret(Secret::new(&format!("{scheme} {}", token.value.expose())))))
    }

    /// Greenhouse took this header for nobody's: a token is fetched anew, where the one that was refused is still the current one.
    ///
    /// Tells whether another try makes sense.
    pub async fn refused(&self, header: &HeaderText) -> bool {
        let Kind::Fetched(_) = &self.kind else { return false };
        let HeaderText::Secret(refused) = header else { return false };
        let mut current = self.token.lock().await;
        if current.as_ref().is_some_and(|token| refused.expose().ends_with(token.value.expose())) {
            *current = None;
        }
        true
    }
}

impl Grant {
    async fn fetch(&self, http: &Http) -> Result<Token, Stop> {
        let mut headers = vec![("Accept".to_owned(), HeaderText::Text("application/json".into()))];
        headers.extend(self.basic.iter().map(|basic| ("Authorization".to_owned(), HeaderText::Secret(basic.clone()))));
        let request = Request { method: Method::Post, url: self.url.clone(), headers, body: Body::Form(self.form.clone()) };
        let unusable = |why: String| AuthError::Unusable { url: self.url.clone(), why };
        let answer = http.read(&request).await.map_err(|fault| match fault {
            Fault::TooLong(wait) => super::too_long(wait),
            fault => Stop::from(unusable(format!("cannot be reached: {fault}"))),
        })?;
        let body = answer.json();
        if !(200..300).contains(&answer.status) {
            let words = body.as_ref().and_then(|body| body.get("error")).and_then(Value::as_str);
            // Only the standard's own words: anything else could repeat a credential.
            let words = words.filter(|word| ERRORS.contains(word)).map(|word| format!(" {word}")).unwrap_or_default();
            return Err(AuthError::Refused { url: self.url.clone(), status: answer.status, words, check: self.check }.into());
        }
        let body = body.ok_or_else(|| unusable(format!("answers {} with something that is not JSON", answer.status)))?;
        let value = body.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
        let value = value.ok_or_else(|| unusable("answers without an access_token".into()))?;
        let life = life(&body).unwrap_or(LIFE);
        Ok(Token { value: Secret::new(value), until: Instant::now() + life.saturating_sub(EARLY.min(life / 2)) })
    }
}

/// How long a token lives: clients of v3 differ over `expires_in` (seconds) and `expires_at` (a time), so both are read.
fn life(body: &Value) -> Option<Duration> {
    if let Some(seconds) = body.get("expires_in").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok())) {
        return Some(Duration::from_secs(seconds.min(86_400)));
    }
    let at = body.get("expires_at")?;
    let at = match at.as_i64() {
        Some(epoch) => jiff::Timestamp::from_second(epoch).ok()?,
        None => at.as_str()?.parse::<jiff::Timestamp>().ok()?,
    };
    Some(Duration::try_from(at.duration_since(jiff::Timestamp::now())).unwrap_or_default().min(Duration::from_secs(86_400)))
}

/// How the header looks where no secret is opened.
pub fn masked(auth: &Auth) -> (String, HeaderText) {
    let (name, scheme) = match auth {
        Auth::ApiKey(_) => ("Authorization", "Basic "),
        Auth::OauthClient { .. } | Auth::AccessToken(_) | Auth::OauthPassword { scheme: Scheme::Bearer, .. } => {
            ("Authorization", "Bearer ")
        }
        Auth::OauthPassword { scheme: Scheme::OAuth, .. } => ("Authorization", "OAuth "),
        Auth::Header { name, .. } => (name.as_str(), ""),
    };
    (name.to_owned(), HeaderText::Text(format!("{scheme}***")))
}

fn fixed(name: &str, value: &str) -> Kind {
    Kind::Fixed(name.into(), HeaderText::Secret(Secret::new(value)))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
