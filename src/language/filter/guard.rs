//! What the parser takes and the evaluation would answer wrongly: refused, or rewritten, by a walk over the
//! parsed tree.
//!
//! Source: the measured facts on jsonpath-rust in the architecture document, and RFC 9535, 2.4.3 (well-typedness).

use super::bad;
use crate::base::diagnostic::TextDiagnostic;
use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment, Selector, SingularQuery, SingularQuerySegment, Test,
    TestFunction,
};

type Checked = Result<(), TextDiagnostic>;

/// Refuses what would be answered wrongly, and writes the rest so that it is answered rightly. `walked`: how
/// many `..` are on the path to what the condition is asked of.
pub(super) fn rewrite(filter: &mut Filter, walked: usize) -> Checked {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter_mut().try_for_each(|part| rewrite(part, walked)),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => rewrite(expr, walked),
        Filter::Atom(FilterAtom::Test { expr, not }) => {
            test(expr, walked)?;
            if let Some(rewritten) = one_of(expr, *not) {
                *filter = rewritten;
            }
            Ok(())
        }
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            sides(comparison, walked)?;
            if let Some(rewritten) = count_of_nothing(comparison) {
                *filter = rewritten;
            }
            Ok(())
        }
    }
}

/// A test without a comparison: whether there is something, or what match() and search() say.
fn test(test: &mut Test, walked: usize) -> Checked {
    match test {
        Test::RelQuery(segments) => relative(segments, walked),
        Test::AbsQuery(query) => absolute(query, walked),
        Test::Function(function) => match **function {
            TestFunction::Match(..) | TestFunction::Search(..) => call(function, walked),
            _ => Err(refuse(format!("{}() gives a value, and a value alone is neither true nor false", name(function)))
                .help(format!("compare it: `{}(…) == …`; “is it there” is written as the path alone, `@.skills`", name(function)))),
        },
    }
}

fn sides(comparison: &mut Comparison, walked: usize) -> Checked {
    let (left, right) = sides_mut(comparison);
    for side in [left, right] {
        match side {
            Comparable::Literal(literal) => check_literal(literal)?,
            Comparable::Function(function) => match function {
                TestFunction::Length(_) | TestFunction::Value(_) | TestFunction::Count(_) => call(function, walked)?,
                _ => return Err(refuse(format!("{}() is true or false already, and cannot be compared", name(function)))),
            },
            Comparable::SingularQuery(SingularQuery::Root(segments)) => known_root(match segments.first() {
                Some(SingularQuerySegment::Name(name)) => Some(name),
                _ => None,
            })?,
            Comparable::SingularQuery(SingularQuery::Current(_)) => {}
        }
    }
    Ok(())
}

fn sides_mut(comparison: &mut Comparison) -> (&mut Comparable, &mut Comparable) {
    match comparison {
        Comparison::Eq(left, right)
        | Comparison::Ne(left, right)
        | Comparison::Gt(left, right)
        | Comparison::Gte(left, right)
        | Comparison::Lt(left, right)
        | Comparison::Lte(left, right) => (left, right),
    }
}

fn call(function: &mut TestFunction, walked: usize) -> Checked {
    let name = name(function);
    match function {
        TestFunction::Length(argument) => value_argument(name, argument, walked),
        TestFunction::Match(text, pattern) | TestFunction::Search(text, pattern) => {
            value_argument(name, text, walked)?;
            value_argument(name, pattern, walked)?;
            match pattern {
                FnArg::Literal(Literal::String(pattern)) => check_pattern(name, pattern),
                _ => Ok(()),
            }
        }
        TestFunction::Count(argument) | TestFunction::Value(argument) => match argument {
            FnArg::Test(query) if !matches!(**query, Test::Function(_)) => test(query, walked),
            _ => Err(refuse(format!("{name}() takes a path")).help(format!("write `{name}(@.skills[*])`"))),
        },
        TestFunction::Custom(name, _) => Err(refuse(format!("`{name}` is not a function of predicates"))),
    }
}

