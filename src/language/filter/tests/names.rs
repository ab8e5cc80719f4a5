use super::*;

/// What is said of the names in a predicate's paths, with what it points at.
fn told(predicates: &[&str]) -> String {
    let vars = json!({ "min_years": 2, "keys": ["a"], "team": { "lead": "ada" } });
    let mut out = String::new();
    for text in predicates {
        writeln!(out, "{text}").unwrap();
        let (unknown, mut told) = match Predicate::parse(text) {
            Ok(predicate) => (predicate.unusable_variables(&vars), predicate.warnings().to_vec()),
            Err(misreading) => (vec![misreading], Vec::new()),
        };
        told.extend(unknown);
        for one in told {
            let help = one.help.unwrap_or_default();
            writeln!(out, "  {} › {}: {}; {help}", one.code, &text[one.range.clone()], one.message).unwrap();
        }
    }
    out
}

#[test]
fn a_field_that_no_profile_has_is_told() {
    insta::assert_snapshot!(told(&[
        "@.experience_duration >= 2",
        "@.info.frist_name",
        "@.info.email.domain",
        "@.tags.name == 'stage'",
        "@.tags[?@.nmae == 'stage' && @.value == 'rejected']",
        "@.experiences[0].titel == 'x' || @.experiences[*].titel",
        "@.experiences[?count(@.skills[?@.nam == 'rust']) > 1 && search(@.titel, 'x')]",
        "@.experiences[0].skills[0, 1].nam",
        "length(@.info.frist_name) > 1",
        "@.info.location.feilds.city == 'Lyon'",
    ]), @"
    @.experience_duration >= 2
      unknown-field › experience_duration: HrFlow's profiles have no `@.experience_duration` that is known; did you mean `@.experiences_duration`?
    @.info.frist_name
      unknown-field › frist_name: HrFlow's profiles have no `@.info.frist_name` that is known; did you mean `@.info.first_name`?
    @.info.email.domain
      unknown-field › domain: HrFlow's profiles have no `@.info.email.domain` that is known; `@.info.email` has no keys
    @.tags.name == 'stage'
      unknown-field › name: `@.tags` is a list, and a list has no `name`; ask its items: `@.tags[?@.name]`, or one of them: `@.tags[0].name`
    @.tags[?@.nmae == 'stage' && @.value == 'rejected']
      unknown-field › nmae: HrFlow's profiles have no `@.nmae` that is known; did you mean `@.name`?
    @.experiences[0].titel == 'x' || @.experiences[*].titel
      unknown-field › titel: HrFlow's profiles have no `@.experiences[0].titel` that is known; did you mean `@.experiences[0].title`?
      unknown-field › titel: HrFlow's profiles have no `@.experiences[*].titel` that is known; did you mean `@.experiences[*].title`?
    @.experiences[?count(@.skills[?@.nam == 'rust']) > 1 && search(@.titel, 'x')]
      unknown-field › nam: HrFlow's profiles have no `@.nam` that is known; did you mean `@.name`?
      unknown-field › titel: HrFlow's profiles have no `@.titel` that is known; did you mean `@.title`?
    @.experiences[0].skills[0, 1].nam
      unknown-field › nam: HrFlow's profiles have no `@.experiences[0].skills[0, 1].nam` that is known; did you mean `@.experiences[0].skills[0, 1].name`?
    length(@.info.frist_name) > 1
      unknown-field › frist_name: HrFlow's profiles have no `@.info.frist_name` that is known; did you mean `@.info.first_name`?
    @.info.location.feilds.city == 'Lyon'
      unknown-field › feilds: HrFlow's profiles have no `@.info.location.feilds` that is known; did you mean `@.info.location.fields`?
    ");
}

#[test]
fn what_may_be_there_is_not_told() {
    insta::assert_snapshot!(told(&[
        "@['x'].y && @.info['frist_name']",
        "@..anything && @.tags..value",
        "@.info.driving_license.b",
        "@.experiences[?@.location.fields.city == 'Lyon' && @['x']]",
        "@.tags[?@.name == 'stage'].value && @.info[*]",
        "@.archive == true || @.info.urls[?@.type == 'linkedin'].url",
        "$.vars.min_years == 2 && $.vars.team.lead == 'ada' && $.vars['min_years'] && $.vars.keys[0] && $.pipeline",
    ]), @"
    @['x'].y && @.info['frist_name']
    @..anything && @.tags..value
    @.info.driving_license.b
    @.experiences[?@.location.fields.city == 'Lyon' && @['x']]
    @.tags[?@.name == 'stage'].value && @.info[*]
    @.archive == true || @.info.urls[?@.type == 'linkedin'].url
    $.vars.min_years == 2 && $.vars.team.lead == 'ada' && $.vars['min_years'] && $.vars.keys[0] && $.pipeline
    ");
}

#[test]
fn a_variable_that_is_not_there_is_told() {
    insta::assert_snapshot!(told(&[
        "@.experiences_duration >= $.vars.min_yers",
        "@.tags[?@.name == $.vars['min_yers']]",
        "$.vars.team.laed == 'ada' && $.vars.keys.name",
        "$.vras.min_years == 2",
        "$.profile.key",
    ]), @"
    @.experiences_duration >= $.vars.min_yers
      unknown-name › min_yers: there is no `$.vars.min_yers`; did you mean `$.vars.min_years`?
    @.tags[?@.name == $.vars['min_yers']]
      unknown-name › 'min_yers': there is no `$.vars.min_yers`; did you mean `$.vars.min_years`?
    $.vars.team.laed == 'ada' && $.vars.keys.name
      unknown-name › laed: there is no `$.vars.team.laed`; did you mean `$.vars.team.lead`?
      unknown-name › name: there is no `$.vars.keys.name`; `$.vars.keys` has no keys
    $.vras.min_years == 2
      unknown-name › vras: `$` has only `vars` and `pipeline`; did you mean `$.vars`?
    $.profile.key
      unknown-name › profile: `$` has only `vars` and `pipeline`; write `$.vars.NAME` for a variable, and `@.NAME` for a member of the profile
    ");
}
