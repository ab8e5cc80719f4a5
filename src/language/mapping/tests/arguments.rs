//! What stands in the brackets of a function, where that is known without a profile.

use crate::language::mapping::testing::{faults, wrapped};

fn told(members: &str) -> String {
    faults(&wrapped(members))
}

#[test]
fn arguments_that_cannot_work() {
    insta::assert_snapshot!(told("
tags:
  - \"{{ profile.text | regex_replace('(', '') }}\"
  - \"{{ profile.text | regex_replace(profile.key, '') }}\"
  - \"{{ profile.info.date_birth | date('%Q') }}\"
  - \"{{ profile.info.phone | phone('XX') }}\"
  - \"{{ profile.info.phone | country('alpha4') }}\"
"), @"
    7:26 error bad-template [regex_replace('(', '')] the pattern of `regex_replace` is not a regular expression: unclosed group
        write `text | regex_replace(pattern, replacement)`
    8:26 error bad-template [regex_replace(profile.key, '')] the pattern of `regex_replace` must be written out, as text in quotes
        write `text | regex_replace(pattern, replacement)`
    9:37 error bad-template [date('%Q')] `date` does not know the format `%Q`: write YYYY, MM and DD, or percent signs (%Y-%m-%d)
        write `text | date(format, otherwise=…)`
    10:32 error bad-template [phone('XX')] `XX` is not a country's alpha-2 or alpha-3 code
        write `text | phone(region)`
    11:32 error bad-template [country('alpha4')] `country` takes 'alpha2', 'alpha3' or 'name', not 'alpha4'
        write `text | country('alpha2' | 'alpha3' | 'name', otherwise=…)`
    ");
}
