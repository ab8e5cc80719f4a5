//! The token endpoint. Asking it changes nothing in Greenhouse, so it is tried again, three times; and without a token nothing is sent.

use super::list::{Fault, all_waits, aside, away, fault, json, long_waits, said, waits};
use super::reads::ends_or_not;
use super::table::{About, Elsewhere};
use hireline::sandbox::{Answer, Misbehaviour, Service, Work};
use serde_json::json as value;

fn token() -> Misbehaviour {
    Misbehaviour { service: Some(Service::Token), ..Misbehaviour::at("POST", "/token") }
}

fn faults(elsewhere: &Elsewhere) -> Vec<Fault> {
    let (never, done) = (Work::Never, Work::Done);
    let mut all = vec![
        fault("timeout", done, Answer::Usual).late(),
        fault("connection closed", never, Answer::Lost),
        fault("body cut off", done, Answer::Cut),
        fault("502 HTML", never, Answer::Html { status: 502 }),
        said("500", 500),
        said("503", 503),
        waits(503, Some("1")),
    ];
    all.extend(all_waits(429));
    all.extend([
        fault("200 HTML", never, Answer::Html { status: 200 }),
        fault("broken JSON", never, Answer::Text { status: 200, body: "{\"access_token\": \"abc".into() }),
        fault("JSON of another shape", never, json(200, value!({"ok": true}))),
        fault("too long an answer", done, Answer::Long),
        fault("400 invalid_grant", never, json(400, value!({"error": "invalid_grant"}))),
        fault("401 invalid_client", never, json(401, value!({"error": "invalid_client"}))),
        aside(302, "/token"),
        away(302, &elsewhere.url()),
        away(307, &elsewhere.url()),
    ]);
    all.extend([400, 403, 404, 408, 409, 413, 422].map(|code| said(&code.to_string(), code)));
    all.extend(long_waits(429));
    all.extend([
        fault("timeout", never, Answer::Lost).late().for_ever(),
        fault("connection closed", never, Answer::Lost).for_ever(),
        said("503", 503).for_ever(),
        waits(429, Some("0")).for_ever(),
    ]);
    all
}

#[test]
fn the_token() {
    let elsewhere = Elsewhere::open();
    let of = About { wait: true, ..About::new("v3", |_, _| token()) };
    insta::assert_snapshot!("token", ends_or_not("the token endpoint: POST /token", &of, &faults(&elsewhere)));
    elsewhere.nobody_came();
}
