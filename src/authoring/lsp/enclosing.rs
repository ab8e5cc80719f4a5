//! Which expression or predicate the cursor is in, and the names around it.

use super::cursor::{Spot, Step};
use super::expected::{Expected, FileKind};
use super::expression::{self, Around};
use crate::language::yaml::Tree;
use crate::model::profile::fields::Type;

/// The names of `$as` at a spot.
pub fn locals(spot: &Spot<'_>, is_each: bool) -> Vec<(String, Type)> {
    // `$each` is outside of what it repeats.
    let steps = spot.steps.len().saturating_sub(usize::from(is_each));
    Around::locals(spot.steps.iter().take(steps).filter_map(Step::block))
}

/// What an expression stands in, with the byte of the file where it begins.
pub enum Enclosing<'t> {
    Predicate(usize, &'t str),
    Expression(usize, &'t str),
}

/// The predicate or the expression around a byte of a value.
pub fn around<'t>(file_kind: FileKind, spot: &Spot<'t>, value: &'t Tree, offset: usize) -> Option<Enclosing<'t>> {
    let text = value.place.file.text();
    let before = expression::written_before(value, offset);
    let begin = offset - before.len();
    let rest = text.get(offset..value.place.end)?;
    let whole = |start: usize| text.get(start..value.place.end);
    let keys = spot.keys();
    match keys.last().copied() {
        Some("$each" | "$when") => return Some(Enclosing::Expression(begin, whole(begin)?)),
        Some("keep" | "drop") if keys.first() == Some(&"filters") => return Some(Enclosing::Predicate(begin, whole(begin)?)),
        _ => {}
    }
    let inside = Expected::at(file_kind, spot).is_mapping().then(|| expression::in_braces(before))??;
    let end = ["}}", "%}"].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
    let start = offset - inside.len();
    Some(Enclosing::Expression(start, text.get(start..offset + end)?))
}
