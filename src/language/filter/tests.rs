use super::*;
use crate::base::place::SourceFile;
use std::fmt::Write as _;

mod differential;
mod names;

/// Every predicate with what `parse` says of it: the words that a person reads, and what they point at.
fn refused(predicates: &[&str]) -> String {
    let mut out = String::new();
    for text in predicates {
        match Predicate::parse(text) {
            Ok(_) => writeln!(out, "{text}\n  is accepted").unwrap(),
            Err(misreading) => {
                let pointed = text.get(misreading.range.clone()).expect("a place within the text");
                writeln!(out, "{text}\n  {} › {pointed}", misreading.message).unwrap();
                if let Some(help) = misreading.help {
                    writeln!(out, "  help: {help}").unwrap();
                }
            }
        }
    }
    out
}

fn holds(predicate: &str, profile: &Value) -> bool {
    let mut profile = profile.clone();
    let untouched = profile.clone();
    let filters = Filters::new(vec![filter("f", true, predicate)], json!({ "min": 2, "ids": [4, 5], "none": null }), "acme");
    let verdict = filters.judge(&mut profile);
    assert_eq!(profile, untouched, "the profile comes back as it was");
    verdict == Verdict::Passes
}

fn filter(name: &str, keeps: bool, text: &str) -> Filter {
    let file = SourceFile::new("p.yaml", text);
    let predicate = Predicate::parse(text).unwrap_or_else(|misreading| panic!("{text}: {misreading:?}"));
    Filter { name: name.into(), keeps, because: None, text: text.into(), place: Place::new(&file, 0, text.len()), predicate }
}

#[test]
fn what_is_refused_is_refused_in_words() {
    insta::assert_snapshot!(
        "slips",
        refused(&[
            "",
            "  ",
            "@.a = 1",
            "@.a === 1",
            "@.a =~ 'x'",
            "@.a <> 1",
            "@.a & @.b",
            "@.a | @.b",
            "@.a and @.b",
            "@.a OR @.b",
            "not @.a",
            "@.key in ['a']",
            "@.skills contains 'rust'",
            "in(@.key, $.vars.ids)",
            "lenght(@.a) > 1",
            "upper(@.a) == 'X'",
            "count (@.a[*]) > 1",
            "@. a",
            "@.a. b == 1",
            "@.first-name",
            "@.a == rust",
            "@.a == True",
            "@.a == None",
            "@.a == “rust”",
            "@.a == 'rust",
            "profile.info.email",
            "vars.x == 1",
            "@.a + 1 > 2",
            "(@.a",
            "@.a)",
            "(@.a]",
            "@.a ==",
            "@.a == 1 &&",
            "@.skills[*].name == 'rust'",
            "!@.a == 1",
            "@.a == ['x']",
            "@.a == 1 2",
            "@.a == 01",
            "@.a == 9007199254740992",
            "@.a == 1e999",
            "1",
            "'text'",
            "true",
            "@.a, ?@.b",
            "@.a][?@.b",
            "@.a]",
            "@.tags[?@.name = 'x']",
            "match(@.a, '(')",
            "match(@.a, 'a{99999}{99999}')",
            "@.naïve-key",
            "é",
            "#",
        ])
    );
}

#[test]
fn what_would_be_answered_wrongly_is_refused() {
    insta::assert_snapshot!(
        "ill_typed",
        refused(&[
            "@[?@.a]",
            "@.a[?@[?@>1]]",
            "@..[?@.a]",
            "@[0, ?@.a]",
            "count(@..*)",
            "length(@.a)",
            "value(@.a)",
            "length(@.*) == 1",
            "length(@[1, 2]) == 1",
            "length(@['a', 'b']) == 1",
            "length(@..a) == 1",
            "length(@[0:1]) == 1",
            "length(match(@.a, 'a')) == 1",
            "length((@.a)) == 1",
            "count(1) == 1",
            "count(length(@.a)) == 1",
            "value('x') == 1",
            "match(@.*, 'a')",
            "match(@.a, @.*)",
            "match(@.a, 'a') == true",
            "search(@.a, 'a') == true",
            "$",
            "$.profiles[0].info",
            "$..x",
            "$.* == 1",
            "$[0] == 1",
            "$.var.x == 1",
            "$['vars'].x == 1",
            "@.a[?@.b == $.var.x]",
        ])
    );
}

