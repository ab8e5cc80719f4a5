use super::*;
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
    insta::assert_snapshot!(read("a: &x [*x]\n").1.join("\n"), @"a.yaml:1:8 yaml-syntax: `*x` is an alias inside the block that it names");
}

#[test]
fn keys_that_are_no_texts_are_refused_and_those_that_look_like_numbers_are_names() {
    insta::assert_snapshot!(read("? [a, b]\n: c\n").1.join("\n"), @"a.yaml:1:3 yaml-trap: a key must be text");
    let (tree, told) = read("12345: a\ntrue: b\n");
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(tree.unwrap().get("12345").unwrap().as_text(), Some("a"));
}

/// Some parsers take U+0085 for the end of a line, and others do not.
#[test]
fn a_next_line_character_is_refused() {
    insta::assert_snapshot!([read("a: one\u{85}two\n").1, read("a: \"one\u{85}two\"\n").1].concat().join("\n"), @"
    a.yaml:1:7 yaml-syntax: there is an invisible control character (U+0085) here
    a.yaml:1:8 yaml-syntax: there is an invisible control character (U+0085) here
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
    insta::assert_snapshot!(read(&"a".repeat(MAX_BYTES + 1)).1.join("\n"), @"a.yaml:1:1 yaml-syntax: this file has 1048577 bytes; a Hireline file has at most 1048576");
}

#[test]
fn a_template_without_quotes_at_the_end_of_a_flow_list_is_told() {
    insta::assert_snapshot!(read("a: [{{ x }}, b]\nc: [ {{ y }} ]\n").1.join("\n"), @"
    a.yaml:1:5 yaml-trap: a template at the start of a value needs quotes: in YAML, `{` opens a block
    a.yaml:2:6 yaml-trap: a template at the start of a value needs quotes: in YAML, `{` opens a block
    ");
}

proptest! {
    /// The resolver is `serde_yaml`'s own, scalar by scalar.
    #[test]
    fn plain_scalars_are_what_serde_yaml_says(text in "[-+.0-9a-fxoeE_nNtTuUlLrs~]{1,12}") {
        let yaml = format!("k: {text}\n");
        if let (Some(tree), true) = sound(read(&yaml)) {
            let value: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
            prop_assert_eq!(&to_json(tree.get("k").unwrap()), &value["k"]);
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

/// The pipelines of this repository, and the corners of YAML that its parsers are known to disagree about.
#[test]
fn a_tree_is_what_serde_yaml_reads() {
    let files = [
        "src/language/library/hireline.yaml",
        "pipelines/acme/platform.yaml",
        "pipelines/demo/engineers.yaml",
        "pipelines/shared/acme.yaml",
    ];
    let corners = [
        "a: |\n  b\n",
        "a: >-\n  b\n  c\n\n  d\n",
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
    ];
    for text in files.map(|path| std::fs::read_to_string(path).unwrap()).into_iter().chain(corners.map(str::to_owned)) {
        let (Some(tree), true) = sound(read(&text)) else { continue };
        assert_eq!(to_json(&tree), serde_yaml::from_str::<serde_json::Value>(&text).unwrap(), "{text}");
    }
}
