//! HrFlow.ai's reading endpoints, over the profiles that the sandbox was given. Source: `docs/hrflow-api.md`, "API".

use super::call::{Answered, Call, Reply};
use super::world::World;
use super::{HRFLOW_API_KEY, HRFLOW_USER_EMAIL};
use axum::http::Method;
use jiff::civil::Date;
use serde_json::{Value, json};

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    route(world, call).unwrap_or_else(|refusal| refusal)
}

fn route(world: &World, call: &Call) -> Answered {
    signed(call)?;
    let path = call.below("/v1").unwrap_or_default();
    if call.method != Method::GET {
        return Err(refusal(405, "Method not allowed."));
    }
    match path.as_slice() {
        ["profile", "indexing"] => one(world, call).map(|profile| found("Profile", profile.clone(), None)),
        ["profile", "indexing", "attachments"] => {
            let attachments = one(world, call)?.get("attachments").filter(|a| a.is_array()).cloned().unwrap_or_else(|| json!([]));
            Ok(found("Profile attachments", attachments, None))
        }
        ["storing", "profiles"] => list(world, call, Endpoint::Storing),
        ["profiles", "searching"] => list(world, call, Endpoint::Searching),
        _ => Err(refusal(404, "Not found.")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Storing,
    Searching,
}

/// The body's `code` counts as much as the HTTP status.
fn refusal(code: u16, message: &str) -> Reply {
    Reply::json(code, json!({"code": code, "message": message}))
}

fn invalid(what: &str) -> Reply {
    refusal(400, &format!("Invalid parameters. {what}"))
}

fn found(message: &str, data: Value, meta: Option<Value>) -> Reply {
    let mut body = json!({"code": 200, "message": message});
    if let Some(meta) = meta {
        body["meta"] = meta;
    }
    body["data"] = data;
    Reply::json(200, body)
}

/// The refusal of a wrong key says the key: a caller must not repeat this message anywhere.
fn signed(call: &Call) -> Result<(), Reply> {
    let key = call.header("x-api-key").unwrap_or_default();
    if key != HRFLOW_API_KEY {
        return Err(refusal(401, &format!("Unauthorized. Invalid secret key: {key}")));
    }
    if call.header("x-user-email") != Some(HRFLOW_USER_EMAIL) {
        return Err(refusal(401, "Unauthorized. Invalid user email"));
    }
    Ok(())
}

fn source_of(profile: &Value) -> Option<&str> {
    profile.get("source_key").or_else(|| profile.pointer("/source/key")).and_then(Value::as_str)
}

fn one<'a>(world: &'a World, call: &Call) -> Result<&'a Value, Reply> {
    let source = call.param("source_key").filter(|key| !key.is_empty()).ok_or_else(|| invalid("Missing field: source_key"))?;
    let (pointer, wanted) = [("/key", "key"), ("/reference", "reference"), ("/info/email", "email")]
        .into_iter()
        .find_map(|(pointer, name)| call.param(name).filter(|value| !value.is_empty()).map(|value| (pointer, value)))
        .ok_or_else(|| invalid("Missing field: key, reference or email"))?;
    world
        .settings
        .profiles
        .iter()
        .find(|profile| source_of(profile) == Some(source) && profile.pointer(pointer).and_then(Value::as_str) == Some(wanted))
        .ok_or_else(|| invalid("Unable to find object: profile"))
}

/// What a list is asked for.
struct Asked {
    sources: Vec<String>,
    page: usize,
    limit: usize,
    newest_first: bool,
    sort_by: &'static str,
    whole: bool,
    from: Option<Date>,
    to: Option<Date>,
    keywords: Vec<String>,
    tags: Vec<Value>,
}

