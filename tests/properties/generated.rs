//! Input that is generated, from fixed seeds: what a fuzzer's first minutes would come upon, in seconds.

use super::input::{self, CUT};
use super::strategies::{TEMPLATES, babble, predicate, profile, slipped};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Value, json};

/// Runs a property over what is generated. The generator's own types nest deeply, and so need a stack.
fn run<S: Strategy<Value = Vec<u8>>>(cases: u32, seed: u64, input: impl FnOnce() -> S + Send + 'static, holds: super::Property) {
    let run = move || {
        let config = ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..ProptestConfig::default() };
        TestRunner::new(config).run(&input(), |bytes| {
            holds(&bytes);
            Ok(())
        })
    };
    let ended =
        std::thread::Builder::new().stack_size(64 << 20).spawn(move || run().map_err(|error| error.to_string())).unwrap().join().unwrap();
    assert_eq!(ended, Ok(()));
}

fn joined(parts: Vec<String>) -> Vec<u8> {
    parts.join(CUT).into_bytes()
}

#[test]
fn pipelines() {
    let pipeline = prop_oneof![
        slipped(include_str!("../../pipelines/acme/platform.yaml")),
        slipped(include_str!("../../pipelines/demo/engineers.yaml"))
    ];
    let pipeline = pipeline.prop_map(|text| text.replace("../shared/acme.yaml", "library.yaml"));
    let library = slipped(include_str!("../../pipelines/shared/acme.yaml"));
    let own = slipped("version: 1\naccount: acme\nledger: l.db\nimports: [other.yaml]\n");
    let other = slipped("version: 1\nlibrary: other\nimports: [library.yaml]\nfilters:\n  a: { keep: \"@.a\" }\n");
    run(150, 1, move || (pipeline, own, library, other).prop_map(|(a, b, c, d)| joined(vec![a, b, c, d])), super::pipeline::holds);
}

#[test]
fn predicates() {
    run(1500, 2, || (predicate(), profile()).prop_map(|(text, profile)| joined(vec![text, profile.to_string()])), super::predicate::holds);
}

#[test]
fn templates() {
    run(
        250,
        3,
        || (babble(TEMPLATES, 6), profile()).prop_map(|(text, profile)| joined(vec![text, profile.to_string()])),
        super::mapping::holds,
    );
    let single = || babble(TEMPLATES, 5).prop_map(|text| format!("{{{{ {text} }}}}"));
    run(250, 4, move || (single(), profile()).prop_map(|(text, profile)| joined(vec![text, profile.to_string()])), super::mapping::holds);
}

#[test]
fn lists_of_profiles() {
    let row = prop_oneof![
        4 => (0..6u8, 0..3u8).prop_map(|(key, second)| json!({ "key": format!("p{key}"), "source_key": "s", "updated_at": format!("2026-06-20T15:25:0{second}+0000") })),
        1 => prop::sample::select(vec![json!(null), json!({}), json!("x"), json!({ "key": "" }), json!({ "key": 7 }), json!({ "key": "p1" })]),
    ];
    let number = prop_oneof![Just(json!(null)), (0..6u64).prop_map(Value::from), Just(json!("3")), Just(json!(u64::MAX)), Just(json!(-1))];
    let body = (prop::collection::vec(row, 0..4), number.clone(), number, 0..9u8).prop_map(|(rows, last, total, shape)| {
        let meta = json!({ "page": 1, "maxPage": last, "total": total });
        match shape {
            0 => json!({ "code": 200, "data": { "profiles": rows }, "max_page": last, "total": total }).to_string(),
            1 => json!({ "code": 200, "data": null, "meta": meta }).to_string(),
            2 => json!({ "code": "400", "message": "Invalid parameters. Unable to find object: profile" }).to_string(),
            3 => json!({ "code": 500 }).to_string()[..8].to_owned(),
            _ => json!({ "code": 200, "message": "ok", "data": rows, "meta": meta }).to_string(),
        }
    });
    let answer =
        (prop::sample::select(vec![200u16, 200, 200, 200, 201, 400, 502]), body).prop_map(|(status, body)| format!("{status}\n\n{body}"));
    let cursor = prop::sample::select(vec!["", "2026-06-20T15:25:01+0000", "yesterday"]);
    let input =
        (cursor, prop::collection::vec(answer, 0..7)).prop_map(|(cursor, answers)| joined([vec![cursor.to_owned()], answers].concat()));
    run(600, 5, move || input, super::hrflow::holds);
}

