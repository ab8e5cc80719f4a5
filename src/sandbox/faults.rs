//! The one table of what can go wrong: the option `--misbehave`, the control server's `POST /misbehave`, the mixed faults of a seed and
//! the handbook's table all come from it.

use super::call::Service;
use super::misbehave::{ALWAYS, Answer, Misbehaviour, Work};
use super::recruiter::Recruiter;
use serde_json::json;

/// One thing that can go wrong.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    /// What happens, in a line of the handbook.
    pub about: &'static str,
    /// What stands behind `=`.
    pub kind: Kind,
    /// The value where none is given.
    pub default: &'static str,
    /// Which requests it meets where nothing is said; in words.
    pub meets: &'static str,
    /// Which calls can draw it.
    pub(super) chance: Chance,
    make: fn(&Value) -> Misbehaviour,
}

/// A fault's value, as the command line takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    None,
    /// `2s`, `500ms`.
    Seconds,
    /// One from `from` to `to`; `usual` are drawn.
    Status {
        from: u16,
        to: u16,
        usual: &'static [&'static str],
    },
    /// Retry-After: seconds, `date`, `absent`, `negative` or `absurd`.
    Wait,
    /// Any word; `usual` are drawn.
    Word {
        usual: &'static [&'static str],
    },
}

/// Which calls can draw a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chance {
    Never,
    Any,
    Writes,
    Harvest,
    /// Reads with an e-mail to filter by.
    Filtered,
    Tokens,
}

/// A value, read.
#[derive(Debug, Default)]
struct Value {
    status: u16,
    ms: u64,
    /// What the header says; none where it is not sent.
    wait: Option<String>,
    word: String,
}

const SERVER: Kind = Kind::Status { from: 500, to: 599, usual: &["500", "502", "503", "504"] };
const ANY: Kind = Kind::Status { from: 200, to: 599, usual: &["200", "201", "500", "502"] };
const MOVED: Kind = Kind::Status { from: 300, to: 399, usual: &["301", "302", "303", "307", "308"] };
const WRITE: &str = "the next write to Greenhouse";
const GREENHOUSE: &str = "the next call to Greenhouse";
const TOKEN: &str = "the next call to the token endpoint";
const LISTS: &str = "every list of v3";

