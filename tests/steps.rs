//! Steps one by one: a refused one does not stop the others, and names its template; prospects; a kill
//! between two.

use crate::existing::{calls, whole};
use crate::harness::{Office, shown};
use crate::people::{email, nothing_is_twice, profile, summary};
use hireline::sandbox::{Answer, Misbehaviour, Service, Work};
use serde_json::{Value, json};

fn person() -> Value {
    let mut person = profile(0);
    person["info"]["summary"] = json!("Knows much.");
    person["experiences"] = json!([
        {"company": "Exempel AB", "title": "Engineer", "date_start": "2019-03-01T00:00:00", "date_end": "2021-01-01T00:00:00"},
        {"company": "Nästa AB", "title": "Head of Engines", "date_start": "2021-02-01T00:00:00", "date_end": null},
    ]);
    person
}

/// A pipeline as a person writes it, so that messages can name lines.
const MAPPING: &str = "
mapping:
  $use: candidate
  custom_fields:
    hrflow_key: \"{{ profile.key }}\"
    level: senior
  employments:
    $each: profile.experiences
    $as: job
    $when: job.title and job.company
    company_name: \"{{ job.company }}\"
    title: \"{{ job.title }}\"
    start_date: \"{{ job.date_start | date }}\"
  notes:
    - body: \"{{ profile.info.summary }}\"
";

fn written(office: &Office, api: &str, name: &str) -> String {
    let mut pipeline = if api == "v3" { office.v3(name) } else { office.v1(name) };
    pipeline.as_object_mut().unwrap().remove("mapping");
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
    let text = format!("{}{MAPPING}", serde_yaml::to_string(&pipeline).unwrap());
    office.write(&format!("{name}.yaml"), &text);
    format!("{name}.yaml")
}

fn refusal(field: &str) -> Answer {
    let body = json!({"message": "Validation error", "errors": [{"message": "is not right", "field": field}]});
    Answer::Status { status: 422, body: Some(body), retry_after: None }
}

