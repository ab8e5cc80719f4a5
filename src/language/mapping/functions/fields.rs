//! What HrFlow's fields hold: items of lists, numbers, dates, countries, phone numbers.

use super::{add, kind_in_words, text_argument, text_of};
use crate::language::mapping::{said, values};
use crate::model::candidate::web_address;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) fn add_to(engine: &mut Environment<'static>) {
    add(engine, "tag", 1..=1, |_, list, arguments| {
        let mut values = named(list, "tag", "name", &arguments[0], "value")?;
        Ok(values.next().unwrap_or(Value::UNDEFINED))
    });
    add(engine, "tags", 1..=1, |_, list, arguments| {
        let values: Vec<Value> = named(list, "tags", "name", &arguments[0], "value")?.collect();
        Ok(if values.is_empty() { Value::UNDEFINED } else { values.into() })
    });
    add(engine, "url", 1..=1, |_, list, arguments| {
        let mut values = named(list, "url", "type", &arguments[0], "url")?;
        Ok(values.next().unwrap_or(Value::UNDEFINED))
    });
    add(engine, "attachment", 1..=16, |_, list, arguments| {
        let items = items(list, "attachment")?;
        let mut unusable = Value::UNDEFINED;
        for argument in arguments {
            let kind = text_argument("attachment", argument)?;
            for found in items.iter().filter(|item| is_text(item, "type", kind)) {
                if found.get_attr("public_url").is_ok_and(|url| url.as_str().and_then(web_address).is_some()) {
                    return Ok(found.clone());
                }
                unusable = if unusable.is_undefined() { found.clone() } else { unusable };
            }
        }
        Ok(unusable)
    });
    add(engine, "int", 0..=1, |_, value, rest| or_otherwise(value, rest, "int", "a whole number", whole));
    add(engine, "float", 0..=1, |_, value, rest| or_otherwise(value, rest, "float", "a number", fraction));
    add(engine, "string", 0..=0, |_, value, _| values::in_text(value).map(Value::from));
    add(engine, "fromjson", 0..=0, |_, value, _| {
        let text = value.as_str().ok_or_else(|| said(format!("`fromjson` works on text, and is given {}", kind_in_words(value))))?;
        let json: serde_json::Value = serde_json::from_str(text).map_err(|_| said("`fromjson` is given text that is not JSON"))?;
        Ok(values::from_json(&json))
    });
    add(engine, "date", 0..=1, |_, value, rest| {
        let (moment, _) = read("date", value)?;
        let Some(format) = rest.first() else { return Ok(Value::from(moment.date().to_string())) };
        Ok(Value::from(write(moment.date(), text_argument("date", format)?)?))
    });
    add(engine, "datetime", 0..=0, |_, value, _| {
        let (moment, offset) = read("datetime", value)?;
        let seconds = offset.seconds();
        let zone = if seconds == 0 {
            "Z".to_owned()
        } else {
            format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, seconds.abs() / 3600, seconds.abs() / 60 % 60)
        };
        Ok(Value::from(format!("{moment}{zone}")))
    });
    add(engine, "country", 1..=1, |_, value, rest| {
        let form = text_argument("country", &rest[0])?;
        let column = FORMS.iter().position(|known| *known == form);
        let column = column.ok_or_else(|| said("`country` takes 'alpha2', 'alpha3' or 'name'"))?;
        let text = text_of("country", value)?;
        let row = find(&text).ok_or_else(|| said("`country` is given text that is not a country's code or English name"))?;
        Ok(Value::from(row[column]))
    });
    add(engine, "phone", 0..=1, |_, value, rest| {
        let region = match rest.first() {
            // A profile that does not say its country: the number may still carry its own.
            None => None,
            Some(missing) if missing.is_undefined() || missing.is_none() => None,
            // A region in the file is checked with the file; one from a profile may be anything.
            Some(region) => region_of(text_argument("phone", region)?),
        };
        let text = text_of("phone", value)?;
        Ok(Value::from(e164(text.trim(), region).unwrap_or(text)))
    });
}

/// What `member` holds in each item whose `key` is the argument.
fn named(
    list: &Value,
    function: &str,
    key: &'static str,
    argument: &Value,
    member: &'static str,
) -> Result<impl Iterator<Item = Value>, Error> {
    let wanted = text_argument(function, argument)?.to_owned();
    let items = items(list, function)?;
    let values = items.into_iter().filter(move |item| is_text(item, key, &wanted));
    Ok(values.filter_map(move |item| item.get_attr(member).ok()).filter(|value| !value.is_undefined()))
}

fn items(list: &Value, function: &str) -> Result<Vec<Value>, Error> {
    match list.kind() {
        ValueKind::Seq | ValueKind::Iterable => list.try_iter()?.checked().collect(),
        _ => Err(said(format!("`{function}` works on a list, and is given {}", kind_in_words(list)))),
    }
}

fn is_text(item: &Value, key: &str, wanted: &str) -> bool {
    item.kind() == ValueKind::Map && item.get_attr(key).is_ok_and(|value| value.as_str() == Some(wanted))
}

fn or_otherwise(value: &Value, rest: &[Value], function: &str, wanted: &str, work: fn(&Value) -> Option<Value>) -> Result<Value, Error> {
    work(value).or_else(|| rest.first().cloned()).ok_or_else(|| {
        let given = match value.kind() {
            ValueKind::String => "text that is none",
            _ => kind_in_words(value),
        };
        said(format!("`{function}` makes {wanted}, and is given {given}"))
    })
}