/// The argument of a function that takes one value, not a list of places.
fn value_argument(name: &str, argument: &mut FnArg, walked: usize) -> Checked {
    match argument {
        FnArg::Literal(literal) => check_literal(literal),
        FnArg::Filter(_) => Err(refuse(format!("{name}() takes a value, and not a condition"))),
        FnArg::Test(inner) => match &mut **inner {
            Test::Function(function) => match **function {
                TestFunction::Length(_) | TestFunction::Value(_) | TestFunction::Count(_) => call(function, walked),
                _ => Err(refuse(format!("{name}() takes a value, and not a condition"))),
            },
            query => {
                test(query, walked)?;
                let singular = match query {
                    Test::RelQuery(segments) => is_singular(segments),
                    Test::AbsQuery(query) => is_singular(&query.segments),
                    Test::Function(_) => true,
                };
                if singular {
                    return Ok(());
                }
                let help = if name == "length" {
                    "to count what a path finds, write `count(…)`".to_owned()
                } else {
                    format!("ask each item: `@.skills[?{name}(@.name, 'pattern')]`")
                };
                Err(refuse(format!("{name}() takes one value, and this path may find several")).help(help))
            }
        },
    }
}

fn is_singular(segments: &[Segment]) -> bool {
    let single = |selector: &Selector| matches!(selector, Selector::Name(_) | Selector::Index(_));
    segments.iter().all(|segment| match segment {
        Segment::Selector(selector) => single(selector),
        Segment::Selectors(selectors) => matches!(selectors.as_slice(), [one] if single(one)),
        Segment::Descendant(_) => false,
    })
}

fn absolute(query: &mut JpQuery, walked: usize) -> Checked {
    known_root(match query.segments.first() {
        Some(Segment::Selector(Selector::Name(name))) => Some(name),
        _ => None,
    })?;
    steps(&mut query.segments, walked)
}

/// `$` is {vars, pipeline}; the list that the evaluation adds is hidden.
fn known_root(first: Option<&String>) -> Checked {
    match first.map(String::as_str) {
        Some("vars" | "pipeline") => Ok(()),
        _ => Err(refuse("`$` has only `vars` and `pipeline`")
            .help("write `$.vars.NAME` for a variable, and `@.NAME` for a member of the profile")),
    }
}

/// `@[?…]` is answered as if it were `@` itself: the evaluation takes an item that it was just given for one to be judged.
fn relative(segments: &mut [Segment], walked: usize) -> Checked {
    let first = match segments.first() {
        Some(Segment::Descendant(inner)) => Some(&**inner),
        other => other,
    };
    let filters = match first {
        Some(Segment::Selector(selector)) => matches!(selector, Selector::Filter(_)),
        Some(Segment::Selectors(selectors)) => selectors.iter().any(|selector| matches!(selector, Selector::Filter(_))),
        _ => false,
    };
    if filters {
        return Err(refuse("`[?` right after `@` is not supported").help("name the list first: `@.skills[?@.name == 'rust']`"));
    }
    steps(segments, walked)
}

/// Each `..` walks through the whole profile for everything that the one before it found: with three of them,
/// an ordinary profile would keep a run busy for minutes. A condition in brackets is asked of everything that
/// was found so far.
fn steps(segments: &mut [Segment], mut walked: usize) -> Checked {
    for mut segment in segments {
        while let Segment::Descendant(inner) = segment {
            walked += 1;
            segment = inner;
        }
        if walked > 1 {
            return Err(refuse("`..` searches the whole profile, and this one is inside what another `..` finds")
                .help("keep one `..`, and write the path instead of the others: `@.experiences[*].skills[?@.name == 'rust']`"));
        }
        let selectors = match segment {
            Segment::Selector(one) => std::slice::from_mut(one),
            Segment::Selectors(several) => several.as_mut_slice(),
            Segment::Descendant(_) => &mut [],
        };
        for selector in selectors {
            if let Selector::Filter(filter) = selector {
                rewrite(filter, walked)?;
            }
        }
    }
    Ok(())
}

/// A number beyond what a double holds would become null.
fn check_literal(literal: &Literal) -> Checked {
    match literal {
        Literal::Float(number) if !number.is_finite() => Err(refuse("this number is too large to be compared")),
        _ => Ok(()),
    }
}

/// A pattern that cannot be compiled would never match, without a word.
pub(super) fn check_pattern(function: &str, pattern: &str) -> Checked {
    regex::Regex::new(pattern).map(drop).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        refuse(format!("{function}() cannot use its pattern: {reason}"))
            .help("patterns are regular expressions (RFC 9485): `a|b`, `[a-z]+`, `.*`")
    })
}

