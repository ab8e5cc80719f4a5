//! What HrFlow's answers mean: the body's code counts, and lists come in several envelopes. Source: `docs/hrflow-api.md`, "API".

use super::super::files::{Text, apart, unread};
use super::super::{SourceError, Unread, envelope_code};
use crate::base::secret::struck;
use crate::net::http::{Answer, headers};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A row of a list: one that is no JSON does not stand in the way of the others.
pub(super) type Row = Result<Value, Unread>;

/// HrFlow's answer to a question.
#[derive(Debug)]
pub(super) struct Envelope {
    /// All of it; without `data` where that is in `rows`.
    pub members: Map<String, Value>,
    /// The rows of `data`, each by itself, where the answer as a whole is no JSON.
    rows: Option<Vec<Row>>,
    /// When HrFlow wrote it, by its own clock.
    date: Option<Timestamp>,
}

impl Envelope {
    fn of(answer: &Answer) -> Option<Result<Self, Value>> {
        let body = answer.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&answer.body);
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Some(Ok(Self { members, rows: None, date: date(answer) })),
            Ok(other) => Some(Err(other)),
            Err(_) => Self::apart(body, date(answer)).map(Ok),
        }
    }

    /// Row by row. Source: the same reader that files have.
    fn apart(body: &[u8], date: Option<Timestamp>) -> Option<Self> {
        let (mut members, mut rows) = (None, Vec::new());
        for cut in apart(body)? {
            match cut.text {
                Ok(Text::Beside(bytes)) => members = serde_json::from_slice(&bytes).ok(),
                Ok(text) => rows.push(serde_json::from_slice(text.bytes()).map_err(|error| unread(text.bytes(), &error))),
                Err(unread) => rows.push(Err(unread)),
            }
        }
        Some(Self { members: members?, rows: Some(rows), date })
    }

    /// The one profile that was asked for.
    pub fn one(mut self) -> Option<Row> {
        match self.rows {
            Some(rows) => rows.into_iter().next(),
            None => self.members.shift_remove("data").filter(|data| !data.is_null()).map(Ok),
        }
    }
}

/// A page of a list.
#[derive(Debug, PartialEq)]
pub(super) struct Page {
    pub rows: Vec<Row>,
    /// The last page's number, where the answer says so.
    pub last: Option<u64>,
    /// How many rows all pages hold, where the answer says so.
    pub total: Option<u64>,
    /// Whether there was any `data`, if only null.
    pub has_data: bool,
    pub date: Option<Timestamp>,
}

impl Page {
    /// Where none of the sources has a profile.
    pub fn of_nobody() -> Self {
        Self { rows: Vec::new(), last: Some(0), total: Some(0), has_data: true, date: None }
    }
}

/// The data of an answer; none where HrFlow does not find what was asked for. `credentials` are struck out of HrFlow's own words.
pub(super) fn data(answer: &Answer, endpoint: &'static str, credentials: &[&str]) -> Result<Option<Envelope>, SourceError> {
    let read = Envelope::of(answer);
    if let (Some(Err(_)), 200..300) = (&read, answer.status) {
        return Err(SourceError::Shape { endpoint, why: "it is JSON, and not an object with `data`" });
    }
    let Some(Ok(envelope)) = read else {
        let content_type = content_type(answer);
        return Err(match answer.status {
            401 | 403 => SourceError::NotAuthorised { endpoint, code: u64::from(answer.status) },
            200..300 if content_type.ends_with("json") => SourceError::Shape { endpoint, why: "it breaks off, or is no JSON" },
            status => SourceError::Gateway { endpoint, status, content_type },
        });
    };
    if (200..300).contains(&answer.status)
        && !envelope.members.contains_key("code")
        && !envelope.members.contains_key("data")
        && envelope.rows.is_none()
    {
        return Err(SourceError::Shape { endpoint, why: "it has neither a `code` nor `data`" });
    }
    let code = envelope_code(&envelope.members);
    // A good code under a bad status, from a gateway that adds its own, is no good answer.
    let code = code.filter(|code| *code >= 300 || answer.status < 300).unwrap_or(u64::from(answer.status));
    let message = envelope.members.get("message").and_then(Value::as_str).unwrap_or("no reason is given");
    match code {
        200..300 => Ok(Some(envelope)),
        400 | 404 if message.contains("Unable to find object: profile") => Ok(None),
        401 | 403 => Err(SourceError::NotAuthorised { endpoint, code }),
        402 => Err(SourceError::Quota { endpoint }),
        _ => Err(SourceError::Refused { endpoint, code, message: without(message, credentials) }),
    }
}

