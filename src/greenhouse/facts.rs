//! What Hireline relies on in Harvest v3 and Greenhouse's own documents do not settle: how sure each fact is, what would show that it is
//! wrong, and where it is in the code. `hireline doctor --probe` asks for what reading can confirm. The handbook has the same table:
//! `docs/greenhouse-api.md`, "What a first live run can settle".

use super::lookup::Blind;
use super::rows::text;
use super::{Wire, bare};
use crate::net::http::{Answer, Body, Method};
use serde_json::Value;

type Judge = fn(&Answer) -> Verdict;

/// One fact.
#[derive(Debug)]
pub struct Fact {
    pub fact: &'static str,
    /// As `docs/greenhouse-api.md` has the words.
    pub sure: &'static str,
    pub wrong_if: &'static str,
    /// Where it is changed, in one line.
    pub place: &'static str,
    /// A list below `/v3`, and what its answer says of the fact.
    probe: Option<(&'static str, Judge)>,
}

/// What reading says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Confirmed,
    /// What came instead.
    Contradicted(String),
    /// Why it cannot be told.
    NotAnswered(String),
}

use Verdict::{Confirmed, Contradicted, NotAnswered};

const fn fact(fact: &'static str, sure: &'static str, wrong_if: &'static str, place: &'static str) -> Fact {
    Fact { fact, sure, wrong_if, place, probe: None }
}

impl Fact {
    const fn probe(mut self, list: &'static str, judge: Judge) -> Self {
        self.probe = Some((list, judge));
        self
    }
}

