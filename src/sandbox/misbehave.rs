//! How the sandbox misbehaves on purpose: the one place that says what can go wrong between a request and its answer.
//!
//! A [`Misbehaviour`] says **which** requests it meets, what becomes of their **work** (done, never done, done late) and what
//! becomes of their **answer** (as usual, lost, cut, replaced). The three are independent: `work: done, answer: lost` is the lost
//! answer, `work: never, answer: lost` the lost request, `work: {late: 500}, answer: lost` a request that Greenhouse finishes half
//! a second after the caller gave up.

use super::call::{Call, Content, Reply, Service};
use super::recruiter::Recruiter;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// What goes wrong, for the next `times` requests that it meets. Example, as the control server takes it:
/// `{"method": "POST", "path": "/v3/candidates", "times": 1, "work": "done", "answer": "lost"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Misbehaviour {
    /// Absent: any of the three APIs.
    pub service: Option<Service>,
    /// GET, POST, PATCH, PUT or DELETE; `write` is any but GET. Absent: any.
    pub method: Option<String>,
    /// The whole path; `*` stands for one segment, or at the end for all that is left. Absent: any.
    pub path: Option<String>,
    /// The body or the query has this text in it. Absent: any.
    pub contains: Option<String>,
    /// Lets this many pass first.
    pub skip: u32,
    pub times: u32,
    pub work: Work,
    pub answer: Answer,
    /// The answer is held back this long. The work, if done, is done before.
    pub delay_ms: u64,
    /// Rows that the work makes are in no list for this long.
    pub hide_ms: u64,
    /// Until then they are listed as `{message}` stubs, rather than not at all.
    pub as_stub: bool,
    /// Query parameters that are not seen: a filter that is ignored.
    pub ignore: Vec<String>,
    /// Every token that was given out stops being good, before the work.
    pub revoke: bool,
    /// What somebody does by hand, right after the work.
    pub recruiter: Option<Recruiter>,
}

/// What becomes of the request's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Before the answer.
    Done,
    Never,
    /// So many milliseconds after the request came, whatever became of its answer.
    Late(u64),
}

/// What becomes of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The work's own: only where the work is done.
    Usual,
    /// The connection closes; not a byte of the answer arrives.
    Lost,
    /// Half of the body arrives, then the connection closes: only where the work is done.
    Cut,
    /// 202, and of the body only its ids: only where the work is done. Source: `docs/greenhouse-api.md`, "Candidates".
    IdsOnly,
    /// It says that it is a terabyte long: only where the work is done.
    Long,
    /// This text with this status; it says that it is JSON.
    Text {
        status: u16,
        body: String,
    },
    /// A page of HTML with this status, as a gateway sends it.
    Html {
        status: u16,
    },
    Redirect {
        status: u16,
        to: String,
    },
    /// This status. The body, where there is none, is `{"message": …}`; `retry_after` is a header, as it is to be sent;
    /// `date:5` is sent as the date in five seconds.
    Status {
        status: u16,
        #[serde(default)]
        body: Option<Value>,
        #[serde(default)]
        retry_after: Option<String>,
    },
}

impl Default for Misbehaviour {
    /// Meets the next request of any kind and does nothing to it.
    fn default() -> Self {
        Self {
            service: None,
            method: None,
            path: None,
            contains: None,
            skip: 0,
            times: 1,
            work: Work::Done,
            answer: Answer::Usual,
            delay_ms: 0,
            hide_ms: 0,
            as_stub: false,
            ignore: Vec::new(),
            revoke: false,
            recruiter: None,
        }
    }
}

/// How the bytes of an answer leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Whole,
    Half,
    Nothing,
    Long,
}

impl Misbehaviour {
    /// Meets `method` and `path` (see [`Misbehaviour::path`]), once.
    pub fn at(method: &str, path: &str) -> Self {
        Self { method: Some(method.into()), path: Some(path.into()), ..Self::default() }
    }