#[test]
fn what_is_always_the_same_is_a_caution() {
    let mut said = String::new();
    for text in [
        "@.archived_at == null",
        "@.info.email != ''",
        "@.a && null == @['b'][0].c || @.d",
        "@.tags[?@.value == \" \"]",
        "$.vars.none == null",
        "@.a == 'x'",
        "@.a == @.b",
        "length(@.a) == null",
    ] {
        let predicate = Predicate::parse(text).unwrap();
        writeln!(said, "{text}").unwrap();
        for warning in predicate.warnings().iter().filter(|warning| warning.code == Code::PointlessTest) {
            let help = warning.help.as_deref().unwrap_or_default();
            writeln!(said, "  {} › {}\n  help: {help}", warning.message, &text[warning.range.clone()]).unwrap();
        }
    }
    insta::assert_snapshot!(said, @r#"
    @.archived_at == null
      profiles have no blank values, so this is never true › @.archived_at == null
      help: to ask whether a field exists, write its path alone: `!@.archived_at`
    @.info.email != ''
      profiles have no blank values, so this is always true › @.info.email != ''
      help: to ask whether a field exists, write its path alone: `@.info.email`
    @.a && null == @['b'][0].c || @.d
      profiles have no blank values, so this is never true › null == @['b'][0].c
      help: to ask whether a field exists, write its path alone: `!@['b'][0].c`
    @.tags[?@.value == " "]
      profiles have no blank values, so this is never true › @.value == " "
      help: to ask whether a field exists, write its path alone: `!@.value`
    $.vars.none == null
    @.a == 'x'
    @.a == @.b
    length(@.a) == null
    "#);
}

#[test]
fn a_predicate_is_bounded() {
    let refused = |text: &str| Predicate::parse(text).unwrap_err().message;
    let deep = |n: usize, open: &str, close: &str| format!("{}@.a{}", open.repeat(n), close.repeat(n));
    insta::assert_snapshot!(refused(&deep(10_000, "(", ")")), @"a predicate is at most 16384 bytes long, and this one has 20003");
    insta::assert_snapshot!(refused(&deep(1_000_000, "(", ")")), @"a predicate is at most 16384 bytes long, and this one has 2000003");
    insta::assert_snapshot!(refused(&deep(25, "(", ")")), @"the predicate is nested too deeply");
    insta::assert_snapshot!(refused(&deep(5, "@.a[?", "]")), @"the predicate is nested too deeply");
    insta::assert_snapshot!(refused(&format!("{} == 1", deep(5, "value(", ")"))), @"the predicate is nested too deeply");
    assert!(Predicate::parse(&deep(24, "(", ")")).is_ok());
    assert!(Predicate::parse(&deep(4, "@.a[?", "]")).is_ok());
    // What is allowed is quick, also where it is wrong at its innermost end and every reading of it is tried.
    let begin = std::time::Instant::now();
    let _ = Predicate::parse(&deep(20, "(", ")").replace("@.a", "count(@.a[?match(@[?count(@.a == 1 2) == 1], 'a')]) == 1"));
    let _ = Predicate::parse(&format!("{}@.a == 1", "@.a == 1 || ".repeat(1000)));
    assert!(begin.elapsed().as_secs() < 5);
}

#[test]
fn a_deep_predicate_needs_little_stack() {
    let text = format!("{}@.a{}", "(".repeat(24), ")".repeat(24));
    let judged = std::thread::Builder::new().stack_size(512 * 1024).spawn(move || holds(&text, &json!({ "a": 1 }))).unwrap().join();
    assert!(judged.unwrap());
}

#[test]
fn the_count_of_nothing_is_zero() {
    let (some, none) = (json!({ "skills": [1, 2], "n": 2, "z": 0, "one": [1] }), json!({ "n": 2, "z": 0, "one": [1] }));
    let cases = [
        "count(@.skills[*]) == 0",
        "count(@.skills[*]) != 0",
        "count(@.skills[*]) > 0",
        "count(@.skills[*]) >= 0",
        "count(@.skills[*]) < 3",
        "count(@.skills[*]) < $.vars.min",
        "0 == count(@.skills[*])",
        "@.n > count(@.skills[*])",
        "!(count(@.skills[*]) == 0)",
        "count(@.skills[*]) == count(@.other[*])",
        "count(@.other[*]) == count(@.skills[*])",
        "count(@.one[*]) > count(@.skills[*])",
        "count(@.other[*]) < count(@.skills[*])",
        "count(@.skills[*]) == count(@.skills[*])",
        "count(@.skills[?@ > 1]) == 1",
        "@.one[?count(@.x) == 0]",
    ];
    let table: String =
        cases.iter().map(|case| format!("{case}: {} with two skills, {} with none\n", holds(case, &some), holds(case, &none))).collect();
    insta::assert_snapshot!(table, @r"
    count(@.skills[*]) == 0: false with two skills, true with none
    count(@.skills[*]) != 0: true with two skills, false with none
    count(@.skills[*]) > 0: true with two skills, false with none
    count(@.skills[*]) >= 0: true with two skills, true with none
    count(@.skills[*]) < 3: true with two skills, true with none
    count(@.skills[*]) < $.vars.min: false with two skills, true with none
    0 == count(@.skills[*]): false with two skills, true with none
    @.n > count(@.skills[*]): false with two skills, true with none
    !(count(@.skills[*]) == 0): true with two skills, false with none
    count(@.skills[*]) == count(@.other[*]): false with two skills, true with none
    count(@.other[*]) == count(@.skills[*]): false with two skills, true with none
    count(@.one[*]) > count(@.skills[*]): false with two skills, true with none
    count(@.other[*]) < count(@.skills[*]): true with two skills, false with none
    count(@.skills[*]) == count(@.skills[*]): true with two skills, true with none
    count(@.skills[?@ > 1]) == 1: true with two skills, false with none
    @.one[?count(@.x) == 0]: true with two skills, true with none
    ");
}

#[test]
fn one_of_several_texts() {
    let profile = json!({ "key": "ab", "n": 1, "empty": "", "list": ["ab", "c d"] });
    let cases = [
        "match(@.key, 'ab')",
        "match(@.key, 'a')",
        "match(@.key, 'b|ab|c')",
        "!match(@.key, 'b|c')",
        "match(@.key, 'a.')",
        "match(@.n, '1')",
        "match(@.empty, '|x')",
        "match(@.none, '|x')",
        "match($.pipeline, 'acme|other')",
        "@.list[?match(@, 'c d')]",
        "match(value(@.list[0:1]), 'ab|x')",
    ];
    let table: String = cases.iter().map(|case| format!("{case}: {}\n", holds(case, &profile))).collect();
    insta::assert_snapshot!(table, @r"
    match(@.key, 'ab'): true
    match(@.key, 'a'): false
    match(@.key, 'b|ab|c'): true
    !match(@.key, 'b|c'): true
    match(@.key, 'a.'): true
    match(@.n, '1'): false
    match(@.empty, '|x'): true
    match(@.none, '|x'): false
    match($.pipeline, 'acme|other'): true
    @.list[?match(@, 'c d')]: true
    match(value(@.list[0:1]), 'ab|x'): true
    ");
}

#[test]
fn predicates_of_the_handbook() {
    let profile = json!({
        "info": { "email": "ada@example.org", "last_name": "Lovelace" },
        "experiences_duration": 8.5,
        "tags": [{ "name": "stage", "value": "rejected" }, { "name": "remote", "value": true }],
        "skills": [{ "name": "rust", "type": "hard" }, { "name": "welding", "type": "hard" }],
        "key in": "odd",
    });
    for (predicate, expected) in [
        ("@.info.email", true),
        ("!@.info.phone", true),
        ("@.experiences_duration >= $.vars.min", true),
        ("@.tags[?@.name == 'stage' && @.value == 'rejected']", true),
        ("@.tags[?@.name == 'remote' && @.value == false]", false),
        ("search(@.info.email, '@example[.]org$')", true),
        ("@.skills[?match(@.name, 'rust|go')]", true),
        ("length(@.info.last_name) == 8", true),
        ("length(value(@.skills[0].name)) == 4", true),
        ("$.pipeline == 'acme'", true),
        ("$.vars.ids[?@ == 4]", true),
        ("@.a == @.b", true),
        ("@.a == null", false),
        ("$.vars.none == null", true),
        ("@['key in'] == 'odd'", true),
        ("@.info.last_name == \"Lovelace\" \n  &&\t@.info.email", true),
        ("(@.info.phone || @.info.email) && !(@.a == 1)", true),
        ("@.skills[-1].name == 'welding'", true),
        ("@..name", true),
    ] {
        assert_eq!(holds(predicate, &profile), expected, "{predicate}");
    }
}

#[test]
fn the_first_filter_that_says_no_is_named() {
    let list = vec![filter("a", true, "@.a"), filter("b", false, "@.b"), filter("c", true, "@.c == $.vars.c")];
    let filters = Filters::new(list, json!({ "c": 1 }), "acme");
    let ask = |mut profile: Value| (filters.judge(&mut profile), filters.trace(&mut profile));
    assert_eq!(ask(json!({ "a": 1, "c": 1 })), (Verdict::Passes, vec![true, true, true]));
    assert_eq!(ask(json!({ "a": 1, "b": 1 })), (Verdict::Filtered { index: 1 }, vec![true, false, false]));
    assert_eq!(ask(json!({ "c": 1 })), (Verdict::Filtered { index: 0 }, vec![false, true, true]));
    assert_eq!(Filters::new(Vec::new(), json!({}), "acme").judge(&mut json!({})), Verdict::Passes);
}

#[test]
fn filters_are_shared_between_threads() {
    let filters = Filters::new(vec![filter("even", true, "@.even == true")], json!({}), "acme");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let filters = &filters;
            scope.spawn(move || {
                for i in 0..500 {
                    let even = (i + thread) % 2 == 0;
                    let mut profile = json!({ "even": even, "i": i });
                    assert_eq!(filters.judge(&mut profile) == Verdict::Passes, even);
                    assert_eq!(profile["i"], i);
                }
            });
        }
    });
}