impl Asked {
    fn read(call: &Call, endpoint: Endpoint) -> Result<Self, Reply> {
        let sources: Vec<String> = json_list(call, "source_keys")?.ok_or_else(|| invalid("Missing field: source_keys"))?;
        if sources.is_empty() {
            return Err(invalid("source_keys must not be empty"));
        }
        Ok(Self {
            sources,
            page: number(call, "page", 1)?,
            limit: number(call, "limit", 30)?,
            newest_first: choice(call, "order_by", &["desc", "asc"])? == "desc",
            sort_by: choice(
                call,
                "sort_by",
                if endpoint == Endpoint::Storing { &["created_at", "updated_at"] } else { &["created_at", "updated_at", "searching"] },
            )?,
            whole: endpoint == Endpoint::Searching || choice(call, "return_profile", &["false", "true"])? == "true",
            from: date(call, "created_at_min")?,
            to: date(call, "created_at_max")?,
            keywords: json_list(call, "keywords")?.unwrap_or_default(),
            tags: json_list(call, "tags_included")?.unwrap_or_default(),
        })
    }

    fn wants(&self, profile: &Value) -> bool {
        let created =
            profile.get("created_at").and_then(Value::as_str).and_then(|text| text.get(..10)).and_then(|day| day.parse::<Date>().ok());
        let text = profile.get("text").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let tags = profile.get("tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        source_of(profile).is_some_and(|key| self.sources.iter().any(|source| source == key))
            && self.from.is_none_or(|from| created.is_some_and(|day| from <= day))
            && self.to.is_none_or(|to| created.is_some_and(|day| day <= to))
            && self.keywords.iter().all(|word| text.contains(&word.to_lowercase()))
            && self
                .tags
                .iter()
                .all(|wanted| tags.iter().any(|tag| tag.get("name") == wanted.get("name") && tag.get("value") == wanted.get("value")))
    }
}

fn list(world: &World, call: &Call, endpoint: Endpoint) -> Answered {
    let asked = Asked::read(call, endpoint)?;
    let mut rows: Vec<&Value> = world.settings.profiles.iter().filter(|profile| asked.wants(profile)).collect();
    let moment = |profile: &Value| profile.get(asked.sort_by).and_then(Value::as_str).unwrap_or_default().to_owned();
    rows.sort_by(|a, b| if asked.newest_first { moment(b).cmp(&moment(a)) } else { moment(a).cmp(&moment(b)) });
    let total = rows.len();
    let page: Vec<Value> = rows
        .into_iter()
        .skip((asked.page - 1).saturating_mul(asked.limit))
        .take(asked.limit)
        .map(|profile| if asked.whole { profile.clone() } else { brief(profile) })
        .collect();
    let meta = json!({"page": asked.page, "maxPage": total.div_ceil(asked.limit), "count": page.len(), "total": total});
    Ok(match endpoint {
        Endpoint::Storing => found("Profile list", Value::Array(page), Some(meta)),
        Endpoint::Searching => found("Profile search", json!({"profiles": page}), Some(meta)),
    })
}

/// A profile of a list that did not ask for whole ones.
fn brief(profile: &Value) -> Value {
    const KEPT: [&str; 8] = ["id", "key", "reference", "source_key", "source", "created_at", "updated_at", "archived_at"];
    KEPT.iter().filter_map(|name| profile.get(name).map(|value| ((*name).to_owned(), value.clone()))).collect()
}

/// A JSON array in a string; none where the parameter is not there.
fn json_list<T: serde::de::DeserializeOwned>(call: &Call, name: &str) -> Result<Option<Vec<T>>, Reply> {
    let Some(text) = call.param(name) else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|_| invalid(&format!("{name} must be a JSON array")))
}

fn number(call: &Call, name: &str, default: usize) -> Result<usize, Reply> {
    let Some(text) = call.param(name) else { return Ok(default) };
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| invalid(&format!("{name} must be a positive integer")))
}

/// One of the known words, in any case: HrFlow's own SDK writes `True`. The first is the default.
fn choice(call: &Call, name: &str, known: &[&'static str]) -> Result<&'static str, Reply> {
    let asked = call.param(name).or_else(|| known.first().copied()).unwrap_or_default();
    known
        .iter()
        .find(|word| word.eq_ignore_ascii_case(asked))
        .copied()
        .ok_or_else(|| invalid(&format!("{name} must be one of: {}", known.join(", "))))
}

fn date(call: &Call, name: &str) -> Result<Option<Date>, Reply> {
    let Some(text) = call.param(name) else { return Ok(None) };
    let day = text.parse().ok().filter(|_| text.len() == 10);
    day.map(Some).ok_or_else(|| invalid(&format!("{name} must be YYYY-MM-DD")))
}
