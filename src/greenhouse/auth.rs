//! Signs requests: with a key, with a header as it is, or with a token that is fetched and renewed.
//! Source: `docs/greenhouse-api.md`, "Authentication", and `docs/hrflow-api.md`, "HrFlow's own connector".

mod grant;
mod introspect;
mod kept;
pub mod login;
mod token;

pub use grant::AuthError;
pub use introspect::Introspection;

use super::Stop;
use crate::base::secret::{Secret, SecretError, SecretErrors, SecretRef};
use crate::model::settings::{Auth, Greenhouse, Scheme};
use crate::net::http::{HeaderText, Http};
use crate::net::shared;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grant::{Advice, Grant};
use kept::{Origin, form};
use secrecy::zeroize::Zeroizing;
use std::sync::Arc;
use token::Token;
use tokio::sync::Mutex;

#[derive(Debug)]
pub struct Signer {
    kind: Kind,
    opened: Vec<Secret>,
    /// Whose pace it is: a hash. None for the sandbox, which goes with its run.
    credential: Option<String>,
    token: Mutex<Current>,
}

#[derive(Debug)]
enum Kind {
    /// The same header on every request.
    Fixed(String, HeaderText),
    Fetched(Box<Origin>, Scheme),
}

#[derive(Debug, Default)]
struct Current {
    token: Option<Token>,
    /// The last one that Greenhouse took for nobody's.
    refused: Option<Secret>,
}

impl Signer {
    /// Opens the secrets; fetches nothing yet.
    ///
    /// # Errors
    /// Secrets that cannot be opened, all of them.
    pub fn open(settings: &Greenhouse) -> Result<Self, Stop> {
        let mut opener = Opener::default();
        let kind = opener.kind(settings);
        if !opener.errors.is_empty() {
            return Err(Stop::Secret(Arc::new(SecretErrors(opener.errors))));
        }
        match (kind, opener.stop) {
            (Some(kind), None) => {
                let credential = Some(opener.credential).filter(|_| !opener.sandbox);
                Ok(Self { kind, credential, opened: opener.opened, token: Mutex::default() })
            }
            (_, stop) => Err(stop.unwrap_or_else(|| Stop::Permission("the pipeline names no way to sign".into()))),
        }
    }

    /// What was opened, so that nothing repeats it.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.opened.iter().map(Secret::expose)
    }

    /// Has Greenhouse and the token endpoint asked at the pace of everything on this machine that uses this credential.
    pub fn share(&self, http: &Http, base_url: &str) {
        let Some(credential) = &self.credential else { return };
        http.share(base_url, credential);
        if let Kind::Fetched(origin, _) = &self.kind {
            let (Origin::Client { grant, .. } | Origin::Login { grant, .. }) = &**origin;
            http.share(&grant.url, credential);
        }
    }

    /// The header that signs a request. Many callers wait for one fetching.
    ///
    /// # Errors
    /// The token endpoint says no, or nothing that can be used.
    pub async fn header(&self, http: &Http) -> Result<(String, HeaderText), Stop> {
        let (origin, scheme) = match &self.kind {
            Kind::Fixed(name, value) => return Ok((name.clone(), value.clone())),
            Kind::Fetched(origin, scheme) => (origin, scheme),
        };
        let token = self.current(http, origin).await?;
        let scheme = match scheme {
            Scheme::Bearer => "Bearer",
            Scheme::OAuth => "OAuth",
        };
        let header = Zeroizing::new(format!("{scheme} {}", token.value.expose()));
        Ok(("Authorization".into(), HeaderText::Secret(Secret::new(&header))))
    }

    /// What the authorization server says of the token.
    ///
    /// # Errors
    /// There is no token to be had.
    pub async fn introspect(&self, http: &Http) -> Result<Introspection, Stop> {
        let Kind::Fetched(origin, _) = &self.kind else { return Ok(Introspection::NotAsked) };
        let token = self.current(http, origin).await?;
        let (Origin::Client { grant, .. } | Origin::Login { grant, .. }) = &**origin;
        Ok(introspect::ask(http, grant, &token.value).await)
    }

    async fn current(&self, http: &Http, origin: &Origin) -> Result<Token, Stop> {
        let mut current = self.token.lock().await;
        match current.token.as_ref().filter(|token| token.is_good()) {
            Some(token) => Ok(token.clone()),
            None => {
                let token = origin.token(http, current.refused.as_ref()).await?;
                Ok(current.token.insert(token).clone())
            }
        }
    }

    /// Greenhouse took this header for nobody's: a token is had anew, where the one that was refused is still the current one. Another
    /// process may have renewed it meanwhile: then that one is current.
    ///
    /// Tells whether another try makes sense.
    pub async fn refused(&self, header: &HeaderText) -> bool {
        let Kind::Fetched(..) = &self.kind else { return false };
        let HeaderText::Secret(refused) = header else { return false };
        let mut current = self.token.lock().await;
        let is_current = |token: &Token| refused.expose().split_once(' ').is_some_and(|(_, value)| value == token.value.expose());
        if current.token.as_ref().is_some_and(is_current) {
            current.refused = current.token.take().map(|token| token.value);
        }
        true
    }
}

