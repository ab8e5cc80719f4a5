//! How often a predicate walks through the whole profile. Each `..` does so for everything that the one before it found: with three of them,
//! an ordinary profile would keep a run busy for minutes.

use super::Misreading;
use jsonpath_rust::parser::model::{Comparable, Filter, FilterAtom, FnArg, Segment, Selector, Test, TestFunction};

/// Refuses what would walk through what a walk has found.
pub(super) fn bounded(filter: &Filter) -> Result<(), Misreading> {
    if in_filter(filter) <= 1 {
        return Ok(());
    }
    let told = Misreading::new("`..` looks through the whole profile, and stands within what another `..` finds", 0, usize::MAX);
    Err(told.help("write the names on the way for all but one: `@.experiences[*].skills[?@.name == 'rust']`"))
}

/// The most on the way to any one value.
fn in_filter(filter: &Filter) -> usize {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter().map(in_filter).max().unwrap_or_default(),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => in_filter(expr),
        Filter::Atom(FilterAtom::Test { expr, .. }) => in_test(expr),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            in_side(left).max(in_side(right))
        }
    }
}

fn in_test(test: &Test) -> usize {
    match test {
        Test::RelQuery(segments) => in_path(segments),
        Test::AbsQuery(query) => in_path(&query.segments),
        Test::Function(function) => in_call(function),
    }
}

fn in_side(side: &Comparable) -> usize {
    match side {
        Comparable::Function(function) => in_call(function),
        Comparable::Literal(_) | Comparable::SingularQuery(_) => 0,
    }
}

fn in_call(function: &TestFunction) -> usize {
    match function {
        TestFunction::Length(argument) => in_argument(argument),
        TestFunction::Value(argument) | TestFunction::Count(argument) => in_argument(argument),
        TestFunction::Search(text, pattern) | TestFunction::Match(text, pattern) => in_argument(text).max(in_argument(pattern)),
        TestFunction::Custom(_, arguments) => arguments.iter().map(in_argument).max().unwrap_or_default(),
    }
}

fn in_argument(argument: &FnArg) -> usize {
    match argument {
        FnArg::Literal(_) => 0,
        FnArg::Test(test) => in_test(test),
        FnArg::Filter(filter) => in_filter(filter),
    }
}

/// A condition within brackets is asked of everything that was found so far.
fn in_path(segments: &[Segment]) -> usize {
    let (mut walked, mut most) = (0, 0);
    for segment in segments {
        let mut segment = segment;
        while let Segment::Descendant(inner) = segment {
            walked += 1;
            segment = inner;
        }
        let selectors = match segment {
            Segment::Selector(one) => std::slice::from_ref(one),
            Segment::Selectors(several) => several.as_slice(),
            Segment::Descendant(_) => &[],
        };
        let conditions = selectors.iter().map(|selector| match selector {
            Selector::Filter(filter) => in_filter(filter),
            _ => 0,
        });
        most = most.max(walked + conditions.max().unwrap_or_default());
    }
    most
}
