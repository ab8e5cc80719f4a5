use super::*;
use crate::language::mapping::template::BASE;
use crate::language::mapping::values::{from_json, to_json};
use minijinja::context;
use serde_json::{Value as Json, json};

/// An expression over `input`: its value, or what is said.
fn eval(expression: &str, input: Json) -> Result<Option<Json>, String> {
    let compiled = BASE.compile_expression(Box::leak(expression.to_owned().into_boxed_str())).unwrap();
    let value = compiled.eval(context!(input => from_json(&input))).map_err(|error| error.detail().unwrap_or_default().to_owned())?;
    to_json(&value).map_err(|error| error.detail().unwrap_or_default().to_owned())
}

fn gives(expression: &str, input: Json) -> Json {
    eval(expression, input).unwrap().unwrap_or(Json::Null)
}

#[test]
fn every_documented_example_gives_its_result() {
    for doc in docs() {
        let input: Json = serde_json::from_str(doc.input).unwrap_or_else(|_| panic!("{}", doc.name));
        let result: Json = serde_json::from_str(doc.result).unwrap_or_else(|_| panic!("{}", doc.name));
        assert_eq!(gives(doc.example, input), result, "{}", doc.name);
        assert!(doc.example.contains(doc.name) && doc.signature.contains(doc.name), "{}", doc.name);
    }
}

#[test]
fn missing_in_is_missing_out_for_every_function_but_two() {
    for name in names() {
        let arguments = match name {
            "attr" | "tag" | "tags" | "url" | "attachment" | "map" | "groupby" => "('x')",
            "country" => "('name')",
            "batch" | "slice" | "truncate" => "(2)",
            "replace" | "regex_replace" => "('a', 'b')",
            "selectattr" | "rejectattr" => "('x')",
            "chain" | "zip" => "([1])",
            _ => "",
        };
        let outcome = gives(&format!("(input.nothing | {name}{arguments}) is undefined"), json!({}));
        assert_eq!(outcome, json!(!matches!(name, "default" | "d" | "length" | "count")), "{name}");
    }
    assert_eq!(gives("input.nothing | length", json!({})), json!(0));
    assert_eq!(gives("input.nothing | default('x')", json!({})), json!("x"));
}

#[test]
fn every_name_that_is_told_exists_and_none_more() {
    let known: std::collections::BTreeSet<&str> = names().collect();
    for name in &known {
        let error = BASE.compile_expression(Box::leak(format!("1 | {name}").into_boxed_str())).unwrap().eval(()).err();
        assert_ne!(error.map(|error| error.kind()), Some(minijinja::ErrorKind::UnknownFilter), "{name}");
    }
    for name in TESTS.iter().filter(|name| name.starts_with(char::is_alphabetic)) {
        let error = BASE.compile_expression(Box::leak(format!("1 is {name}").into_boxed_str())).unwrap().eval(()).err();
        assert_ne!(error.map(|error| error.kind()), Some(minijinja::ErrorKind::UnknownTest), "{name}");
    }
    let globals: Vec<_> = BASE.globals().map(|(name, _)| name.to_owned()).collect();
    assert!(globals.iter().all(|name| CALLED.contains(&name.as_str())), "{globals:?}");
}

#[test]
fn dates_come_as_hrflow_writes_them() {
    for (written, day, moment) in [
        ("2026-06-20T15:25:07+0000", "2026-06-20", "2026-06-20T15:25:07Z"),
        ("2020-11-27T00:00:00", "2020-11-27", "2020-11-27T00:00:00Z"),
        ("2020-11-27T23:30:00+0530", "2020-11-27", "2020-11-27T23:30:00+05:30"),
        ("2020-11-27T23:30:00.250-03:30", "2020-11-27", "2020-11-27T23:30:00.25-03:30"),
        ("2020-11-27", "2020-11-27", "2020-11-27T00:00:00Z"),
    ] {
        assert_eq!(gives("input | date", json!(written)), json!(day));
        assert_eq!(gives("input | datetime", json!(written)), json!(moment));
    }
    for wrong in ["2026", "2026-02-30", "yesterday", "2026-06-20T25:00:00", "2026-06-20T15:25:07+00", "2026-06-20Tx"] {
        assert_eq!(
            eval("input | date", json!(wrong)).unwrap_err(),
            "`date` reads YYYY-MM-DD, with or without a time, and is given other text"
        );
    }
    assert!(check_format("DD/MM/YYYY").is_none() && check_format("%d %b").is_none());
    assert!(check_format("%Q-%!").is_some() && check_format("%H").is_some(), "a day has no hour");
}

