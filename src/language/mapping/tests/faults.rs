//! What `check` tells of a mapping.

use crate::language::mapping::testing::{faults, wrapped};

fn told(members: &str) -> String {
    faults(&wrapped(members))
}

#[test]
fn templates_that_cannot_be_read() {
    insta::assert_snapshot!(told("
title: '{{ profile.info.email | }}'
company: '{{ profile.info.email'
tags:
  - '{% include \"x\" %}'
  - \"{{ 'open }}\"
  - '{{ profile.text lower }}'
  - '{% if profile.text %}yes'
  - '{% macro m() %}{% endmacro %}'
  - |
    first line
    {{ profile.text | }}
"), @r#"
    6:35 error bad-template [}}] the template cannot be read: found `}}` where a name belongs
        is a `|`, a quote or a `}}` missing before it?
    7:29 error bad-template [email] the template cannot be read: found the end of the template where `}}` belongs
        is a `|`, a quote or a `}}` missing before it?
    9:11 error bad-template [include] `{% include %}` is not part of a mapping
        what there is: if, for, set, with, filter, raw
    10:19 error bad-template ["] the template has a quote that is not closed
        write text in quotes: 'like this'
    11:24 error bad-template [lower] the template cannot be read: found a name where `}}` belongs
        is a `|`, a quote or a `}}` missing before it?
    12:8 error bad-template [{% if profile.text %}] this `{% if %}` is never closed
        write `{% endif %}` at its end
    13:11 error bad-template [macro m() %}{% endmacro] `{% macro %}` is not part of a mapping
        use `$each`, or a longer text with `{% if %}` and `{% for %}`
    16:25 error bad-template [}}] the template cannot be read: found `}}` where a name belongs
        is a `|`, a quote or a `}}` missing before it?
    "#);
}

