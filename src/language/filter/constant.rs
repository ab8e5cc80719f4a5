//! Conditions whose answer does not depend on the profile.

use super::pointless;
use crate::base::diagnostic::TextDiagnostic;
use jsonpath_rust::parser::model::{Comparable, Comparison, Filter, FilterAtom, Literal, SingularQuery, SingularQuerySegment};
use std::cmp::Ordering;

/// An answer that is always the same, and why.
struct Constant {
    truth: bool,
    why: String,
    help: &'static str,
}

const SAME: &str = "remove it, or compare with a field of the profile";

/// Looks at a predicate before it is rewritten. The tree has no places, so the whole predicate is reported.
pub(super) fn warning(filter: &Filter, text: &str) -> Option<TextDiagnostic> {
    let Constant { truth, why, help } = constant(filter)?;
    let answer = if truth { "always" } else { "never" };
    Some(pointless(format!("this is {answer} true: {why}"), 0..text.len()).help(help))
}

fn constant(filter: &Filter) -> Option<Constant> {
    match filter {
        Filter::Atom(FilterAtom::Filter { expr, not }) => constant(expr).map(|found| Constant { truth: found.truth != *not, ..found }),
        Filter::Atom(FilterAtom::Comparison(comparison)) => compared(comparison),
        Filter::Atom(FilterAtom::Test { .. }) => None,
        Filter::And(parts) => several(parts, true),
        Filter::Or(parts) => several(parts, false),
    }
}

/// `and`: one that is never true decides, and so do two that exclude each other. `or` is the same the other way round.
fn several(parts: &[Filter], and: bool) -> Option<Constant> {
    let known: Vec<Option<Constant>> = parts.iter().map(constant).collect();
    let all = known.iter().all(Option::is_some);
    let decided = known.into_iter().flatten().find(|constant| all || constant.truth != and);
    decided.or_else(|| parts.iter().enumerate().find_map(|(at, one)| parts.iter().skip(at + 1).find_map(|other| pair(one, other, and))))
}

fn compared(comparison: &Comparison) -> Option<Constant> {
    let order = match comparison.vals() {
        (Comparable::Literal(left), Comparable::Literal(right)) => order(left, right),
        (Comparable::SingularQuery(left), Comparable::SingularQuery(right)) if left == right => Some(Ordering::Equal),
        _ => return None,
    };
    let truth = match comparison {
        Comparison::Eq(..) => order == Some(Ordering::Equal),
        Comparison::Ne(..) => order != Some(Ordering::Equal),
        Comparison::Lt(..) => order == Some(Ordering::Less),
        Comparison::Gt(..) => order == Some(Ordering::Greater),
        Comparison::Lte(..) => order.is_some_and(Ordering::is_le),
        Comparison::Gte(..) => order.is_some_and(Ordering::is_ge),
    };
    let why = match comparison.vals() {
        (Comparable::Literal(_), _) => "it compares two constants",
        _ => "it compares a field with itself",
    };
    Some(Constant { truth, why: why.to_owned(), help: SAME })
}

/// Two conditions that are never true together (`and`), or one of which is always true.
fn pair(one: &Filter, other: &Filter, and: bool) -> Option<Constant> {
    let told = |why: String, help| Some(Constant { truth: !and, why, help });
    if opposite(one, other) {
        return told("it says both a condition and its opposite".to_owned(), "remove one of the two");
    }
    let ((path, first), (same, second)) = (against_constant(one)?, against_constant(other)?);
    if path != same {
        return None;
    }
    let path = shown(path);
    match (and, first, second) {
        (true, Bound::Is(a), Bound::Is(b)) if order(a, b) != Some(Ordering::Equal) => {
            told(format!("`{path}` cannot be two values at once"), "write `||` between them for “one of these”")
        }
        (true, Bound::Above(low), Bound::Below(high)) | (true, Bound::Below(high), Bound::Above(low))
            if order(low, high).is_some_and(Ordering::is_ge) =>
        {
            let help = "exchange `<` and `>`, or write `||` between them";
            told(format!("`{path}` cannot be above one value and below the other"), help)
        }
        (false, Bound::IsNot(a), Bound::IsNot(b)) if order(a, b) != Some(Ordering::Equal) => {
            told(format!("whatever `{path}` is, it is not both"), "write `&&` between them for “none of these”")
        }
        _ => None,
    }
}

fn opposite(one: &Filter, other: &Filter) -> bool {
    match (one, other) {
        (Filter::Atom(FilterAtom::Test { expr: a, not: x }), Filter::Atom(FilterAtom::Test { expr: b, not: y })) => a == b && x != y,
        (Filter::Atom(FilterAtom::Comparison(a)), Filter::Atom(FilterAtom::Comparison(b))) => {
            a.vals() == b.vals()
                && matches!((&**a, &**b), (Comparison::Eq(..), Comparison::Ne(..)) | (Comparison::Ne(..), Comparison::Eq(..)))
        }
        _ => false,
    }
}

enum Bound<'f> {
    Is(&'f Literal),
    IsNot(&'f Literal),
    Above(&'f Literal),
    Below(&'f Literal),
}

/// `path OPERATOR constant`, whichever way round.
fn against_constant(filter: &Filter) -> Option<(&SingularQuery, Bound<'_>)> {
    let Filter::Atom(FilterAtom::Comparison(comparison)) = filter else { return None };
    let (path, constant, turned) = match comparison.vals() {
        (Comparable::SingularQuery(path), Comparable::Literal(constant)) => (path, constant, false),
        (Comparable::Literal(constant), Comparable::SingularQuery(path)) => (path, constant, true),
        _ => return None,
    };
    let bound = match (&**comparison, turned) {
        (Comparison::Eq(..), _) => Bound::Is(constant),
        (Comparison::Ne(..), _) => Bound::IsNot(constant),
        (Comparison::Gt(..), false) | (Comparison::Lt(..), true) => Bound::Above(constant),
        (Comparison::Lt(..), false) | (Comparison::Gt(..), true) => Bound::Below(constant),
        _ => return None,
    };
    Some((path, bound))
}

/// As the evaluation has it: numbers have an order, and texts; nothing else is compared but for being the same.
fn order(left: &Literal, right: &Literal) -> Option<Ordering> {
    let number = |literal: &Literal| match literal {
        #[expect(clippy::cast_precision_loss, reason = "a predicate's whole numbers have at most 53 bits")]
        Literal::Int(whole) => Some(*whole as f64),
        Literal::Float(fraction) => Some(*fraction),
        _ => None,
    };
    match (left, right) {
        (Literal::String(left), Literal::String(right)) => Some(left.cmp(right)),
        (Literal::Bool(left), Literal::Bool(right)) => (left == right).then_some(Ordering::Equal),
        (Literal::Null, Literal::Null) => Some(Ordering::Equal),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

/// As it is written.
fn shown(path: &SingularQuery) -> String {
    match path {
        SingularQuery::Current(steps) => format!("@{}", written(steps)),
        SingularQuery::Root(steps) => format!("${}", written(steps)),
    }
}

/// The steps of a path, `.experiences[0].title`.
pub(super) fn written(steps: &[SingularQuerySegment]) -> String {
    let step = |step: &SingularQuerySegment| match step {
        SingularQuerySegment::Name(name) => format!(".{}", name.trim_matches(['\'', '"'])),
        SingularQuerySegment::Index(index) => format!("[{index}]"),
    };
    steps.iter().map(step).collect()
}
