//! Files as customers have them: one key in several rows, characters that nobody sees, tables, pretty-printed lines.

use crate::harness::Office;
use serde_json::{Value, json};

fn profile(key: &str, first_name: &str, email: &str, updated: &str) -> Value {
    json!({
        "key": key, "source": { "key": "exports" }, "updated_at": updated,
        "info": { "first_name": first_name, "last_name": "Example", "email": email },
    })
}

fn lines(profiles: &[Value]) -> String {
    profiles.iter().map(|profile| format!("{profile}\n")).collect()
}

/// A pipeline of these files.
fn pipeline(office: &Office, path: &str) -> String {
    let mut pipeline = office.v3("exports");
    pipeline["source"] = json!({ "files": { "path": path } });
    pipeline["destination"]["greenhouse"]["when_changed"] = json!("update");
    office.save(&pipeline)
}

fn people(office: &Office) -> Vec<String> {
    let state = office.state();
    let text = |candidate: &Value, path: &str| candidate.pointer(path).and_then(Value::as_str).unwrap_or("-").to_owned();
    let candidates = state["candidates"].as_array().unwrap();
    let mut told: Vec<_> =
        candidates.iter().map(|one| format!("{} {}", text(one, "/first_name"), text(one, "/email_addresses/0/value"))).collect();
    told.sort();
    told
}

#[test]
fn of_one_key_in_several_rows_the_newest_is_sent() {
    let office = Office::open(Vec::new());
    let day = |day: u32| format!("2026-06-{day:02}T10:00:00+0000");
    let monday = [profile("1", "Adda", "ada@example.org", &day(1)), profile("2", "Bo", "bo@example.org", &day(1))];
    let tuesday = [profile("1", "Ada", "ada@example.org", &day(2)), profile("1", "Aida", "ada@example.org", &day(1))];
    office.write("export/1.jsonl", &lines(&monday));
    office.write("export/2.jsonl", &lines(&tuesday));
    let file = pipeline(&office, "export/*.jsonl");
    let plan = office.call(&["plan", "--json", &file]).expect(0);
    assert_eq!(plan.profiles().len(), 2, "{}", plan.stdout);
    office.call(&["plan", "--json", "--out", "plan.jsonl", &file]).expect(0);
    let run = office.call(&["run", "--json", "--plan", "plan.jsonl", &file]).expect(0);
    assert_eq!(run.counts().into_iter().collect::<Vec<_>>(), [("created".to_owned(), 2)]);
    assert!(run.stderr.contains("2 rows were passed over: newer rows of the same profiles stand elsewhere"), "{}", run.stderr);
    assert_eq!(people(&office), ["Ada ada@example.org", "Bo bo@example.org"]);
    let writes = office.writes();
    office.run(&file).expect(0);
    assert_eq!(office.writes(), writes, "a second run writes nothing");
    // Monday's file alone: Ada's row is older than the one that was sent.
    std::fs::remove_file(office.folder().join("export/2.jsonl")).unwrap();
    for verb in ["plan", "run"] {
        let ended = office.call(&[verb, "--json", &file]);
        assert_eq!(ended.profiles()["1"]["outcome"], "skipped", "{}", ended.stdout);
        assert!(
            ended.stdout.contains("a newer row of this profile, of 2026-06-02T10:00:00Z, was read by an earlier run"),
            "{}",
            ended.stdout
        );
    }
    assert_eq!(office.writes(), writes);
}

/// It cannot be looked through beforehand: the rows are pushed one after the other.
#[test]
fn rows_of_standard_input_are_pushed_in_turn() {
    let office = Office::open(Vec::new());
    let rows: Vec<_> =
        (1..=9).map(|day| profile("1", &format!("Ada{day}"), "ada@example.org", &format!("2026-06-0{day}T10:00:00+0000"))).collect();
    let path = office.write("rows.jsonl", &lines(&rows));
    let mut value = office.v3("exports");
    value["source"] = json!({ "files": { "path": "-" } });
    value["destination"]["greenhouse"]["when_changed"] = json!("update");
    let file = office.save(&value);
    let mut command = office.command(&["run", "--json", "--new-ledger", &file]);
    command.stdin(std::fs::File::open(path).unwrap());
    let run = crate::harness::finish(command).expect(0);
    assert_eq!(people(&office), ["Ada9 ada@example.org"], "{}", run.stdout);
}

#[test]
fn characters_that_nobody_sees_make_nobody_twice() {
    let office = Office::open(Vec::new());
    let at = "2026-06-20T15:25:07+0000";
    let people_in = [
        profile("1", "Ada", "ada@example.org", at),
        profile("2", "Ada", "ada@exa\u{200b}mple.org", at),
        profile("3", "A\u{ad}da", "\u{feff}ADA@example.org\u{a0}", at),
        profile("4", "Zoe\u{301}\u{0}", "zoe@example.org", at),
        profile("5", "\u{200b}\u{2060}", "nobody@example.org", at),
        profile("6", "Jo", "jo@b\u{fc}cher.example", at),
        profile("7", "Jo", "jo@xn--bcher-kva.example", at),
    ];
    office.write("people.jsonl", &lines(&people_in));
    let file = pipeline(&office, "people.jsonl");
    let run = office.run(&file).expect(0);
    // One of the two spellings of Jo's address, whichever was pushed first.
    let there: Vec<_> = people(&office).into_iter().filter(|one| !one.starts_with("Jo ")).collect();
    assert_eq!((there.concat(), people(&office).len()), ("Ada ada@example.orgZo\u{e9} zoe@example.org".to_owned(), 3), "{}", run.stdout);
    assert_eq!(run.profiles()["5"]["outcome"], "filtered", "{}", run.stdout);
    office.write("ada.json", &people_in[2].to_string());
    let trace = office.call(&["trace", "--json", &file, "ada.json"]).expect(0);
    let told: Value = serde_json::from_str(&trace.stdout).unwrap();
    assert_eq!(told["cleaned"], json!(["info.first_name", "info.email"]), "{}", trace.stdout);
}

