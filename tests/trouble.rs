//! Problems besides the faults of `faults`: missing permissions, late or hidden rows, unknown acting users,
//! and another account's ledger.

use crate::harness::{Ended, Office};
use crate::people::{email, grouped, nothing_is_twice, profiles, summary};
use hireline::sandbox::{Answer, Lists, Misbehaviour, NOT_SITE_ADMIN, Settings, Work};
use serde_json::{Value, json};
use std::time::Duration;

/// A run, in full.
fn told(office: &Office, run: &Ended) -> String {
    let mut lines: Vec<_> = run.stdout.lines().map(|line| office.steady(line)).collect();
    lines.sort();
    let code = run.code.map_or("killed".to_owned(), |code| code.to_string());
    let noise = "this ledger is new: nobody was pushed with it before";
    let end_of_life = regex::Regex::new(r"(?s)warning\[end-of-life\].*?still speaks\n *harvest-v1\n").unwrap();
    let stderr: Vec<_> = end_of_life
        .replace_all(&office.steady(&run.stderr), "")
        .lines()
        .filter(|line| !line.contains(noise) && !line.contains("for Greenhouse to settle"))
        .map(str::to_owned)
        .collect();
    format!("exit {code}\n{}\n{}", lines.join("\n"), stderr.join("\n")).trim_end().to_owned()
}

/// Two runs of one pipeline, and what Greenhouse holds after each.
fn twice(office: &Office, pipeline: &Value) -> String {
    let mut pipeline = pipeline.clone();
    pipeline["limits"] = json!({"concurrency": 1});
    let file = office.save(&pipeline);
    let run = || {
        let run = office.run(&file);
        let greenhouse = grouped(&office.state());
        format!("{}\nGreenhouse: {}", told(office, &run), if greenhouse.is_empty() { "nobody".into() } else { greenhouse })
    };
    format!("# first\n{}\n\n# next\n{}", run(), run())
}

