//! Every exchange with Harvest v3 is compared with Greenhouse's own OpenAPI document: each request that Hireline sends, and each answer that
//! the sandbox gives. What the document lacks is in `contract/v3.json`.
//!
//! The document is not part of this repository: `HIRELINE_OPENAPI` names it. Without it nothing is compared.

use hireline::sandbox::{Exchange, Observer};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The contract, where the document is there.
static CONTRACT: LazyLock<Option<Contract>> = LazyLock::new(|| {
    let path = std::env::var_os("HIRELINE_OPENAPI")?;
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    Some(Contract::read(&document))
});

struct Contract {
    /// By method and path, such as `POST /v3/notes`.
    bodies: BTreeMap<String, Validator>,
    answers: BTreeMap<String, Validator>,
    refusals: BTreeMap<String, Validator>,
    /// The parameters of each list, by its path.
    parameters: BTreeMap<String, Vec<String>>,
}

impl Contract {
    fn read(document: &Value) -> Self {
        let facts: Value = serde_json::from_str(include_str!("contract/v3.json")).unwrap();
        let table = |name: &str| {
            let rows = facts[name].as_object().unwrap().iter();
            rows.map(|(key, schema)| (key.clone(), validator(&filled(schema, document)))).collect::<BTreeMap<_, _>>()
        };
        let names = |list: &Value| list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let (mut bodies, mut answers, mut parameters) = (table("bodies"), table("answers"), BTreeMap::new());
        for (list, own) in facts["filters"].as_object().unwrap() {
            let path = format!("/v3/{list}");
            let row = list.strip_suffix('s').unwrap();
            answers.insert(format!("GET {path}"), validator(&json!({"type": "array", "items": document["components"]["schemas"][row]})));
            parameters.insert(path, [names(&facts["common"]), names(own)].concat());
        }
        // Where the document has a request, it decides.
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap().iter().filter(|(_, operation)| operation.is_object()) {
                let key = format!("{} {path}", method.to_uppercase());
                let schema = |content: &Value| content.pointer("/content/application~1json/schema").map(validator);
                bodies.extend(schema(&operation["requestBody"]).map(|body| (key.clone(), body)));
                let good = operation["responses"].as_object().into_iter().flatten().find(|(status, _)| status.starts_with('2'));
                answers.extend(good.and_then(|(_, answer)| schema(answer)).map(|answer| (key, answer)));
                if method == "get" {
                    let own = operation["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
                    parameters.insert(path.clone(), own.collect());
                }
            }
        }
        Self { bodies, answers, refusals: table("refusals"), parameters }
    }

    /// What is wrong with a request.
    fn request(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let key = key(exchange);
        // Where a fault of a test redirects to: it answers 404.
        if exchange.path.ends_with("/again") {
            return Vec::new();
        }
        if exchange.method == "GET" {
            let Some(known) = self.parameters.get(exchange.path) else { return vec![format!("{key}: there is no such list")] };
            return exchange.query.iter().filter_map(|(name, value)| parameter(exchange, known, name, value)).collect();
        }
        match (self.bodies.get(&key), serde_json::from_slice(exchange.body)) {
            (None, _) if exchange.method == "DELETE" => Vec::new(),
            (None, _) => vec![format!("{key}: there is no such request")],
            (Some(_), Err(_)) => vec![format!("{key}: the body is not JSON")],
            (Some(validator), Ok(body)) => faults(&key, "request", validator, &body),
        }
    }

    /// What is wrong with the sandbox's own answer.
    fn answer(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let key = key(exchange);
        let validator = match exchange.status {
            200..300 => self.answers.get(&key),
            status => self.refusals.get(&status.to_string()),
        };
        match (validator, exchange.answer) {
            (Some(validator), Some(answer)) => faults(&key, &exchange.status.to_string(), validator, answer),
            _ => Vec::new(),
        }
    }
}

