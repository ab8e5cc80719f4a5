//! Parts of a profile that cannot be read or sent: the candidate goes on without them, and the line says so.

use crate::harness::Office;
use crate::people::{Trap, profile, trap};
use serde_json::{Value, json};

/// Runs one profile by the built-in mapping: its line, and the candidate in Greenhouse.
fn pushed(change: impl FnOnce(&mut Value)) -> (Value, Value) {
    assert_eq!(trap(0), Trap::None);
    let mut one = profile(0);
    change(&mut one);
    let office = Office::open(vec![one]);
    let file = office.save(&office.v3("people"));
    let planned = office.call(&["plan", "--json", &file]).expect(0).profiles().into_values().next().unwrap();
    let run = office.run(&file);
    let line = run.profiles().into_values().next().unwrap();
    assert_eq!((&planned["outcome"], &planned["reason"]), (&line["outcome"], &line["reason"]));
    let candidate = office.state()["candidates"][0].clone();
    let writes = office.writes();
    office.run(&file).expect(0);
    assert_eq!(office.writes(), writes, "a second run writes nothing");
    (line, candidate)
}

fn rows<'v>(candidate: &'v Value, list: &str) -> &'v [Value] {
    candidate[list].as_array().map(Vec::as_slice).unwrap_or_default()
}

#[test]
fn a_file_gets_its_ending_and_an_address_that_can_be_asked() {
    let (line, candidate) = pushed(|profile| {
        profile["attachments"] = json!([
            {"type": "resume", "original_file_name": "lost.pdf", "public_url": null},
            {"type": "resume", "original_file_name": "old.pdf", "public_url": "C:\\cvs\\old.pdf"},
            {"type": "resume", "original_file_name": "resume", "extension": "pdf", "public_url": "https://files.example.org/Zoé X/cv 1%20.pdf?a=b%2Fc"},
            {"type": "cover", "original_file_name": "Dr. Letter", "public_url": "https://files.example.org/letter.DOCX?x=1"},
        ]);
    });
    assert_eq!((&line["outcome"], &line["reason"]), (&json!("created"), &Value::Null), "{line}");
    let files: Vec<_> = rows(&candidate, "attachments").iter().map(|file| format!("{} {}", file["filename"], file["url"])).collect();
    assert_eq!(
        files,
        [
            r#""resume.pdf" "https://files.example.org/Zo%C3%A9%20X/cv%201%20.pdf?a=b%2Fc""#,
            r#""Dr. Letter.docx" "https://files.example.org/letter.DOCX?x=1""#
        ]
    );
}

#[test]
fn a_file_without_an_address_costs_nobody() {
    for address in [Value::Null, json!("ftp://files.example.org/cv.pdf"), json!("cv.pdf"), json!({"url": "https://files.example.org"})] {
        let (line, candidate) = pushed(|profile| {
            profile["attachments"] = json!([{"type": "resume", "original_file_name": "cv.pdf", "public_url": address}]);
        });
        assert_eq!(line["outcome"], "created", "{line}");
        assert_eq!(line["reason"], "attachments[0] is left out: the file has no address from which it can be fetched");
        assert!(rows(&candidate, "attachments").is_empty() && rows(&candidate, "applications").len() == 1);
    }
}

#[test]
fn what_the_built_in_mapping_cannot_read_is_left_out_and_reported() {
    let job = |start: Value, end: Value| json!({"company": "Exempel AB", "title": "Engineer", "date_start": start, "date_end": end});
    let sound = job(json!("2019-01-01"), json!("2020-02-02"));
    let (line, candidate) = pushed(|profile| {
        profile["experiences"] = json!([job(json!("2019-13-45"), Value::Null), sound, job(json!("2018-01-01"), json!("today"))]);
        profile["info"]["phone"] = json!({"number": "+46701234567"});
        profile["languages"] = json!([{"name": {"code": "sv"}}]);
    });
    let left_out = [
        "phone_numbers[0].value is left out: `phone` works on text, and is given a block of keys",
        "employments[0] is left out: `date` reads YYYY-MM-DD, with or without a time, and is given other text",
        "employments[2].end_date is left out: `date` reads YYYY-MM-DD, with or without a time, and is given other text",
        "notes[0] is left out: `join` writes text, and is given a block of keys",
    ];
    assert_eq!(line["outcome"], "created", "{line}");
    let mut told: Vec<&str> = line["reason"].as_str().unwrap_or_default().split("; ").collect();
    told.sort_unstable_by_key(|sentence| left_out.iter().position(|wanted| wanted == sentence));
    assert_eq!(told, left_out);
    assert_eq!((rows(&candidate, "employments").len(), rows(&candidate, "notes").len()), (2, 0));
}

#[test]
fn a_phones_extension_stays_and_no_empty_note_is_sent() {
    for languages in [json!([{"name": null}]), json!([{"value": "C1"}]), json!(["sv"]), json!({"name": "Swedish"}), json!([{"name": " "}])]
    {
        let (line, candidate) = pushed(|profile| {
            profile["info"]["phone"] = json!("+46 70 123 45 67 ext. 12");
            profile["info"]["summary"] = json!("<p>&nbsp;</p>");
            profile["certifications"] = languages.clone();
            profile["languages"] = languages;
        });
        assert_eq!((&line["outcome"], &line["reason"]), (&json!("created"), &Value::Null), "{line}");
        assert_eq!(candidate["phone_numbers"][0]["value"], "+46701234567 ext. 12");
        assert!(rows(&candidate, "notes").is_empty(), "{}", candidate["notes"]);
    }
}