    /// # Errors
    /// What contradicts itself, in words.
    pub fn check(&self) -> Result<(), &'static str> {
        let needs_work = matches!(self.answer, Answer::Usual | Answer::Cut | Answer::Long | Answer::IdsOnly);
        if needs_work && self.work != Work::Done {
            return Err("the answers usual, cut, long and ids_only come from the work: they need `work: done`");
        }
        match &self.answer {
            Answer::Html { status } | Answer::Redirect { status, .. } | Answer::Status { status, .. } | Answer::Text { status, .. }
                if !(200..=599).contains(status) =>
            {
                Err("a status is from 200 to 599")
            }
            _ => Ok(()),
        }
    }

    /// Says whether this request is one of those met; counts it.
    pub(super) fn meets(&mut self, call: &Call) -> bool {
        let met = self.times > 0
            && self.service.is_none_or(|service| service == call.service)
            && self.method.as_deref().is_none_or(|method| method_matches(method, call.method.as_str()))
            && self.path.as_deref().is_none_or(|pattern| path_matches(pattern, &call.path))
            && self.contains.as_deref().is_none_or(|text| has(call, text));
        if !met {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }

    /// The call as its work sees it.
    pub(super) fn bend(&self, call: &mut Call) {
        call.visible_from = call.at.checked_add(Duration::from_millis(self.hide_ms)).unwrap_or(jiff::Timestamp::MAX);
        call.as_stub = self.as_stub;
        call.query.retain(|(name, _)| !self.ignore.contains(name));
    }

    /// What leaves, from the work's own answer (absent where it was not done).
    pub(super) fn shape(&self, usual: Option<Reply>) -> (Reply, Delivery) {
        let usual = usual.unwrap_or(Reply { status: 502, headers: Vec::new(), content: Content::Empty });
        match &self.answer {
            Answer::Usual => (usual, Delivery::Whole),
            Answer::Lost => (usual, Delivery::Nothing),
            Answer::Cut => (usual, Delivery::Half),
            Answer::Long => (usual, Delivery::Long),
            Answer::Text { status, body } => {
                (Reply { status: *status, headers: Vec::new(), content: Content::Text(body.clone()) }, Delivery::Whole)
            }
            Answer::IdsOnly => (ids_only(usual), Delivery::Whole),
            Answer::Html { status } => {
                let page = Content::Html("<html><head><title>Error</title></head><body><h1>Error</h1></body></html>");
                (Reply { status: *status, headers: Vec::new(), content: page }, Delivery::Whole)
            }
            Answer::Redirect { status, to } => {
                (Reply { status: *status, headers: Vec::new(), content: Content::Empty }.with("location", to), Delivery::Whole)
            }
            Answer::Status { status, body, retry_after } => {
                let body = body.clone().unwrap_or_else(|| json!({"message": "The sandbox was told to answer this."}));
                let reply = Reply::json(*status, body);
                (retry_after.iter().fold(reply, |reply, wait| reply.with("retry-after", waited(wait))), Delivery::Whole)
            }
        }
    }
}

/// `times` of what does not end.
pub(super) const ALWAYS: u32 = u32::MAX;

fn method_matches(wanted: &str, method: &str) -> bool {
    wanted.eq_ignore_ascii_case(method) || (wanted == "write" && method != "GET")
}

/// The header's text.
fn waited(wait: &str) -> String {
    let seconds = wait.strip_prefix("date:").and_then(|seconds| seconds.parse().ok());
    seconds.map_or_else(|| wait.to_owned(), |seconds| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds)))
}

fn has(call: &Call, text: &str) -> bool {
    String::from_utf8_lossy(&call.body).contains(text) || call.query.iter().any(|(name, value)| format!("{name}={value}").contains(text))
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/').peekable(), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) if wanted.peek().is_none() => return true,
            (Some("*"), Some(_)) => {}
            (Some(a), Some(b)) if a == b => {}
            _ => return false,
        }
    }
}

fn ids_only(reply: Reply) -> Reply {
    fn keep(value: &Value) -> Value {
        let Value::Object(object) = value else { return Value::Null };
        let wanted = |name: &str| name == "id" || name.ends_with("_id") || name.ends_with("_ids");
        object.iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
    // A refusal is no work that could be delayed.
    let (Content::Json(Value::Object(body)), 200..=299) = (&reply.content, reply.status) else { return reply };
    // v3 answers a create with {candidate, application}, v1 with the candidate itself.
    let cut = if body.contains_key("candidate") {
        body.iter().map(|(name, value)| (name.clone(), keep(value))).collect()
    } else {
        keep(&Value::Object(body.clone()))
    };
    Reply { status: 202, headers: reply.headers, content: Content::Json(cut) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_met_whole_or_by_stars() {
        assert!(path_matches("/v3/candidates", "/v3/candidates"));
        assert!(!path_matches("/v3/candidates", "/v3/candidates/7"));
        assert!(path_matches("/v3/candidates/*", "/v3/candidates/7/merge"));
        assert!(!path_matches("/v3/candidates/*", "/v3/candidates"));
        assert!(path_matches("/v1/candidates/*/attachments", "/v1/candidates/7/attachments"));
        assert!(!path_matches("/v1/candidates/*/attachments", "/v1/candidates/7/employments"));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let usual = Misbehaviour { work: Work::Never, ..Misbehaviour::default() };
        insta::assert_snapshot!(usual.check().unwrap_err(), @"the answers usual, cut, long and ids_only come from the work: they need `work: done`");
        let odd = Misbehaviour { answer: Answer::Html { status: 99 }, ..Misbehaviour::default() };
        insta::assert_snapshot!(odd.check().unwrap_err(), @"a status is from 200 to 599");
    }

    #[test]
    fn it_is_written_as_json() {
        let text = r#"{"method": "POST", "path": "/v3/candidates", "work": {"late": 500}, "answer": "lost"}"#;
        let read: Misbehaviour = serde_json::from_str(text).unwrap();
        assert_eq!(read, Misbehaviour { work: Work::Late(500), answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/candidates") });
        let error = serde_json::from_str::<Misbehaviour>(r#"{"metod": "POST"}"#).unwrap_err().to_string();
        insta::assert_snapshot!(error.split(", expected").next().unwrap_or_default(), @"unknown field `metod`");
    }
}
