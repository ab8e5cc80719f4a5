//! Between the ledger's words and what a column holds. A column that cannot be read back means a damaged ledger.

use crate::base::digest::Digest;
use crate::model::outcome::Outcome;
use crate::model::step::{Members, State, Step};
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;
use std::collections::BTreeMap;

/// The version of what goes into a member's hash. A row of another version counts as absent: it cannot be compared.
pub(super) const MEMBERS_VERSION: u32 = 1;

/// Never later than the moment.
pub(super) fn floor(moment: Timestamp) -> i64 {
    moment.as_nanosecond().div_euclid(1_000_000).try_into().unwrap_or(i64::MIN)
}

/// Never earlier than the moment: for ends that are waited for.
pub(super) fn ceiling(moment: Timestamp) -> i64 {
    floor(moment) + i64::from(moment.as_nanosecond().rem_euclid(1_000_000) != 0)
}

/// SQLite's integers are signed; no id of Greenhouse's comes near the border, and one that did would read back as it was.
pub(super) fn integer(id: u64) -> i64 {
    id.cast_signed()
}

pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned))
}

pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let millis = row.get(column)?;
    Timestamp::from_millisecond(millis).map_err(|_| strange(column, "a time"))
}

pub(super) fn optional_moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    match row.get::<_, Option<i64>>(column)? {
        None => Ok(None),
        Some(_) => moment(row, column).map(Some),
    }
}

pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    parsed(row, column, "a state", State::parse)
}

pub(super) fn step(row: &Row<'_>, column: usize) -> rusqlite::Result<Step> {
    parsed(row, column, "a step", Step::parse)
}

pub(super) fn outcome(row: &Row<'_>, column: usize) -> rusqlite::Result<Outcome> {
    parsed(row, column, "an outcome", Outcome::parse)
}

pub(super) fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    parsed(row, column, "a hash", Digest::parse)
}

/// A list joined by commas; nothing for an empty one.
pub(super) fn joined<T: ToString>(items: &[T]) -> Option<String> {
    (!items.is_empty()).then(|| items.iter().map(T::to_string).collect::<Vec<_>>().join(","))
}

/// The reverse of [`joined`].
pub(super) fn split<T>(row: &Row<'_>, column: usize, parse: fn(&str) -> Option<T>) -> rusqlite::Result<Vec<T>> {
    match row.get_ref(column)?.as_str_or_null().map_err(|_| strange(column, "a list"))? {
        None => Ok(Vec::new()),
        Some(text) => text.split(',').map(|item| parse(item).ok_or_else(|| strange(column, "a list"))).collect(),
    }
}

pub(super) fn text_of(members: &Members) -> rusqlite::Result<String> {
    let texts: BTreeMap<&str, String> = members.iter().map(|(member, hash)| (member.as_str(), hash.to_string())).collect();
    serde_json::to_string(&texts).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

pub(super) fn members(text: &str) -> rusqlite::Result<Members> {
    let error = || rusqlite::Error::FromSqlConversionFailure(0, Type::Text, "not a hash a member".into());
    let texts: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| error())?;
    texts.into_iter().map(|(member, hash)| Digest::parse(&hash).map(|hash| (member, hash)).ok_or_else(error)).collect()
}

fn parsed<T>(row: &Row<'_>, column: usize, what: &'static str, parse: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    row.get_ref(column)?.as_str().ok().and_then(parse).ok_or_else(|| strange(column, what))
}

fn strange(column: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("not {what}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_between_two_milliseconds_is_rounded_to_the_safe_side() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (moment, below, above) in
            [(at("1970-01-01T00:00:00.001Z"), 1, 1), (at("1970-01-01T00:00:00.0011Z"), 1, 2), (at("1969-12-31T23:59:59.9989Z"), -2, -1)]
        {
            assert_eq!((floor(moment), ceiling(moment)), (below, above), "{moment}");
        }
    }
}