/// Opens what a way of signing names, and goes on where something is missing: all of it is told at once.
#[derive(Default)]
struct Opener {
    opened: Vec<Secret>,
    errors: Vec<SecretError>,
    credential: String,
    stop: Option<Stop>,
    sandbox: bool,
}

impl Opener {
    fn open(&mut self, secret: &SecretRef) -> Option<Secret> {
        let opened = secret.open().map_err(|error| self.errors.push(error)).ok()?;
        self.opened.push(opened.clone());
        self.sandbox |= matches!(secret, SecretRef::Sandbox(_));
        Some(opened)
    }

    fn kind(&mut self, settings: &Greenhouse) -> Option<Kind> {
        match &settings.auth {
            Auth::ApiKey(key) => {
                let key = self.open(key)?;
                Some(self.fixed("Authorization", basic(key.expose(), ""), &key))
            }
            Auth::Header { name, value } => {
                let value = self.open(value)?;
                let text = Zeroizing::new(value.expose().to_owned());
                Some(self.fixed(name, text, &value))
            }
            Auth::AccessToken(token) => {
                let token = self.open(token)?;
                Some(self.fixed("Authorization", Zeroizing::new(format!("Bearer {}", token.expose())), &token))
            }
            Auth::OauthClient { client_id, client_secret, token_url } => {
                let (id, secret) = self.client(client_id, client_secret)?;
                let user = settings.acting_user_id().map(|user| user.to_string());
                let mut form = form(&[("grant_type", "client_credentials")]);
                form.extend(user.iter().map(|user| ("sub".to_owned(), HeaderText::Text(user.clone()))));
                let grant = Grant { url: token_url.clone(), basic: Some(client(&id, &secret)), form, advice: Advice::Client };
                let parts = ["client", token_url, id.expose(), secret.expose(), user.as_deref().unwrap_or_default()];
                Some(Kind::Fetched(Box::new(self.origin(grant, &parts)), Scheme::Bearer))
            }
            Auth::OauthPassword { token_url, client_id, client_secret, username, password, scheme } => {
                let client = self.client(client_id, client_secret);
                let (username, password) = (self.open(username), self.open(password));
                let ((id, secret), username, password) = (client?, username?, password?);
                let parts = ["password", token_url, id.expose(), secret.expose(), username.expose(), password.expose()];
                let mut asked = form(&[("grant_type", "password")]);
                let secrets = [("client_id", &id), ("client_secret", &secret), ("username", &username), ("password", &password)];
                asked.extend(secrets.map(|(name, secret)| (name.to_owned(), HeaderText::Secret(secret.clone()))));
                let grant = Grant { url: token_url.clone(), basic: None, form: asked, advice: Advice::Password };
                Some(Kind::Fetched(Box::new(self.origin(grant, &parts)), *scheme))
            }
            Auth::OauthUser(user) => {
                let (id, secret) = self.client(&user.client_id, &user.client_secret)?;
                let kept = login::kept(user, &settings.account, &id).map_err(|stop| self.stop = Some(stop)).ok()?;
                let grant =
                    Grant { url: user.token_url.clone(), basic: Some(client(&id, &secret)), form: Vec::new(), advice: Advice::Login };
                Some(Kind::Fetched(Box::new(Origin::Login { grant, kept }), Scheme::Bearer))
            }
        }
    }

    fn client(&mut self, id: &SecretRef, secret: &SecretRef) -> Option<(Secret, Secret)> {
        let (id, secret) = (self.open(id), self.open(secret));
        let (id, secret) = (id?, secret?);
        self.credential = shared::name(&["client", id.expose()]);
        Some((id, secret))
    }

    fn origin(&self, grant: Grant, parts: &[&str]) -> Origin {
        if self.sandbox { Origin::Client { grant, kept: None } } else { Origin::client(grant, parts) }
    }

    fn fixed(&mut self, name: &str, value: Zeroizing<String>, credential: &Secret) -> Kind {
        self.credential = shared::name(&["fixed", credential.expose()]);
        Kind::Fixed(name.into(), HeaderText::Secret(Secret::new(&value)))
    }
}

/// How the header looks where no secret is opened.
pub fn masked(auth: &Auth) -> (String, HeaderText) {
    let (name, scheme) = match auth {
        Auth::ApiKey(_) => ("Authorization", "Basic "),
        Auth::OauthClient { .. } | Auth::OauthUser(_) | Auth::AccessToken(_) | Auth::OauthPassword { scheme: Scheme::Bearer, .. } => {
            ("Authorization", "Bearer ")
        }
        Auth::OauthPassword { scheme: Scheme::OAuth, .. } => ("Authorization", "OAuth "),
        Auth::Header { name, .. } => (name.as_str(), ""),
    };
    (name.to_owned(), HeaderText::Text(format!("{scheme}***")))
}

fn basic(user: &str, password: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{user}:{password}"));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Zeroizing::new(format!("Basic {}", *encoded))
}

fn client(id: &Secret, secret: &Secret) -> Secret {
    Secret::new(&basic(id.expose(), secret.expose()))
}

#[cfg(test)]
mod tests;
