//! What a file held before: so that counters go on over runs, as Prometheus expects of them, and a failed run does not take the time of the
//! last good one away.
//!
//! Reads what [`super::store`] writes, and nothing else: whatever differs is another program's file, and is not written over.

use super::store::{Series, Value};
use super::table::{ACTIVE, BUILD, Described, Kind, PARKED, TABLE};
use std::collections::BTreeMap;

/// The series of a file, or why it is no metrics file of Hireline's. Metrics that this version does not know are left out.
pub(super) fn read(text: &str) -> Result<Vec<(Series, Value)>, String> {
    let mut numbers = Vec::new();
    let mut pieces: BTreeMap<Series, Pieces> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let bad = || format!("line {} is none of a metrics file that Hireline writes", index + 1);
        if ["# HELP hireline_", "# TYPE hireline_"].iter().any(|begin| line.starts_with(begin)) {
            continue;
        }
        let sample = sample(line).filter(|sample| sample.name.starts_with("hireline_")).ok_or_else(bad)?;
        let Some((what, part)) = known(sample.name) else { continue };
        let Some(labels) = values(TABLE.get(what).copied(), &sample) else { continue };
        match part {
            Part::Whole => numbers.push(((what, labels), Value::Number(sample.value))),
            Part::Bucket => {
                let le = sample.label("le").ok_or_else(bad)?.parse().map_err(|_| bad())?;
                pieces.entry((what, labels)).or_default().buckets.push((le, sample.value));
            }
            Part::Sum => pieces.entry((what, labels)).or_default().sum = sample.value,
            Part::Count => {}
        }
    }
    let spreads = pieces.into_iter().filter_map(|(series, pieces)| Some((series.clone(), pieces.joined(TABLE.get(series.0)?)?)));
    numbers.extend(spreads);
    Ok(numbers)
}

struct Sample<'t> {
    name: &'t str,
    labels: Vec<(&'t str, String)>,
    value: f64,
}

impl Sample<'_> {
    fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(there, _)| *there == name).map(|(_, value)| value.as_str())
    }
}

enum Part {
    Whole,
    Bucket,
    Sum,
    Count,
}

/// A histogram's lines.
#[derive(Default)]
struct Pieces {
    buckets: Vec<(f64, f64)>,
    sum: f64,
}

impl Pieces {
    /// None where its bounds are another version's.
    fn joined(self, what: &Described) -> Option<Value> {
        let Kind::Histogram(bounds) = what.kind else { return None };
        let told: Vec<f64> = self.buckets.iter().map(|(le, _)| *le).collect();
        if told != bounds.iter().copied().chain([f64::INFINITY]).collect::<Vec<_>>() {
            return None;
        }
        let mut before = 0;
        let counts = self.buckets.iter().map(|(_, cumulative)| {
            let cumulative = whole(*cumulative);
            let own = cumulative.saturating_sub(before);
            before = cumulative;
            own
        });
        Some(Value::Spread { counts: counts.collect(), sum: self.sum })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole numbers from 0; others saturate")]
fn whole(number: f64) -> u64 {
    number as u64
}

fn known(name: &str) -> Option<(usize, Part)> {
    let find = |name: &str, histogram: bool| {
        TABLE.iter().position(|what| what.name == name && matches!(what.kind, Kind::Histogram(_)) == histogram)
    };
    if let Some(index) = find(name, false) {
        return Some((index, Part::Whole));
    }
    let parts = [("_bucket", Part::Bucket), ("_sum", Part::Sum), ("_count", Part::Count)];
    parts.into_iter().find_map(|(suffix, part)| Some((find(name.strip_suffix(suffix)?, true)?, part)))
}

/// The labels' values in the table's order; none for what does not go on, and for labels of another version.
fn values(what: Option<&Described>, sample: &Sample<'_>) -> Option<Vec<String>> {
    let what = what.filter(|what| ![BUILD.name, ACTIVE.name, PARKED.name].contains(&what.name))?;
    what.label_names().map(|name| sample.label(name).map(str::to_owned)).collect()
}

/// `name{label="value",…} number`.
fn sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            labels.push((label, value));
            match (after.strip_prefix(','), after.strip_prefix('}')) {
                (Some(more), _) => rest = more,
                (None, Some(end)) => {
                    rest = end;
                    break;
                }
                (None, None) => return None,
            }
        }
    }
    let value = rest.strip_prefix(' ')?.parse().ok()?;
    Some(Sample { name, labels, value })
}

/// A label's value up to its closing quote, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(match signs.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            _ => value.push(sign),
        }
    }
    None
}