#[test]
fn phones_become_e164_where_they_can() {
    let phone = |text: &str, region: &str| gives(&format!("input | phone({region})"), json!(text));
    assert_eq!(phone("06 12 34 56 78", "'FR'"), "+33612345678");
    assert_eq!(phone("06 12 34 56 78", "'fra'"), "+33612345678");
    assert_eq!(phone("+49 151 23456789", ""), "+4915123456789");
    assert_eq!(phone("(212) 736-5000", "'USA'"), "+12127365000");
    // What is no number, or cannot be one, is left to the people who read it.
    assert_eq!(phone("06 12 34 56 78", ""), "06 12 34 56 78");
    assert_eq!(phone("call me", "'FR'"), "call me");
    assert_eq!(phone("12", "'FR'"), "12");
    assert_eq!(phone("06 12 34 56 78", "'POL'"), "06 12 34 56 78", "no number of Poland's");
    let long = "06 12 34 56 78 ".repeat(10_000);
    assert_eq!(phone(&long, "'FR'"), long.as_str(), "and soon");
    assert_eq!(
        gives("input.phone | phone(input.country)", json!({"phone": "+33 6 12 34 56 78"})),
        "+33612345678",
        "no country is no fault"
    );
    assert!(check_region("FRX").is_some() && check_region("DEU").is_none());
}

#[test]
fn countries_by_any_name() {
    assert_eq!(gives("input | country('alpha3')", json!("côte d'ivoire")), "CIV");
    assert_eq!(gives("input | country('name')", json!(" gb ")), "United Kingdom");
    assert!(eval("input | country('name')", json!("Atlantis")).unwrap_err().starts_with("`country` is given text that is not a country's"));
    assert_eq!(include_str!("countries.tsv").lines().count(), 249);
}

#[test]
fn numbers_out_of_text() {
    assert_eq!(gives("[input | int, (input | int) + 1]", json!("4012")), json!([4012, 4013]));
    assert_eq!(gives("input | int", json!("2.9")), json!(2));
    assert_eq!(gives("input | int", json!(-7)), json!(-7));
    assert_eq!(gives("input | float", json!("1e3")), json!(1000.0));
    assert_eq!(gives("input | int(0)", json!("none at all")), json!(0));
    for (expression, input) in [
        ("input | int", json!("x")),
        ("input | int", json!([1])),
        ("input | float", json!("inf")),
        ("input | float", json!("nan")),
        ("input | int", json!("1e30")),
    ] {
        let said = eval(expression, input).unwrap_err();
        assert!(said.starts_with('`'), "{said}");
    }
    assert_eq!(gives("input | string", json!(true)), "true", "as JSON writes it");
    assert!(eval("input | fromjson", json!("{")).is_err());
}

#[test]
fn html_becomes_text() {
    let strip = |html: &str| gives("input | strip_html", json!(html));
    assert_eq!(strip("a<br/>b<BR>c"), "a\nb\nc");
    assert_eq!(strip("<style>p {}</style><ul><li>1 &lt; 2<li>caf&#233; &#xe9;</ul><!-- no --> end"), "1 < 2\ncafé é\nend");
    assert_eq!(strip("3 < 4 and a<b"), "3 < 4 and a<b", "not every < opens a tag");
    assert_eq!(strip("<SCRIPT>alert('<p>')</Script>x & y &unknown; &amp"), "x & y &unknown; &amp");
    assert_eq!(strip("<script>never closed"), Json::Null);
}

