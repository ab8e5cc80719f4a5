//! A partner's sign-in: a person consents in a browser, which comes back with a code; the code brings tokens, and they are kept.
//! Source: `docs/greenhouse-api.md`, "Authentication"; RFC 6749 4.1, RFC 7636 (PKCE), RFC 8252 (loopback redirect).

use super::super::Stop;
use super::grant::{Advice, AuthError, Grant};
use super::kept::form;
use super::{Opener, client};
use crate::base::secret::{Secret, SecretErrors};
use crate::model::settings::{Auth, Greenhouse, OauthUser};
use crate::net::http::{HeaderText, Http, with_query};
use crate::net::shared::{Folder, Kept};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// One sign-in, from the address that a person opens to the tokens that are kept.
#[derive(Debug)]
pub struct SignIn {
    /// What the browser opens.
    pub address: String,
    redirect: String,
    state: Secret,
    verifier: Secret,
    grant: Grant,
    kept: Kept,
}

/// Why what a browser brought is not a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// The person, or the service, said no.
    #[error("the sign-in was refused ({0}): nothing is kept")]
    Refused(String),
    /// Somebody else's answer, or none at all: the right one may still come.
    #[error("this does not answer the sign-in that was begun here: open the address that was printed, and sign in there")]
    Foreign,
}

impl SignIn {
    /// `redirect` is where the browser is sent back to, on this machine. None where the pipeline signs in some other way.
    ///
    /// # Errors
    /// The client's secrets cannot be opened, or nothing can be kept.
    pub fn begin(settings: &Greenhouse, redirect: &str) -> Result<Option<Self>, Stop> {
        let Auth::OauthUser(user) = &settings.auth else { return Ok(None) };
        let mut opener = Opener::default();
        let Some((id, secret)) = opener.client(&user.client_id, &user.client_secret) else {
            return Err(Stop::Secret(Arc::new(SecretErrors(opener.errors))));
        };
        let (state, verifier) = (random()?, random()?);
        let scopes = user.scopes.join(" ");
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", id.expose()),
            ("redirect_uri", redirect),
            ("state", state.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        parameters.extend((!scopes.is_empty()).then_some(("scope", scopes.as_str())));
        Ok(Some(Self {
            address: with_query(&user.authorize_url, parameters),
            redirect: redirect.to_owned(),
            grant: Grant { url: user.token_url.clone(), basic: Some(client(&id, &secret)), form: Vec::new(), advice: Advice::Code },
            kept: kept(user, &settings.account, &id)?,
            state,
            verifier,
        }))
    }

    /// As [`Self::code`]; a person may also paste the code alone. A browser may not: any page could have it ask for anything.
    pub fn pasted(&self, line: &str) -> Result<Secret, NoCode> {
        let line = line.trim();
        let alone = !line.is_empty() && line.chars().all(|c| c.is_ascii_graphic()) && !line.contains(['?', ':']);
        if alone { Ok(Secret::new(line)) } else { self.code(line) }
    }

    /// The code in what the browser asked for (`/?code=…&state=…`), or in the whole address of that page.
    pub fn code(&self, brought: &str) -> Result<Secret, NoCode> {
        let brought = brought.trim();
        let Some((_, query)) = brought.split_once('?') else { return Err(NoCode::Foreign) };
        let pairs = form_urlencoded::parse(query.split('#').next().unwrap_or_default().as_bytes()).into_owned();
        let pairs: Vec<(String, Zeroizing<String>)> = pairs.map(|(name, value)| (name, Zeroizing::new(value))).collect();
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty());
        if value("state") != Some(self.state.expose()) {
            return Err(NoCode::Foreign);
        }
        if let Some(error) = value("error") {
            let word: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
            return Err(NoCode::Refused(word));
        }
        value("code").map(Secret::new).ok_or(NoCode::Foreign)
    }