/// `data` is a list, or {profiles: […]}; the number of pages is in `meta`, or, in older answers, next to `data`.
pub(super) fn page(envelope: Envelope, endpoint: &'static str) -> Result<Page, SourceError> {
    let Envelope { members: mut envelope, rows, date } = envelope;
    let shape = |why| Err(SourceError::Shape { endpoint, why });
    let has_data = rows.is_some() || envelope.contains_key("data");
    let read = |rows: Vec<Value>| rows.into_iter().map(Ok).collect();
    let rows = match (envelope.shift_remove("data"), rows) {
        (_, Some(rows)) => rows,
        (Some(Value::Array(rows)), None) => read(rows),
        (Some(Value::Object(mut data)), None) => match data.shift_remove("profiles") {
            Some(Value::Array(rows)) => read(rows),
            _ => return shape("`data` is an object without a list of `profiles`"),
        },
        (None | Some(Value::Null), None) => Vec::new(),
        (Some(_), None) => return shape("`data` is neither a list nor an object"),
    };
    let number = |value: Option<&Value>| value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()));
    let told = |names: &[&str]| {
        names.iter().find_map(|name| number(envelope.get("meta").and_then(|meta| meta.get(*name))).or_else(|| number(envelope.get(*name))))
    };
    Ok(Page { rows, last: told(&["maxPage", "max_page"]), total: told(&["total"]), has_data, date })
}

fn date(answer: &Answer) -> Option<Timestamp> {
    headers::date(answer).and_then(|date| Timestamp::try_from(date).ok())
}

/// Before it is cut: the rest of a secret that was cut in two could not be found.
fn without(message: &str, credentials: &[&str]) -> String {
    const LONGEST: usize = 300;
    struck(message, credentials.iter().copied()).chars().take(LONGEST).collect()
}

/// The text before the semicolon, where it is a type at all: a header may hold anything.
fn content_type(answer: &Answer) -> String {
    let told = answer.header("content-type").unwrap_or("no content type").split(';').next().unwrap_or_default().trim();
    let known =
        ["text/html", "text/plain", "application/json", "application/xml", "text/xml", "application/octet-stream", "no content type"];
    if known.contains(&told) { told.to_owned() } else { "another type".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(status: u16, content_type: &str, body: &str) -> String {
        let answer = Answer { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() };
        match data(&answer, "storing/profiles", &["ask_1", "me@example.org"]) {
            Ok(Some(envelope)) => match page(envelope, "storing/profiles") {
                Ok(page) => format!("{} rows, last page {:?}, total {:?}", page.rows.len(), page.last, page.total),
                Err(error) => error.to_string(),
            },
            Ok(None) => "not found".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn answers_of_every_kind() {
        let json = |status, body: Value| said(status, "application/json", &body.to_string());
        let rows = [
            json(200, json!({ "code": 200, "message": "ok", "data": [1, 2], "meta": { "page": 1, "maxPage": 3, "count": 2, "total": 6 } })),
            json(200, json!({ "code": 200, "data": { "profiles": [1] }, "page": 1, "max_page": 4, "count": 1, "total": 4 })),
            json(201, json!({ "data": null, "meta": { "maxPage": "2" } })),
            json(200, json!({ "code": 200, "message": "ok" })),
            json(200, json!({})),
            json(200, json!({ "message": "ok", "meta": { "total": 0 } })),
            json(200, json!({ "code": 200, "data": { "jobs": [] } })),
            json(200, json!({ "code": 200, "data": "x" })),
            json(400, json!({ "code": 400, "message": "Invalid parameters. Unable to find object: profile" })),
            json(400, json!({ "code": 400, "message": "Invalid parameters. Unable to find object: source with ask_1 for me@example.org" })),
            json(200, json!({ "code": 401, "message": "Unauthorized. Invalid secret key: ask_1" })),
            json(200, json!({ "code": "401" })),
            json(502, json!({ "code": 200, "data": [] })),
            json(402, json!({ "code": 402, "message": "over quota" })),
            json(500, json!({ "code": 500 })),
            said(401, "text/html; charset=utf-8", "<html>"),
            said(200, "text/html; charset=utf-8", "<html>log in"),
            said(502, "text/plain", "Bad gateway"),
            said(200, "application/json", "[]"),
        ];
        insta::assert_snapshot!("answers", rows.join("\n"));
    }
}