fn parameter(exchange: &Exchange<'_>, known: &[String], name: &str, value: &str) -> Option<String> {
    let plain = name.split('[').next().unwrap_or(name);
    let wrong = match plain {
        // `doctor --probe` asks with it whether an unknown parameter is refused.
        "hireline" => return None,
        _ if !known.iter().any(|known| known == plain) => "is not a parameter of this list",
        "cursor" if exchange.query.len() > 1 => "must be the only parameter",
        "per_page" if !value.parse().is_ok_and(|many| (1..=500).contains(&many)) => "is from 1 to 500",
        ids if ids.ends_with("ids") && value.split(',').count() > 50 => "takes 50 ids",
        _ => return None,
    };
    Some(format!("GET {}: {name} {wrong}", exchange.path))
}

/// `PATCH /v3/candidates/57` is `PATCH /v3/candidates/{id}`.
fn key(exchange: &Exchange<'_>) -> String {
    let part = |part: &str| if part.parse::<u64>().is_ok() { "{id}".to_owned() } else { part.to_owned() };
    format!("{} {}", exchange.method, exchange.path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

/// Puts the document's own schemas where a table names them.
fn filled(schema: &Value, document: &Value) -> Value {
    // The only custom fields of a body that have ranges too.
    const CUSTOM_FIELDS: &str =
        "/paths/~1v3~1applications~1{id}~1reject/post/requestBody/content/application~1json/schema/properties/custom_fields";
    match schema {
        Value::Object(members) if members.contains_key("$fact") => document.pointer(CUSTOM_FIELDS).unwrap().clone(),
        Value::Object(members) if members.contains_key("$row") => {
            document["components"]["schemas"][members["$row"].as_str().unwrap()].clone()
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), filled(member, document))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| filled(item, document)).collect(),
        other => other.clone(),
    }
}

fn faults(key: &str, of: &str, validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{key}, {of}: {} at {}", error, error.instance_path())).collect()
}

/// What one sandbox's exchanges came to.
#[derive(Default)]
struct Tally {
    requests: u64,
    answers: u64,
    violations: Vec<String>,
}

/// Compares the exchanges of one sandbox.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Tally>>);

impl Watch {
    /// None without the document.
    pub fn observer(&self) -> Option<Observer> {
        let contract = CONTRACT.as_ref()?;
        let tally = Arc::clone(&self.0);
        Some(Observer::new(move |exchange: &Exchange<'_>| {
            if !exchange.path.starts_with("/v3/") {
                return;
            }
            let wrong = [contract.request(exchange), contract.answer(exchange)].concat();
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.requests += 1;
            tally.answers += 1;
            tally.violations.extend(wrong);
        }))
    }

    /// The exchanges of a sandbox in another process, as it recorded them.
    pub fn read(&self, record: &str) {
        let Some(observer) = self.observer() else { return };
        for line in record.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap();
            let query: Vec<(String, String)> = serde_json::from_value(line["query"].clone()).unwrap();
            observer.see(&Exchange {
                method: text("method"),
                path: text("path"),
                query: &query,
                body: text("body").as_bytes(),
                status: serde_json::from_value(line["status"].clone()).unwrap(),
                answer: Some(&line["answer"]),
            });
        }
    }

    /// Adds the numbers to those of the other tests; fails where something is wrong.
    pub fn end(&self) {
        let tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tally.requests == 0 {
            return;
        }
        if let Some(path) = std::env::var_os("HIRELINE_CONTRACT_TALLY") {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(Path::new(&path)).unwrap();
            // In one write: other tests append to it at the same time.
            let line = format!("{} {} {}\n", tally.requests, tally.answers, tally.violations.len());
            file.write_all(line.as_bytes()).unwrap();
        }
        let mut wrong = tally.violations.clone();
        wrong.sort();
        wrong.dedup();
        assert!(wrong.is_empty() || std::thread::panicking(), "not as Greenhouse's document has it:\n{}", wrong.join("\n"));
    }
}

