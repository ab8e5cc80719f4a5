use super::*;
use crate::tree::{Kind, Tree};
use proptest::prelude::*;

fn read(text: &str) -> (Option<Tree>, Vec<String>) {
    let file = SourceFile::new("a.yaml", text);
    let mut sink = Sink::default();
    let tree = parse(&file, &mut sink);
    let told =
        sink.into_sorted().into_iter().map(|d| format!("{} {}: {}", d.place.map(|p| p.to_string()).unwrap_or_default(), d.code, d.message));
    (tree, told.collect())
}

/// Every key and value with the text at its place.
fn outline(tree: &Tree) -> Vec<String> {
    match &tree.kind {
        Kind::Map(entries) => entries
            .iter()
            .flat_map(|e| std::iter::once(format!("{} {}", e.key_place, e.key_place.text())).chain(outline(&e.value)))
            .collect(),
        Kind::List(items) => items.iter().flat_map(outline).collect(),
        _ => vec![format!("{} = {:?}", tree.place, tree.place.text())],
    }
}

#[test]
fn places_are_bytes_also_behind_characters_of_several() {
    let (tree, told) = read("é: ü\nlist:\n  - \"ñ\" # comment\n  - { k: 'v', n: 1 }\nblock: |\n  first\n  second\nempty:\nlast: ~\n");
    insta::assert_snapshot!(outline(&tree.unwrap()).join("\n"), @r#"
    a.yaml:1:1 é
    a.yaml:1:4 = "ü"
    a.yaml:2:1 list
    a.yaml:3:5 = "\"ñ\""
    a.yaml:4:7 k
    a.yaml:4:10 = "'v'"
    a.yaml:4:15 n
    a.yaml:4:18 = "1"
    a.yaml:5:1 block
    a.yaml:6:3 = "first\n  second"
    a.yaml:8:1 empty
    a.yaml:8:1 = "empty"
    a.yaml:9:1 last
    a.yaml:9:7 = "~"
    "#);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_quoted_text_ends_with_its_quote() {
    let (tree, _) = read("- \"a \\\" # b\" # c\n- 'it''s' # c\n- plain # c\n- { k: \"v\" , l: w }\n");
    insta::assert_snapshot!(outline(&tree.unwrap()).join("\n"), @r#"
    a.yaml:1:3 = "\"a \\\" # b\""
    a.yaml:2:3 = "'it''s'"
    a.yaml:3:3 = "plain"
    a.yaml:4:5 k
    a.yaml:4:8 = "\"v\""
    a.yaml:4:14 l
    a.yaml:4:17 = "w"
    "#);
}

#[test]
fn blocks_end_with_their_last_child() {
    let (tree, _) = read("a:\n  b: 1\n  c:\n    - x\n\n# a comment\nd: { e: 1 }\n");
    let tree = tree.unwrap();
    assert_eq!(tree.get("a").unwrap().place.text(), "b: 1\n  c:\n    - x");
    assert_eq!(tree.get("d").unwrap().place.text(), "{ e: 1 }");
}

#[test]
fn what_looks_like_something_else_stays_text() {
    let (tree, _) = read("a: no\nb: on\nc: 2026-06-20\nd: 007\ne: +33 6 12\nf: 1_000\ng: 0x1F\nh: 1e3\n");
    let tree = tree.unwrap();
    let kinds: Vec<String> = tree.as_map().unwrap().iter().map(|e| format!("{}: {}", e.key, to_json(&e.value))).collect();
    insta::assert_snapshot!(kinds.join("\n"), @r#"
    a: "no"
    b: "on"
    c: "2026-06-20"
    d: "007"
    e: "+33 6 12"
    f: "1_000"
    g: 31
    h: 1000.0
    "#);
}

#[test]
fn an_alias_is_the_block_it_names_at_that_blocks_place() {
    let (tree, told) = read("a: &x { k: 1 }\nb: *x\n");
    let tree = tree.unwrap();
    assert_eq!(tree.get("b").unwrap().place, tree.get("a").unwrap().place);
    assert!(told.is_empty());
}

#[test]
fn an_alias_within_itself_is_refused() {
    insta::assert_snapshot!(read("a: &x [*x]\n").1.join("\n"), @"a.yaml:1:8 yaml-syntax: `*x` stands inside the very block that it names");
}

#[test]
fn keys_that_are_no_texts_are_refused_and_those_that_look_like_numbers_are_names() {
    insta::assert_snapshot!(read("? [a, b]\n: c\n").1.join("\n"), @"a.yaml:1:3 yaml-trap: a key is a text; this is something else");
    let (tree, told) = read("12345: a\ntrue: b\n");
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(tree.unwrap().get("12345").unwrap().as_text(), Some("a"));
}

/// libyaml, below `serde_yaml`, takes U+0085 for the end of a line; saphyr does not.
#[test]
fn where_the_two_parsers_differ_nothing_is_guessed() {
    insta::assert_snapshot!([read("a: one\u{85}two\n").1, read("a: \"one\u{85}two\"\n").1].concat().join("\n"), @"
    a.yaml:2:1 yaml-syntax: from here on the file cannot be read as YAML
    a.yaml:1:4 yaml-trap: this can be read in two ways
    ");
}

#[test]
fn numbers_that_json_cannot_hold_are_told() {
    insta::assert_snapshot!(read("a: .inf\nb: 123456789012345678901234567890\n").1.join("\n"), @"
    a.yaml:1:4 yaml-trap: `.inf` is not a number that JSON can hold
    a.yaml:2:4 yaml-trap: `123456789012345678901234567890` is too large for a number
    ");
}

#[test]
fn a_large_file_is_refused_before_it_is_parsed() {
    insta::assert_snapshot!(read(&"a".repeat(MAX_BYTES + 1)).1.join("\n"), @"a.yaml:1:1 yaml-syntax: this file has 1048577 bytes; a file of Hireline has at most 1048576");
}

#[test]
fn a_template_without_quotes_at_the_end_of_a_flow_list_is_told() {
    insta::assert_snapshot!(read("a: [{{ x }}, b]\nc: [ {{ y }} ]\n").1.join("\n"), @"
    a.yaml:1:5 yaml-trap: a template at the start of a value needs quotes: to YAML a `{` opens a block
    a.yaml:2:6 yaml-trap: a template at the start of a value needs quotes: to YAML a `{` opens a block
    ");
}

proptest! {
    /// The resolver is `serde_yaml`'s own, scalar by scalar.
    #[test]
    fn plain_scalars_are_what_serde_yaml_says(text in "[-+.0-9a-fxoeE_nNtTuUlLrs~]{1,12}") {
        let yaml = format!("k: {text}\n");
        if let (Some(tree), true) = sound(read(&yaml)) {
            let value: serde_yaml::Value = serde_yaml::from_str(&yaml).unwrap();
            prop_assert_eq!(&to_yaml(tree.get("k").unwrap()), &value["k"]);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-a-c:{}\\[\\]&*!|>'\"@%#?, \n\t<é\u{85}]{0,60}") {
        let _ = read(&text);
    }
}

/// The tree, and whether nothing was told.
fn sound((tree, told): (Option<Tree>, Vec<String>)) -> (Option<Tree>, bool) {
    (tree, told.is_empty())
}

/// Whether `serde_yaml` was not asked; `None` where the text has a fault.
fn sure(text: &str) -> Option<bool> {
    let file = SourceFile::new("a.yaml", text);
    let mut sink = Sink::default();
    let (tree, sure) = builder::build(&file, &mut sink)?;
    if !sink.is_empty() {
        return None;
    }
    assert!(!sure || agree::check(&file, &tree, &mut sink), "this is not so sure:\n{text}");
    Some(sure)
}

#[test]
fn an_ordinary_file_is_read_once() {
    for path in ["src/library/hireline.yaml", "pipelines/acme/platform.yaml", "pipelines/demo/engineers.yaml", "pipelines/shared/acme.yaml"]
    {
        assert_eq!(sure(&std::fs::read_to_string(path).unwrap()), Some(true), "{path}");
    }
}

#[test]
fn what_readers_differ_about_is_asked_of_both() {
    for text in [
        "a: |\n  b\n",
        "a: b\n  c\n",
        "a: \"b\\n\"\n",
        "a: 'b''c'\n",
        "a: &x b\nc: *x\n",
        "? a\n: b\n",
        "a: [b: c]\n",
        "a: [http://b]\n",
        "a: {\"b\":c}\n",
        "a: [b,\n  c]\n",
        "a: { b }\n",
        "a:\n  b\n",
        "a: b\r\n",
        "--- \na: b\n",
        "a:\tb\n",
        "a: -b\n",
    ] {
        assert_ne!(sure(text), Some(true), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever is put together of a pipeline's parts: where one reading is enough, the other is the same.
    #[test]
    fn one_reading_is_enough_only_where_both_are_the_same(lines in proptest::collection::vec(
        (0..4usize, "(- ){0,2}", "([a-c$]{1,2}|'a'|\"b\"|\\? a)?", "(:|: |:  |)", prop_oneof![
            3 => "[a-z0-9.]{0,6}",
            2 => "(\"[a-z '#:{}@]{0,6}\"|'[a-z \"#:{}@]{0,6}')( ?#c)?",
            2 => "\\{ ?[a-c$]{1,2}:[ ]{0,2}[a-z0-9'\"=:. -]{0,6} ?(, ?d: [a-z0-9]{1,2})?\\}",
            2 => "\\[[a-z0-9'\":., -]{0,8}\\]",
            1 => "[-a-c0-9:{}\\[\\]&*!|>'\"@%#?, ~.é]{0,8}",
        ]), 1..5)) {
        let text: String = lines.into_iter().map(|(level, item, key, colon, value)| {
            format!("{}{item}{key}{colon}{value}\n", "  ".repeat(level))
        }).collect();
        sure(&text);
    }

    #[test]
    fn nor_in_a_pipeline_with_slips_of_the_pen(edits in proptest::collection::vec((0..2000usize, 0..3u8, "[-a:{}\\[\\]&*!|>'\"@%#?, \n~.é]"), 1..4)) {
        let mut text: Vec<char> = include_str!("../../pipelines/demo/engineers.yaml").chars().collect();
        for (at, kind, sign) in edits {
            let at = at % text.len();
            match kind {
                0 => text[at] = sign.chars().next().unwrap(),
                1 => drop(text.remove(at)),
                _ => text.insert(at, sign.chars().next().unwrap()),
            }
        }
        sure(&text.into_iter().collect::<String>());
    }
}