fn whole(value: &Value) -> Option<Value> {
    if value.is_integer() {
        return Some(value.clone());
    }
    if let Some(text) = value.as_str()
        && let Ok(whole) = text.trim().parse::<i64>()
    {
        return Some(Value::from(whole));
    }
    let float = f64::try_from(fraction(value)?).ok()?.trunc();
    /// Above this, neighbouring whole numbers look alike.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53: exact")]
    (float.abs() <= EXACT).then(|| Value::from(float as i64))
}

fn fraction(value: &Value) -> Option<Value> {
    let float = match value.as_str() {
        // The parser also takes "inf" and "nan", which are words.
        Some(text) if text.contains(|c: char| c.is_alphabetic() && c != 'e' && c != 'E') => return None,
        Some(text) => text.trim().parse::<f64>().ok()?,
        None if value.is_number() => f64::try_from(value.clone()).ok()?,
        None => return None,
    };
    float.is_finite().then(|| Value::from(float))
}

/// What is wrong with a format of a file, if anything.
pub(crate) fn check_format(format: &str) -> Option<String> {
    write(Date::constant(2026, 6, 20), format).err().map(|error| error.detail().unwrap_or_default().to_owned())
}

/// `YYYY-MM-DD`, then perhaps `T` and a time, then perhaps `Z`, `+00:00` or HrFlow's `+0000`.
fn read(function: &str, value: &Value) -> Result<(DateTime, Offset), Error> {
    let text = text_of(function, value)?;
    parse(text.trim()).ok_or_else(|| said(format!("`{function}` reads YYYY-MM-DD, with or without a time, and is given other text")))
}

fn parse(text: &str) -> Option<(DateTime, Offset)> {
    let (day, time) = text.split_at_checked(10)?;
    let date: Date = day.parse().ok()?;
    if time.is_empty() {
        return Some((date.to_datetime(jiff::civil::Time::midnight()), Offset::UTC));
    }
    let time = time.strip_prefix(['T', ' '])?;
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    Some((date.to_datetime(clock.parse().ok()?), parse_offset(zone)?))
}

fn parse_offset(zone: &str) -> Option<Offset> {
    if zone.is_empty() || zone == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at(2);
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

fn write(date: Date, format: &str) -> Result<String, Error> {
    let pattern = if format.contains('%') { format.to_owned() } else { with_percent_signs(format) };
    jiff::fmt::strtime::format(&pattern, date)
        .map_err(|_| said(format!("`date` does not know the format `{format}`: write YYYY, MM and DD, or percent signs (%Y-%m-%d)")))
}

fn with_percent_signs(format: &str) -> String {
    format.replace("YYYY", "%Y").replace("YY", "%y").replace("MM", "%m").replace("DD", "%d")
}

/// What `country` takes in its brackets.
const FORMS: [&str; 3] = ["alpha2", "alpha3", "name"];

/// The 249 officially assigned codes of ISO 3166-1, with the English short name (the everyday one, where ISO's is a state's full style).
const TABLE: &str = include_str!("countries.tsv");

static COUNTRIES: LazyLock<HashMap<String, [&'static str; 3]>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter_map(|line| <[&str; 3]>::try_from(line.split('\t').collect::<Vec<_>>()).ok());
    rows.flat_map(|row| row.map(|key| (key.to_lowercase(), row))).collect()
});

/// What is wrong with a form of a file, if anything.
pub(crate) fn check_form(form: &str) -> Option<String> {
    (!FORMS.contains(&form)).then(|| format!("`country` takes 'alpha2', 'alpha3' or 'name', not '{form}'"))
}

/// The alpha-2 code of a country in any form.
pub(crate) fn alpha2(written: &str) -> Option<&'static str> {
    find(written).map(|row| row[0])
}

fn find(written: &str) -> Option<&'static [&'static str; 3]> {
    COUNTRIES.get(written.trim().to_lowercase().as_str())
}

/// What is wrong with a region of a file, if anything.
pub(crate) fn check_region(region: &str) -> Option<String> {
    region_of(region).is_none().then(|| format!("`{region}` is not a country's alpha-2 or alpha-3 code"))
}

fn region_of(written: &str) -> Option<Region> {
    alpha2(written)?.parse().ok()
}

/// As E.164. Measured (release build): the first number costs about 10 ms and 9 MB, for the world's numbering plans; the next ones half a
/// microsecond. Nothing is loaded before the first number. (The crate `phonenumber`: 65 to 90 ms and 8 MB.)
///
/// A number that says its own country is trusted if its length can be right; one that is read as a region's must be valid there,
/// because a wrong guess would be the number of another person.
fn e164(text: &str, region: Option<Region>) -> Option<String> {
    let own = PHONE_NUMBER_UTIL.parse(text, None).ok().filter(|number| PHONE_NUMBER_UTIL.is_possible_number(number));
    let guessed = || PHONE_NUMBER_UTIL.parse(text, Some(region?)).ok().filter(|number| PHONE_NUMBER_UTIL.is_valid_number(number));
    let number = own.or_else(guessed)?;
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    Some(if number.extension().is_empty() { e164.into_owned() } else { format!("{e164} ext. {}", number.extension()) })
}