/// Each of these was sent once, or answered by the sandbox: what compares them has to find it.
#[test]
fn what_is_not_in_the_document_is_found() {
    let Some(contract) = CONTRACT.as_ref() else {
        println!("SKIPPED: HIRELINE_OPENAPI does not name Greenhouse's document of Harvest v3");
        return;
    };
    let told = |method: &str, target: &str, body: Value, status: u16, answer: Value| {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let body = body.to_string();
        let exchange = Exchange { method, path, query: &query, body: body.as_bytes(), status, answer: Some(&answer) };
        [contract.request(&exchange), contract.answer(&exchange)].concat()
    };
    let ada = |more: Value| {
        let mut ada = json!({"first_name": "Ada", "last_name": "Example"});
        ada.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ada
    };
    let field = |field: Value| ada(json!({"custom_fields": [field]}));
    let salary = json!({"name_key": "salary", "value": {"amount": 5, "currency_code": "EUR"}});
    let (made, refusal) = (
        json!({"candidate": {"id": 1, "private": true}, "application": null}),
        json!({"message": "Unprocessable Content", "errors": [{"title": "is bad"}]}),
    );
    let right = told("POST", "/v3/candidates", ada(json!({"is_private": true, "custom_fields": [salary]})), 201, made.clone());
    assert_eq!(right, Vec::<String>::new());
    let note = |kind: &str| json!({"candidate_id": 1, "note_type": kind, "body": "x", "visibility": "private"});
    let file = json!({"application_id": 1, "filename": "a.pdf", "type": "resume", "content": "YQ==", "content_type": "application/pdf"});
    for (what, found) in [
        ("private", told("POST", "/v3/candidates", ada(json!({"private": true})), 201, made.clone())),
        ("unit", told("POST", "/v3/candidates", field(json!({"name_key": "salary", "value": 5, "unit": "EUR"})), 201, made.clone())),
        (
            "value",
            told("PATCH", "/v3/candidates/1", json!({"custom_fields": [{"name_key": "s", "value": {"value": 5}}]}), 200, json!({"id": 1})),
        ),
        ("content_type", told("POST", "/v3/attachments", file, 201, json!({"id": 1}))),
        ("both arms", told("POST", "/v3/applications", json!({"candidate_id": 1, "job_id": 2, "prospect": true}), 201, json!({"id": 1}))),
        ("note", told("POST", "/v3/notes", note("note"), 201, json!({"id": 1}))),
        ("no such request", told("PUT", "/v3/candidates/merge", json!({}), 200, json!({}))),
        ("parameter", told("GET", "/v3/users?email=a", Value::Null, 200, json!([]))),
        ("cursor", told("GET", "/v3/notes?cursor=a&per_page=5", Value::Null, 200, json!([]))),
        ("page", told("GET", "/v3/candidates?per_page=501", Value::Null, 200, json!([]))),
        ("status", told("GET", "/v3/applications?candidate_ids=1", Value::Null, 200, json!([{"id": 1, "status": "active"}]))),
        ("pool", told("GET", "/v3/applications?candidate_ids=1", Value::Null, 200, json!([{"id": 1, "prospect_pool_id": 1}]))),
        ("visibility", told("POST", "/v3/notes", note("NOTE"), 201, json!({"id": 1, "visibility": "private"}))),
        ("is_private", told("PATCH", "/v3/candidates/1", json!({}), 200, json!({"id": 1, "is_private": true}))),
        (
            "errors",
            told(
                "PATCH",
                "/v3/candidates/1",
                json!({}),
                422,
                json!({"message": "Unprocessable Content", "errors": [{"field": "a", "message": "b"}]}),
            ),
        ),
    ] {
        assert!(!found.is_empty(), "{what} is not found");
    }
    assert_eq!(told("PATCH", "/v3/candidates/1", json!({}), 422, refusal), Vec::<String>::new());
}