/// A recruiter created the same person, and the answer was lost: Hireline's candidate is not taken for the
/// recruiter's.
#[test]
fn what_was_lost_is_ours_whatever_existing_says() {
    let office = Office::open(profiles(1));
    office.sandbox.misbehave(Misbehaviour { answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/candidates") }).unwrap();
    let mut pipeline = office.v3("ours");
    pipeline["destination"]["greenhouse"]["existing"] = json!("skip");
    let run = office.run(&office.save(&pipeline)).expect(0);
    assert_eq!(run.outcomes().into_values().collect::<Vec<_>>(), ["created"]);
    assert_eq!(grouped(&office.state()), "1 × jobs 4001; resume on 4001; 1 employment");
}

#[test]
fn who_may_not_see_writes_nothing() {
    for (lists, name) in [(Lists::Forbidden, "lists are forbidden"), (Lists::Empty, "lists are empty")] {
        let office = Office::with(Settings { profiles: profiles(2), lists_without_site_admin: lists, ..Settings::default() });
        let mut pipeline = office.v3("blind");
        pipeline["destination"]["greenhouse"]["on_behalf_of"] = json!(NOT_SITE_ADMIN);
        let told = twice(&office, &pipeline);
        insta::assert_snapshot!(name, told);
        assert_eq!(office.writes(), 0, "{name}");
        // A run that looks nobody up need not see candidates.
        pipeline["destination"]["greenhouse"]["existing"] = json!("create");
        let run = office.call(&["run", "--json", "--new-ledger", "--ledger", "other.db", &office.save(&pipeline)]).expect(0);
        assert_eq!(run.outcomes().into_values().collect::<Vec<_>>(), ["created", "created"]);
    }
}

/// Greenhouse shows a new record late.
#[test]
fn a_new_record_is_shown_late() {
    let hidden = |milliseconds, answer, as_stub| Misbehaviour {
        hide_ms: milliseconds,
        answer,
        as_stub,
        ..Misbehaviour::at("POST", "/v3/candidates")
    };
    // The run waits for its first create; a lost one is found when it becomes visible; a stub is not "no
    // match".
    for (name, misbehaviour) in [
        ("first create late", hidden(600, Answer::Usual, false)),
        ("lost create late", hidden(600, Answer::Lost, false)),
        ("lost create is a stub", hidden(600, Answer::Lost, true)),
    ] {
        let office = Office::open(profiles(2));
        office.sandbox.misbehave(misbehaviour).unwrap();
        let mut pipeline = office.v3("late");
        pipeline["destination"]["greenhouse"]["settle"] = json!("2s");
        insta::assert_snapshot!(name, twice(&office, &pipeline));
        nothing_is_twice(&office.state());
    }
    // Not within `settle`: before the next create the run stops.
    let office = Office::open(profiles(3));
    office.sandbox.misbehave(hidden(60_000, Answer::Usual, false)).unwrap();
    let file = office.save(&office.v3("hidden"));
    let run = office.run(&file).expect(3);
    insta::assert_snapshot!("first create never shown", told(&office, &run));
    assert_eq!(summary(&office.state()).len(), 1, "more was sent although look-ups are blind");
    // Who was made is known to the next run, although no look-up shows it.
    office.run(&file).expect(0);
    nothing_is_twice(&office.state());
}

#[test]
fn what_was_lost_while_nobody_could_be_listed_is_looked_for_later() {
    for (api, list) in [("v3", "/v3/candidates"), ("v1", "/v1/candidates")] {
        let office = Office::open(profiles(6));
        let lost = Misbehaviour { times: 2, answer: Answer::Lost, ..Misbehaviour::at("POST", list) };
        let never = Misbehaviour { work: Work::Never, ..lost.clone() };
        let forbidden = Misbehaviour {
            times: u32::MAX,
            work: Work::Never,
            answer: Answer::Status { status: 403, body: None, retry_after: None },
            ..Misbehaviour::at("GET", list)
        };
        office.sandbox.misbehave(lost).unwrap();
        // The third request is not even done.
        office.sandbox.misbehave(Misbehaviour { times: 1, ..never }).unwrap();
        office.sandbox.misbehave(forbidden).unwrap();
        let mut pipeline = if api == "v3" { office.v3("lost") } else { office.v1("lost") };
        pipeline["destination"]["greenhouse"]["settle"] = json!("1s");
        pipeline["destination"]["greenhouse"]["existing"] = json!("create");
        let file = office.save(&pipeline);
        let first = office.call(&["run", "--json", "--new-ledger", &file]).expect(1);
        let words = "Greenhouse does not let it be looked up: give the credential the permission to list candidates";
        assert_eq!(first.stdout.matches(words).count(), 3, "{api}: {}", first.stdout);
        assert_eq!(office.run(&file).expect(1).counts()["uncertain"], 3, "{api}");
        if api == "v1" {
            // A person may look too.
            let said = office.call(&["resolve", &file, "--all", "--there"]).expect(1);
            assert_eq!(said.stderr.matches("give its id with --candidate").count(), 3, "{}", said.stderr);
        }
        office.sandbox.behave();
        let next = office.run(&file).expect(0);
        assert!(!next.counts().contains_key("uncertain"), "{api}: {}", next.stdout);
        nothing_is_twice(&office.state());
        assert_eq!(summary(&office.state()).len(), crate::people::expected_emails(6).len(), "{api}: {}", next.stdout);
        let writes = office.writes();
        office.run(&file).expect(0);
        assert_eq!(office.writes(), writes, "{api}");
        assert_eq!(office.call(&["resolve", &file, "--all", "--not-there"]).code, Some(2), "nothing is uncertain");
    }
}

#[test]
fn one_answer_for_all_that_is_uncertain() {
    let office = Office::open(profiles(6));
    let at = |method| Misbehaviour { times: u32::MAX, work: Work::Never, ..Misbehaviour::at(method, "/v3/candidates") };
    office.sandbox.misbehave(Misbehaviour { times: 3, answer: Answer::Lost, ..at("POST") }).unwrap();
    office.sandbox.misbehave(Misbehaviour { answer: Answer::Status { status: 403, body: None, retry_after: None }, ..at("GET") }).unwrap();
    let mut pipeline = office.v3("all");
    pipeline["destination"]["greenhouse"]["settle"] = json!("1s");
    pipeline["destination"]["greenhouse"]["existing"] = json!("create");
    let file = office.save(&pipeline);
    assert_eq!(office.call(&["run", "--json", "--new-ledger", &file]).expect(1).counts()["uncertain"], 3);
    let said = office.call(&["resolve", &file, "--all", "--not-there"]).expect(0);
    assert_eq!(said.stdout.matches(" resolved. Run the pipeline again to go on").count(), 3, "{}", said.stdout);
    assert_eq!(office.run(&file).expect(0).counts()["created"], 3);
    nothing_is_twice(&office.state());
}

/// Greenhouse's Date is ahead of its `created_at`: what was made is newer than the moment at which it was asked for.
#[test]
fn greenhouses_date_is_ahead() {
    for (seconds, existing) in [8, 240, 3600].into_iter().flat_map(|seconds| ["apply", "create"].map(|existing| (seconds, existing))) {
        let date_ahead = Duration::from_secs(seconds);
        let office = Office::with(Settings { profiles: profiles(12), date_ahead, ..Settings::default() });
        for path in ["candidates", "candidates/*/attachments", "applications", "notes"] {
            let lost = Misbehaviour { skip: 1, times: 3, answer: Answer::Lost, ..Misbehaviour::at("POST", &format!("/v3/{path}")) };
            office.sandbox.misbehave(lost).unwrap();
        }
        let mut pipeline = office.v3("ahead");
        pipeline["destination"]["greenhouse"]["settle"] = json!("1s");
        pipeline["destination"]["greenhouse"]["existing"] = json!(existing);
        let file = office.save(&pipeline);
        let first = office.call(&["run", "--json", "--new-ledger", &file]);
        let next = office.run(&file).expect(0);
        assert!(!first.counts().contains_key("uncertain"), "{seconds} s, {existing}: {}", first.stdout);
        nothing_is_twice(&office.state());
        let there = office.state()["candidates"].as_array().unwrap().len();
        assert_eq!(there, crate::people::expected_emails(12).len(), "{seconds} s, {existing}: {}", next.stdout);
    }
}

/// Greenhouse finishes a request after the caller gave up.
#[test]
fn work_that_is_done_late() {
    for (name, late, is_after_settle) in [("late work within settle", 300, false), ("late work after settle", 3_600_000, true)] {
        let office = Office::open(profiles(1));
        let create = Misbehaviour { work: Work::Late(late), answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/candidates") };
        office.sandbox.misbehave(create).unwrap();
        let mut pipeline = office.v3("late");
        pipeline["limits"] = json!({"concurrency": 1});
        let file = office.save(&pipeline);
        let first = office.run(&file);
        if is_after_settle {
            office.late_work_is_done(|state| state["candidates"].as_array().unwrap().len() == 2);
        }
        let next = office.run(&file);
        insta::assert_snapshot!(name, format!("# first\n{}\n\n# next\n{}", told(&office, &first), told(&office, &next)));
    }
}

/// Not only candidates: whatever was closed as not there is looked for once more.
#[test]
fn an_application_that_is_made_late() {
    let office = Office::open(profiles(1));
    let apply = Misbehaviour { work: Work::Late(3_600_000), answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/applications") };
    office.sandbox.misbehave(apply).unwrap();
    let mut pipeline = office.v3("late");
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
    let file = office.save(&pipeline);
    let first = office.run(&file);
    office.late_work_is_done(|state| state["candidates"][0]["applications"].as_array().unwrap().len() == 3);
    let (next, quiet) = (office.run(&file), office.run(&file));
    let all = [("first", &first), ("next", &next), ("told again", &quiet)].map(|(name, run)| format!("# {name}\n{}", told(&office, run)));
    insta::assert_snapshot!("late application", all.join("\n\n"));
}

/// A run that does not look first and would see no candidates cannot know the result of a lost answer: it is
/// not sent again.
#[test]
fn a_lost_answer_to_who_sees_nobody_is_uncertain() {
    for lists in [Lists::Forbidden, Lists::Empty] {
        let office = Office::with(Settings { profiles: profiles(1), lists_without_site_admin: lists, ..Settings::default() });
        office.sandbox.misbehave(Misbehaviour { answer: Answer::Lost, ..Misbehaviour::at("POST", "/v3/candidates") }).unwrap();
        let mut pipeline = office.v3("blind");
        pipeline["destination"]["greenhouse"]["on_behalf_of"] = json!(NOT_SITE_ADMIN);
        pipeline["destination"]["greenhouse"]["existing"] = json!("create");
        let file = office.save(&pipeline);
        let run = office.call(&["run", "--json", "--new-ledger", &file]);
        assert_eq!(run.outcomes().into_values().collect::<Vec<_>>(), ["uncertain"], "{lists:?}: {}", run.stderr);
        office.run(&file);
        nothing_is_twice(&office.state());
        assert_eq!(summary(&office.state()).len(), 1, "{lists:?}");
    }
}

#[test]
fn several_candidates_have_the_email() {
    let office = Office::open(profiles(1));
    for name in ["One", "Other"] {
        let body = json!({"first_name": name, "last_name": "There", "email_addresses": [{"value": email(0), "type": "work"}]});
        office.sandbox.plant(&body).unwrap();
    }
    let mut pipeline = office.v3("ambiguous");
    insta::assert_snapshot!("several have the email", twice(&office, &pipeline));
    assert_eq!(office.writes(), 0);
    pipeline["destination"]["greenhouse"]["ambiguous"] = json!("oldest");
    let run = office.run(&office.save(&pipeline)).expect(0);
    assert_eq!(run.outcomes().into_values().collect::<Vec<_>>(), ["applied"]);
}

#[test]
fn on_behalf_of_nobody() {
    let office = Office::open(profiles(5));
    for (name, mut pipeline) in [("v1 on behalf of nobody", office.v1("one")), ("v3 on behalf of nobody", office.v3("three"))] {
        pipeline["destination"]["greenhouse"]["on_behalf_of"] = json!(77);
        insta::assert_snapshot!(name, twice(&office, &pipeline));
        assert!(summary(&office.state()).is_empty());
    }
}

/// Two runs of one pipeline at once: the second does not begin.
#[test]
fn the_ledger_is_leased() {
    let office = Office::open(profiles(2));
    let held = Misbehaviour { delay_ms: 3000, ..Misbehaviour::at("POST", "/v3/candidates") };
    office.sandbox.misbehave(held).unwrap();
    let file = office.save(&office.v3("leased"));
    let first = office.spawn(&["run", "--json", &file]);
    office.wait_for_writes(1);
    let second = office.run(&file).expect(3);
    insta::assert_snapshot!("leased", told(&office, &second));
    assert_eq!(first.end().expect(0).counts()["created"], 2);
    nothing_is_twice(&office.state());
}

#[test]
fn a_ledger_that_is_none() {
    let office = Office::open(profiles(1));
    let file = office.save(&office.v3("no-ledger"));
    office.write("notes.txt", "This is no database, and was not made by Hireline.\n");
    let run = office.call(&["run", "--json", "--ledger", "notes.txt", &file]).expect(3);
    insta::assert_snapshot!("no ledger", told(&office, &run));
    let kept = std::fs::read_to_string(office.folder().join("notes.txt")).unwrap();
    assert_eq!(kept, "This is no database, and was not made by Hireline.\n");
    assert_eq!(office.sandbox.requests(), json!([]));
}

/// `existing: create` on a new ledger may make everybody a second time.
#[test]
fn a_new_ledger_is_asked_for_where_nobody_is_looked_for() {
    let office = Office::open(profiles(1));
    let mut pipeline = office.v3("new");
    pipeline["destination"]["greenhouse"]["existing"] = json!("create");
    let file = office.save(&pipeline);
    let run = office.run(&file).expect(3);
    insta::assert_snapshot!("new ledger", told(&office, &run));
    assert_eq!(office.writes(), 0);
    // Asked once is not asked for ever: the refusal leaves the ledger as new as it was.
    office.run(&file).expect(3);
    office.call(&["run", "--json", "--new-ledger", &file]).expect(0);
    office.run(&file).expect(0);
}
