//! Phone numbers as E.164.
//!
//! Measured (release build): the first number costs about 10 ms and 9 MB, for the world's numbering plans; the next ones half a
//! microsecond. Nothing is loaded before the first number. (The crate `phonenumber`: 65 to 90 ms and 8 MB.)

use super::{Doc, add, countries, text_argument, text_of};
use minijinja::Environment;
use minijinja::value::Value;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

pub const DOCS: &[Doc] = &[Doc {
    name: "phone",
    signature: "text | phone(region)",
    about: "A phone number as E.164. The region (alpha-2 or alpha-3) is for numbers without a country code. What is no phone number passes unchanged.",
    example: "input | phone('FRA')",
    input: r#""06 12 34 56 78""#,
    result: r#""+33612345678""#,
}];

pub fn add_to(engine: &mut Environment<'static>) {
    add(engine, "phone", 0..=1, |_, value, rest| {
        let region = match rest.first() {
            // A profile that does not say its country: the number may still carry its own.
            None => None,
            Some(missing) if missing.is_undefined() || missing.is_none() => None,
            // A region that stands in the file is checked with it; one from a profile may be anything.
            Some(region) => region_of(text_argument("phone", region)?),
        };
        let text = text_of("phone", value)?;
        Ok(Value::from(e164(text.trim(), region).unwrap_or(text)))
    });
}

/// What is wrong with a region that stands in a file, if anything.
pub fn check_region(region: &str) -> Option<String> {
    region_of(region).is_none().then(|| format!("`{region}` is no country's alpha-2 or alpha-3 code"))
}

fn region_of(written: &str) -> Option<Region> {
    countries::alpha2(written)?.parse().ok()
}

/// A number that says its own country is trusted if its length can be right; one that is read as a region's must be valid there,
/// for a guess that is wrong makes a number of somebody else's.
fn e164(text: &str, region: Option<Region>) -> Option<String> {
    let own = PHONE_NUMBER_UTIL.parse(text, None).ok().filter(|number| PHONE_NUMBER_UTIL.is_possible_number(number));
    let guessed = || PHONE_NUMBER_UTIL.parse(text, Some(region?)).ok().filter(|number| PHONE_NUMBER_UTIL.is_valid_number(number));
    let number = own.or_else(guessed)?;
    Some(PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned())
}
