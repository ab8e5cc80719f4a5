//! HrFlow's dates as Greenhouse wants them.

use super::{Doc, add, text_argument, text_of};
use crate::mapping::said;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use minijinja::value::Value;
use minijinja::{Environment, Error};

pub const DOCS: &[Doc] = &[
    Doc {
        name: "date",
        signature: "text | date(format)",
        about: "The day of a date as it is written, YYYY-MM-DD where no format is told: DD/MM/YYYY, or with percent signs (%d %B %Y).",
        example: "[input | date, input | date('DD.MM.YYYY'), input | date('%d %B %Y')]",
        input: r#""2026-06-20T15:25:07+0000""#,
        result: r#"["2026-06-20", "20.06.2026", "20 June 2026"]"#,
    },
    Doc {
        name: "datetime",
        signature: "text | datetime",
        about: "A moment as RFC 3339. Without an offset it is taken as UTC, without a time as midnight.",
        example: "input | datetime",
        input: r#""2026-06-20T15:25:07+0000""#,
        result: r#""2026-06-20T15:25:07Z""#,
    },
];

pub fn add_to(engine: &mut Environment<'static>) {
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
}

/// What is wrong with a format that stands in a file, if anything.
pub fn check_format(format: &str) -> Option<String> {
    write(Date::constant(2026, 6, 20), format).err().map(|error| error.detail().unwrap_or_default().to_owned())
}

/// `YYYY-MM-DD`, then perhaps `T` and a time, then perhaps `Z`, `+00:00` or HrFlow's `+0000`.
fn read(function: &str, value: &Value) -> Result<(DateTime, Offset), Error> {
    let text = text_of(function, value)?;
    parse(text.trim())
        .ok_or_else(|| said(format!("`{function}` reads YYYY-MM-DD, with a time behind it or without, and is given other text")))
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
