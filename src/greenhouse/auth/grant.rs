//! Asking a token endpoint, and what its answers mean in plain words. Source: `docs/greenhouse-api.md`, "Authentication"; RFC 6749.

use super::super::{Stop, too_long};
use super::token::{Token, wipe};
use crate::base::secret::Secret;
use crate::net::http::{Answer, Body, Fault, HeaderText, Http, Method, Request, Service};
use secrecy::zeroize::Zeroize as _;
use serde_json::Value;

/// Nobody waits for long before they hear of it.
const TRIES: u32 = 3;

/// What a token endpoint may say. Source: RFC 6749, 5.2.
const ERRORS: [&str; 6] =
    ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];

#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    #[error("the token endpoint {url} says no ({status}{words}): {advice}")]
    Refused { url: String, status: u16, words: String, advice: String },
    #[error("the token endpoint {url} {why}")]
    Unusable { url: String, why: String },
    #[error("{0}")]
    Login(String),
}

/// What is asked, and of whom.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub url: String,
    /// Basic, where the client signs in by header.
    pub basic: Option<Secret>,
    pub form: Vec<(String, HeaderText)>,
    pub advice: Advice,
}

/// What a person can do about a refusal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Advice {
    Client,
    Password,
    /// A code that was just given.
    Code,
    /// A sign-in that was kept.
    Login,
}

impl Grant {
    pub(super) async fn fetch(&self, http: &Http) -> Result<Token, Stop> {
        let mut headers = vec![("Accept".to_owned(), HeaderText::Text("application/json".into()))];
        headers.extend(self.basic.iter().map(|basic| ("Authorization".to_owned(), HeaderText::Secret(basic.clone()))));
        http.serves(Service::Token, &self.url);
        let request = Request { method: Method::Post, url: self.url.clone(), headers, body: Body::Form(self.form.clone()) };
        let mut answer = http.ask(&request, TRIES, &format!("the token endpoint {}", self.url)).await.map_err(|fault| match fault {
            Fault::TooLong(wait) => too_long(wait),
            Fault::Stopped => Stop::Asked,
            fault => self.unusable(format!("cannot be reached ({fault}): check token_url and this machine's network, or run again later")),
        })?;
        let token = self.read(&answer);
        answer.body.zeroize();
        token
    }

    fn read(&self, answer: &Answer) -> Result<Token, Stop> {
        let body = answer.json();
        let status = answer.status;
        match status {
            200..300 => {}
            300..400 => return Err(self.unusable(format!("sends elsewhere ({status}): check token_url"))),
            404 | 405 => return Err(self.unusable(format!("is none ({status}): check token_url"))),
            429 => return Err(self.unusable("asks for a slower pace (429), again and again: run again in a few minutes".into())),
            500.. => {
                return Err(self.unusable(format!(
                    "has a fault of its own ({status}), {TRIES} times: nothing is known to be wrong with the credentials. Run again later"
                )));
            }
            _ => return Err(self.refused(status, body.as_ref())),
        }
        let mut body = body.ok_or_else(|| self.unusable(format!("answers {status} with something that is not JSON: check token_url")))?;
        let token = Token::told(&body);
        wipe(&mut body);
        token.ok_or_else(|| self.unusable("answers without an access_token: check token_url".into()))
    }

    fn refused(&self, status: u16, body: Option<&Value>) -> Stop {
        let word = body.and_then(|body| body.get("error")).and_then(Value::as_str);
        // Only the standard's own words: anything else could repeat a credential.
        let word = word.filter(|word| ERRORS.contains(word)).unwrap_or_default();
        let words = if word.is_empty() { String::new() } else { format!(" {word}") };
        AuthError::Refused { url: self.url.clone(), status, words, advice: self.advice.words(status, word).to_owned() }.into()
    }

    fn unusable(&self, why: String) -> Stop {
        AuthError::Unusable { url: self.url.clone(), why }.into()
    }
}

impl Advice {
    fn words(self, status: u16, word: &str) -> &'static str {
        match (self, status, word) {
            (Self::Login, _, "invalid_grant") => {
                "the sign-in that is kept on this machine is over, or was taken back. Run `hireline login` again for this pipeline"
            }
            (Self::Code, _, "invalid_grant") => "the code was used, or is too old. Run `hireline login` again",
            (Self::Password, _, "invalid_grant") => "check username and password",
            (Self::Client, _, "invalid_grant") => "check that on_behalf_of is the id of a Greenhouse user",
            (_, _, "invalid_scope") => "check `scopes`: the client may not ask for one of them",
            (_, _, "unauthorized_client" | "unsupported_grant_type") => {
                "the client may not sign in this way. Check in Greenhouse what kind of credential it is, and `auth` in the pipeline"
            }
            (_, 401, _) => "it does not know this client, or its secret is wrong or revoked. Check client_id and client_secret",
            (Self::Client, ..) => "check client_id, and that on_behalf_of is the id of a Greenhouse user",
            (Self::Password, ..) => "check client_id, client_secret, username and password",
            (Self::Code | Self::Login, ..) => "check client_id, and the redirect address that it is registered with",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_refusal_says_what_to_check() {
        let json = |value: Value| value.to_string();
        let cases = [
            (Advice::Client, 400, json(json!({ "error": "invalid_request" }))),
            (Advice::Client, 400, json(json!({ "error": "invalid_grant" }))),
            (Advice::Client, 401, json(json!({ "error": "invalid_client" }))),
            (Advice::Client, 403, json(json!({ "error": "unauthorized_client" }))),
            (Advice::Client, 400, json(json!({ "error": "the secret hush is wrong" }))),
            (Advice::Client, 302, String::new()),
            (Advice::Client, 404, String::new()),
            (Advice::Client, 429, String::new()),
            (Advice::Client, 502, "<html>Bad gateway</html>".into()),
            (Advice::Client, 200, "<html>Welcome</html>".into()),
            (Advice::Client, 200, json(json!({ "error": "hush" }))),
            (Advice::Password, 400, json(json!({ "error": "invalid_grant" }))),
            (Advice::Code, 400, json(json!({ "error": "invalid_grant" }))),
            (Advice::Code, 400, json(json!({ "error": "invalid_scope" }))),
            (Advice::Login, 400, json(json!({ "error": "invalid_grant" }))),
            (Advice::Login, 401, json(json!({ "error": "invalid_client" }))),
        ];
        let said = cases.iter().map(|(advice, status, body)| {
            let grant = Grant { url: "https://auth.example.org/token".into(), basic: None, form: Vec::new(), advice: *advice };
            let answer = Answer { status: *status, headers: Vec::new(), body: body.clone().into_bytes() };
            let words = grant.read(&answer).unwrap_err().to_string();
            assert!(!words.contains("hush") && (*status < 500 || !words.contains("client_id")), "{words}");
            format!("{advice:?} {words}\n").replace("the token endpoint https://auth.example.org/token", "[it]")
        });
        insta::assert_snapshot!(said.collect::<String>());
    }
}
