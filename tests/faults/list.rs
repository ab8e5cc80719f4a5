//! What goes wrong.

use hireline::sandbox::{Answer, Misbehaviour, Work};
use serde_json::{Value, json};

/// For always.
pub const EVER: u32 = u32::MAX;
/// Longer than the runs of this table wait for an answer.
const TOO_LATE: u64 = super::table::TIMEOUT * 1000 + 1200;

#[derive(Debug, Clone)]
pub struct Fault {
    pub name: String,
    /// Which requests it meets is added by the table.
    pub wrong: Misbehaviour,
}

pub fn fault(name: &str, work: Work, answer: Answer) -> Fault {
    Fault { name: name.to_owned(), wrong: Misbehaviour { work, answer, ..Misbehaviour::default() } }
}

impl Fault {
    pub fn late(mut self) -> Self {
        self.wrong.delay_ms = TOO_LATE;
        self
    }

    pub fn for_ever(mut self) -> Self {
        self.name += ", for ever";
        self.wrong.times = EVER;
        self
    }

    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }
}

pub fn status(status: u16) -> Answer {
    Answer::Status { status, body: None, retry_after: None }
}

pub fn said(name: &str, code: u16) -> Fault {
    fault(name, Work::Never, status(code))
}

pub fn json(code: u16, body: Value) -> Answer {
    Answer::Status { status: code, body: Some(body), retry_after: None }
}

pub fn waits(code: u16, told: Option<&str>) -> Fault {
    let name = format!("{code}, Retry-After {}", told.unwrap_or("absent"));
    fault(&name, Work::Never, Answer::Status { status: code, body: None, retry_after: told.map(str::to_owned) })
}

/// Each form of Retry-After that does not end a run.
pub fn all_waits(code: u16) -> Vec<Fault> {
    [Some("1"), Some("date:1"), Some("Mon, 01 Jan 2001 00:00:00 GMT"), None, Some("-5"), Some("soon")].map(|told| waits(code, told)).into()
}

/// Each that does.
pub fn long_waits(code: u16) -> Vec<Fault> {
    [Some("3600"), Some("date:7200"), Some("99999999999999999999")].map(|told| waits(code, told)).into()
}

fn redirect(code: u16, to: &str, name: &str) -> Fault {
    fault(&format!("{code} to {name}"), Work::Never, Answer::Redirect { status: code, to: to.to_owned() })
}

/// A redirect to another host, which listens: no request may arrive there.
pub fn away(code: u16, elsewhere: &str) -> Fault {
    redirect(code, elsewhere, "another host")
}

/// Within the host.
pub fn aside(code: u16, to: &str) -> Fault {
    redirect(code, to, "the same host")
}

/// What can happen to one changing request without stopping the run.
pub fn writes(elsewhere: &str) -> Vec<Fault> {
    let (never, done) = (Work::Never, Work::Done);
    let mut all = vec![
        fault("timeout, not done", never, Answer::Lost).late(),
        fault("timeout, done", done, Answer::Usual).late(),
        fault("connection closed, not done", never, Answer::Lost),
        fault("connection closed, done", done, Answer::Lost),
        fault("body cut off, done", done, Answer::Cut),
        fault("200 HTML, done", done, Answer::Html { status: 200 }),
        fault("200 HTML, not done", never, Answer::Html { status: 200 }),
        fault("404 HTML, not done", never, Answer::Html { status: 404 }),
        fault("422 HTML, done", done, Answer::Html { status: 422 }),
        fault("502 HTML, done", done, Answer::Html { status: 502 }),
        fault("broken JSON, done", done, Answer::Text { status: 201, body: "{\"id\": 57".into() }),
        fault("JSON of another shape, done", done, json(201, json!(["ok"]))),
        fault("too long an answer, done", done, Answer::Long),
        fault("202 and ids only, done", done, Answer::IdsOnly),
    ];
    for code in [400, 403, 404, 408, 409, 413, 422, 500, 502, 503, 504] {
        all.push(said(&format!("{code}, not done"), code));
    }
    for code in [408, 409, 500, 503] {
        all.push(fault(&format!("{code}, done"), done, status(code)));
    }
    all.extend(all_waits(429));
    all.extend([301, 302, 303, 307, 308].map(|code| aside(code, "/v3/users")));
    all.extend([302, 307].map(|code| away(code, elsewhere)));
    all
}

/// What stops the run, everybody meeting it.
pub fn stops() -> Vec<Fault> {
    let mut all = vec![said("401", 401).for_ever(), said("403", 403).for_ever()];
    all.extend(long_waits(429));
    all.push(waits(429, Some("0")).for_ever());
    all
}

/// What can happen to one reading request, and passes.
pub fn passing_reads(same_host: &str) -> Vec<Fault> {
    let (never, done) = (Work::Never, Work::Done);
    let mut all = vec![
        fault("timeout", done, Answer::Usual).late(),
        fault("connection closed", never, Answer::Lost),
        fault("body cut off", done, Answer::Cut),
        fault("502 HTML", never, Answer::Html { status: 502 }),
        aside(302, same_host),
        aside(307, same_host),
    ];
    all.extend([500, 502, 503, 504].map(|code| said(&code.to_string(), code)));
    all.extend(all_waits(429));
    all.extend([Some("1"), Some("-5")].map(|told| waits(503, told)));
    all
}

/// An invalid answer, however often it is requested.
pub fn final_reads(elsewhere: &str) -> Vec<Fault> {
    let (never, done) = (Work::Never, Work::Done);
    let mut all = vec![
        fault("200 HTML", never, Answer::Html { status: 200 }),
        fault("broken JSON", never, Answer::Text { status: 200, body: "[{\"id\": 57".into() }),
        fault("JSON of another shape", never, json(200, json!({"ok": true}))),
        fault("too long an answer", done, Answer::Long),
        away(302, elsewhere),
        away(308, elsewhere),
    ];
    all.extend([400, 401, 403, 404, 408, 409, 413, 422].map(|code| said(&code.to_string(), code).for_ever().named(&code.to_string())));
    all.extend(long_waits(429));
    all.extend(long_waits(503).into_iter().take(1));
    all.extend([
        fault("timeout", never, Answer::Lost).late().for_ever(),
        fault("connection closed", never, Answer::Lost).for_ever(),
        said("503", 503).for_ever(),
        waits(429, Some("0")).for_ever(),
        aside(302, "/v3/candidates/again").for_ever(),
    ]);
    all
}
