//! Two JSON values, compared leaf by leaf. Lists are aligned first: an item that is put in front of others is one change, not all of them.

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One leaf that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// As it is numbered now; where it is gone, as it was.
    pub member: String,
    /// As it was numbered; where it is new, as it is now.
    pub was: String,
    pub before: Option<Value>,
    pub now: Option<Value>,
}

/// In the order of what is there now; what is gone follows what it stood behind.
pub fn compare(before: &Value, now: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    pair(("", before), ("", now), &mut found);
    found
}

fn pair(before: (&str, &Value), now: (&str, &Value), found: &mut Vec<Found>) {
    let ((was, old), (is, new)) = (before, now);
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                match old.get(name) {
                    Some(older) => pair((&member(was, name), older), (&member(is, name), value), found),
                    None => leaves(&member(is, name), value, Side::Now, found),
                }
            }
            for (name, value) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
                leaves(&member(was, name), value, Side::Before, found);
            }
        }
        (Value::Array(old), Value::Array(new)) => lists((was, old), (is, new), found),
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {
            leaves(was, old, Side::Before, found);
            leaves(is, new, Side::Now, found);
        }
        (old, new) => found.push(Found { member: is.into(), was: was.into(), before: Some(old.clone()), now: Some(new.clone()) }),
    }
}

fn lists(before: (&str, &[Value]), now: (&str, &[Value]), found: &mut Vec<Found>) {
    let ((was, old), (is, new)) = (before, now);
    let texts = |items: &[Value]| items.iter().map(Value::to_string).collect::<Vec<_>>();
    for operation in capture_diff_slices(Algorithm::Myers, &texts(old), &texts(new)) {
        if let DiffOp::Equal { .. } = operation {
            continue;
        }
        let (olds, news) = (operation.old_range(), operation.new_range());
        // What was replaced is compared one by one, the rest came or went.
        let both = olds.clone().zip(news.clone()).filter_map(|(a, b)| Some(((a, old.get(a)?), (b, new.get(b)?))));
        both.for_each(|((a, old), (b, new))| pair((&item(was, a), old), (&item(is, b), new), found));
        let common = olds.len().min(news.len());
        for at in olds.skip(common) {
            old.get(at).into_iter().for_each(|value| leaves(&item(was, at), value, Side::Before, found));
        }
        for at in news.skip(common) {
            new.get(at).into_iter().for_each(|value| leaves(&item(is, at), value, Side::Now, found));
        }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    Now,
}

/// Everything in a value that came or went.
fn leaves(path: &str, value: &Value, side: Side, found: &mut Vec<Found>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| leaves(&member(path, name), value, side, found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, value)| leaves(&item(path, at), value, side, found));
        }
        leaf => {
            let (before, now) = match side {
                Side::Before => (Some(leaf.clone()), None),
                Side::Now => (None, Some(leaf.clone())),
            };
            found.push(Found { member: path.into(), was: path.into(), before, now });
        }
    }
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn item(path: &str, at: usize) -> String {
    format!("{path}[{at}]")
}
