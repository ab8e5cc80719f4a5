//! `history` and `show`: what happened to whom, and when; from the ledger alone.

use crate::harness::{Office, SOURCE_KEY};
use crate::people::{key, profiles};
use serde_json::json;

/// Two runs of one pipeline: one is refused at first, one filtered.
fn office() -> (Office, String) {
    let office = Office::open(profiles(4));
    let mut pipeline = office.v3("looked-back");
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
    let file = office.save(&pipeline);
    office.run(&file).expect(0);
    office.run(&file).expect(0);
    (office, file)
}

fn named(office: &Office, text: &str) -> String {
    let text = (0..4).fold(office.steady(text), |text, n| text.replace(&key(n), &format!("[key {n}]")));
    let text =
        regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00\[UTC\])?").unwrap().replace_all(&text, "[time]").into_owned();
    let text = regex::Regex::new(r" +\d+\.\d s").unwrap().replace_all(&text, " [seconds] s").into_owned();
    let text = regex::Regex::new(r"[0-9a-f]{32}\b").unwrap().replace_all(&text, "[digest]").into_owned();
    let text = regex::Regex::new(r"\b8\d{7}\b").unwrap().replace_all(&text, "[id]").into_owned();
    text.replace(SOURCE_KEY, "[source]")
}

#[test]
fn runs_are_told_the_newest_first() {
    let (office, file) = office();
    let told = office.call(&["history", &file]).expect(0);
    insta::assert_snapshot!(named(&office, &told.stdout), @"
    [run]  [time] [seconds] s  looked-back: 3 unchanged, 1 filtered
    [run]  [time] [seconds] s  looked-back: 3 created, 1 filtered
    ");
    let last = office.call(&["history", "--limit", "1", "--json", &file]).expect(0);
    insta::assert_snapshot!(named(&office, &last.stdout), @r#"{"type":"run","run":"[run]","pipeline":"looked-back","account":"greenhouse","started":"[time]","ended":"[time]","counts":{"unchanged":3,"filtered":1}}"#);
    let run = last.lines()[0]["run"].as_str().unwrap().to_owned();
    let met = office.call(&["history", "--run", &run, &file]).expect(0);
    // In the order in which they ended, which is not promised.
    let mut met: Vec<String> = named(&office, &met.stdout).lines().map(str::to_owned).collect();
    met.sort();
    insta::assert_snapshot!(met.join("\n"), @"
               A candidate needs a first name, a last name and an e-mail address.
    filtered   [key 3]  [time]
    unchanged  [key 0]  [time]
    unchanged  [key 1]  [time]
    unchanged  [key 2]  [time]
    ");
    let filtered = office.call(&["history", "--run", &run, "--outcome", "filtered", "--json", &file]).expect(0);
    assert_eq!(filtered.lines().len(), 1);
    office.call(&["history", "--run", "nonsense", &file]).expect(2);
    office.call(&["history", "--run", &run, "--outcome", "finished", &file]).expect(2);
}

#[test]
fn a_profile_is_told_step_by_step() {
    let (office, file) = office();
    let told = office.call(&["show", "--profile", &key(0), &file]).expect(0);
    insta::assert_snapshot!(named(&office, &told.stdout), @"
    [key 0]  of source abababab[digest], account greenhouse
      candidate [candidate], made by us; all was brought about
      candidate          done  id [candidate]  attempt 1, [time]  by looked-back
      application 4001   done  id [application]  attempt 1, [time]  by looked-back
      application 4002   done  id [application]  attempt 1, [time]  by looked-back
      attachment on 4001 done  id [id]  attempt 1, [time]  by looked-back
      attachment on 4002 done  id [id]  attempt 1, [time]  by looked-back
      employment         done  id [id]  attempt 1, [time]  by looked-back
      last told by looked-back: unchanged, [time], run [run]
    ");
    let json = office.call(&["show", "--json", "--profile", &key(3), &file]).expect(0);
    insta::assert_snapshot!(named(&office, &json.stdout), @r#"
    {
      "profile": "[key 3]",
      "people": [],
      "seen": [
        {
          "type": "seen",
          "pipeline": "looked-back",
          "profile": "[key 3]",
          "source_key": "abababab[digest]",
          "run": "[run]",
          "outcome": "filtered",
          "at": "[time]",
          "reason": "A candidate needs a first name, a last name and an e-mail address."
        }
      ]
    }
    "#);
    office.call(&["show", "--profile", "nobody", &file]).expect(1);
}

#[test]
fn nothing_is_told_and_nothing_made_where_nothing_ran() {
    let office = Office::open(profiles(1));
    let file = office.save(&office.v3("never-run"));
    let told = office.call(&["history", &file]).expect(0);
    insta::assert_snapshot!(office.steady(&told.stderr), @"never-run: there is no ledger at ./.hireline/ledger.db: it was never run here");
    assert!(!office.folder().join(".hireline").exists());
    office.call(&["show", "--profile", &key(0), &file]).expect(3);
}