/// R8, step by step: what is refused, and where it was made.
#[test]
fn a_refused_step_leaves_the_others_and_is_told_with_its_template() {
    let rows = [
        ("v3", "/v3/candidates", "", "custom_fields[1].value"),
        ("v3", "/v3/candidates", "", "application.job_id"),
        ("v3", "/v3/applications", "4002", "job_id"),
        ("v3", "/v3/attachments", "resume", "filename"),
        ("v3", "/v3/candidate_employments", "Nästa", "title"),
        ("v3", "/v3/notes", "", "body"),
        ("v3", "/v3/candidates", "", "email_addresses"),
        ("v1", "/v1/candidates", "", "employments[1].company_name"),
        ("v1", "/v1/candidates", "", "activity_feed_notes[0].body"),
        ("v1", "/v1/candidates/*/attachments", "resume", "url"),
    ];
    let mut told = Vec::new();
    for (api, path, contains, field) in rows {
        let office = Office::open(vec![person()]);
        let file = written(&office, api, "refused");
        let contains = Some(contains.to_owned()).filter(|contains| !contains.is_empty());
        let refuse = Misbehaviour { contains, times: 2, work: Work::Never, answer: refusal(field), ..Misbehaviour::at("POST", path) };
        office.sandbox.misbehave(Misbehaviour { times: 1, ..refuse.clone() }).unwrap();
        let line = office.run(&file).expect(1).profiles().into_values().next().unwrap();
        let text = |name: &str| line[name].as_str().map_or_else(|| line[name].to_string(), str::to_owned);
        let people = summary(&office.state()).into_values().flatten().collect::<Vec<_>>().join("");
        told.push(format!(
            "{api} {path} {field}\n  {} at the {}: {}, made at {}:{}\n  {people}",
            text("outcome"),
            text("step"),
            text("field"),
            text("file"),
            text("line")
        ));
        // `run` does not send it again, but `retry` does, and continues from there.
        let writes = office.writes();
        assert_eq!(shown(&office.run(&file).expect(1).counts()), "failed 1", "{api} {path}");
        assert_eq!(office.writes(), writes, "{api} {path}");
        assert_eq!(shown(&office.call(&["retry", "--json", &file]).expect(0).counts()), "created 1", "{api} {path}");
        nothing_is_twice(&office.state());
        let whole = [
            "jobs 4001, 4002; resume on 4001; resume on 4002; 2 employments; 1 note",
            "jobs 4001, 4002; resume on the candidate; 2 employments; 1 note",
        ];
        let people = summary(&office.state()).into_values().flatten().collect::<Vec<_>>();
        assert!(whole.contains(&people[0].as_str()), "{api} {path}: {people:?}");
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// A PATCH that is refused names the custom field that it was, among all that went along.
#[test]
fn a_refused_update_names_the_custom_field() {
    let office = Office::open(vec![person()]);
    let candidate = json!({
        "first_name": "Zoe", "last_name": "There", "email_addresses": [{"value": email(0), "type": "work"}],
        "custom_fields": [{"name_key": "years_of_experience", "value": 7}],
    });
    office.sandbox.plant(&candidate).unwrap();
    let file = written(&office, "v3", "refused");
    let text = std::fs::read_to_string(office.folder().join(&file)).unwrap();
    office.write(&file, &text.replace("job_ids:", "existing: update\n    job_ids:"));
    let refuse =
        Misbehaviour { work: Work::Never, answer: refusal("custom_fields[2].value"), ..Misbehaviour::at("PATCH", "/v3/candidates/*") };
    office.sandbox.misbehave(refuse).unwrap();
    let line = office.run(&file).expect(1).profiles().into_values().next().unwrap();
    let field = line["field"].as_str().unwrap();
    assert!(["custom_fields.level", "custom_fields.hrflow_key"].contains(&field), "{line}");
    assert_eq!(line["step"], "update");
    assert_eq!(line["file"], "refused.yaml");
    // The other steps are done all the same.
    assert_eq!(office.state()["candidates"][0]["applications"].as_array().unwrap().len(), 2);
    assert_eq!(shown(&office.call(&["retry", "--json", &file]).expect(0).counts()), "applied 1");
}

#[test]
fn killed_between_apply_and_attach_the_next_run_attaches_the_resume() {
    for (api, path) in [("v3", "/v3/attachments"), ("v1", "/v1/candidates/*/attachments")] {
        let office = Office::open(vec![person()]);
        let file = written(&office, api, "killed");
        // The attachment's request is held back before its work, so that the kill comes between the two.
        let held = Misbehaviour { work: Work::Never, answer: Answer::Lost, delay_ms: 60_000, ..Misbehaviour::at("POST", path) };
        office.sandbox.misbehave(held).unwrap();
        let child = office.spawn(&["run", "--json", &file]);
        office.wait_for_writes(if api == "v3" { 3 } else { 2 });
        std::thread::sleep(std::time::Duration::from_millis(20));
        child.signal("KILL");
        assert_eq!(child.end().code, None);
        assert_eq!(office.state()["candidates"][0]["attachments"], json!([]));
        assert_eq!(shown(&office.run(&file).expect(0).counts()), "created 1", "{api}");
        let people = summary(&office.state()).into_values().flatten().collect::<Vec<_>>();
        let resumes = if api == "v3" { "resume on 4001; resume on 4002" } else { "resume on the candidate" };
        assert_eq!(people, [format!("jobs 4001, 4002; {resumes}; 2 employments; 1 note")], "{api}");
        nothing_is_twice(&office.state());
    }
}

/// v3's rows of applications name no pool: it is read from the prospects' own list.
#[test]
fn a_prospect_in_a_pool_is_found_again_without_its_ledger() {
    let office = Office::open(vec![person()]);
    let mut pipeline = office.v3("pools");
    pipeline["mapping"] = json!({"$use": "candidate", "prospect": {"pool": "Opted In: In-Person Event", "stage": "Not Contacted"}});
    pipeline["destination"]["greenhouse"].as_object_mut().unwrap().remove("job_ids");
    let file = office.save(&pipeline);
    assert_eq!(shown(&office.run(&file).expect(0).counts()), "created 1");
    std::fs::remove_dir_all(office.folder().join(".hireline")).unwrap();
    let writes = office.writes();
    office.run(&file).expect(0);
    assert_eq!(office.writes(), writes, "there is one prospect in that pool already");
    pipeline["mapping"]["prospect"] = json!({"pool": "Cold Outreach: Sourced"});
    office.save(&pipeline);
    std::fs::remove_dir_all(office.folder().join(".hireline")).unwrap();
    office.run(&file).expect(0);
    assert_eq!(office.state()["candidates"][0]["applications"].as_array().map(Vec::len), Some(2), "another pool is another prospect");
}

/// v3 creates a note for an id that is no candidate, and it cannot be deleted.
#[test]
fn no_note_is_sent_for_a_candidate_that_is_gone() {
    let office = Office::open(vec![person()]);
    let mut pipeline = office.v3("noted");
    pipeline["mapping"] = json!({"$use": "candidate", "notes": [{"body": "From HrFlow.", "visibility": "private"}]});
    let file = office.save(&pipeline);
    office.sandbox.misbehave("refused,on=POST /v3/notes".parse().unwrap()).unwrap();
    office.run(&file).expect(1);
    office.sandbox.erase(57_000_001);
    office.call(&["retry", "--json", &file]);
    office.run(&file);
    let notes = office.sandbox.requests().as_array().unwrap().iter().filter(|request| request["target"] == "/v3/notes").count();
    assert_eq!((notes, office.state().get("notes_on_nobody")), (1, None));
}

/// Who comes without an application: made, found again, added to who is there, and looked up after a lost answer.
#[test]
fn prospects_are_made_once() {
    let mut told = Vec::new();
    for (api, there) in ["v3", "v1"].iter().flat_map(|api| ["nobody", "somebody", "the prospect", "lost"].map(|there| (*api, there))) {
        let office = Office::open(vec![person()]);
        let mut pipeline = if api == "v3" { office.v3("prospects") } else { office.v1("prospects") };
        pipeline["mapping"] = json!({"$use": "candidate", "prospect": {"job_ids": [4001, 4002]}});
        pipeline["destination"]["greenhouse"].as_object_mut().unwrap().remove("job_ids");
        let applications = match there {
            "somebody" => Some(json!([{"job_id": 4001}])),
            "the prospect" => Some(json!([{"prospect": true, "job_ids": [4002, 4001]}])),
            _ => None,
        };
        if let Some(applications) = applications {
            let emails = json!([{"value": email(0), "type": "personal"}]);
            let candidate = json!({"first_name": "Zoë", "last_name": "There", "email_addresses": emails, "applications": applications});
            office.sandbox.plant(&candidate).unwrap();
        }
        if there == "lost" {
            let lost = Misbehaviour {
                service: Some(Service::Greenhouse),
                method: Some("POST".into()),
                answer: Answer::Lost,
                ..Misbehaviour::default()
            };
            office.sandbox.misbehave(lost).unwrap();
        }
        let file = office.save(&pipeline);
        if there == "nobody" {
            let plan = office.call(&["plan", "--json", &file]).expect(0);
            let steps: Vec<_> = plan.lines()[0]["steps"]
                .as_array()
                .unwrap()
                .iter()
                .map(|s| format!("{} {} {}", s["step"], s["method"], s["path"]))
                .collect();
            told.push(format!("## {api}, planned\n{}", steps.join("\n").replace('"', "")));
        }
        let first = office.run(&file).expect(0);
        let (writes, state) = (office.writes(), office.state());
        assert_eq!(first.profiles().into_values().next().unwrap()["application_ids"].as_array().map(Vec::len), Some(1), "{api} {there}");
        let second = office.run(&file).expect(0);
        assert_eq!((office.writes(), office.state()), (writes, state.clone()), "{api} {there}");
        told.push(format!(
            "## {api}, there is {there}\n{}; {}; then {}\n{}",
            shown(&first.counts()),
            calls(&office, 0, true),
            shown(&second.counts()),
            state["candidates"].as_array().unwrap().iter().map(whole).collect::<Vec<_>>().join("\n")
        ));
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

/// Why Greenhouse refused something is repeated by later runs, `show` and `history`, with the job; and equal failures are counted together.
#[test]
fn the_reason_survives_and_equal_failures_are_counted_together() {
    let office = Office::open(crate::people::profiles(4));
    let mut pipeline = office.v3("closed");
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4099]);
    let file = office.save(&pipeline);
    let said = "Greenhouse refuses applications[0].job_id (422), and says: application.job_id is a closed job";
    for run in ["first", "next"] {
        let told = office.call(&["run", &file]).expect(1);
        let many = told.stdout.lines().filter(|line| line.starts_with("failed")).count();
        assert!(many > 1 && told.stdout.contains(&format!("\n{many} failed: job 4099: {said}")), "{run}: {}", told.stdout);
        let at_the = told.stdout.lines().filter(|line| line.starts_with("failed")).all(|line| line.contains("for job 4099"));
        assert!(at_the || run == "next", "{run}: {}", told.stdout);
    }
    let failed = office.run(&file).expect(1).profiles().into_values().find(|line| line["outcome"] == "failed").unwrap();
    assert!(failed["reason"].as_str().unwrap().starts_with(&format!("job 4099: {said} (refused before, and nothing")), "{failed}");
    let key = failed["profile"].as_str().unwrap();
    let show = office.call(&["show", &file, "--profile", key]).expect(0).stdout;
    assert!(show.contains("refused by Greenhouse  attempt 1") && show.contains(&format!("\n      job 4099: {said}\n")), "{show}");
    let run = failed_run(&office, &file);
    let history = office.call(&["history", &file, "--run", &run, "--outcome", "failed"]).expect(0).stdout;
    assert!(history.contains(&format!("job 4099: {said}")), "{history}");
    for (path, bytes) in office.ledger_files() {
        assert!(!bytes.windows(11).any(|window| window.eq_ignore_ascii_case(b"example.org")), "{}", path.display());
    }
}

fn failed_run(office: &Office, file: &str) -> String {
    let newest = office.call(&["history", file, "--json", "--limit", "1"]).expect(0).stdout;
    let newest: serde_json::Value = serde_json::from_str(newest.lines().next().unwrap()).unwrap();
    newest["run"].as_str().unwrap().to_owned()
}