#[test]
fn tables_and_pretty_lines_are_read() {
    let office = Office::open(Vec::new());
    let table = "\u{feff}Key;First name;Last name;E-mail;Job title;Company;Skills;Badge\n\
                 1;Ada;Example;ada@example.org;Engineer;\"Acme; Robotics\";Rust; \n\
                 2;Bo;Example;bo@example.org;;;Go|SQL;7\n\
                 3;Cy\n";
    office.write("people.csv", table);
    let file = pipeline(&office, "people.csv");
    let run = office.run(&file).expect(1);
    assert_eq!(people(&office), ["Ada ada@example.org", "Bo bo@example.org"], "{}", run.stdout);
    assert!(run.stdout.contains("people.csv:4: the row has 2 fields, and the header has 8"), "{}", run.stdout);
    let pretty = [
        profile("4", "Di", "di@example.org", "2026-06-20T15:25:07+0000"),
        profile("5", "Ed", "ed@example.org", "2026-06-20T15:25:07+0000"),
    ];
    let text: String = pretty.iter().map(|profile| format!("\u{feff}{profile:#}\n")).collect();
    office.write("pretty.jsonl", &text);
    office.run(&pipeline(&office, "pretty.jsonl")).expect(0);
    assert_eq!(people(&office).len(), 4);
    office.write("people.xlsx.json", "PK\u{3}\u{4}...");
    let run = office.run(&pipeline(&office, "people.xlsx.json")).expect(1);
    assert!(run.stdout.contains("the file is a spreadsheet: save it as CSV UTF-8, and name that file"), "{}", run.stdout);
}

#[test]
fn a_key_that_may_not_be_kept_is_refused() {
    let office = Office::open(Vec::new());
    let at = "2026-06-20T15:25:07+0000";
    office.write(
        "people.jsonl",
        &lines(&[profile("ada@example.org", "Ada", "ada@example.org", at), profile("a\u{7}b", "Bo", "bo@example.org", at)]),
    );
    let run = office.run(&pipeline(&office, "people.jsonl")).expect(1);
    assert_eq!(people(&office), Vec::<String>::new());
    insta::assert_snapshot!(office.steady(&run.stdout), @r#"
    {"type":"profile","pipeline":"exports","profile":"people.jsonl:1","outcome":"invalid","reason":"people.jsonl:1: the profile's `key` is an e-mail address. Keys are kept in the ledger and shown in logs: take another key, such as a number"}
    {"type":"profile","pipeline":"exports","profile":"people.jsonl:2","outcome":"invalid","reason":"people.jsonl:2: the profile's `key` holds a control character: it is kept and shown, so it must be a plain text"}
    {"type":"summary","run":"[run]","pipeline":"exports","counts":{"invalid":2},"seconds":[seconds]}
    "#);
    for (path, bytes) in office.ledger_files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("ada@example.org"), "{}", path.display());
    }
}

#[test]
fn what_hrflow_shows_late_is_read_and_a_date_in_the_future_hides_nobody() {
    let at = |time: &str| format!("2026-06-20T{time}+0000");
    let mut profiles =
        vec![profile("1", "Ada", "ada@example.org", &at("15:00:00")), profile("2", "Bo", "bo@example.org", "2199-01-01T00:00:00+0000")];
    let office = Office::open(profiles.clone());
    let mut pipeline = office.v3("changed");
    pipeline["source"]["hrflow"]["profiles"] = json!("changed");
    pipeline["source"]["hrflow"]["source_keys"] = json!(["exports"]);
    let file = office.save(&pipeline);
    let mut run = |late: Option<Value>| {
        profiles.extend(late);
        office.sandbox.set_profiles(profiles.clone());
        office.run(&file).expect(0).counts().into_iter().map(|(outcome, many)| format!("{outcome} {many}")).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(run(None), "created 2");
    assert_eq!(run(Some(profile("3", "Cy", "cy@example.org", &at("14:20:00")))), "created 1, unchanged 2");
    assert_eq!(run(Some(profile("4", "Di", "di@example.org", &at("15:01:00")))), "created 1, unchanged 3");
    let writes = office.writes();
    assert_eq!(run(None), "unchanged 4");
    assert_eq!(office.writes(), writes, "what is read again is not sent again");
    assert_eq!(run(Some(profile("5", "Ed", "ed@example.org", &at("13:59:00")))), "unchanged 4", "an hour, where nothing else is asked");
    pipeline["source"]["hrflow"]["profiles"] = json!({ "changed": { "overlap": "2h" } });
    office.save(&pipeline);
    assert_eq!(run(None), "created 1, unchanged 4");
}