    /// Exchanges the code for tokens and keeps them.
    ///
    /// # Errors
    /// The token endpoint says no; nothing can be kept.
    pub async fn finish(&self, http: &Http, code: &Secret) -> Result<(), Stop> {
        let mut grant = self.grant.clone();
        grant.form = form(&[("grant_type", "authorization_code"), ("redirect_uri", &self.redirect)]);
        grant.form.push(("code".into(), HeaderText::Secret(code.clone())));
        grant.form.push(("code_verifier".into(), HeaderText::Secret(self.verifier.clone())));
        let token = grant.fetch(http).await?;
        if token.refresh.is_none() {
            let words =
                "the service gave no refresh token, so the sign-in would be over within the hour: check what the client is registered for";
            return Err(AuthError::Login(words.into()).into());
        }
        self.kept.write(&token.written()).map_err(|error| {
            Stop::from(AuthError::Login(format!("the sign-in cannot be written down ({}: {error})", self.kept.path().display())))
        })
    }

    /// Where it is kept.
    pub fn kept_at(&self) -> &std::path::Path {
        self.kept.path()
    }
}

/// Removes what is kept of a sign-in; tells whether there was something. None where the pipeline signs in some other way.
///
/// # Errors
/// The client's id cannot be opened, or the file not removed.
pub fn forget(settings: &Greenhouse) -> Result<Option<bool>, Stop> {
    let Auth::OauthUser(user) = &settings.auth else { return Ok(None) };
    let id = user.client_id.open().map_err(|error| Stop::Secret(Arc::new(SecretErrors(vec![error]))))?;
    let kept = kept(user, &settings.account, &id)?;
    let removed = kept.remove();
    removed.map(Some).map_err(|error| AuthError::Login(format!("{} cannot be removed: {error}", kept.path().display())).into())
}

/// One file a client and account.
pub(super) fn kept(user: &OauthUser, account: &str, id: &Secret) -> Result<Kept, Stop> {
    let folder = Folder::lasting();
    let folder = folder.map_err(|error| AuthError::Login(format!("there is no folder to keep a sign-in in: {error}")))?;
    Ok(Kept::new(folder.file(&[&user.token_url, id.expose(), account], "login")))
}

/// 256 bits, as text.
fn random() -> Result<Secret, Stop> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| AuthError::Login(format!("this machine gives no random numbers: {error}")))?;
    Ok(Secret::new(&Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> SignIn {
        SignIn {
            address: String::new(),
            redirect: "http://127.0.0.1:1/".into(),
            state: Secret::new("the-state"),
            verifier: Secret::new("v"),
            grant: Grant { url: String::new(), basic: None, form: Vec::new(), advice: Advice::Code },
            kept: Kept::new("x".into()),
        }
    }

    #[test]
    fn what_a_browser_brings_is_a_code_only_with_the_state() {
        let code = |brought: &str| begun().code(brought).map(|code| code.expose().to_owned());
        assert_eq!(code("/?code=hu%2Fsh&state=the-state"), Ok("hu/sh".into()));
        assert_eq!(code(" http://127.0.0.1:1/?state=the-state&code=hush#top \n"), Ok("hush".into()));
        let pasted = |line: &str| begun().pasted(line).map(|code| code.expose().to_owned());
        assert_eq!(pasted(" hush\n"), Ok("hush".into()), "alone");
        assert_eq!(pasted("http://127.0.0.1:1/?state=the-state&code=hush"), Ok("hush".into()));
        for foreign in ["", "http://127.0.0.1:1/", "/?code=hush&state=other", "two words"] {
            assert_eq!(pasted(foreign), Err(NoCode::Foreign), "{foreign}");
        }
        for foreign in [
            "",
            "/",
            "/hush",
            "hush",
            "/?code=hush",
            "/?code=hush&state=other",
            "/?code=&state=the-state",
            "http://127.0.0.1:1/",
            "two words",
        ] {
            assert_eq!(code(foreign), Err(NoCode::Foreign), "{foreign}");
        }
        assert_eq!(code("/?error=access_denied&state=the-state"), Err(NoCode::Refused("access_denied".into())));
        assert_eq!(code("/?error=access_denied&state=x"), Err(NoCode::Foreign));
    }

    #[test]
    fn it_does_not_print() {
        let printed = format!("{:?}", begun());
        assert!(!printed.contains("the-state") && printed.contains("***"), "{printed}");
    }
}