pub static FACTS: [Fact; 17] = [
    fact(
        "a candidate's privacy is written as `is_private`",
        "clients",
        "Greenhouse answers 422 about `is_private`",
        "`is_private` in `src/model/candidate/shape.rs`",
    ),
    fact(
        "a candidate's privacy is read as `private`",
        "official",
        "candidates have no member `private`",
        "`is_private` in `src/model/candidate/shape.rs`",
    )
    .probe("/candidates?per_page=1", |answer| first(answer, |row| has(row, "private"))),
    fact(
        "an attachment takes no `content_type`",
        "clients",
        "Greenhouse answers 422 to attachments with `content`",
        "`content_type` in `src/model/candidate/shape.rs`",
    ),
    fact("a note has `note_type` `NOTE`", "clients", "Greenhouse answers 422 about `note_type`", "`v3` in `src/greenhouse/body.rs`"),
    fact(
        "a note's visibility reads `…_visible`",
        "official",
        "a note is created a second time after its answer was lost",
        "`note` in `src/greenhouse/rows.rs`",
    )
    .probe("/notes?per_page=1", |answer| {
        first(answer, |row| match text(row, "visibility") {
            Some(word) if !word.ends_with("_visible") => Contradicted(format!("it reads `{word}`")),
            Some(_) => Confirmed,
            None => NotAnswered("the newest note has no visibility".into()),
        })
    }),
    fact(
        "a school, a degree and a discipline are options of the keys `school_name`, `degree` and `discipline`",
        "reported",
        "no education is found in its list",
        "`list` in `src/greenhouse/v3.rs`",
    )
    .probe("/custom_field_options?custom_field_key=degree&per_page=1", listed),
    fact(
        "an amount reads as `{amount, currency_code}` or `{amount, unit}`",
        "one client",
        "an update of custom fields is held back for candidates with an amount",
        "`CURRENCY` in `src/greenhouse/fields.rs`",
    )
    .probe("/candidates?per_page=500", amounts),
    fact(
        "a prospect's pool is found with `/prospect_details?application_ids=`",
        "reported",
        "a look-up of a prospect with a pool is answered with 422",
        "`v3_add_pools` in `src/greenhouse/v3.rs`",
    )
    .probe("/prospect_details?application_ids=1&per_page=1", listed),
    fact(
        "service accounts are listed with `show_service_accounts=true`",
        "official",
        "a service account that acts is called unknown",
        "`SERVICE_ACCOUNTS` in `src/greenhouse/v3.rs`",
    )
    .probe("/users?show_service_accounts=true&per_page=1", listed),
    fact(
        "a look-up by e-mail is `/candidates?email=`",
        "reported",
        "a look-up is answered with 422",
        "`email_path` in `src/greenhouse/lookup.rs`",
    )
    .probe("/candidates?email=nobody%40example.invalid&per_page=1", |answer| match answer.json() {
        Some(Value::Array(rows)) if rows.is_empty() => Confirmed,
        Some(Value::Array(_)) => Contradicted("an address that no candidate has finds candidates".into()),
        _ => listed(answer),
    }),
    fact(
        "the newest candidate is listed first",
        "clients",
        "an answer that was lost stays uncertain",
        "`newest_first` in `src/greenhouse/v3.rs`",
    )
    .probe("/candidates?per_page=5", |answer| {
        let ids: Vec<u64> = rows(answer).iter().filter_map(|row| row.get("id")?.as_u64()).collect();
        match ids.as_slice() {
            [] | [_] => NotAnswered("there are fewer than two candidates".into()),
            ids if ids.is_sorted_by(|one, next| one > next) => Confirmed,
            _ => Contradicted("the ids do not fall".into()),
        }
    }),
    fact("500 rows fit on a page", "official", "lists are answered with 422", "`per_page` in `src/greenhouse/v3.rs`")
        .probe("/sources?per_page=500", listed),
    fact(
        "pages follow by `Link`, with a `cursor` alone",
        "reported",
        "the second page of a list is answered with 422",
        "`next_path` in `src/net/http/headers.rs`",
    )
    .probe("/candidates?per_page=1", |answer| match answer.header("link") {
        Some(link) if link.contains("cursor=") => Confirmed,
        Some(_) => Contradicted("`Link` has no cursor".into()),
        None => NotAnswered("there is one page alone".into()),
    }),
    fact("an unknown parameter is refused", "official", "a misspelt filter lists everything", "no place: rows are compared again")
        .probe("/candidates?hireline=1&per_page=1", refused),
    fact(
        "`created_at=gte|TIME` bounds a list",
        "official",
        "none: Hireline reads lists from the newest row on",
        "no place: it is not used",
    )
    .probe("/candidates?created_at=gte%7C2024-01-01T00:00:00Z&per_page=1", listed),
    fact(
        "the rate is in `X-RateLimit-Limit`, and counts for 30 seconds",
        "reported",
        "runs meet many 429, or take far too long",
        "`rate_limit` in `src/greenhouse/v3.rs`",
    )
    .probe("/sources?per_page=1", |answer| match answer.header("x-ratelimit-limit") {
        Some(limit) if limit.trim().parse::<u32>().is_ok() => Confirmed,
        Some(_) => Contradicted("`X-RateLimit-Limit` is not a number".into()),
        None => Contradicted("there is no `X-RateLimit-Limit`".into()),
    }),
    fact(
        "a job that is a template says so with `is_template`",
        "official",
        "a template's name is taken for a job's",
        "`entry` in `src/greenhouse/lists.rs`",
    )
    .probe("/jobs?per_page=1", |answer| first(answer, |row| has(row, "is_template"))),
];

impl Wire {
    /// Asks for everything that reading can confirm; changes nothing.
    ///
    /// # Errors
    /// Greenhouse is not reached, or does not take the credential.
    pub async fn confirm(&self) -> Result<Vec<(&'static Fact, Verdict)>, Blind> {
        let base = bare(&self.settings, Method::Get, "", Body::Empty).url;
        let mut verdicts = Vec::new();
        for fact in &FACTS {
            let verdict = match fact.probe {
                None => NotAnswered("only a write shows it".into()),
                Some((path, judge)) => match self.get(&base, path).await? {
                    answer if answer.status == 403 => NotAnswered("this list may not be read (403)".into()),
                    answer => judge(&answer),
                },
            };
            verdicts.push((fact, verdict));
        }
        Ok(verdicts)
    }
}