pub const FAULTS: &[Fault] = &[
    fault("too-many", "429; the value says how Retry-After tells the wait", Kind::Wait, "1", GREENHOUSE, Chance::Any, |value| {
        greenhouse(Work::Never, Answer::Status { status: 429, body: None, retry_after: value.wait.clone() })
    }),
    fault("error-before", "a server error; the work is not done", SERVER, "500", GREENHOUSE, Chance::Any, |value| {
        greenhouse(Work::Never, status(value.status))
    }),
    fault("error-after", "a server error; the work is done all the same", SERVER, "503", WRITE, Chance::Any, |value| {
        write(Work::Done, status(value.status))
    }),
    fault("error-late", "a server error; the work is done so much later", Kind::Seconds, "500ms", WRITE, Chance::Writes, |value| {
        write(Work::Late(value.ms), status(504))
    }),
    fault("slow", "the answer is held back; the work is done before", Kind::Seconds, "2s", GREENHOUSE, Chance::Any, |value| Misbehaviour {
        delay_ms: value.ms,
        ..greenhouse(Work::Done, Answer::Usual)
    }),
    fault("lost-answer", "the work is done; the connection is cut before the answer", Kind::None, "", WRITE, Chance::Any, |_| {
        write(Work::Done, Answer::Lost)
    }),
    fault("lost-request", "the work is not done; the connection is cut", Kind::None, "", WRITE, Chance::Any, |_| {
        write(Work::Never, Answer::Lost)
    }),
    fault("late-work", "the connection is cut; the work is done so much later", Kind::Seconds, "500ms", WRITE, Chance::Writes, |value| {
        write(Work::Late(value.ms), Answer::Lost)
    }),
    fault("hidden", "what the write makes is in no list for so long", Kind::Seconds, "2s", WRITE, Chance::Writes, |value| Misbehaviour {
        hide_ms: value.ms,
        ..write(Work::Done, Answer::Usual)
    }),
    fault(
        "stub",
        "what the write makes is listed as a `{message}` stub for so long",
        Kind::Seconds,
        "2s",
        WRITE,
        Chance::Writes,
        |value| Misbehaviour { hide_ms: value.ms, as_stub: true, ..write(Work::Done, Answer::Usual) },
    ),
    fault("cut-body", "half of the body comes, then the connection is cut; the work is done", Kind::None, "", WRITE, Chance::Any, |_| {
        write(Work::Done, Answer::Cut)
    }),
    fault(
        "html",
        "a page of HTML with this status, as from a gateway; the work is not done",
        ANY,
        "502",
        GREENHOUSE,
        Chance::Any,
        |value| greenhouse(Work::Never, Answer::Html { status: value.status }),
    ),
    fault("html-after", "the same; the work is done", ANY, "200", WRITE, Chance::Writes, |value| {
        write(Work::Done, Answer::Html { status: value.status })
    }),
    fault("redirect", "a redirect to another path; the work is not done", MOVED, "302", WRITE, Chance::Writes, |value| {
        write(Work::Never, Answer::Redirect { status: value.status, to: "/v3/elsewhere".into() })
    }),
    fault("redirect-away", "a redirect to another host; the work is not done", MOVED, "307", WRITE, Chance::Writes, |value| {
        write(Work::Never, Answer::Redirect { status: value.status, to: "https://elsewhere.example.org/".into() })
    }),
    fault(
        "expired-token",
        "every token that was given out ends now: 401, then fine with a new one",
        Kind::None,
        "",
        GREENHOUSE,
        Chance::Harvest,
        |_| Misbehaviour { revoke: true, ..greenhouse(Work::Done, Answer::Usual) },
    ),
    fault("token-down", "the token endpoint answers with this status", SERVER, "503", TOKEN, Chance::Tokens, |value| {
        token(status(value.status))
    }),
    fault("token-too-many", "the token endpoint answers 429", Kind::Wait, "1", TOKEN, Chance::Tokens, |value| {
        token(Answer::Status { status: 429, body: None, retry_after: value.wait.clone() })
    }),
    fault("token-invalid", "the token endpoint says invalid_client", Kind::None, "", TOKEN, Chance::Never, |_| {
        token(Answer::Status { status: 401, body: Some(json!({"error": "invalid_client"})), retry_after: None })
    }),
    fault("lists-forbidden", "403, as for who is no site admin", Kind::None, "", LISTS, Chance::Never, |_| {
        lists(Answer::Status { status: 403, body: None, retry_after: None })
    }),
    fault("lists-empty", "200, and nothing in it", Kind::None, "", LISTS, Chance::Never, |_| {
        lists(Answer::Status { status: 200, body: Some(json!([])), retry_after: None })
    }),
    fault(
        "filter-ignored",
        "a list's parameter of this name is not seen: everything is listed",
        Kind::Word { usual: &["email"] },
        "email",
        "every list of Greenhouse",
        Chance::Filtered,
        |value| Misbehaviour {
            service: Some(Service::Greenhouse),
            method: Some("GET".into()),
            times: ALWAYS,
            ignore: vec![value.word.clone()],
            ..Misbehaviour::default()
        },
    ),
    fault(
        "truncated",
        "202, and of the answer only its ids; for so long what is made is in no list, and 404 by its id",
        Kind::Seconds,
        "2s",
        WRITE,
        Chance::Writes,
        |value| Misbehaviour { hide_ms: value.ms, ..write(Work::Done, Answer::IdsOnly) },
    ),
    fault(
        "refused",
        "422 without a `message`, about this member; the work is not done",
        Kind::Word { usual: &[] },
        "last_name",
        WRITE,
        Chance::Never,
        |value| {
            let errors = json!([{"message": "is not to the sandbox's liking", "field": value.word}]);
            write(Work::Never, Answer::Status { status: 422, body: Some(json!({"errors": errors})), retry_after: None })
        },
    ),
    fault("forbidden", "403; the work is not done", Kind::None, "", WRITE, Chance::Never, |_| write(Work::Never, status(403))),
    fault(
        "recruiter-adds",
        "after the work, a second candidate of the newest's person is there",
        Kind::None,
        "",
        WRITE,
        Chance::Never,
        |_| Misbehaviour { recruiter: Some(Recruiter::Adds), ..write(Work::Done, Answer::Usual) },
    ),
    fault("recruiter-merges", "after the work, the newest candidate is merged into another", Kind::None, "", WRITE, Chance::Never, |_| {
        Misbehaviour { recruiter: Some(Recruiter::Merges), ..write(Work::Done, Answer::Usual) }
    }),
    fault("recruiter-deletes", "after the work, the newest candidate is gone", Kind::None, "", WRITE, Chance::Never, |_| Misbehaviour {
        recruiter: Some(Recruiter::Deletes),
        ..write(Work::Done, Answer::Usual)
    }),
];

const fn fault(
    name: &'static str,
    about: &'static str,
    kind: Kind,
    default: &'static str,
    meets: &'static str,
    chance: Chance,
    make: fn(&Value) -> Misbehaviour,
) -> Fault {
    Fault { name, about, kind, default, meets, chance, make }
}

