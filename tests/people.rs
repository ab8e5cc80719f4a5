//! Fictional profiles with the traps of `docs/hrflow-api.md`, and the resulting candidates in Greenhouse.

use crate::harness::SOURCE_KEY;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is wrong with a profile, or only looks so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trap {
    None,
    NoEmail,
    NoLastName,
    Archived,
    /// The same person as the one before, under another key, the e-mail in capitals.
    Twin,
    /// A last name that is an object: nothing that Greenhouse takes.
    NotAText,
}

/// The trap of the nth profile: by its number alone, so that every run meets the same people.
pub fn trap(n: usize) -> Trap {
    match n % 50 {
        3 | 28 => Trap::NoEmail,
        7 => Trap::NoLastName,
        11 => Trap::Archived,
        13 | 33 => Trap::Twin,
        29 => Trap::NotAText,
        _ => Trap::None,
    }
}

pub fn key(n: usize) -> String {
    // Spread, so that the order of keys is not the order of numbers.
    format!("{:040x}", (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

pub fn email(n: usize) -> String {
    match trap(n) {
        Trap::Twin => email(n - 1).to_uppercase(),
        _ if n.is_multiple_of(9) => format!("person+{n}@example.org"),
        _ => format!("person.{n}@example.org"),
    }
}

pub fn profiles(many: usize) -> Vec<Value> {
    (0..many).map(profile).collect()
}

pub const FIRST: [&str; 8] = ["Ada", "Zoë", "José", "Łukasz", "美咲", "O'Neil", "Anne-Marie", "İpek"];

pub fn profile(n: usize) -> Value {
    let trap = trap(n);
    // The three shapes of `urls`, and none.
    let urls = match n % 4 {
        0 => {
            json!([{"type": "linkedin", "url": format!("https://linkedin.example/in/p{n}")}, {"type": "github", "url": ""}, {"type": "from_resume", "url": null}])
        }
        1 => json!([{"type": "from_resume", "url": [format!("https://p{n}.example.org")]}, {"type": "twitter", "url": []}]),
        2 => json!({"from_resume": [], "linkedin": format!("https://linkedin.example/in/p{n}")}),
        _ => Value::Null,
    };
    let end = match n % 3 {
        0 => json!("1969-12-31T23:59:59"),
        1 => Value::Null,
        _ => json!("2023-05-31T00:00:00+0000"),
    };
    json!({
        "id": 1000 + n,
        "key": key(n),
        "reference": null,
        "source_key": SOURCE_KEY,
        "source": {"key": SOURCE_KEY, "name": "careers", "type": "api", "subtype": "python"},
        "archive": null,
        "archived_at": if trap == Trap::Archived { json!("2026-02-01T00:00:00+0000") } else { Value::Null },
        "created_at": format!("2026-01-01T{:02}:{:02}:{:02}+0000", n / 3600 % 24, n / 60 % 60, n % 60),
        "updated_at": format!("2026-03-01T{:02}:{:02}:{:02}+0000", n / 3600 % 24, n / 60 % 60, n % 60),
        "info": {
            "full_name": null,
            "first_name": FIRST[n % FIRST.len()],
            "last_name": match trap {
                Trap::NoLastName => json!("  "),
                Trap::NotAText => json!({"family": "Numéro"}),
                _ => json!(format!("Numéro{n}")),
            },
            "email": if trap == Trap::NoEmail { json!("") } else { json!(email(n)) },
            "phone": format!("+46 70 123 {:02} {:02}", n / 100 % 100, n % 100),
            "urls": urls,
            "location": if n.is_multiple_of(2) { json!({"text": null, "fields": []}) } else { json!({"text": "Exempelgatan 1, Stockholm", "fields": {"city": "Stockholm", "country": "SWE"}}) },
            "summary": "",
        },
        "text": "A person of whom little is told.",
        "experiences_duration": 2.5,
        "educations_duration": 0,
        "experiences": [
            {"key": null, "company": "Exempel AB", "title": "Engineer", "date_start": "2019-03-01T00:00:00", "date_end": end, "skills": []},
            {"key": null, "company": "", "title": "", "date_start": null, "date_end": null, "skills": null},
        ],
        "educations": if n.is_multiple_of(2) { json!([]) } else { Value::Null },
        "skills": [{"name": "rust", "type": "hard", "value": null}, {"name": "RUST", "type": "hard"}, {"name": "", "type": null}],
        "languages": null,
        "tags": [{"name": "remote", "value": false}, {"name": "score", "value": 0.5}],
        "attachments": [
            {"type": "original", "file_name": "original", "original_file_name": null, "extension": ".pdf", "public_url": format!("https://files.example.org/{n}/original.pdf")},
            {"type": "resume", "file_name": "resume", "original_file_name": format!("CV {}.pdf", FIRST[n % FIRST.len()]), "extension": ".pdf", "public_url": format!("https://files.example.org/{n}/resume.pdf")},
        ],
    })
}

/// Greenhouse's people, by their first e-mail in lower case: each one's candidates, in short. `1: jobs 4001; resume on 4001; 1 employment`.
pub fn summary(state: &Value) -> BTreeMap<String, Vec<String>> {
    let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for candidate in rows(state, "candidates") {
        let email = candidate["email_addresses"][0]["value"].as_str().unwrap_or("(none)").to_lowercase();
        people.entry(email).or_default().push(in_short(candidate));
    }
    people
}

fn in_short(candidate: &Value) -> String {
    let job = |application: &Value| application["job_id"].as_u64().map_or("a prospect".to_owned(), |job| job.to_string());
    let on = |id: &Value| {
        rows(candidate, "applications").iter().find(|application| application["id"] == *id).map_or("the candidate".to_owned(), job)
    };
    let mut jobs: Vec<_> = rows(candidate, "applications").iter().map(job).collect();
    let mut files: Vec<_> = rows(candidate, "attachments")
        .iter()
        .map(|file| format!("{} on {}", file["type"].as_str().unwrap_or("?"), on(&file["application_id"])))
        .collect();
    jobs.sort();
    files.sort();
    let mut parts = vec![format!("jobs {}", if jobs.is_empty() { "none".to_owned() } else { jobs.join(", ") })];
    parts.extend(files);
    for (name, word) in [("employments", "employment"), ("educations", "education"), ("notes", "note")] {
        match rows(candidate, name).len() {
            0 => {}
            1 => parts.push(format!("1 {word}")),
            many => parts.push(format!("{many} {word}s")),
        }
    }
    parts.join("; ")
}

fn rows<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// Greenhouse's people without their names: how many candidates look alike.
pub fn grouped(state: &Value) -> String {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for one in summary(state).into_values().flatten() {
        *alike.entry(one).or_default() += 1;
    }
    alike.iter().map(|(one, many)| format!("{many} × {one}")).collect::<Vec<_>>().join("\n")
}

/// No person, application, file, employment or note is there twice.
#[track_caller]
pub fn nothing_is_twice(state: &Value) {
    for (email, candidates) in summary(state) {
        assert_eq!(candidates.len(), 1, "{email} has several candidates: {candidates:?}");
    }
    for candidate in rows(state, "candidates") {
        let marks: [(&str, &[&str]); 4] = [
            ("applications", &["job_id"]),
            ("attachments", &["application_id", "type"]),
            ("employments", &["company_name", "title", "start_date"]),
            ("notes", &["body"]),
        ];
        for (name, members) in marks {
            let mut seen: Vec<String> = rows(candidate, name)
                .iter()
                .map(|row| members.iter().map(|member| row[*member].to_string()).collect::<Vec<_>>().join(" "))
                .collect();
            let all = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(all, seen.len(), "candidate {} has some of its {name} twice: {}", candidate["id"], candidate[name]);
        }
    }
}

/// What `run` says of the profiles `0..many` at the first push, by key, with `filters: [contactable]`. A twin may be created before the other.
pub fn expected(many: usize) -> BTreeMap<String, &'static [&'static str]> {
    let outcome = |n| -> &'static [&'static str] {
        let has_twin = n + 1 < many && trap(n + 1) == Trap::Twin;
        match trap(n) {
            Trap::NoEmail | Trap::NoLastName => &["filtered"],
            Trap::Archived => &["skipped"],
            Trap::NotAText => &["invalid"],
            Trap::Twin => &["created", "unchanged"],
            Trap::None if has_twin => &["created", "unchanged"],
            Trap::None => &["created"],
        }
    };
    (0..many).map(|n| (key(n), outcome(n))).collect()
}

/// E-mails, in lower case, of those who must be in Greenhouse afterwards.
pub fn expected_emails(many: usize) -> std::collections::BTreeSet<String> {
    (0..many).filter(|n| matches!(trap(*n), Trap::None | Trap::Twin)).map(|n| email(n).to_lowercase()).collect()
}
