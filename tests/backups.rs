//! `hireline ledger`: a backup, and what the runs after its restore do about people of whom it knows nothing.

use crate::harness::{Ended, Office, shown};
use crate::people::{key, nothing_is_twice, profiles, summary};
use hireline::sandbox::{NOT_SITE_ADMIN, Settings};
use serde_json::{Value, json};

const MANY: usize = 20;

/// Everything that can be duplicated: notes, employments, files, two jobs, and a person without an e-mail
/// address.
fn people(existing: &str) -> Vec<Value> {
    let mut people = profiles(MANY);
    if existing == "update" {
        // Two profiles that are one candidate would each write what the other one has not.
        people.retain(|person| person["key"] != key(13));
    }
    for (n, person) in people.iter_mut().enumerate() {
        person["info"]["summary"] = json!(format!("Knows much about number {n}."));
    }
    people
}

fn pipeline(office: &Office, api: &str, existing: &str) -> Value {
    let mut pipeline = if api == "v3" { office.v3("restored") } else { office.v1("restored") };
    let greenhouse = &mut pipeline["destination"]["greenhouse"];
    greenhouse["existing"] = json!(existing);
    greenhouse["without_email"] = json!("create");
    greenhouse["when_changed"] = json!("update");
    greenhouse["job_ids"] = json!([4001, 4002]);
    pipeline["filters"] = json!([]);
    pipeline
}

fn run(office: &Office, file: &str) -> Ended {
    office.call(&["run", "--json", "--new-ledger", file])
}

fn back(office: &Office) -> Ended {
    office.call(&["ledger", "restore", "--over-a-sound-ledger", "backup.db"]).expect(0)
}

const WAYS: [(&str, &str); 8] = [
    ("v3", "apply"),
    ("v3", "create"),
    ("v3", "skip"),
    ("v3", "update"),
    ("v1", "apply"),
    ("v1", "create"),
    ("v1", "skip"),
    ("v1", "update"),
];

/// Each way waits more than it works, so they go together.
fn in_each_way(test: fn(&str, &str)) {
    std::thread::scope(|scope| WAYS.map(|(api, existing)| scope.spawn(move || test(api, existing))).map(|way| way.join().unwrap()));
}

fn whole(api: &str, existing: &str) {
    let office = Office::open(people(existing));
    let file = office.save(&pipeline(&office, api, existing));
    office.call(&["run", "--json", "--new-ledger", "--limit", "2", &file]).expect(0);
    office.call(&["ledger", "backup", "backup.db"]).expect(0);
    let first = run(&office, &file);
    let (state, writes) = (office.state(), office.writes());
    assert!(shown(&first.counts()).contains("created 1"), "{api} {existing}: {first:?}");
    back(&office);
    let after = run(&office, &file);
    assert_eq!(office.writes(), writes, "{api} {existing}: something was sent again: {after:?}");
    assert_eq!(office.state(), state, "{api} {existing}");
    nothing_is_twice(&state);
    // From now on it is a ledger like any other.
    let next = run(&office, &file);
    assert_eq!(office.writes(), writes);
    assert!(!shown(&next.counts()).contains("created"), "{api} {existing}: {next:?}");
    assert!(!next.stderr.contains("backup"), "it is listed once: {next:?}");
}

#[test]
fn nobody_and_nothing_is_doubled_by_a_ledger_that_is_older_than_greenhouse() {
    in_each_way(whole);
}

/// The machine is lost in the middle of a run: what was half made is completed, and made once.
fn cut_off(api: &str, existing: &str) {
    let office = Office::open(people(existing));
    let file = office.save(&pipeline(&office, api, existing));
    office.call(&["run", "--json", "--new-ledger", "--limit", "2", &file]).expect(0);
    office.call(&["ledger", "backup", "backup.db"]).expect(0);
    let before = office.writes();
    let child = office.spawn(&["run", "--json", "--new-ledger", &file]);
    office.wait_for_writes(before + 23);
    child.signal("KILL");
    assert_eq!(child.end().code, None, "{api} {existing}: it was over before it was killed");
    back(&office);
    let after = run(&office, &file);
    let state = office.state();
    let people = summary(&state);
    assert!(people.values().all(|candidates| candidates.len() == 1), "{api} {existing}: {people:?}\n{after:?}");
    nothing_is_twice(&state);
    let alike: std::collections::BTreeSet<_> = people.values().flatten().filter(|person| !person.contains("jobs none")).collect();
    let whole = match api {
        "v3" => "jobs 4001, 4002; resume on 4001; resume on 4002; 1 employment; 1 note",
        _ => "jobs 4001, 4002; resume on the candidate; 1 employment; 1 note",
    };
    assert_eq!(alike.into_iter().collect::<Vec<_>>(), [whole], "{api} {existing}: {after:?}");
    // 20, without one who has no last name, one whose phone is none, one archived whom no filter drops, and a twin.
    assert!(people.len() >= 16, "{api} {existing}: {}", people.len());
}