#[test]
fn text_is_cut_between_words() {
    let cut = |length: usize| gives(&format!("input | truncate({length})"), json!("Zoë Mbeki, Kraków"));
    assert_eq!(cut(17), "Zoë Mbeki, Kraków");
    assert_eq!(cut(12), "Zoë Mbeki,…");
    assert_eq!(cut(4), "Zoë…");
    assert_eq!(cut(2), "Z…");
    assert_eq!(gives("input | truncate(5, '')", json!("Supercalifragilistic")), "Super");
}

#[test]
fn slugs_have_no_accents_and_keep_other_scripts() {
    assert_eq!(gives("input | slug", json!("  Łukasz O'Brien — Straße #1 ")), "lukasz-obrien-strasse-1");
    assert_eq!(gives("input | slug", json!("東京 Office")), "東京-office");
}

#[test]
fn wrong_arguments_are_told_with_the_right_ones() {
    insta::assert_snapshot!(eval("input | tag", json!([])).unwrap_err(), @"`tag` does not take these arguments: write `list | tag(name)`");
    insta::assert_snapshot!(eval("input | tag(1)", json!([])).unwrap_err(), @"`tag` takes text in its brackets: write `list | tag(name)`");
    insta::assert_snapshot!(eval("input | tag('x')", json!("text")).unwrap_err(), @"`tag` works on a list, and is given text");
    insta::assert_snapshot!(eval("input | truncate(0)", json!("text")).unwrap_err(), @"`truncate` takes a length from 1, and is given a number");
    insta::assert_snapshot!(eval("input | regex_replace('(', '')", json!("text")).unwrap_err(), @"the pattern of `regex_replace` is not a regular expression: unclosed group");
}

#[test]
fn what_is_written_into_a_text_is_written_as_json_writes_it() {
    let input = || json!({"no": false, "n": 2, "f": 2.5, "list": ["a", true, 3, null], "tags": [{"name": "ok", "value": true}], "stays": [{"key": 1}, {"title": "Dev"}]});
    let cases = [
        ("input.tags | tags('ok') | join(',')", "true"),
        ("input.list | join('-')", "a-true-3"),
        ("['a', input.nope, 'b'] | join('-')", "a-b"),
        ("input.stays | map(attribute='title') | join(', ')", "Dev"),
        ("input.stays | join(', ', attribute='title')", "Dev"),
        ("input.tags | join(', ', 'value')", "true"),
        ("input.list | join(d='+')", "a+true+3"),
        ("'%s and %d and %.1f and %s' | format(input.no, input.n, input.f, input.n)", "false and 2 and 2.5 and 2"),
        ("input.no | replace('f', 'F')", "False"),
        ("'a' | replace('a', input.no)", "false"),
        ("input.no | upper", "FALSE"),
        ("input.no | lower", "false"),
        ("input.no | title", "False"),
        ("input.no | trim", "false"),
        ("{'a': input.nope, 'b': [input.nope, {'c': none}, 1]} | tojson", r#"{"b":[{},1]}"#),
    ];
    for (expression, wanted) in cases {
        assert_eq!(gives(expression, input()), json!(wanted), "{expression}");
    }
    let faults = [
        "'v: %s' | format(input.nope)",
        "'%s' | format(input.list)",
        "[['a'], 'b'] | join(',')",
        "'a' | replace('a', input.nope)",
        "input.list | upper",
        "input.tags | join",
    ];
    insta::assert_snapshot!(faults.map(|expression| format!("{expression}: {}", eval(expression, input()).unwrap_err())).join("\n"), @"
    'v: %s' | format(input.nope): `format` is given something that is missing; write `| default('')` after it
    '%s' | format(input.list): `format` writes text, and is given a list
    [['a'], 'b'] | join(','): `join` writes text, and is given a list
    'a' | replace('a', input.nope): `replace` is given something that is missing; write `| default('')` after it
    input.list | upper: `upper` writes text, and is given a list
    input.tags | join: `join` writes text, and is given a block of keys
    ");
}