/// The evaluation has no number for the count of nothing, so `count(@.skills[*]) == 0` would never be true. A comparison with a count is
/// written as “there is something, and the count compares; or there is nothing, and zero does”.
fn count_of_nothing(comparison: &Comparison) -> Option<Filter> {
    let (left, right) = comparison.vals();
    let found = |side: &Comparable| match side {
        Comparable::Function(TestFunction::Count(FnArg::Test(query))) => Some((**query).clone()),
        _ => None,
    };
    let zero = || Comparable::Literal(Literal::Int(0));
    let (query, with_zero) = match (found(left), found(right)) {
        (Some(query), _) => (query, with_sides(comparison, zero(), right.clone())),
        (None, Some(query)) => (query, with_sides(comparison, left.clone(), zero())),
        (None, None) => return None,
    };
    let there = |not| Filter::Atom(FilterAtom::test(query.clone(), not));
    let compared = |comparison: Comparison| Filter::Atom(FilterAtom::cmp(Box::new(comparison)));
    // With counts on both sides, the right one is rewritten in each of the two cases.
    let rewritten = |comparison: Comparison| match (found(left), found(right)) {
        (Some(_), Some(right_query)) => {
            let (left, _) = comparison.vals();
            let nothing = with_sides(&comparison, left.clone(), zero());
            let right_there = |not| Filter::Atom(FilterAtom::test(right_query.clone(), not));
            either([right_there(false), compared(comparison)], [right_there(true), compared(nothing)])
        }
        _ => compared(comparison),
    };
    Some(either([there(false), rewritten(comparison.clone())], [there(true), rewritten(with_zero)]))
}

/// `match(@.key, 'a|b')` with nothing but texts in its pattern, as `(@.key == 'a' || @.key == 'b')`: the evaluation compiles a pattern anew for each
/// value (about 20 µs), and this is the way to write “one of”.
fn one_of(test: &Test, not: bool) -> Option<Filter> {
    let Test::Function(function) = test else { return None };
    let TestFunction::Match(FnArg::Test(value), FnArg::Literal(Literal::String(pattern))) = &**function else { return None };
    let is_plain = |c: char| c.is_alphanumeric() || " _-/,:@'|".contains(c);
    if !pattern.chars().all(is_plain) {
        return None;
    }
    let value = match &**value {
        Test::RelQuery(segments) => SingularQuery::Current(singular(segments)?),
        Test::AbsQuery(query) => SingularQuery::Root(singular(&query.segments)?),
        Test::Function(_) => return None,
    };
    let equals = |text: &str| {
        let (left, right) = (Comparable::SingularQuery(value.clone()), Comparable::Literal(Literal::String(text.to_owned())));
        Filter::Atom(FilterAtom::cmp(Box::new(Comparison::Eq(left, right))))
    };
    Some(Filter::Atom(FilterAtom::filter(Filter::Or(pattern.split('|').map(equals).collect()), not)))
}

/// A path that finds one value at most, as a comparison has it.
pub(super) fn singular(segments: &[Segment]) -> Option<Vec<SingularQuerySegment>> {
    let step = |segment: &Segment| match segment {
        Segment::Selector(Selector::Name(name)) => Some(SingularQuerySegment::Name(name.clone())),
        Segment::Selector(Selector::Index(index)) => Some(SingularQuerySegment::Index(*index)),
        _ => None,
    };
    segments.iter().map(step).collect()
}

fn either(one: [Filter; 2], other: [Filter; 2]) -> Filter {
    Filter::Or(vec![Filter::And(one.into()), Filter::And(other.into())])
}

fn with_sides(comparison: &Comparison, left: Comparable, right: Comparable) -> Comparison {
    let mut changed = comparison.clone();
    let (own_left, own_right) = sides_mut(&mut changed);
    (*own_left, *own_right) = (left, right);
    changed
}

fn name(function: &TestFunction) -> &'static str {
    match function {
        TestFunction::Length(_) => "length",
        TestFunction::Value(_) => "value",
        TestFunction::Count(_) => "count",
        TestFunction::Search(..) => "search",
        TestFunction::Match(..) => "match",
        TestFunction::Custom(..) => "this function",
    }
}

/// The tree has no places, so the whole predicate is shown.
fn refuse(message: impl Into<String>) -> TextDiagnostic {
    bad(message, 0..usize::MAX)
}