#[test]
fn what_was_half_made_is_completed() {
    in_each_way(cut_off);
}

/// R7: an empty list proves nothing to a credential that may not see candidates, so none is created.
#[test]
fn where_nobody_can_be_listed_nobody_is_made() {
    let office = Office::with(Settings { profiles: profiles(3), ..Settings::default() });
    let mut pipeline = pipeline(&office, "v3", "create");
    pipeline["destination"]["greenhouse"]["on_behalf_of"] = json!(NOT_SITE_ADMIN);
    let file = office.save(&pipeline);
    office.call(&["run", "--json", "--new-ledger", "--limit", "1", &file]).expect(0);
    office.call(&["ledger", "backup", "backup.db"]).expect(0);
    back(&office);
    let writes = office.writes();
    let plan = office.call(&["plan", &file]);
    assert!(plan.stderr.contains("the next run first lists who was made since"), "{plan:?}");
    let refused = run(&office, &file).expect(3);
    // Whether `settle` has gone by already is chance.
    let told: Vec<_> = refused.stderr.lines().filter(|line| !line.contains("waiting until")).collect();
    insta::assert_snapshot!(office.steady(&told.join("\n")));
    assert_eq!(office.writes(), writes, "something was sent");
    // Said by a person: nothing was pushed since.
    let said = office.call(&["ledger", "restore", "--over-a-sound-ledger", "--nothing-since", "backup.db"]).expect(0);
    assert!(said.stdout.contains("nobody will be looked for"), "{said:?}");
    run(&office, &file).expect(0);
}

#[test]
fn what_was_under_way_is_waited_for() {
    let office = Office::open(profiles(1));
    let mut pipeline = pipeline(&office, "v3", "apply");
    pipeline["destination"]["greenhouse"]["settle"] = json!("1h");
    let file = office.save(&pipeline);
    run(&office, &file).expect(0);
    office.call(&["ledger", "backup", "backup.db"]).expect(0);
    back(&office);
    let requests = office.writes();
    let refused = office.call(&["run", "--json", "--no-wait", &file]).expect(3);
    insta::assert_snapshot!(office.steady(&refused.stderr), @"
    warning[duplicate-risk]: `without_email: create` makes candidates that no look-up can find again: a
                             lost answer may become a duplicate
      --> restored.yaml:30:20
       |
    30 |     without_email: create
       |                    ^^^^^^
       |
       = help: `without_email: invalid` reports such profiles instead
    error: pipeline restored: the ledger was put back from a backup a moment ago, and what was under way then may still be done by Greenhouse: run again after [time], or without --no-wait
    ");
    assert_eq!(office.writes(), requests);
}

#[test]
fn the_verbs_say_what_they_did() {
    let office = Office::open(profiles(4));
    let file = office.save(&office.v3("told"));
    let told = |run: &Ended| {
        let text = format!("exit {}\n{}{}", run.code.unwrap(), office.steady(&run.stdout), office.steady(&run.stderr));
        let text = regex::Regex::new(r"\d+ KiB").unwrap().replace_all(&text, "[n] KiB").into_owned();
        regex::Regex::new(r"replaced-\w+").unwrap().replace_all(&text, "replaced-[time]").into_owned()
    };
    let mut all = Vec::new();
    let mut say = |words: &[&str]| {
        let run = office.call(words);
        all.push(format!("$ hireline {}\n{}", words.join(" "), told(&run)));
        run
    };
    say(&["ledger", "check"]);
    office.run(&file).expect(0);
    say(&["ledger", "check"]);
    let json = office.call(&["ledger", "check", "--json"]).expect(0).lines();
    assert_eq!((&json[0]["people"], &json[0]["sound"], &json[0]["running"]), (&json!(3), &json!(true), &json!([])));
    say(&["ledger", "backup", "backups/one.db"]);
    say(&["ledger", "backup", "backups/one.db"]);
    say(&["ledger", "check", "--ledger", "backups/one.db"]);
    office.run(&file).expect(0);
    say(&["ledger", "restore", "backups/one.db"]);
    say(&["ledger", "restore", "--over-a-sound-ledger", "backups/one.db"]);
    say(&["ledger", "check"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = office.folder().join(".hireline/ledger.db.key");
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
        say(&["ledger", "check"]);
        let run = office.run(&file).expect(0);
        assert!(
            run.stderr.contains("others on this machine may read or replace ./.hireline/ledger.db.key: make it yours alone"),
            "{run:?}"
        );
    }
    std::fs::write(office.folder().join(".hireline/ledger.db"), "damaged").unwrap();
    say(&["ledger", "check"]);
    say(&["ledger", "check", "--ledger", "nowhere.db"]);
    insta::assert_snapshot!(all.join("\n"));
}