fn status(status: u16) -> Answer {
    Answer::Status { status, body: None, retry_after: None }
}

fn greenhouse(work: Work, answer: Answer) -> Misbehaviour {
    Misbehaviour { service: Some(Service::Greenhouse), work, answer, ..Misbehaviour::default() }
}

fn write(work: Work, answer: Answer) -> Misbehaviour {
    Misbehaviour { method: Some("write".into()), ..greenhouse(work, answer) }
}

fn token(answer: Answer) -> Misbehaviour {
    Misbehaviour { service: Some(Service::Token), work: Work::Never, answer, ..Misbehaviour::default() }
}

fn lists(answer: Answer) -> Misbehaviour {
    Misbehaviour { method: Some("GET".into()), path: Some("/v3/*".into()), times: ALWAYS, ..greenhouse(Work::Never, answer) }
}

impl Fault {
    /// With this value, or the usual one.
    pub(super) fn made(&self, value: Option<&str>) -> Result<Misbehaviour, String> {
        let text = value.unwrap_or(self.default);
        let read = self.kind.read(text).ok_or_else(|| match self.kind {
            Kind::None => format!("`{}` takes no value", self.name),
            kind => format!("`{}` takes {}, and `{text}` is none", self.name, kind.in_words()),
        })?;
        Ok((self.make)(&read))
    }
}

impl Kind {
    pub fn in_words(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Seconds => "a time (`2s`, `500ms`)".into(),
            Self::Status { from, to, .. } => format!("a status from {from} to {to}"),
            Self::Wait => "seconds, `date`, `absent`, `negative` or `absurd`".into(),
            Self::Word { .. } => "a name".into(),
        }
    }

    fn read(self, text: &str) -> Option<Value> {
        let value = Value::default();
        Some(match self {
            Self::None if text.is_empty() => value,
            Self::None => return None,
            Self::Seconds => Value { ms: milliseconds(text)?, ..value },
            Self::Status { from, to, .. } => Value { status: text.parse().ok().filter(|status| (from..=to).contains(status))?, ..value },
            Self::Wait => Value { wait: wait(text)?, ..value },
            Self::Word { .. } => Value { word: Some(text.to_owned()).filter(|word| !word.is_empty())?, ..value },
        })
    }
}

/// What Retry-After is to be; a header that is not sent is the inner none.
fn wait(text: &str) -> Option<Option<String>> {
    Some(match text {
        "date" => Some("date:1".into()),
        "absent" => None,
        "negative" => Some("-5".into()),
        // A thousand days.
        "absurd" => Some("86400000".into()),
        seconds => Some(seconds.parse::<u64>().ok()?.to_string()),
    })
}

fn milliseconds(text: &str) -> Option<u64> {
    if let Some(number) = text.strip_suffix("ms") {
        return number.parse().ok();
    }
    let seconds: f64 = text.strip_suffix('s').unwrap_or(text).parse().ok()?;
    std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis().try_into().ok()
}

impl std::str::FromStr for Misbehaviour {
    type Err = String;

    /// `NAME[=VALUE][,times=N|always][,skip=N][,on=METHOD PATH][,contains=TEXT]`, a name of [`FAULTS`].
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts =
            text.split(',').map(|part| part.split_once('=').map_or((part.trim(), None), |(name, value)| (name.trim(), Some(value))));
        let (name, value) = parts.next().unwrap_or_default();
        let unknown = || format!("there is no fault `{name}`: see `hireline sandbox --help`");
        let mut made = FAULTS.iter().find(|fault| fault.name == name).ok_or_else(unknown)?.made(value)?;
        for (key, value) in parts {
            let value = value.map(str::trim).ok_or_else(|| format!("`{key}` needs a value, as in `{key}=1`"))?;
            let number = || value.parse().map_err(|_| format!("`{key}` takes a whole number, and `{value}` is none"));
            match key {
                "times" if value == "always" => made.times = ALWAYS,
                "times" => made.times = number()?,
                "skip" => made.skip = number()?,
                "contains" => made.contains = Some(value.to_owned()),
                "on" => {
                    let (method, path) = value.split_once(' ').ok_or("`on` takes a method and a path, as in `on=POST /v3/candidates`")?;
                    (made.service, made.method, made.path) = (None, Some(method.to_owned()), Some(path.trim().to_owned()));
                }
                _ => return Err(format!("`{key}` is none of times, skip, on and contains")),
            }
        }
        made.check().map_err(str::to_owned)?;
        Ok(made)
    }
}
