//! What the parser takes and the evaluation would answer wrongly: refused, or mended, by a walk over the parsed tree.
//!
//! Source: the measured facts on jsonpath-rust in the architecture document, and RFC 9535, 2.4.3 (well-typedness).

use super::Misreading;
use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment, Selector, SingularQuery, SingularQuerySegment, Test,
    TestFunction,
};

type Checked = Result<(), Misreading>;

/// Refuses what would be answered wrongly, and writes the rest so that it is answered rightly.
pub(super) fn mend(filter: &mut Filter) -> Checked {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter_mut().try_for_each(mend),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => mend(expr),
        Filter::Atom(FilterAtom::Test { expr, not }) => {
            test(expr)?;
            if let Some(mended) = one_of(expr, *not) {
                *filter = mended;
            }
            Ok(())
        }
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            sides(comparison)?;
            if let Some(mended) = count_of_nothing(comparison) {
                *filter = mended;
            }
            Ok(())
        }
    }
}

/// A test without a comparison: whether there is something, or what match() and search() say.
fn test(test: &mut Test) -> Checked {
    match test {
        Test::RelQuery(segments) => relative(segments),
        Test::AbsQuery(query) => absolute(query),
        Test::Function(function) => match **function {
            TestFunction::Match(..) | TestFunction::Search(..) => call(function),
            _ => Err(refuse(format!("{}() gives a value, and a value alone is neither true nor false", name(function)))
                .help(format!("compare it: `{}(…) == …`; “is it there” is written as the path alone, `@.skills`", name(function)))),
        },
    }
}

fn sides(comparison: &mut Comparison) -> Checked {
    let (left, right) = sides_mut(comparison);
    for side in [left, right] {
        match side {
            Comparable::Literal(literal) => check_literal(literal)?,
            Comparable::Function(function) => match function {
                TestFunction::Length(_) | TestFunction::Value(_) | TestFunction::Count(_) => call(function)?,
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

fn call(function: &mut TestFunction) -> Checked {
    let name = name(function);
    match function {
        TestFunction::Length(argument) => value_argument(name, argument),
        TestFunction::Match(text, pattern) | TestFunction::Search(text, pattern) => {
            value_argument(name, text)?;
            value_argument(name, pattern)?;
            match pattern {
                FnArg::Literal(Literal::String(pattern)) => check_pattern(name, pattern),
                _ => Ok(()),
            }
        }
        TestFunction::Count(argument) | TestFunction::Value(argument) => match argument {
            FnArg::Test(query) if !matches!(**query, Test::Function(_)) => test(query),
            _ => Err(refuse(format!("{name}() takes a path")).help(format!("write `{name}(@.skills[*])`"))),
        },
        TestFunction::Custom(name, _) => Err(refuse(format!("`{name}` is not a function of predicates"))),
    }
}

/// The argument of a function that takes one value, not a list of places.
fn value_argument(name: &str, argument: &mut FnArg) -> Checked {
    match argument {
        FnArg::Literal(literal) => check_literal(literal),
        FnArg::Filter(_) => Err(refuse(format!("{name}() takes a value, and not a condition"))),
        FnArg::Test(inner) => match &mut **inner {
            Test::Function(function) => match **function {
                TestFunction::Length(_) | TestFunction::Value(_) | TestFunction::Count(_) => call(function),
                _ => Err(refuse(format!("{name}() takes a value, and not a condition"))),
            },
            query => {
                test(query)?;
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

fn absolute(query: &mut JpQuery) -> Checked {
    known_root(match query.segments.first() {
        Some(Segment::Selector(Selector::Name(name))) => Some(name),
        _ => None,
    })?;
    query.segments.iter_mut().try_for_each(segment)
}

/// `$` is {vars, pipeline}; the list that the evaluation needs beside them is nobody's business.
fn known_root(first: Option<&String>) -> Checked {
    match first.map(String::as_str) {
        Some("vars" | "pipeline") => Ok(()),
        _ => Err(refuse("`$` holds `vars` and `pipeline`, and nothing else")
            .help("write `$.vars.NAME` for a variable, and `@.NAME` for a member of the profile")),
    }
}

/// `@[?…]` is answered as if it were `@` itself: the evaluation takes an item that it was just given for one to be judged.
fn relative(segments: &mut [Segment]) -> Checked {
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
        return Err(
            refuse("`[?` right behind `@` is not supported").help("name the list whose items are meant: `@.skills[?@.name == 'rust']`")
        );
    }
    segments.iter_mut().try_for_each(segment)
}

fn segment(segment: &mut Segment) -> Checked {
    let selector = |selector: &mut Selector| match selector {
        Selector::Filter(filter) => mend(filter),
        _ => Ok(()),
    };
    match segment {
        Segment::Descendant(inner) => self::segment(inner),
        Segment::Selector(one) => selector(one),
        Segment::Selectors(several) => several.iter_mut().try_for_each(selector),
    }
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
    // With counts on both sides, the right one is mended in each of the two cases.
    let mended = |comparison: Comparison| match (found(left), found(right)) {
        (Some(_), Some(right_query)) => {
            let (left, _) = comparison.vals();
            let nothing = with_sides(&comparison, left.clone(), zero());
            let right_there = |not| Filter::Atom(FilterAtom::test(right_query.clone(), not));
            either([right_there(false), compared(comparison)], [right_there(true), compared(nothing)])
        }
        _ => compared(comparison),
    };
    Some(either([there(false), mended(comparison.clone())], [there(true), mended(with_zero)]))
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
fn singular(segments: &[Segment]) -> Option<Vec<SingularQuerySegment>> {
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
    match comparison {
        Comparison::Eq(..) => Comparison::Eq(left, right),
        Comparison::Ne(..) => Comparison::Ne(left, right),
        Comparison::Gt(..) => Comparison::Gt(left, right),
        Comparison::Gte(..) => Comparison::Gte(left, right),
        Comparison::Lt(..) => Comparison::Lt(left, right),
        Comparison::Lte(..) => Comparison::Lte(left, right),
    }
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
fn refuse(message: impl Into<String>) -> Misreading {
    Misreading::new(message, 0, usize::MAX)
}