fn rows(answer: &Answer) -> Vec<Value> {
    match answer.json() {
        Some(Value::Array(rows)) if answer.status == 200 => rows,
        _ => Vec::new(),
    }
}

fn listed(answer: &Answer) -> Verdict {
    match (answer.status, answer.json()) {
        (200, Some(Value::Array(_))) => Confirmed,
        (status, _) => Contradicted(format!("HTTP {status}")),
    }
}

fn refused(answer: &Answer) -> Verdict {
    if answer.status == 422 { Confirmed } else { Contradicted(format!("HTTP {}", answer.status)) }
}

/// What the first whole row says.
fn first(answer: &Answer, judge: impl Fn(&Value) -> Verdict) -> Verdict {
    let rows = rows(answer);
    match rows.iter().find(|row| row.get("id").is_some()) {
        Some(row) => judge(row),
        None if answer.status == 200 => NotAnswered("the list is empty".into()),
        None => listed(answer),
    }
}

fn has(row: &Value, name: &str) -> Verdict {
    if row.get(name).is_some() { Confirmed } else { Contradicted(format!("rows have no `{name}`")) }
}

/// The form of the first amount among the custom fields of candidates.
fn amounts(answer: &Answer) -> Verdict {
    let rows = rows(answer);
    let fields = rows.iter().filter_map(|row| row.get("custom_fields")?.as_object()).flat_map(|fields| fields.values());
    let mut amounts = fields.filter(|field| text(field, "type") == Some("currency")).filter_map(|field| field.get("value"));
    match amounts.find(|value| !value.is_null()) {
        None => NotAnswered("none of the newest candidates has an amount".into()),
        Some(value) if super::fields::written_back("currency", value, None).is_some() => Confirmed,
        Some(Value::Object(parts)) => Contradicted(format!("it has {}", parts.keys().cloned().collect::<Vec<_>>().join(", "))),
        Some(_) => Contradicted("it is not an object".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The handbook's table says the same.
    #[test]
    fn the_handbook_lists_every_fact() {
        let page = include_str!("../../docs/greenhouse-api.md");
        for Fact { fact, sure, wrong_if, place, .. } in &FACTS {
            let row = format!("| {fact} | {sure} | {wrong_if} | {place} |");
            assert!(page.contains(&row), "the handbook lacks\n{row}");
        }
    }

    #[test]
    fn an_answer_confirms_contradicts_or_says_nothing() {
        let told = |fact: &str, status: u16, body: &str| {
            let found = FACTS.iter().find(|one| one.fact.contains(fact)).and_then(|one| one.probe).unwrap();
            found.1(&Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
        };
        assert_eq!(told("visibility", 200, r#"[{"id": 1, "visibility": "publicly_visible"}]"#), Confirmed);
        assert_eq!(told("visibility", 200, r#"[{"id": 1, "visibility": "public"}]"#), Contradicted("it reads `public`".into()));
        assert_eq!(told("visibility", 200, "[]"), NotAnswered("the list is empty".into()));
        assert_eq!(told("pool", 422, "{}"), Contradicted("HTTP 422".into()));
        assert_eq!(told("unknown parameter", 422, "{}"), Confirmed);
        let amount = |value: &str| format!(r#"[{{"id": 1, "custom_fields": {{"a": {{"type": "currency", "value": {value}}}}}}}]"#);
        assert_eq!(told("an amount", 200, &amount(r#"{"amount": 5, "currency_code": "EUR"}"#)), Confirmed);
        assert_eq!(told("an amount", 200, &amount(r#"{"cents": 5}"#)), Contradicted("it has cents".into()));
        assert_eq!(told("newest", 200, r#"[{"id": 1}, {"id": 2}]"#), Contradicted("the ids do not fall".into()));
    }
}
