use super::*;
use std::fmt::Write as _;

/// What a source of files gives, a line an item.
async fn told(mut items: Items) -> String {
    let mut out = String::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(Item::Profile(profile)) => writeln!(out, "profile {} of source {:?}", profile.key, profile.source_key),
            Ok(Item::Unreadable { at, key, why }) => {
                writeln!(out, "{at}: {why}{}", key.map(|key| format!(" (key {key})")).unwrap_or_default())
            }
            Ok(other) => writeln!(out, "{other:?}"),
            Err(error) => writeln!(out, "error: {error}"),
        }
        .unwrap();
    }
    out
}

/// What one file of this name and text gives.
async fn file(name: &str, text: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let reader = Reader::open(&Files::named(&path.display().to_string())).unwrap();
    told(reader.start()).await.replace(&format!("{}/", folder.path().display()), "")
}

#[tokio::test]
async fn json_lines_go_on_after_a_bad_one() {
    let lines = concat!(
        "\u{feff}{\"key\":\"a\",\"source_key\":\"s\"}\r\n",
        "\r\n",
        "{\"key\":\"b\",\"info\":\r\n",
        "garbage with ada@example.org\n",
        "{\"info\":{}}\n",
        "{\"key\":7}\n",
        "[{\"key\":\"c\"},{\"key\":\"d\"}]\n",
        "{\"code\":200,\"data\":{\"profiles\":[{\"key\":\"e\"}]}}\n",
        "\"text\"\n",
        "{\"key\":\"f\"} {\"key\":\"g\"}\n",
        "{\"key\":\"h\"}",
    );
    insta::assert_snapshot!(file("people.jsonl", lines).await, @r#"
    profile a of source "s"
    people.jsonl:3: this is not JSON: EOF while parsing a value (column 18) (key b)
    people.jsonl:4: this is not JSON: expected value (column 1)
    people.jsonl:5: the profile has no key: a text under `key` is needed, by which it is known from run to run
    people.jsonl:6: the profile's `key` is a number, and must be a text
    profile c of source ""
    profile d of source ""
    profile e of source ""
    people.jsonl:9: a profile is an object, and this is a text
    people.jsonl:10: this is not JSON: trailing characters (column 13) (key f)
    profile h of source ""
    "#);
    assert_eq!(file("people.json", lines).await.replace("people.json", "people.jsonl"), file("people.jsonl", lines).await);
}

#[tokio::test]
async fn documents_of_every_shape() {
    let shapes = [
        ("one", r#"{"key":"a"}"#),
        ("one, spread over lines", "{\n  \"key\": \"a\",\n  \"info\": {\"email\": \"ada@example.org\"}\n}\n"),
        ("one after the other", "{\n\"key\": \"a\"\n}\n{\n\"key\": \"b\"\n}"),
        ("a list", "[\n  {\"key\": \"a\"},\n  {\"key\": \"b\"}\n]"),
        ("an empty list", " [ ] "),
        ("an envelope", r#"{"code":200,"message":"ok","data":[{"key":"a"},{"key":"b"}],"meta":{"page":1}}"#),
        (
            "an envelope, spread over lines",
            "{\n\"code\": 200,\n\"meta\": {\"page\": 1},\n\"data\": [\n{\"key\": \"a\"},\n{\"key\": \"b\"}\n]}",
        ),
        (
            "an envelope with profiles",
            "{\n\"code\": 200,\n\"data\": {\"count\": 2, \"profiles\": [{\"key\": \"a\"},\n{\"key\": \"b\"}], \"predictions\": [[0, 1]]}\n}",
        ),
        ("an envelope around one", "{\n\"code\": 200,\n\"data\": {\"key\": \"a\", \"info\": {}}\n}"),
        ("an error in an envelope", "{\"code\": 401,\n\"message\": \"no\"}"),
        ("profile not found", r#"{"code":400,"message":"Invalid parameters. Unable to find object: profile"}"#),
        ("an error with an empty list", "{\n\"code\": \"402\",\n\"data\": []\n}"),
        ("an error with an empty list of profiles", r#"{"data":{"profiles":[]},"code":500}"#),
        ("an error among lines", "{\"key\":\"a\",\"code\":400}\n{\"code\":400,\"data\":null}\n{\"key\":\"b\"}"),
        ("nothing", ""),
        ("only white space", "\n \n"),
    ];
    let mut said = String::new();
    for (name, text) in shapes {
        let _ = write!(said, "{name}:\n{}", file("x.json", text).await);
    }
    insta::assert_snapshot!(said, @r#"
    one:
    profile a of source ""
    one, spread over lines:
    profile a of source ""
    one after the other:
    profile a of source ""
    profile b of source ""
    a list:
    profile a of source ""
    profile b of source ""
    an empty list:
    an envelope:
    profile a of source ""
    profile b of source ""
    an envelope, spread over lines:
    profile a of source ""
    profile b of source ""
    an envelope with profiles:
    profile a of source ""
    profile b of source ""
    an envelope around one:
    profile a of source ""
    an error in an envelope:
    x.json:1: HrFlow's answer in this file is an error (code 401), not a profile
    profile not found:
    x.json:1: HrFlow's answer in this file is an error (code 400), not a profile
    an error with an empty list:
    x.json:1: HrFlow's answer in this file is an error (code 402), not a profile
    an error with an empty list of profiles:
    x.json:1: HrFlow's answer in this file is an error (code 500), not a profile
    an error among lines:
    profile a of source ""
    x.json:2: HrFlow's answer in this file is an error (code 400), not a profile
    profile b of source ""
    nothing:
    error: x.json is empty, so whatever should have written the profiles has not: write [] where there are none
    only white space:
    error: x.json is empty, so whatever should have written the profiles has not: write [] where there are none
    "#);
}

#[tokio::test]
async fn documents_that_are_broken() {
    let shapes = [
        ("an item that is no profile", "[{\"key\": \"a\"},\nnull,\n{\"name\": \"ada@example.org\"},\n{\"key\": \"b\"}]"),
        ("an item that is no JSON", "[{\"key\": \"a\"},\n{\"key\" \"ada\"},\n{\"key\": \"b\"}]"),
        ("cut short", "[{\"key\": \"a\"},\n{\"key\": \"b\""),
        ("a comma too few", "[{\"key\": \"a\"}\n{\"key\": \"b\"}]"),
        ("an object cut short", "{\n\"key\": \"a\",\n\"b\": "),
        ("an envelope cut short", "{\"code\": 200, \"data\": [{\"key\": \"a\"},"),
        ("a name without quotes", "{\n  key: 1\n}"),
        ("garbage behind", "[{\"key\": \"a\"}]\n]"),
        (
            "deeper than any profile",
            &format!("[{{\"key\":\"a\",\"deep\":{}{}}},{{\"key\":\"b\"}}]", "[".repeat(100_000), "]".repeat(100_000)),
        ),
    ];
    let mut said = String::new();
    for (name, text) in shapes {
        let _ = write!(said, "{name}:\n{}", file("x.json", text).await);
    }
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("[]".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let _ = write!(said, "UTF-16:\n{}", file("x.json", utf16).await);
    let _ = write!(said, "not UTF-8:\n{}", file("x.json", b"[{\"key\":\"a\",\"b\":\"\xff\"},{\"key\":\"b\"}]").await);
    insta::assert_snapshot!(said, @r#"
    an item that is no profile:
    profile a of source ""
    x.json:2: a profile is an object, and this is null
    x.json:3: the profile has no key: a text under `key` is needed, by which it is known from run to run
    profile b of source ""
    an item that is no JSON:
    profile a of source ""
    x.json:2: this is not JSON: expected `:` (column 8)
    profile b of source ""
    cut short:
    profile a of source ""
    x.json:2: this is not JSON, and what follows in this file cannot be read
    a comma too few:
    profile a of source ""
    x.json:2: this is not JSON, and what follows in this file cannot be read
    an object cut short:
    x.json:3: this is not JSON, and what follows in this file cannot be read
    an envelope cut short:
    profile a of source ""
    x.json:1: this is not JSON, and what follows in this file cannot be read
    a name without quotes:
    x.json:2: this is not JSON, and what follows in this file cannot be read
    garbage behind:
    profile a of source ""
    x.json:2: this is not JSON, and what follows in this file cannot be read
    deeper than any profile:
    x.json:1: this is not JSON: lists and objects stand in each other 128 levels deep or more (column 145) (key a)
    profile b of source ""
    UTF-16:
    x.json:1: the file is written in UTF-16: save it as UTF-8
    not UTF-8:
    x.json:1: this is not JSON: a character is not written in UTF-8 (column 17) (key a)
    profile b of source ""
    "#);
}

#[tokio::test]
async fn what_is_too_long_is_said_and_skipped() {
    let long = "x".repeat(super::LONGEST + 10);
    let lines = format!("{{\"key\":\"a\"}}\n{{\"key\":\"long\",\"text\":\"{long}\"}}\n{{\"key\":\"b\"}}\n");
    insta::assert_snapshot!(file("people.jsonl", &lines).await, @r#"
    profile a of source ""
    people.jsonl:2: the line is longer than 16 MiB
    profile b of source ""
    "#);
    let list = format!("[{{\"key\":\"a\"}},\n{{\"key\":\"long\",\"text\":\"{long}\"}},\n{{\"key\":\"b\"}}]");
    insta::assert_snapshot!(file("people.json", &list).await, @r#"
    profile a of source ""
    people.json:2: the profile is longer than 16 MiB
    profile b of source ""
    "#);
    let object = format!("{{\n\"key\":\"long\",\n\"text\":\"{long}\"}}\n{{\"key\":\"b\"}}");
    insta::assert_snapshot!(file("people.json", &object).await, @r#"
    people.json:1: the profile is longer than 16 MiB
    profile b of source ""
    "#);
}

#[tokio::test]
async fn files_in_which_nothing_stands() {
    let folder =
        folder(&[("a/1.json", ""), ("a/2.json", "\u{feff} \n"), ("b/1.jsonl", ""), ("c/1.json", ""), ("c/2.json", "[]"), ("d/1.json", "")]);
    let read = async |pattern| told(open(&folder, pattern).unwrap().start()).await.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(read("a/*.json").await, @"error: all files that match FOLDER/a/*.json are empty, so whatever should have written the profiles has not: write [] where there are none");
    insta::assert_snapshot!(read("d/1.json").await, @"error: FOLDER/d/1.json is empty, so whatever should have written the profiles has not: write [] where there are none");
    assert_eq!(read("b/1.jsonl").await, "", "lines may be none");
    assert_eq!(read("c/*.json").await, "", "one says that there is nobody");
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn open(folder: &tempfile::TempDir, pattern: &str) -> Result<Reader, SourceError> {
    Reader::open(&Files::named(&format!("{}/{pattern}", folder.path().display())))
}

#[tokio::test]
async fn files_are_found_and_sorted() {
    let folder = folder(&[
        ("b.json", r#"{"key":"b"}"#),
        ("a.json", r#"{"key":"a"}"#),
        ("c/d.json", r#"{"key":"d"}"#),
        ("no.txt", "x"),
        ("[1].json", r#"{"key":"one"}"#),
    ]);
    let read = async |pattern| told(open(&folder, pattern).unwrap().start()).await.replace(" of source \"\"\n", "; ");
    assert_eq!(read("*.json").await, "profile one; profile a; profile b; ");
    assert_eq!(read("**/*.json").await, "profile one; profile a; profile b; profile d; ");
    assert_eq!(read("b.json").await, "profile b; ");
    assert_eq!(read("[1].json").await, "profile one; ", "a file of just that name");
    let refused = |pattern| open(&folder, pattern).unwrap_err().to_string().replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(refused("*.yaml"), @"no file matches FOLDER/*.yaml: the path under source.files is relative to the file that names it");
    insta::assert_snapshot!(refused("c/"), @"FOLDER/c is a folder: write FOLDER/c/*.json for the files in it");
    insta::assert_snapshot!(refused("***.json"), @"FOLDER/***.json is not a path with * and **: wildcards are either regular `*` or recursive `**`");
}

#[tokio::test]
async fn profiles_are_read_again_by_key() {
    let folder = folder(&[
        ("a.jsonl", "{\"key\":\"a\",\"source_key\":\"s\"}\ngarbage\n{\"key\":\"b\",\"source_key\":\"s\"}\n"),
        ("c.json", r#"[{"key":"c"}]"#),
    ]);
    let reader = open(&folder, "*").unwrap();
    let keys =
        [("s", "b"), ("", "c"), ("s", "gone"), ("other", "a"), ("", "away")].map(|(source, key)| (source.to_owned(), key.to_owned()));
    insta::assert_snapshot!(told(reader.fetch(keys.to_vec()).unwrap()).await, @r#"
    profile b of source "s"
    profile c of source ""
    Missing { by: "key", value: "gone", source_key: Some("s") }
    Missing { by: "key", value: "a", source_key: Some("other") }
    Missing { by: "key", value: "away", source_key: None }
    "#);
    assert_eq!(told(reader.fetch(Vec::new()).unwrap()).await, "");
    let standard = Reader::open(&Files::named("-")).unwrap();
    insta::assert_snapshot!(standard.fetch(keys.to_vec()).unwrap_err(), @"standard input was read and cannot be read again: give a file where profiles are to be tried again");
}

#[tokio::test]
async fn reading_stops_when_nobody_wants_more() {
    let text: String = (0..100_000).map(|i| format!("{{\"key\":\"{i}\"}}\n")).collect();
    let folder = folder(&[("a.jsonl", &text)]);
    let mut items = open(&folder, "a.jsonl").unwrap().start();
    assert!(matches!(items.next().await, Some(Ok(Item::Profile(_)))));
    // The thread holds the file open until it has seen that nobody is there.
    drop(items);
    drop(folder);
}

/// A pattern's files may be links.
#[cfg(unix)]
#[tokio::test]
async fn what_leads_outside_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let people = folder.path().join("people");
    std::fs::create_dir(&people).unwrap();
    std::fs::write(folder.path().join("outside.json"), r#"{"key": "outside"}"#).unwrap();
    std::fs::write(people.join("a.json"), r#"{"key": "a"}"#).unwrap();
    std::os::unix::fs::symlink("../outside.json", people.join("b.json")).unwrap();
    let within = Some(crate::base::confined::Bounds::of(&people));
    let reader = Reader::open(&Files { path: format!("{}/*.json", people.display()), within }).unwrap();
    let mut items = reader.start();
    let mut told = Vec::new();
    while let Some(item) = items.next().await {
        told.push(match item.unwrap() {
            Item::Profile(profile) => profile.key,
            Item::Unreadable { why, .. } => why,
            other => format!("{other:?}"),
        });
    }
    assert_eq!(told, ["a", "the file is outside the workspace, and links out of it are not followed"]);
}
