//! What a token is good for, and whose it is, without any permission to list. Source: `docs/greenhouse-api.md`, "Authentication".

use super::grant::Grant;
use crate::base::secret::Secret;
use crate::net::http::{Body, HeaderText, Http, Method, Request};
use serde_json::Value;
use std::collections::BTreeSet;

/// The member of the answer that has the organisation and the role.
const CLAIMS: &str = "https://auth.greenhouse.io/claims";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Introspection {
    /// The pipeline signs in by a way without a client that could ask.
    NotAsked,
    /// Why, in words.
    NotAnswered(String),
    /// The token that was just fetched is not known, or over.
    Inactive,
    Active(Granted),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Its name and its id, as far as they are told.
    pub organization: Option<String>,
    pub role: Option<String>,
    pub scopes: BTreeSet<String>,
}

pub(super) async fn ask(http: &Http, grant: &Grant, token: &Secret) -> Introspection {
    let (Some(basic), Some(url)) = (&grant.basic, grant.url.strip_suffix("/token").map(|base| format!("{base}/introspect"))) else {
        return Introspection::NotAsked;
    };
    let headers = vec![
        ("Accept".to_owned(), HeaderText::Text("application/json".into())),
        ("Authorization".to_owned(), HeaderText::Secret(basic.clone())),
    ];
    let form = vec![("token".to_owned(), HeaderText::Secret(token.clone()))];
    let request = Request { method: Method::Post, url: url.clone(), headers, body: Body::Form(form) };
    match http.ask(&request, 2, &url).await {
        Ok(answer) => read(&url, answer.status, answer.json().as_ref()),
        Err(fault) => Introspection::NotAnswered(format!("{url} cannot be reached ({fault})")),
    }
}

fn read(url: &str, status: u16, body: Option<&Value>) -> Introspection {
    let active = body.and_then(|body| body.get("active")).and_then(Value::as_bool);
    match (status, body, active) {
        (200..=299, _, Some(false)) => Introspection::Inactive,
        (200..=299, Some(body), Some(true)) => Introspection::Active(granted(body)),
        (200..=299, ..) => Introspection::NotAnswered(format!("{url} answers {status}, but not with what is known of a token")),
        _ => Introspection::NotAnswered(format!("{url} answers {status}")),
    }
}

fn granted(body: &Value) -> Granted {
    let claims = body.get(CLAIMS);
    let organization = claims.and_then(|claims| {
        let organization = claims.get("organization")?;
        let id = organization.get("id").map(Value::to_string);
        let name = organization.get("name").and_then(Value::as_str).map(|name| format!("\"{name}\""));
        match (name, id) {
            (Some(name), Some(id)) => Some(format!("{name} ({id})")),
            (name, id) => name.or(id),
        }
    });
    let role = claims.and_then(|claims| claims.get("user_role")?.as_str()).map(str::to_owned);
    // One text with spaces, or a list.
    let scopes = match body.get("scope") {
        Some(Value::String(scopes)) => scopes.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(scopes)) => scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    };
    Granted { organization, role, scopes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_told_of_a_token() {
        let read = |status: u16, body: Value| format!("{:?}\n", super::read("https://auth.example.org/introspect", status, Some(&body)));
        let whole = json!({
            "active": true, "sub": "92120", "scope": "harvest:notes:create harvest:users:list",
            CLAIMS: {"organization": {"id": 7, "name": "Example"}, "user_role": "site_admin"},
        });
        let answers = [
            read(200, whole),
            read(200, json!({"active": true, "scope": ["harvest:users:list"], CLAIMS: {"organization": {"id": 7}}})),
            read(200, json!({"active": true})),
            read(200, json!({"active": false})),
            read(200, json!({"message": "hello"})),
            read(404, json!({"error": "not_found"})),
        ];
        insta::assert_snapshot!(answers.concat(), @r#"
        Active(Granted { organization: Some("\"Example\" (7)"), role: Some("site_admin"), scopes: {"harvest:notes:create", "harvest:users:list"} })
        Active(Granted { organization: Some("7"), role: None, scopes: {"harvest:users:list"} })
        Active(Granted { organization: None, role: None, scopes: {} })
        Inactive
        NotAnswered("https://auth.example.org/introspect answers 200, but not with what is known of a token")
        NotAnswered("https://auth.example.org/introspect answers 404")
        "#);
    }
}
