use super::*;
use crate::base::diagnostic::Sink;
use crate::language::yaml;
use proptest::prelude::*;

fn shape(tree: &Tree) -> serde_json::Value {
    match &tree.kind {
        Kind::List(items) => items.iter().map(shape).collect(),
        Kind::Map(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), shape(&entry.value))).collect::<serde_json::Map<_, _>>().into()
        }
        Kind::Null => serde_json::Value::Null,
        Kind::Text(text) if !matches!(text.style, Style::Literal | Style::Folded) => text.value.clone().into(),
        _ => tree.place.text().trim().into(),
    }
}

fn outlined(text: &str) -> serde_json::Value {
    shape(&outline(&SourceFile::new("a.yaml", text)))
}

/// The pipelines that come with Hireline, and the built-in library.
#[test]
fn a_file_that_is_yaml_has_the_keys_that_yaml_sees() {
    fn keys(tree: &Tree, path: &str, found: &mut Vec<String>) {
        match &tree.kind {
            Kind::Map(entries) => entries.iter().for_each(|entry| {
                let path = format!("{path}.{}", entry.key);
                found.push(format!("{path} {:?}", entry.key_place));
                keys(&entry.value, &path, found);
            }),
            Kind::List(items) => items.iter().enumerate().for_each(|(at, item)| keys(item, &format!("{path}[{at}]"), found)),
            Kind::Text(text) if !matches!(text.style, Style::Literal | Style::Folded) => found.push(format!("{path} = {}", text.value)),
            _ => {}
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let patterns = ["pipelines/**/*.yaml", "src/language/library/*.yaml", "tests/lsp/*.yaml"];
    let files: Vec<_> = patterns.iter().flat_map(|pattern| glob::glob(root.join(pattern).to_str().unwrap()).unwrap()).collect();
    assert!(files.len() > 6);
    for path in files {
        let path = path.unwrap();
        let file = SourceFile::new(&path, std::fs::read_to_string(&path).unwrap());
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        keys(&outline(&file), "", &mut ours);
        keys(&yaml::parse(&file, &mut Sink::default()).unwrap(), "", &mut theirs);
        theirs.retain(|line| ours.contains(line) || !line.contains(" = ") || !line.contains('\n'));
        assert_eq!(
            ours.iter().filter(|line| !line.contains(" = ")).collect::<Vec<_>>(),
            theirs.iter().filter(|line| !line.contains(" = ")).collect::<Vec<_>>(),
            "{}",
            path.display()
        );
        for text in theirs.iter().filter(|line| line.contains(" = ")) {
            assert!(ours.contains(text), "{text} of {}", path.display());
        }
    }
}

#[test]
fn what_is_being_typed_has_a_place() {
    let typed = "version: 1\nsour\nfilters:\n- a\n-\n- keep: \"@.x\nmapping:\n  title: \"{{ profile.\n  tags:\n    - { $each: profile.skills, $a\n  emp\ndestination: { greenhouse: { auth: { api_key: {env: A}\n";
    insta::assert_json_snapshot!(outlined(typed), @r#"
    {
      "version": "1",
      "sour": null,
      "filters": [
        "a",
        null,
        {
          "keep": "@.x"
        }
      ],
      "mapping": {
        "title": "{{ profile.",
        "tags": [
          {
            "$each": "profile.skills",
            "$a": null
          }
        ],
        "emp": null
      },
      "destination": {
        "greenhouse": {
          "auth": {
            "api_key": {
              "env": "A"
            }
          }
        }
      }
    }
    "#);
}

#[test]
fn texts_on_several_lines_and_lines_at_the_wrong_level() {
    let typed = "a: |\n  b: c\n  # d\ne: one\n  two\nf:\n    g: 1\n  h: 2\n    i: 3\n\"j k\": 'l''m' # n\no: [p, {q: r},\n  s]\nt: &u v\n";
    insta::assert_json_snapshot!(outlined(typed), @r#"
    {
      "a": "|\n  b: c\n  # d",
      "e": "one",
      "f": {
        "g": "1",
        "h": "2"
      },
      "j k": "l'm",
      "o": [
        "p",
        {
          "q": "r"
        },
        "s"
      ],
      "t": "v"
    }
    "#);
}

proptest! {
    /// Whatever stands in a buffer, there is an outline, and its places are in the text.
    #[test]
    fn it_never_gives_up(text in "([ab:'\"{}\\[\\],|>&!#é\n -]|: |- |\n  ){0,60}") {
        fn within(tree: &Tree, length: usize) -> bool {
            tree.place.start <= tree.place.end && tree.place.end <= length && match &tree.kind {
                Kind::List(items) => items.iter().all(|item| within(item, length)),
                Kind::Map(entries) => entries.iter().all(|entry| entry.key_place.end <= length && within(&entry.value, length)),
                _ => true,
            }
        }
        prop_assert!(within(&outline(&SourceFile::new("a.yaml", text.clone())), text.len()));
    }

    #[test]
    fn depth_has_an_end(open in "[\\[{]{1,3}") {
        outlined(&open.repeat(50_000));
        outlined(&"- ".repeat(50_000));
    }
}

#[test]
fn a_key_with_the_cursor_in_it() {
    let file = SourceFile::new("a.yaml", "a:\n  b: 1\n  exis\u{F8FF}: apply\n");
    let tree = outline(&file);
    let spot = crate::authoring::lsp::cursor::Spot::of(&tree, file.text().find('\u{F8FF}').unwrap()).unwrap();
    assert!(
        matches!(spot.on, crate::authoring::lsp::cursor::On::Key(entry, block) if entry.key_place.text().starts_with("exis") && block.len() == 2),
        "{:?}",
        spot.on
    );
}
