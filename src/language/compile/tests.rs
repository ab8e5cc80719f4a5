use super::*;
use crate::base::diagnostic::Code;
use crate::model::settings::{HeaderValue, Source};
use std::path::Path;

mod amount;

const PIPELINE: &str = "version: 1
pipeline: acme
source:
  hrflow:
    api_key: { env: HRFLOW_API_KEY }
    user_email: { file: /run/secrets/email }
    source_keys: [\"abababababababababababababababababababab\"]
filters: [contactable]
mapping: candidate
destination:
  greenhouse:
    auth:
      oauth_client:
        client_id: { env: GREENHOUSE_CLIENT_ID }
        client_secret: { command: [op, read, secret] }
    job_ids: [4012]
";

/// A folder of files that goes with the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self, name: &str) -> Loaded {
        load(&[self.path(name)])
    }

    /// `file:line:column code message`, a line each.
    fn told(&self, loaded: &Loaded) -> String {
        let root = format!("{}/", self.0.path().display());
        let line = |d: &Diagnostic| format!("{} {} {}", d.place.as_ref().map(|p| p.to_string()).unwrap_or_default(), d.code, d.message);
        loaded.diagnostics.iter().map(line).collect::<Vec<_>>().join("\n").replace(&root, "")
    }
}

fn only(loaded: Loaded) -> Pipeline {
    let mut pipelines = loaded.pipelines;
    assert_eq!(pipelines.len(), 1, "{:?}", loaded.diagnostics);
    pipelines.remove(0)
}

fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn every_default_is_filled_in() {
    let folder = Folder::new(&[("a.yaml", PIPELINE), ("hireline.yaml", "version: 1\n")]);
    let loaded = folder.load("a.yaml");
    assert_eq!(folder.told(&loaded), "");
    let pipeline = only(loaded);
    assert_eq!(pipeline.id, "acme");
    insta::assert_debug_snapshot!(pipeline.source, @r#"
    Hrflow(
        Hrflow {
            api_key: Env(
                "HRFLOW_API_KEY",
            ),
            user_email: File(
                "/run/secrets/email",
            ),
            base_url: "https://api.hrflow.ai/v1",
            headers: [],
            source_keys: [
                "abababababababababababababababababababab",
            ],
            profiles: All,
            page_size: 30,
            search: None,
        },
    )
    "#);
    insta::assert_debug_snapshot!(pipeline.destination, @r#"
    Greenhouse {
        api: HarvestV3,
        base_url: "https://harvest.greenhouse.io",
        headers: [],
        account: "greenhouse",
        auth: OauthClient {
            client_id: Env(
                "GREENHOUSE_CLIENT_ID",
            ),
            client_secret: Command(
                [
                    "op",
                    "read",
                    "secret",
                ],
            ),
            token_url: "https://auth.greenhouse.io/token",
        },
        on_behalf_of: None,
        existing: Apply,
        when_changed: Ignore,
        when_archived: Skip,
        without_email: Invalid,
        ambiguous: Uncertain,
        unmatched_education: Note,
        attachments: Attachments {
            send: Url,
            hosts: [],
        },
        settle: 120s,
    }
    "#);
    insta::assert_debug_snapshot!(pipeline.limits, @"
    Limits {
        concurrency: 16,
        max_profiles: None,
        max_failures: None,
    }
    ");
}

#[test]
fn what_is_written_is_taken() {
    let text = with(
        PIPELINE,
        "    source_keys",
        "    base_url: http://127.0.0.1:8080/\n    headers: { X-Team: sourcing, X-Key: { env: GATEWAY } }\n    page_size: 100\n    profiles: { references: [\"17\"] }\n    source_keys",
    );
    let text = with(
        &text,
        "    job_ids",
        "    base_url: https://proxy.example.org/gh/v3/\n    account: acme-fr\n    on_behalf_of: 92120\n    existing: skip\n    when_archived: push\n    ambiguous: oldest\n    settle: 2m\n    job_ids",
    );
    let folder = Folder::new(&[("a.yaml", &(text + "limits: { concurrency: 8, max_profiles: 10, max_failures: 3 }\n"))]);
    let loaded = folder.load("a.yaml");
    assert_eq!(folder.told(&loaded), "");
    let pipeline = only(loaded);
    let Source::Hrflow(hrflow) = &pipeline.source else { panic!("hrflow") };
    assert_eq!((hrflow.base_url.as_str(), hrflow.page_size), ("http://127.0.0.1:8080", 100));
    assert!(matches!(&hrflow.headers[..], [(a, HeaderValue::Text(_)), (b, HeaderValue::Secret(_))] if a == "X-Team" && b == "X-Key"));
    assert_eq!(hrflow.profiles, settings::Profiles::References(vec!["17".into()]));
    let greenhouse = &pipeline.destination;
    assert_eq!((greenhouse.base_url.as_str(), greenhouse.account.as_str()), ("https://proxy.example.org/gh", "acme-fr"));
    assert_eq!((greenhouse.acting_user_id(), greenhouse.settle.as_secs()), (Some(92120), 120));
    assert_eq!(
        (greenhouse.existing, greenhouse.when_archived, greenhouse.ambiguous),
        (settings::Existing::Skip, settings::WhenArchived::Push, settings::Ambiguous::Oldest)
    );
    assert_eq!(pipeline.limits, settings::Limits { concurrency: 8, max_profiles: Some(10), max_failures: Some(3) });
}

#[test]
fn the_workspace_gives_account_ledger_and_imports() {
    let folder = Folder::new(&[
        ("hireline.yaml", "version: 1\naccount: acme\nledger: state/ledger.db\nimports: [shared/lib.yaml]\n"),
        ("shared/lib.yaml", "version: 1\nlibrary: lib\nfilters:\n  hard: { keep: \"@.key\" }\n"),
        ("teams/a.yaml", &with(PIPELINE, "contactable", "hard, lib.hard, hireline.contactable")),
    ]);
    let loaded = folder.load("teams/a.yaml");
    assert_eq!(folder.told(&loaded), "");
    let pipeline = only(loaded);
    assert_eq!(pipeline.destination.account, "acme");
    assert_eq!(pipeline.workspace.ledger, Some(folder.path("state/ledger.db")));
    assert_eq!(pipeline.workspace.root, folder.0.path());
    let names: Vec<&str> = pipeline.filters.list().iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["hard", "lib.hard", "hireline.contactable"]);
}

#[test]
fn the_nearest_name_wins_and_one_library_by_two_ways_is_one() {
    let lib =
        |name: &str, imports: &str, text: &str| format!("version: 1\nlibrary: {name}\n{imports}filters:\n  f: {{ keep: \"{text}\" }}\n");
    let folder = Folder::new(&[
        ("a.yaml", &with(&with(PIPELINE, "[contactable]", "[f, only-deep]"), "source:", "imports: [left.yaml, right.yaml]\nsource:")),
        ("left.yaml", &lib("left", "imports: [deep.yaml]\n", "@.key")),
        ("right.yaml", "version: 1\nlibrary: right\nimports: [deep.yaml]\n"),
        ("deep.yaml", &(lib("deep", "", "@.id") + "  only-deep: { drop: \"@.text\" }\n")),
    ]);
    let loaded = folder.load("a.yaml");
    assert_eq!(folder.told(&loaded), "");
    let texts: Vec<String> = only(loaded).filters.list().iter().map(|f| f.text.clone()).collect();
    assert_eq!(texts, ["@.key", "@.text"]);
}

#[test]
fn a_librarys_names_are_looked_up_from_the_library() {
    let folder = Folder::new(&[
        (
            "a.yaml",
            &with(
                &with(PIPELINE, "mapping: candidate", "mapping: { $use: engineer, company: null, title: Mine }"),
                "source:",
                "imports: [lib/outer.yaml]\nsource:",
            ),
        ),
        (
            "lib/outer.yaml",
            "version: 1\nlibrary: outer\nimports: [inner.yaml]\nmappings:\n  engineer: { $use: person, company: Acme, title: Theirs }\n",
        ),
        ("lib/inner.yaml", "version: 1\nlibrary: inner\nmappings:\n  person: { $use: candidate, title: Inner }\n"),
    ]);
    assert_eq!(folder.told(&folder.load("a.yaml")), "");
}

#[test]
fn sources_and_destinations_start_from_a_library() {
    let folder = Folder::new(&[
        (
            "a.yaml",
            "version: 1\npipeline: a\nimports: [lib.yaml]\nsource:\n  hrflow: { $use: acme, source_keys: [\"k\"], page_size: null }\nmapping: candidate\ndestination:\n  greenhouse: { $use: acme, job_ids: [1] }\n",
        ),
        (
            "lib.yaml",
            "version: 1\nlibrary: lib\nsources:\n  acme: { hrflow: { api_key: { env: KEY }, user_email: { env: MAIL }, page_size: 7 } }\ndestinations:\n  acme: { greenhouse: { auth: { access_token: { env: TOKEN } }, account: acme } }\n",
        ),
    ]);
    let loaded = folder.load("a.yaml");
    assert_eq!(folder.told(&loaded), "");
    let pipeline = only(loaded);
    let Source::Hrflow(hrflow) = &pipeline.source else { panic!("hrflow") };
    assert_eq!((hrflow.page_size, hrflow.source_keys.as_slice()), (30, ["k".to_owned()].as_slice()));
    assert_eq!(pipeline.destination.account, "acme");
}

#[test]
fn what_neither_block_says_is_missing() {
    let folder = Folder::new(&[
        (
            "a.yaml",
            &with(
                &with(PIPELINE, "    source_keys: [\"abababababababababababababababababababab\"]\n", "    $use: acme\n"),
                "source:",
                "imports: [lib.yaml]\nsource:",
            ),
        ),
        ("lib.yaml", "version: 1\nlibrary: lib\nsources:\n  acme: { hrflow: { page_size: 7, colour: blue } }\n"),
    ]);
    insta::assert_snapshot!(folder.told(&folder.load("a.yaml")), @"
    a.yaml:6:5 missing-key `source.hrflow` has no `source_keys`
    lib.yaml:4:35 unknown-key `sources.acme.hrflow` has no key `colour`
    ");
}

#[test]
fn vars_are_one_table_and_the_nearest_wins() {
    let folder = Folder::new(&[
        ("hireline.yaml", "version: 1\nimports: [ws.yaml]\n"),
        ("ws.yaml", "version: 1\nlibrary: ws\nvars: { a: ws, b: ws, c: ws }\n"),
        ("lib.yaml", "version: 1\nlibrary: lib\nvars: { a: lib, b: lib }\n"),
        ("a.yaml", &with(PIPELINE, "source:", "imports: [lib.yaml]\nvars: { a: own }\nsource:")),
    ]);
    assert_eq!(only(folder.load("a.yaml")).vars, serde_json::json!({"a": "own", "b": "lib", "c": "ws"}));
}

#[test]
fn vars_of_two_imports_are_told_unless_a_nearer_file_decides() {
    let files = |own: &str| {
        Folder::new(&[
            ("one.yaml", "version: 1\nlibrary: one\nvars: { a: 1 }\n"),
            ("two.yaml", "version: 1\nlibrary: two\nvars: { a: 2 }\n"),
            ("a.yaml", &with(PIPELINE, "source:", &format!("imports: [one.yaml, two.yaml]\n{own}source:"))),
        ])
    };
    let folder = files("");
    insta::assert_snapshot!(folder.told(&folder.load("a.yaml")), @"two.yaml:3:9 ambiguous-name `vars.a` is defined by two imports, `one` and `two`");
    let folder = files("vars: { a: 3 }\n");
    assert_eq!(folder.told(&folder.load("a.yaml")), "");
}

#[test]
fn a_library_is_told_its_faults_once_whoever_imports_it() {
    let pipeline =
        |id: &str| with(&with(PIPELINE, "pipeline: acme", &format!("pipeline: {id}")), "source:", "imports: [lib.yaml]\nsource:");
    let folder =
        Folder::new(&[("a.yaml", &pipeline("a")), ("b.yaml", &pipeline("b")), ("lib.yaml", "version: 1\nlibrary: lib\nfilter: {}\n")]);
    insta::assert_snapshot!(folder.told(&folder.load("")), @"lib.yaml:3:1 unknown-key this file has no key `filter`");
}

#[test]
fn a_folder_means_every_pipeline_and_library_below_it() {
    let named = |id: &str| with(PIPELINE, "pipeline: acme", &format!("pipeline: {id}"));
    let folder = Folder::new(&[
        ("b/two.yml", &named("two")),
        ("a/one.yaml", &named("one")),
        ("a/one/fixtures/x.yaml", &named("fixture")),
        ("a/one/snapshots/x.yaml", &named("snapshot")),
        ("a/fixtures/three.yaml", &named("three")),
        (".github/workflows/ci.yaml", &named("hidden")),
        ("compose.yaml", "services: {}\n"),
        ("lib.yaml", "version: 1\nlibrary: lib\nfliters: {}\n"),
        ("broken.yaml", "version: 1\npipeline: broken\n\tx: 1\n"),
    ]);
    let loaded = folder.load("");
    let ids: Vec<&str> = loaded.pipelines.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["three", "one", "two"]);
    insta::assert_snapshot!(folder.told(&loaded), @"
    broken.yaml:2:11 yaml-syntax YAML allows only spaces here, and this is a tab
    lib.yaml:3:1 unknown-key this file has no key `fliters`
    ");
}

#[test]
fn a_path_without_a_pipeline_is_told() {
    let folder = Folder::new(&[("sub/compose.yaml", "services: {}\n"), ("latin.yaml", "")]);
    std::fs::write(folder.path("latin.yaml"), b"pipeline: a\nx: \xe9\n").unwrap();
    let told = |name: &str| folder.told(&folder.load(name)).replace(&folder.0.path().display().to_string(), "ROOT");
    insta::assert_snapshot!([told("sub"), told("nowhere.yaml"), told("hireline.yaml"), told("sub/compose.yaml")].join("\n--\n"), @"
     unreadable-file there is no pipeline below sub
    --
     unreadable-file nowhere.yaml is not there
    --
     unreadable-file hireline.yaml is not there
    --
    sub/compose.yaml:1:1 missing-key this file is not a pipeline: it has no `pipeline:`
    ");
    insta::assert_snapshot!(told("latin.yaml"), @" unreadable-file latin.yaml is not UTF-8 text: line 2");
}

#[test]
fn two_files_of_a_workspace_do_not_share_a_name() {
    let files = [("hireline.yaml", "version: 1\n"), ("a.yaml", PIPELINE), ("deep/b.yaml", PIPELINE)];
    let folder = Folder::new(&files);
    insta::assert_snapshot!(folder.told(&folder.load("a.yaml")), @"a.yaml:2:11 duplicate-pipeline another file of this workspace is also named `acme`");
    let both = folder.load("");
    insta::assert_snapshot!(folder.told(&both), @"deep/b.yaml:2:11 duplicate-pipeline another file of this workspace is also named `acme`");
    assert_eq!(both.pipelines.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_workspace() {
    let outside = Folder::new(&[("lib.yaml", "version: 1\nlibrary: lib\n"), ("profiles/p.json", "{}")]);
    let text = with(PIPELINE, "source:", "imports: [link.yaml]\nsource:");
    let hrflow = &text[text.find("  hrflow:").unwrap()..text.find("filters:").unwrap()];
    let text = with(&text, hrflow, "  files: { path: \"data/*.json\" }\n");
    let folder = Folder::new(&[("hireline.yaml", "version: 1\n"), ("a.yaml", &text)]);
    std::os::unix::fs::symlink(outside.path("lib.yaml"), folder.path("link.yaml")).unwrap();
    std::os::unix::fs::symlink(outside.path("profiles"), folder.path("data")).unwrap();
    let told = folder.told(&folder.load("a.yaml")).replace(&folder.0.path().display().to_string(), "ROOT");
    insta::assert_snapshot!(told, @"
    a.yaml:3:11 bad-import `link.yaml` leaves the workspace ROOT
    a.yaml:5:18 unknown-value this path leaves the workspace
    ");
}

#[test]
fn files_are_found_from_the_file_that_names_them() {
    let hrflow = &PIPELINE[PIPELINE.find("  hrflow:").unwrap()..PIPELINE.find("filters:").unwrap()];
    let files = |path: &str| with(PIPELINE, hrflow, &format!("  files: {{ path: \"{path}\" }}\n"));
    let folder = Folder::new(&[
        ("hireline.yaml", "version: 1\n"),
        ("teams/a.yaml", &files("../profiles/**/*.json")),
        ("b.yaml", &with(&files("-"), "pipeline: acme", "pipeline: b")),
    ]);
    let path = |name: &str| match only(folder.load(name)).source {
        Source::Files(files) => files.path,
        Source::Hrflow(_) => panic!("files"),
    };
    assert_eq!(Path::new(&path("teams/a.yaml")), folder.path("profiles/**/*.json"));
    assert_eq!(path("b.yaml"), "-");
}

#[test]
fn unset_variables_are_a_warning_and_only_on_request() {
    let folder =
        Folder::new(&[("a.yaml", &with(PIPELINE, "HRFLOW_API_KEY", "HIRELINE_TEST_NOT_SET").replace("GREENHOUSE_CLIENT_ID", "PATH"))]);
    assert_eq!(folder.told(&folder.load("a.yaml")), "");
    let checked = Loader::default().warn_of_unset_variables(true).load(&[folder.path("a.yaml")]);
    insta::assert_snapshot!(folder.told(&checked), @"a.yaml:5:21 secret-unavailable the environment variable HIRELINE_TEST_NOT_SET is not set here");
    assert!(!checked.has_errors());
    assert_eq!(checked.pipelines.len(), 1);
}

#[test]
fn the_reading_changes_with_what_is_read_and_made_and_with_nothing_else() {
    let reading = |text: &str| only(Folder::new(&[("a.yaml", text)]).load("a.yaml")).reading;
    let base = reading(PIPELINE);
    assert_eq!(base.len(), 64);
    for (from, to) in [
        ("version: 1\n", "# a comment\nversion: 1\ndescription: other words\n"),
        ("filters: [contactable]", "filters:\n  - hireline.contactable"),
        ("    job_ids: [4012]", "    job_ids:\n      - 4012\n    existing: skip\n    settle: 5s"),
        (
            "    api_key: { env: HRFLOW_API_KEY }\n    user_email: { file: /run/secrets/email }",
            "    user_email: { file: /run/secrets/email }\n    api_key: { env: HRFLOW_API_KEY }",
        ),
    ] {
        assert_eq!(reading(&with(PIPELINE, from, to)), base, "{to}");
    }
    for (from, to) in [
        ("[\"ab", "[\"cd"),
        ("[contactable]", "[not-archived]"),
        ("[contactable]", "[]"),
        ("mapping: candidate", "mapping: { $use: candidate, title: Engineer }"),
        ("job_ids: [4012]", "job_ids: [4013]"),
        ("source:", "vars: { a: 1 }\nsource:"),
    ] {
        assert_ne!(reading(&with(PIPELINE, from, to)), base, "{to}");
    }
}

#[test]
fn every_auth_goes_with_the_apis_it_is_for() {
    let auth = &PIPELINE[PIPELINE.find("      oauth_client:").unwrap()..PIPELINE.find("    job_ids").unwrap()];
    let ways = [
        auth.to_owned(),
        "      api_key: { env: A }\n".into(),
        "      access_token: { env: A }\n".into(),
        "      header: { name: X-API-KEY, value: { env: A } }\n".into(),
        "      oauth_password: { token_url: https://l.example.org/t, client_id: { env: A }, client_secret: { env: A }, username: { env: A }, password: { env: A }, scheme: OAuth }\n".into(),
        "      oauth_user: { client_id: { env: A }, client_secret: { env: A } }\n".into(),
    ];
    let mut table = Vec::new();
    for way in &ways {
        let outcome = |api: &str| {
            let text = with(&with(PIPELINE, auth, way), "    job_ids", &format!("    api: {api}\n    on_behalf_of: 1\n    job_ids"));
            let loaded = Folder::new(&[("a.yaml", &text)]).load("a.yaml");
            let codes: Vec<&str> = loaded.diagnostics.iter().filter(|d| d.code != Code::EndOfLife).map(|d| d.code.as_str()).collect();
            if codes.is_empty() { "yes".to_owned() } else { codes.join(" ") }
        };
        let name = way.trim().split(':').next().unwrap().to_owned();
        table.push(format!("{name}: v3 {}, v1 {}", outcome("harvest-v3"), outcome("harvest-v1")));
    }
    insta::assert_snapshot!(table.join("\n"), @"
    oauth_client: v3 yes, v1 wrong-auth
    api_key: v3 wrong-auth, v1 yes
    access_token: v3 conflicting-keys, v1 yes
    header: v3 conflicting-keys, v1 yes
    oauth_password: v3 wrong-auth, v1 yes
    oauth_user: v3 conflicting-keys, v1 wrong-auth
    ");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    let verdict = |url: &str| {
        let text = with(PIPELINE, "    source_keys", &format!("    base_url: {url}\n    source_keys"));
        let loaded = Folder::new(&[("a.yaml", &text)]).load("a.yaml");
        format!("{url}: {}", loaded.diagnostics.first().map_or("fine", |d| d.code.as_str()))
    };
    let urls = [
        "https://a.example.org",
        "http://a.example.org",
        "http://127.0.0.1:1",
        "http://localhost:8080/v1",
        "\"http://[::1]:1\"",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@example.org",
        "ftp://a.example.org",
        "a.example.org",
        "https://a.example.org/?k=v",
    ];
    insta::assert_snapshot!(urls.map(verdict).join("\n"), @r#"
    https://a.example.org: fine
    http://a.example.org: plain-http
    http://127.0.0.1:1: fine
    http://localhost:8080/v1: fine
    "http://[::1]:1": fine
    http://localhost.example.org: plain-http
    http://127.0.0.1.example.org: plain-http
    http://127.0.0.1@example.org: secret-in-file
    ftp://a.example.org: unknown-value
    a.example.org: unknown-value
    https://a.example.org/?k=v: unknown-value
    "#);
}

/// A fault that leaves a tree to go on with is a fault all the same.
#[test]
fn a_pipeline_with_a_trap_in_it_is_not_handed_out() {
    let folder = Folder::new(&[("a.yaml", &with(PIPELINE, "mapping: candidate", "mapping: { $use: candidate, title: !x }"))]);
    let loaded = folder.load("a.yaml");
    assert_eq!(folder.told(&loaded), "a.yaml:9:36 yaml-trap a value that starts with `!` is a YAML tag, not a text");
    assert!(loaded.pipelines.is_empty());
}

#[test]
fn a_ledger_outside_the_workspace_is_for_the_command_line() {
    let folder = Folder::new(&[("a.yaml", PIPELINE), ("hireline.yaml", "version: 1\nledger: ../ledger.db\n")]);
    let loaded = folder.load("a.yaml");
    assert_eq!(folder.told(&loaded), "hireline.yaml:2:9 unknown-value the ledger's path leaves the workspace");
}

#[test]
fn a_mark_at_the_files_start_and_the_ends_of_lines_of_windows_are_no_text() {
    let folder = Folder::new(&[("a.yaml", &format!("\u{feff}{}", PIPELINE.replace('\n', "\r\n")))]);
    let loaded = folder.load("a.yaml");
    assert_eq!(folder.told(&loaded), "");
    assert_eq!(only(loaded).id, "acme");
}

#[test]
fn without_hireline_yaml_the_repository_is_the_workspace() {
    let pipeline = with(PIPELINE, "source:", "imports: [../shared/lib.yaml]\nsource:");
    let folder = Folder::new(&[(".git/HEAD", ""), ("teams/a.yaml", &pipeline), ("shared/lib.yaml", "version: 1\nlibrary: lib\n")]);
    let loaded = folder.load("teams/a.yaml");
    assert_eq!(folder.told(&loaded), "");
    assert_eq!(only(loaded).workspace.root, folder.0.path());
    std::fs::remove_dir_all(folder.path(".git")).unwrap();
    assert!(folder.told(&folder.load("teams/a.yaml")).contains("leaves the workspace"));
}
