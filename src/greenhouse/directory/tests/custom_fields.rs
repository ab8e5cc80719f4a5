//! Custom fields by name, and each type's values.

use super::*;

/// `key → value as it is sent`, or the sentence.
fn written(key: &str, value: Value) -> String {
    let directory = directory();
    let fields = directory.fields.as_ref().unwrap();
    match fields.write(key, value, directory.lists.get(&Kind::User)) {
        Ok(sent) => format!("{} → {}", sent.key, sent.value),
        Err(trouble) => format!("{key} {}\n{}", trouble.message, trouble.help),
    }
}

#[test]
fn a_custom_field_is_named_in_three_ways() {
    assert_eq!(written("Work Remotely", json!(true)), "94 → true");
    assert_eq!(written("work_remotely", json!(true)), "work_remotely → true");
    assert_eq!(written("94", json!(true)), "94 → true");
    assert_eq!(written("WORK remotely", json!(true)), "94 → true");
    assert_eq!(written("region_1", json!("EMEA")), r#"region_1 → "EMEA""#);
    insta::assert_snapshot!(written("REGION", json!("EMEA")), @"
    REGION is the name of 2 custom fields of candidates: `region`, `region_1`
    write the name_key that is meant
    ");
    insta::assert_snapshot!(written("Employment Type", json!("x")), @"
    Employment Type is a custom field of the job in Greenhouse, not of the candidate
    name a field of candidates; Greenhouse's settings list them under Custom Options
    ");
    insta::assert_snapshot!(written("fax", json!("x")), @"
    fax is a custom field that is not active in Greenhouse
    activate it there, or leave it out
    ");
    insta::assert_snapshot!(written("Desired Salery", json!(1)), @"
    Desired Salery is no custom field of candidates in Greenhouse
    did you mean `Desired Salary`?
    ");
    insta::assert_snapshot!(written("5", json!(1)), @"
    5 is no custom field of candidates in Greenhouse
    write its name, its name_key or its id as Greenhouse's list of custom fields has them
    ");
}

#[test]
fn a_custom_fields_value_takes_the_form_of_its_type() {
    assert_eq!(written("level", json!("senior")), "level → 9102");
    assert_eq!(written("level", json!(9101)), "level → 9101");
    assert_eq!(written("spoken_languages", json!(["french", "German", "French"])), "spoken_languages → [9202,9203]");
    assert_eq!(written("spoken_languages", json!("English")), "spoken_languages → [9201]");
    assert_eq!(written("desired_salary", json!({"value": "52000", "unit": "eur"})), r#"desired_salary → {"value":52000,"unit":"EUR"}"#);
    assert_eq!(written("desired_salary", json!(52000.5)), "desired_salary → 52000.5");
    assert_eq!(written("work_remotely", json!("No")), "work_remotely → false");
    assert_eq!(written("region_1", json!(75)), r#"region_1 → "75""#);
    assert_eq!(written("years", json!("7.5")), "years → 7.5");
    assert_eq!(written("available_from", json!("2027-01-04T09:00:00Z")), r#"available_from → "2027-01-04""#);
    assert_eq!(written("portfolio", json!("https://ada.example")), r#"portfolio → "https://ada.example""#);
    assert_eq!(written("sourced_by", json!("rita@example.org")), "sourced_by → 31");
    assert_eq!(written("sourced_by", json!(31)), "sourced_by → 31");
}

#[test]
fn a_value_that_does_not_fit_is_told_without_it() {
    let secret = "Lovelace";
    let mut told = String::new();
    for (key, value) in [
        ("level", json!(secret)),
        ("level", json!([secret])),
        ("spoken_languages", json!(["English", secret])),
        ("spoken_languages", json!({"value": secret})),
        ("desired_salary", json!(secret)),
        ("desired_salary", json!({"value": 5, "unit": secret})),
        ("work_remotely", json!(secret)),
        ("years", json!(secret)),
        ("available_from", json!("2027-02-30")),
        ("available_from", json!(secret)),
        ("portfolio", json!(secret)),
        ("sourced_by", json!(secret)),
        ("sourced_by", json!("gone@example.org")),
        ("salary_range", json!(secret)),
        ("region_1", json!({"value": secret, "unit": secret})),
    ] {
        told.push_str(&format!("{}\n", written(key, value).replace('\n', "; ")));
    }
    assert!(!told.contains(secret), "{told}");
    insta::assert_snapshot!(told, @"
    level takes one of its options (`Junior`, `Senior`), and is given something else; write one of them, or an option's id
    level takes one of its options, and is given a list; give one plain value
    spoken_languages takes one of its options (`English`, `French`, `German`), and is given something else; write one of them, or an option's id
    spoken_languages takes a list of its options, and is given a value with a unit; give a list
    desired_salary takes an amount, or {value, unit}, and is given something else; for example { value: 52000, unit: EUR }
    desired_salary has a unit that is no currency's code; write three letters, for example `unit: EUR`
    work_remotely takes true or false, and is given something else; give it in that form
    years takes a number, and is given something else; give it in that form
    available_from takes a date, YYYY-MM-DD, and is given something else; give it in that form
    available_from takes a date, YYYY-MM-DD, and is given something else; give it in that form
    portfolio takes an address that begins with https:// or http://, and is given something else; give it in that form
    sourced_by takes a user, and is given no user's e-mail address or id; write the e-mail address with which the user signs in
    sourced_by is given a user who was deactivated; name another one
    salary_range is a field of the type currency_range, which a pipeline cannot set; leave it out
    region_1 takes text, and is given a value with a unit; give one plain value
    ");
}
