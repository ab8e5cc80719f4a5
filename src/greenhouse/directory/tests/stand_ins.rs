//! What stands for names where nobody is asked.

use super::*;
use crate::model::candidate::Education;

#[test]
fn stand_ins_are_shown_as_the_names_that_they_stand_for() {
    let mut candidate = Candidate {
        educations: vec![Education { school: Some("Any \"school\"".into()), ..Education::default() }],
        custom_fields: serde_json::from_value(json!({"Desired Salary": 5, "level": "senior"})).unwrap(),
        ..Candidate::default()
    };
    candidate.set("recruiter", json!({"email": "r@example.org"}));
    let mut stand_ins = StandIns::default();
    let rules = Rules { api: Api::HarvestV3, unmatched_education: UnmatchedEducation::Invalid };
    let resolved = resolve(candidate, &mut stand_ins, rules).unwrap();
    let key = resolved.custom_fields.keys().next().unwrap();
    assert_eq!(stand_ins.show_text(key), Some(r#"{custom_field_id of "Desired Salary"}"#));
    let mut shown = json!([resolved.get("recruiter"), resolved.educations, 5]);
    stand_ins.show(&mut shown);
    insta::assert_snapshot!(shown, @r#"[{"id":"{user_id of \"r@example.org\"}"},[{"school_id":"{school_id of \"Any \\\"school\\\"\"}"}],5]"#);
}
