//! A profile that has changed since it was pushed: what is sent again, and what is left.

use crate::existing::{calls, whole};
use crate::harness::{Office, shown};
use crate::people::{email, nothing_is_twice, profile};
use hireline::sandbox::{Answer, Misbehaviour, Work};
use serde_json::{Value, json};

fn person() -> Value {
    let mut person = profile(0);
    person["attachments"] = json!([
        {"type": "resume", "file_name": "resume", "original_file_name": "CV.pdf", "extension": ".pdf", "file_size": 1000,
         "public_url": "https://files.example.org/0/resume.pdf?token=1", "updated_at": "2026-03-01T00:00:00+0000"},
    ]);
    person["info"]["summary"] = json!("Knows much.");
    person
}

/// Another title and company, one more phone; a new employment and another end of the one that was; a new file.
fn changed() -> Value {
    let mut person = person();
    person["updated_at"] = json!("2026-04-01T00:00:00+0000");
    person["info"]["summary"] = json!("Knows more.");
    person["experiences"] = json!([
        {"company": "Nästa AB", "title": "Head of Engines", "date_start": "2024-01-01T00:00:00", "date_end": null},
        {"company": "Exempel AB", "title": "Engineer", "date_start": "2019-03-01T00:00:00", "date_end": "2023-12-31T00:00:00"},
    ]);
    person["attachments"][0]["file_size"] = json!(2000);
    person["attachments"][0]["public_url"] = json!("https://files.example.org/0/resume.pdf?token=2");
    person
}

fn pipeline(office: &Office, api: &str, when_changed: &str) -> Value {
    let mut pipeline = if api == "v3" { office.v3("again") } else { office.v1("again") };
    pipeline["mapping"] = json!({"$use": "candidate", "custom_fields": {"years_of_experience": "{{ profile.experiences_duration }}"}});
    pipeline["destination"]["greenhouse"]["when_changed"] = json!(when_changed);
    pipeline
}