#[test]
fn names_that_do_not_exist() {
    insta::assert_snapshot!(told("
title: '{{ profile.info.first_name | uper }}'
company: '{{ profile.info.first_name.strip() }}'
tags:
  - '{{ email }}'
  - '{{ profil.info.email }}'
  - \"{{ profile.tags | tag(stage) }}\"
  - '{{ now() }}'
  - '{{ lower(profile.info.email) }}'
  - '{{ profile.text is definde }}'
  - '{{ vars.job_idz }}'
  - '{{ debug() }} {{ namespace() }}'
  - '{{ profile.skills | map(\"shout\") | list }}'
  - '{% for x in profile.skills %}{{ x.name }} {{ y }} {{ loop.index }}{% endfor %}'
"), @r#"
    6:40 error unknown-function [uper] there is no function `uper`
        did you mean `upper`?
    7:39 error unknown-function [.strip()] values have no method `.strip()`
        write `… | trim`
    9:11 error out-of-scope [email] there is no `email` here
        did you mean `profile.info.email`?
    10:11 error out-of-scope [profil] there is no `profil` here
        did you mean `profile`?
    11:30 error out-of-scope [stage] there is no `stage` here
        names in scope: `profile`, `vars`, `pipeline`; text goes in quotes: `'stage'`
    12:11 error unknown-function [now()] there is no function `now(…)`
        a mapping sees no clock, no chance, no files and no environment: the same profile always gives the same candidate
    13:11 error unknown-function [lower(profile.info.email)] there is no function `lower(…)`
        a function goes after its value: `… | lower`
    14:27 error unknown-function [definde] there is no test `is definde`
        did you mean `is defined`?
    15:11 error unknown-name [vars.job_idz] there is no `vars.job_idz`
        add it below `vars:`
    16:11 error unknown-function [debug()] there is no function `debug(…)`
        it is left out of mappings on purpose
    16:25 error unknown-function [namespace()] there is no function `namespace(…)`
        it is left out of mappings on purpose
    17:28 error unknown-function [map("shout")] there is no `shout` for `map` to use
        the handbook lists the functions of a mapping
    18:40 warning may-be-missing [x.name] `x.name` may be missing, and then this text makes the profile invalid
        write `x.name | default('…')`, or leave the whole text out with `$when: x.name`
    18:53 error out-of-scope [y] there is no `y` here
        did you mean `x`?
    "#);
}

#[test]
fn fields_that_hrflow_does_not_have() {
    insta::assert_snapshot!(told("
title: '{{ profile.info.frist_name }}'
company: '{{ profile.experiences.company }}'
employments:
  $each: profile.experiences
  $as: job
  company_name: '{{ job.compny }}'
  title: '{{ job.title }}'
  start_date: '{{ job.date_start | date }}'
tags: ['{{ profile.key.x }}', '{{ profile.source.anything }}', '{{ profile.labels[0].board.name }}']
"), @r"
    6:14 warning unknown-field [profile.info.frist_name] HrFlow's profiles have no `profile.info.frist_name` that is known
        did you mean `profile.info.first_name`?
    7:16 warning unknown-field [profile.experiences.company] `profile.experiences` is a list, and a list has no `company`
        name an item (`profile.experiences[0].company`), or repeat with `$each: profile.experiences`
    11:23 warning unknown-field [job.compny] HrFlow's profiles have no `job.compny` that is known
        did you mean `job.company`?
    14:14 warning unknown-field [profile.key.x] HrFlow's profiles have no `profile.key.x` that is known
        `profile.key` has no keys
    14:37 warning unknown-field [profile.source.anything] HrFlow's profiles have no `profile.source.anything` that is known
        known there: key, name, type, subtype, environment
    ");
}

#[test]
fn comparisons_of_what_may_be_missing() {
    insta::assert_snapshot!(told("
is_private: '{{ profile.experiences_duration < 2 }}'
title: \"{{ profile.info.first_name ~ '!' }}\"
tags:
  - '{{ profile.experiences_duration is defined and profile.experiences_duration < 2 }}'
  - '{{ profile.experiences_duration | default(0) < 2 }}'
  - \"{{ 'a' ~ profile.text if profile.text }}\"
  - { $when: profile.text, $value: \"{{ 'a' ~ profile.text }}\" }
  - '{% if not profile.text %}{% else %}{{ profile.text ~ 1 }}{% endif %}'
  - '{{ profile.text is undefined or profile.text < 2 }}'
  - '{{ 1 < profile.experiences_duration < 8 }}'
  - { $each: profile.skills, $as: skill, $when: skill.value > 3, $value: '{{ skill.name }}' }
"), @r"
    6:19 warning may-be-missing [profile.experiences_duration] `profile.experiences_duration` may be missing, and then `<` is never true
        write `profile.experiences_duration | default(…)`, or ask first: `profile.experiences_duration is defined and …`
    7:14 warning may-be-missing [profile.info.first_name] `profile.info.first_name` may be missing, and then `~` makes the profile invalid
        write `profile.info.first_name | default(…)`, or ask first: `profile.info.first_name is defined and …`
    15:11 error bad-template [1 < profile.experiences_duration < 8] comparisons do not go in a chain
        write `a < b and b < c`
    16:51 warning may-be-missing [skill.value] `skill.value` may be missing, and then `>` is never true
        write `skill.value | default(…)`, or ask first: `skill.value is defined and …`
    ");
}

#[test]
fn members_that_a_candidate_does_not_have() {
    insta::assert_snapshot!(told("
titel: Engineer
phone_number: []
body: A note
email_addresses: [{ value: a@example.org, type: personal, title: x }]
employments: [{ company: A, title: B, start_date: 2020-01-01 }]
"), @r#"
    6:3 error unknown-member [titel] a candidate has no `titel`
        did you mean `title`?
    7:3 error unknown-member [phone_number] a candidate has no `phone_number`
        did you mean `phone_numbers`?
    8:3 error unknown-member [body] a candidate has no `body`
        `body` is a member of a note
    9:61 error unknown-member [title] an e-mail address has no `title`
        `title` is a member of a candidate
    10:17 error missing-member [{ ] an employment needs `company_name`
        The employer. For example "Acme Robotics"
    10:19 error unknown-member [company] an employment has no `company`
        did you mean `company_name`?
    "#);
}

#[test]
fn constants_that_cannot_stand_there() {
    insta::assert_snapshot!(told("
title: 2024
is_private: \"yes\"
company: [A]
phone_numbers: [{ value: \"1\", type: moblie }, { value: \"2\", type: fax }]
email_addresses: { value: a@example.org, type: personal }
addresses: profile.info.location.text
recruiter: 5
coordinator: { id: \"5\" }
tags: hrflow
attachments: [{ filename: a.pdf, url: files/a.pdf }]
custom_fields: 7
notes: [text]
employments: [{ company_name: A, title: B, start_date: 2023-02-30 }]
"), @r#"
    6:10 error wrong-type [2024] `title` takes text, and is given a whole number
        put it in quotes: "2024"
    7:15 error wrong-type ["yes"] `is_private` takes true or false, and is given text of 3 characters
        write `is_private: true` or `is_private: false`, without quotes
    8:12 error wrong-type [[] `company` takes text, and is given a list
        write one text, or a template that gives one
    9:39 error unknown-value [moblie] `type` cannot be `moblie`
        did you mean `mobile`?
    9:69 error unknown-value [fax] `type` cannot be `fax`
        write one of home, work, mobile, skype, other
    10:20 error wrong-type [{ ] `email_addresses` takes a list, and is given a block of keys
        put `- ` before it, or repeat it with `$each` and `$as`
    11:14 error wrong-type [profile.info.location.text] `addresses` takes a list, and is given text of 26 characters
        put `- ` before it
    12:14 error wrong-type [5] `recruiter` takes a block of keys (a Greenhouse user), and is given a whole number
        write its keys on lines of their own below it: `id`, `email`
    13:22 error wrong-type ["5" ] `id` takes a whole number from 1, and is given text
        leave the quotes out
    14:9 error wrong-type [hrflow] `tags` takes a list, and is given text of 6 characters
        put `- ` before it
    15:41 error wrong-type [files/a.pdf] `url` takes an address that begins with https:// or http://, and is given text of 11 characters
    16:18 error wrong-type [7] `custom_fields` takes a block of custom fields, and is given a whole number
        write its fields on lines of their own below it, without `- `: `custom_fields: { desired_salary: 52000 }`
    17:11 error wrong-type [text] `notes` takes a block of keys (a note), and is given text of 4 characters
        write its keys on lines of their own below it: `body`, `visibility`
    18:58 error wrong-type [2023-02-30] `start_date` takes a date, YYYY-MM-DD or RFC 3339, and is given text of 10 characters
    "#);
}

#[test]
fn longer_text_where_something_else_belongs() {
    insta::assert_snapshot!(told("
is_private: 'x{{ profile.archive }}'
employments: '{{ profile.experiences }} {{ profile.experiences }}'
"), @r"
    6:15 error wrong-type ['x{{ profile.archive }}'] `is_private` takes true or false, and is given a longer text
        write exactly one {{ … }}, with nothing around it: then its type is kept
    7:16 error wrong-type ['{{ profile.experiences }} {{ profile.experiences }}'] `employments` takes a list, and is given a longer text
        write exactly one {{ … }}, with nothing around it: then its type is kept
    ");
}

#[test]
fn each_when_as_and_value() {
    insta::assert_snapshot!(told("
title: { $each: profile.skills, $as: skill, $value: '{{ skill.name }}' }
tags:
  - { $each: '{{ profile.skills }}', $as: skill, $value: '{{ skill.name }}' }
  - { $each: profile.skills, $value: a }
  - { $as: skill, $value: a }
  - { $each: profile.skills, $as: profile, $value: a }
  - { $when: true, $value: a }
  - { $when: profile.text, $value: a, name: b }
  - { $when: profile.text, $value: [a] }
  - { $wen: profile.text, $value: a }
  - { $each: profile.skills |, $as: skill, $value: a }
"), @r"
    6:12 error wrong-type [$each] `$each` gives a list, and `title` takes text
        leave `$each` and `$as` out, and name one item
    8:16 error bad-template ['{{ profile.skills }}'] `$each` takes an expression without braces
        write `$each: profile.skills`
    9:9 error missing-key [$each] `$each` needs `$as`
        add `$as: item`, and use `item` in the templates of this block
    10:9 error missing-key [$as] `$as` needs `$each`
        add `$each: profile.experiences` (or another list)
    11:37 error wrong-type [profile] `$as` takes a new name
        letters, digits and `_`, for example `job`; not `profile`, `vars` or `pipeline`
    12:16 error wrong-type [true] `$when` takes an expression, and is given true or false
        for example `$when: profile.experiences`
    13:41 error conflicting-keys [name] `name` cannot be used with `$value`
        `$value` is the whole value: write `$value` or keys, not both
    14:38 error wrong-type [[] `$value` takes a template or a constant, and is given a list
        write the keys of a block next to `$each` and `$when`
    15:9 error unknown-key [$wen] there is no `$wen`
        did you mean `$when`?
    16:31 error bad-template [|] the template cannot be read: found the end of the template where a name belongs
        is a `}}`, a `%}` or an `{% endif %}` missing?
    ");
}

#[test]
fn what_the_other_api_takes() {
    insta::assert_snapshot!(faults("
api: harvest-v1
job_ids: 1
mapping:
  first_name: A
  last_name: B
  preferred_name: C
  email_addresses: [{ value: a@example.org, type: personal }]
  recruiter: { email: r@example.org }
application: { referrer: { id: 5 }, coordinator: { email: c@example.org } }
"), @"
    7:3 error unknown-member [preferred_name] `preferred_name` exists only in harvest-v3
        leave it out, or use `api: harvest-v3`
    10:28 error unknown-member [id] `id` exists only in harvest-v3
        write `type` and `value`, or use `api: harvest-v3`
    ");
}

#[test]
fn what_every_profile_would_lack() {
    insta::assert_snapshot!(faults("
mapping:
  first_name: ''
  phone_numbers: [{ value: '{{ profile.info.phone }}' }]
  attachments: [{ filename: a.pdf }, { filename: b.pdf, content: aaaa }]
"), @r#"
    3:3 error missing-member [first_name] a candidate needs `first_name`
        The first name. For example "Ada"
    3:3 error missing-member [first_name] a candidate needs `last_name`
        The last name. For example "Example"
    3:3 error missing-member [first_name] candidates would not apply to any job
        write `job_ids` or `jobs` in `destination.greenhouse`, or `applications` or `prospect` in the mapping
    3:3 error missing-member [first_name] the mapping has no `email_addresses`, and without an e-mail address a profile is invalid
        add `email_addresses`, or say `without_email: create` in `destination.greenhouse`
    4:19 error missing-member [{ ] a phone number needs `type`
        Which kind. For example "mobile"
    5:17 error missing-member [{ ] an attachment needs one of url, content
        without it, nothing that this makes can be sent
    5:38 error missing-member [{ ] `content` also needs `content_type`
        add `content_type`
    "#);
    insta::assert_snapshot!(faults("mapping: {}"), @r"
    error missing-member [] the mapping is empty
       begin with `$use: candidate`
    ");
}

#[test]
fn job_ids_and_applications_exclude_each_other() {
    insta::assert_snapshot!(faults("
without_email: yes
job_ids: ['{{ vars.jobs }}', x, 0]
application: { job_id: 5, sauce_id: 1 }
mapping: { first_name: A, last_name: B, applications: [{ job_id: 1 }] }
"), @"
    3:10 error conflicting-keys [[] `job_ids` cannot be used with a mapping that has `applications`
        keep one of the two
    3:15 error unknown-name [vars.jobs] there is no `vars.jobs`
        add it below `vars:`
    3:30 error wrong-type [x] `job_ids` takes a whole number from 1, and is given text of 1 character
        write a whole number without quotes: `job_ids: 4012`, or a template that gives one
    3:33 error wrong-type [0] `job_ids` takes a whole number from 1, and is given a whole number below 1
        write a whole number without quotes: `job_ids: 4012`, or a template that gives one
    4:16 error conflicting-keys [job_id] `application` is put on every application, so it has no `job_id`
        write `job_ids` or `jobs` next to `application`
    4:27 error unknown-member [sauce_id] an application has no `sauce_id`
        did you mean `source_id`?
    ");
}

#[test]
fn a_whole_mapping_without_a_fault_tells_nothing() {
    assert_eq!(told("title: '{{ profile.experiences[0].title }}'"), "nothing");
}

#[test]
fn numbers_that_cannot_be_read() {
    insta::assert_snapshot!(told("
title: '{{ 9999999999999999999999999999999999999999 }}'
company: '{{ 2egex }}'
tags: ['{{ 1_ }}']
"), @"
    6:54 error bad-template [ ] a number in the template is too large
        a whole number has up to 38 digits; text goes between quotes
    7:18 error bad-template [g] a number in the template cannot be read
        write it as 2.5; text goes between quotes
    8:16 error bad-template [ ] a number in the template ends with `_`
        write digits alone; text goes between quotes
    ");
}
