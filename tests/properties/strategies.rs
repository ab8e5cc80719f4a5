//! Generated input: texts with mistakes, profiles of an attacker, and random words of grammars.

use proptest::prelude::*;
use serde_json::{Value, json};

/// A text with slips in it: bytes exchanged, taken out, doubled, and whole runs of it moved.
pub fn slipped(text: &'static str) -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5u8, "[-a-z0-9:{}\\[\\]&*!|>'\"@%#?$, \n.é]");
    prop::collection::vec(edit, 0..5).prop_map(move |edits| {
        let mut signs: Vec<char> = text.chars().collect();
        for (from, to, kind, sign) in edits {
            let (from, to) = (from.index(signs.len().max(1)), to.index(signs.len().max(1)));
            match kind {
                _ if signs.is_empty() => {}
                0 => signs[from] = sign.chars().next().unwrap_or('x'),
                1 => drop(signs.remove(from)),
                2 => signs.insert(from, signs[to]),
                3 => signs.swap(from, to),
                _ => drop(signs.drain(from.min(to)..from.max(to).min(from.min(to) + 30))),
            }
        }
        signs.into_iter().collect()
    })
}

/// A profile as an attacker would write it: HrFlow's members, with anything in them.
pub fn profile() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => prop::sample::select(vec![
            "", " ", "Ada", "ada@example.org", "+33 6 12 34 56 78", "2020-01-31T00:00:00+0000", "1969-12-31T23:59:59", "https://example.org/a",
            "<p>a &amp; b</p>", "\u{202e}b", "{{ x }}", "٣", "ﬀ", "9999-12-31", "-1", "resume",
        ]).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => "\\PC{0,12}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "key",
        "info",
        "first_name",
        "last_name",
        "email",
        "phone",
        "urls",
        "type",
        "url",
        "experiences",
        "educations",
        "skills",
        "name",
        "value",
        "title",
        "company",
        "school",
        "date_start",
        "date_end",
        "location",
        "text",
        "tags",
        "attachments",
        "public_url",
        "extension",
        "summary",
    ]);
    let any = leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    });
    let lists = prop::collection::vec(any.clone(), 6);
    (any, lists).prop_map(|(info, lists)| {
        let mut document = json!({ "key": "k", "info": { "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org" } });
        if let (Value::Object(more), Some(info)) = (info, document["info"].as_object_mut()) {
            info.extend(more);
        }
        for (name, value) in ["experiences", "educations", "skills", "tags", "attachments", "languages"].iter().zip(lists) {
            document[*name] = value;
        }
        document
    })
}

/// Words of a grammar, put together without sense.
pub fn babble(words: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words), 0..most).prop_map(|words| words.concat())
}

const PREDICATES: &[&str] = &[
    "@",
    ".a",
    ".skills",
    ".info",
    ".name",
    "[0]",
    "[-1]",
    "[*]",
    "..",
    "[?",
    "]",
    "(",
    ")",
    "&&",
    "||",
    "!",
    " == ",
    " != ",
    " < ",
    ">=",
    "'a'",
    "\"b\"",
    "1",
    "2.5",
    "-0",
    "1e3",
    "null",
    "true",
    "count(",
    "length(",
    "value(",
    "match(",
    "search(",
    ", ",
    "$.vars.min",
    "$.vars.ids",
    "$",
    ".*",
    "[1:2]",
    "[::-1]",
    "['a', 'b']",
    "é",
    " ",
];

/// Mostly with its operands where they belong.
pub fn predicate() -> impl Strategy<Value = String> {
    let path = || {
        babble(
            &[
                ".a",
                ".skills",
                ".info",
                ".name",
                "[0]",
                "[-1]",
                "[*]",
                "..name",
                "['a', 'b']",
                ".*",
                "[?@.name]",
                "[?@.name == 'a']",
                "[::-1]",
            ],
            4,
        )
    };
    let side = move || {
        prop_oneof![
            3 => path().prop_map(|path| format!("@{path}")),
            1 => path().prop_map(|path| format!("count(@{path})")),
            1 => path().prop_map(|path| format!("length(@{path})")),
            2 => prop::sample::select(vec!["1", "'a'", "null", "true", "2.5", "$.vars.min", "$.vars.ids", "\"b\""]).prop_map(str::to_owned),
        ]
    };
    let compared = move || {
        (side(), prop::sample::select(vec!["==", "!=", "<", ">="]), side()).prop_map(|(one, sign, other)| format!("{one} {sign} {other}"))
    };
    let tested = move || path().prop_map(|path| format!("@{path}"));
    prop_oneof![
        2 => compared(),
        1 => tested(),
        1 => (compared(), prop::sample::select(vec![" && ", " || ", " && !"]), tested()).prop_map(|(one, sign, other)| format!("{one}{sign}{other}")),
        2 => babble(PREDICATES, 10),
    ]
}

pub const TEMPLATES: &[&str] = &[
    "{{ ",
    " }}",
    "{% if ",
    "{% for x in ",
    " %}",
    "{% endif %}",
    "{% endfor %}",
    "{% set y = ",
    "profile",
    "profile.info.first_name",
    "profile.skills",
    "profile.tags",
    "profile.nothing",
    "vars.min",
    ".name",
    "[0]",
    "[-1]",
    "[1:]",
    " | ",
    "upper",
    "int",
    "date",
    "phone",
    "strip_html",
    "join(', ')",
    "map(attribute='name')",
    "default('')",
    "tag('a')",
    "length",
    " + ",
    " * ",
    " ~ ",
    " < ",
    " == ",
    " in ",
    " and ",
    " not ",
    "(",
    ")",
    "[",
    "]",
    "1",
    "0",
    "99999999999",
    "1e308",
    "'a'",
    "range(9)",
    "x",
    " if ",
    " else ",
    "format(",
    ", ",
    "regex_replace('(a+)+', 'b')",
    "unique",
    "sort",
    "slug",
    "money",
    "{# c #}",
    "item",
    "first",
    "last",
    "batch(2)",
    "round",
];