#[test]
fn what_has_changed_of_ours_is_sent_and_nothing_else() {
    let mut told = Vec::new();
    for (api, when_changed) in [("v3", "update"), ("v1", "update"), ("v3", "ignore")] {
        let office = Office::open(vec![person()]);
        let file = office.save(&pipeline(&office, api, when_changed));
        office.run(&file).expect(0);
        let step = |name: &str, told: &mut Vec<String>| {
            let from = office.sandbox.requests().as_array().unwrap().len();
            let ended = office.run(&file).expect(0);
            let line = ended.profiles().into_values().next().unwrap();
            let (outcome, reason) = (line["outcome"].as_str().unwrap(), line["reason"].as_str().unwrap_or("–"));
            told.push(format!("## {api}, when_changed: {when_changed}, {name}\n{outcome}: {reason}\n{}", calls(&office, from, true)));
        };
        step("nothing has changed", &mut told);
        // The link to the file alone is another one every day.
        let mut rotated = person();
        rotated["attachments"][0]["public_url"] = json!("https://files.example.org/0/resume.pdf?token=9");
        office.sandbox.set_profiles(vec![rotated]);
        step("a link has changed", &mut told);
        office.sandbox.set_profiles(vec![changed()]);
        let plan = office.call(&["plan", "--json", &file]).expect(0);
        let planned = |step: &Value| format!("{} {} {}", step["step"], step["method"], step["path"]).replace('"', "");
        let steps: Vec<_> = plan.lines()[0]["steps"].as_array().into_iter().flatten().map(planned).collect();
        told.push(office.steady(&format!("## planned: {}\n{}", plan.lines()[0]["outcome"], steps.join("\n"))));
        step("the profile has changed", &mut told);
        let state = office.state();
        step("and again", &mut told);
        assert_eq!(office.state(), state);
        // What became blank clears nothing.
        let mut blank = changed();
        (blank["info"]["phone"], blank["experiences"]) = (Value::Null, json!([]));
        office.sandbox.set_profiles(vec![blank]);
        step("much of it is blank", &mut told);
        assert_eq!(office.state(), state);
        if api == "v3" {
            // v1 keeps the older résumé and adds the newer one.
            nothing_is_twice(&state);
        }
        told.push(whole(&state["candidates"][0]));
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// The answer is lost: the next look-up shows whether it was done. A recruiter's edit in between stays.
#[test]
fn a_lost_update_is_read_and_compared_again() {
    for (api, work) in [("v3", Work::Done), ("v3", Work::Never), ("v1", Work::Never)] {
        let office = Office::open(vec![person()]);
        let file = office.save(&pipeline(&office, api, "update"));
        office.run(&file).expect(0);
        office.sandbox.set_profiles(vec![changed()]);
        let lost = Misbehaviour { work, answer: Answer::Lost, ..Misbehaviour::at("PATCH", &format!("/{api}/candidates/*")) };
        office.sandbox.misbehave(lost).unwrap();
        let ended = office.run(&file).expect(0);
        let state = office.state();
        assert_eq!(state["candidates"][0]["title"], "Head of Engines", "{api} {work:?}");
        let patches = office.sandbox.requests().as_array().unwrap().iter().filter(|request| request["method"] == "PATCH").count();
        assert_eq!(patches, if work == Work::Done { 1 } else { 2 }, "{api} {work:?}");
        assert_eq!(ended.counts().len(), 1, "{api} {work:?}: {ended:?}");
        let writes = office.writes();
        assert_eq!(shown(&office.run(&file).expect(0).counts()), "unchanged 1");
        assert_eq!(office.writes(), writes);
        if api == "v3" {
            nothing_is_twice(&state);
        }
    }
}

/// Killed while the PATCH is under way: what it carried is known to the next run.
#[test]
fn killed_in_an_update() {
    for held_after_the_work in [true, false] {
        let office = Office::open(vec![person()]);
        let file = office.save(&pipeline(&office, "v3", "update"));
        office.run(&file).expect(0);
        office.sandbox.set_profiles(vec![changed()]);
        let writes = office.writes();
        let work = if held_after_the_work { Work::Done } else { Work::Never };
        let answer = if held_after_the_work { Answer::Usual } else { Answer::Lost };
        let held = Misbehaviour { work, answer, delay_ms: 60_000, ..Misbehaviour::at("PATCH", "/v3/candidates/*") };
        office.sandbox.misbehave(held).unwrap();
        let child = office.spawn(&["run", "--json", &file]);
        office.wait_for_writes(writes + 1);
        std::thread::sleep(std::time::Duration::from_millis(20));
        child.signal("KILL");
        assert_eq!(child.end().code, None);
        // The profile is what it was before: what the lost request carried is set back.
        office.sandbox.set_profiles(vec![person()]);
        office.run(&file).expect(0);
        assert_eq!(office.state()["candidates"][0]["title"], "Engineer");
        let writes = office.writes();
        assert_eq!(shown(&office.run(&file).expect(0).counts()), "unchanged 1");
        assert_eq!(office.writes(), writes);
    }
}

/// Options that do not say whose they are came for the field that was asked for: they are enough to write back what is there.
#[test]
fn an_option_need_not_say_whose_it_is() {
    let office = Office::open(vec![person()]);
    let candidate = json!({
        "first_name": "Zoe", "last_name": "There", "email_addresses": [{"value": email(0), "type": "work"}],
        "custom_fields": [{"name_key": "level", "value": "senior"}],
    });
    office.sandbox.plant(&candidate).unwrap();
    let bare = json!([{"id": 601, "name": "junior"}, {"id": 602, "name": "senior"}]);
    let answer = Answer::Status { status: 200, body: Some(bare), retry_after: None };
    let contains = Some("level".to_owned());
    let options = Misbehaviour { times: 9, contains, work: Work::Never, answer, ..Misbehaviour::at("GET", "/v3/custom_field_options") };
    office.sandbox.misbehave(options).unwrap();
    let mut update = pipeline(&office, "v3", "ignore");
    update["destination"]["greenhouse"]["existing"] = json!("update");
    // Without educations no other list is asked for.
    update["mapping"]["educations"] = json!(null);
    let file = office.save(&update);
    office.run(&file).expect(0);
    let fields = office.state()["candidates"][0]["custom_fields"].clone();
    assert_eq!(fields["level"], "senior", "{fields}");
    assert!(fields["years_of_experience"].is_number(), "{fields}");
}

/// A file, a user: what v3 shows of them is not what it takes, and the whole list of custom fields is replaced.
/// An update replaces all custom fields: those of every type stay as they are.
#[test]
fn custom_fields_of_every_type_are_written_back() {
    let office = Office::open(vec![person()]);
    let candidate = json!({
        "first_name": "Zoe", "last_name": "There", "email_addresses": [{"value": email(0), "type": "work"}],
        "custom_fields": [
            {"name_key": "sourced_by", "value": hireline::sandbox::SITE_ADMIN}, {"name_key": "cover_note", "value": "<b>Dear all</b>"},
            {"name_key": "desired_salary", "value": {"amount": 52000, "currency_code": "EUR"}}, {"name_key": "level", "value": "senior"},
            {"name_key": "salary_range", "value": {"min_amount": 1, "max_amount": 2, "currency_code": "EUR"}},
            {"name_key": "weekly_hours", "value": {"min_value": 20, "max_value": 40}}, {"name_key": "spoken_languages", "value": [901]},
        ],
    });
    office.sandbox.plant(&candidate).unwrap();
    let before = office.state()["candidates"][0]["custom_fields"].clone();
    let mut update = pipeline(&office, "v3", "ignore");
    update["destination"]["greenhouse"]["existing"] = json!("update");
    let file = office.save(&update);
    office.run(&file).expect(0);
    let mut after = office.state()["candidates"][0]["custom_fields"].clone();
    assert!(after.as_object_mut().unwrap().remove("years_of_experience").is_some());
    assert_eq!(after, before);
}

#[test]
fn custom_fields_that_cannot_be_written_back_are_left() {
    let office = Office::open(vec![person()]);
    let candidate = json!({
        "first_name": "Zoe", "last_name": "There", "email_addresses": [{"value": email(0), "type": "work"}],
        // An option that is archived.
        "custom_fields": [{"name_key": "level", "value": "intern"}],
    });
    office.sandbox.plant(&candidate).unwrap();
    let mut update = pipeline(&office, "v3", "ignore");
    update["destination"]["greenhouse"]["existing"] = json!("update");
    let file = office.save(&update);
    let before = office.state()["candidates"][0]["custom_fields"].clone();
    let line = office.run(&file).expect(0).profiles().into_values().next().unwrap();
    insta::assert_snapshot!(line["reason"].as_str().unwrap());
    assert_eq!(office.state()["candidates"][0]["custom_fields"], before);
    let writes = office.writes();
    office.run(&file).expect(0);
    assert_eq!(office.writes(), writes);
}