#[test]
fn headers_of_answers() {
    let value = prop_oneof![
        4 => prop::sample::select(vec![
            "0", "1", "7", "300", "301", "-5", "99999999999999999999", "4294967295", "4294967296", "1795000012", "18446744073709551615", "soon", "",
            "Mon, 23 Nov 2026 10:00:30 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thursday, 01-Jan-70 00:00:00 GMT",
            "<?cursor=1>; rel=next", "<//b.example/>; rel=\"next\"", "<https://u:p@harvest.example.org/v3>; rel=\"prev next\"", "<>; rel=next, <a>", "<a>;;,\"<b>; rel=next",
        ]).prop_map(str::to_owned),
        1 => "[<>;,=\" a-z:/@?.0-9-]{0,24}",
    ];
    let name = prop::sample::select(vec!["date", "retry-after", "link", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]);
    let status = prop::sample::select(vec!["200", "429", "503", "404"]);
    let answer = (status, prop::collection::vec((name, value), 0..6))
        .prop_map(|(status, headers)| headers.iter().fold(status.to_owned(), |text, (name, value)| format!("{text}\n{name}: {value}")));
    run(4000, 6, move || prop::collection::vec(answer, 1..8).prop_map(joined), super::headers::holds);
}

#[test]
fn ledgers() {
    let place = prop_oneof![0..120u32, 0..90_000u32];
    let change = (prop::sample::select(vec![0u8, 0, 0, 1, 1, 2, 129, 130, 132]), place, any::<u8>());
    let changes = prop::collection::vec(change, 0..6).prop_map(|changes| {
        changes.into_iter().flat_map(|(file, place, value)| [&[file], &place.to_be_bytes()[1..], &[value]].concat()).collect::<Vec<u8>>()
    });
    let input = (0..5u8, changes).prop_map(|(kind, changes)| [vec![kind], changes].concat());
    run(60, 7, move || input, super::ledger::holds);
}

#[test]
fn answers_of_greenhouse() {
    let id = prop_oneof![
        (1..9u64).prop_map(Value::from),
        Just(json!(null)),
        Just(json!("7")),
        Just(json!(-1)),
        Just(json!(1.5)),
        Just(json!({ "id": 3 }))
    ];
    let body = (prop::collection::vec(id, 4), 0..8u8).prop_map(|(ids, shape)| {
        let id = |at: usize| ids.get(at).cloned().unwrap_or_default();
        match shape {
            0 => json!({ "candidate": { "id": id(0) }, "application": { "id": id(1) } }).to_string(),
            1 => json!({ "id": id(0), "applications": [{ "id": id(1), "jobs": [{ "id": id(2) }], "prospect": id(3) }] }).to_string(),
            2 => json!({ "message": "no", "errors": [{ "message": "is bad", "field": "a@example.org" }, id(0)] }).to_string(),
            3 => json!([{ "id": id(0), "first_name": "A", "last_name": id(1), "email_addresses": [{ "value": "a@example.org" }, id(2)] }])
                .to_string(),
            4 => {
                json!([{ "id": id(0), "job_id": id(1), "prospective_job_ids": [id(2)], "candidate_id": id(3), "created_at": "2026-01-01" }])
                    .to_string()
            }
            5 => {
                json!([{ "id": id(0), "type": "resume", "company_name": "A", "title": "B", "start_date": "2020-01-01", "filename": id(1) }])
                    .to_string()
            }
            6 => "<html>".to_owned(),
            _ => String::new(),
        }
    });
    let status = prop::sample::select(vec![200u16, 201, 202, 302, 400, 401, 403, 404, 422, 429, 500, 503]);
    run(1500, 8, move || (status, body).prop_map(|(status, body)| format!("{status}\n\n{body}").into_bytes()), super::greenhouse::holds);
}

#[test]
fn plans() {
    let changes = prop::collection::vec((0..1200u16, any::<u8>()), 0..3);
    let input = changes.prop_map(|changes| {
        std::iter::once(1)
            .chain(changes.into_iter().flat_map(|(place, value)| [place.to_be_bytes().to_vec(), vec![value]].concat()))
            .collect::<Vec<u8>>()
    });
    run(200, 9, move || input, super::plan::holds);
}

#[test]
fn profiles_with_nobody_in_them() {
    run(40, 10, || profile().prop_map(|profile| profile.to_string().into_bytes()), super::anonymous::holds);
}

/// The generators do not babble past what they are for.
#[test]
fn some_of_what_is_generated_is_good() {
    let mut good = (0, 0);
    let mut runner =
        TestRunner::new(ProptestConfig { rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..ProptestConfig::default() });
    for _ in 0..400 {
        let text = predicate().new_tree(&mut runner).unwrap().current();
        good.0 += u32::from(hireline::language::filter::Predicate::parse(&text).is_ok());
        let text = babble(TEMPLATES, 5).new_tree(&mut runner).unwrap().current();
        good.1 += u32::from(super::mapping::compiles(&format!("{{{{ {text} }}}}")));
    }
    assert!(good.0 > 40 && good.1 > 10, "of 400 predicates {} and of 400 templates {} are good", good.0, good.1);
    assert_eq!(input::sections("a", 2), ["a", ""]);
}