/// Each would take minutes over a profile of a few hundred values.
#[test]
fn a_walk_within_a_walk_is_refused() {
    insta::assert_snapshot!(refused(&["@..*..*", "@.a && count(@..skills..name) > 2", "@..skills[?@..name]", "@.a[?@.b[?@..c[?@..d]]]", "@..a && @..b", "@.a[?@..b]"]), @"
    @..*..*
      `..` searches the whole profile, and this one is inside what another `..` finds › @..*..*
      help: keep one `..`, and write the path instead of the others: `@.experiences[*].skills[?@.name == 'rust']`
    @.a && count(@..skills..name) > 2
      `..` searches the whole profile, and this one is inside what another `..` finds › @.a && count(@..skills..name) > 2
      help: keep one `..`, and write the path instead of the others: `@.experiences[*].skills[?@.name == 'rust']`
    @..skills[?@..name]
      `..` searches the whole profile, and this one is inside what another `..` finds › @..skills[?@..name]
      help: keep one `..`, and write the path instead of the others: `@.experiences[*].skills[?@.name == 'rust']`
    @.a[?@.b[?@..c[?@..d]]]
      `..` searches the whole profile, and this one is inside what another `..` finds › @.a[?@.b[?@..c[?@..d]]]
      help: keep one `..`, and write the path instead of the others: `@.experiences[*].skills[?@.name == 'rust']`
    @..a && @..b
      is accepted
    @.a[?@..b]
      is accepted
    ");
}
