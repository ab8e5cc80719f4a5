//! Countries by ISO 3166-1: alpha-2, alpha-3 and the English name.

use super::{Doc, add, text_argument, text_of};
use crate::mapping::said;
use minijinja::Environment;
use minijinja::value::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

pub const DOCS: &[Doc] = &[Doc {
    name: "country",
    signature: "text | country('alpha2' | 'alpha3' | 'name')",
    about: "A country told in another way. It may come as alpha-2, alpha-3 or English name; HrFlow writes alpha-3.",
    example: "[input | country('alpha2'), input | country('name')]",
    input: r#""FRA""#,
    result: r#"["FR", "France"]"#,
}];

/// What `country` takes in its brackets.
const FORMS: [&str; 3] = ["alpha2", "alpha3", "name"];

/// The 249 officially assigned codes of ISO 3166-1, with the English short name (the everyday one, where ISO's is a state's full style).
const TABLE: &str = include_str!("countries.tsv");

static COUNTRIES: LazyLock<HashMap<String, [&'static str; 3]>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter_map(|line| <[&str; 3]>::try_from(line.split('\t').collect::<Vec<_>>()).ok());
    rows.flat_map(|row| row.map(|key| (key.to_lowercase(), row))).collect()
});

pub fn add_to(engine: &mut Environment<'static>) {
    add(engine, "country", 1..=1, |_, value, rest| {
        let form = text_argument("country", &rest[0])?;
        let column = FORMS.iter().position(|known| *known == form);
        let column = column.ok_or_else(|| said("`country` takes 'alpha2', 'alpha3' or 'name'"))?;
        let text = text_of("country", value)?;
        let row = find(&text).ok_or_else(|| said("`country` is given text that is no country's code or English name"))?;
        Ok(Value::from(row[column]))
    });
}

/// What is wrong with a form that stands in a file, if anything.
pub fn check_form(form: &str) -> Option<String> {
    (!FORMS.contains(&form)).then(|| format!("`country` takes 'alpha2', 'alpha3' or 'name', not '{form}'"))
}

/// The alpha-2 code of a country, however it is told.
pub fn alpha2(written: &str) -> Option<&'static str> {
    find(written).map(|row| row[0])
}

fn find(written: &str) -> Option<&'static [&'static str; 3]> {
    COUNTRIES.get(written.trim().to_lowercase().as_str())
}
