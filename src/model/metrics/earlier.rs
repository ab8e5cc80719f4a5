//! What the file held before: counters continue over runs, as Prometheus expects, and a failed run keeps the time of the last successful one.
//! The ledger cannot give these numbers: it does not know exit codes, requests or waits.
//!
//! Only what [`super::store`] writes can be read. Any other line means that the file belongs to another program, and it is not overwritten.

use super::store::{Series, Value};
use super::table::{ACTIVE, BUILD, Kind, PARKED, TABLE};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// `name{label="value",…} number`.
static SAMPLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^(hireline_\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$"#).ok());
static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(\w+)="((?:[^"\\]|\\.)*)""#).ok());

/// The series of a file, or why it is not a metrics file of Hireline. Metrics that this version does not know are left out, and so are
/// labels and buckets of another version.
pub(super) fn read(text: &str) -> Result<BTreeMap<Series, Value>, String> {
    let mut found = BTreeMap::new();
    let mut bounds: BTreeMap<Series, Vec<f64>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        if ["# HELP hireline_", "# TYPE hireline_"].iter().any(|begin| line.starts_with(begin)) {
            continue;
        }
        let sample = sample(line).ok_or_else(|| format!("line {} was not written by Hireline", index + 1))?;
        let Some((what, part)) = known(sample.name) else { continue };
        let Some(labels) = TABLE.get(what).and_then(|what| what.label_names().map(|name| sample.labels.get(name).cloned()).collect())
        else {
            continue;
        };
        let series = (what, labels);
        if part.is_empty() {
            found.insert(series, Value::Number(sample.value));
            continue;
        }
        let spread = found.entry(series.clone()).or_insert_with(|| Value::Spread { counts: Vec::new(), sum: 0.0 });
        if let Value::Spread { counts, sum } = spread {
            match (part, sample.labels.get("le").and_then(|le| le.parse().ok())) {
                ("_bucket", Some(le)) => {
                    counts.push(whole(sample.value));
                    bounds.entry(series).or_default().push(le);
                }
                ("_sum", _) => *sum = sample.value,
                _ => {}
            }
        }
    }
    found.retain(|series, _| match TABLE.get(series.0).map(|what| what.kind) {
        Some(Kind::Histogram(own)) => bounds.get(series).is_some_and(|bounds| bounds.iter().eq(own.iter().chain([&f64::INFINITY]))),
        _ => true,
    });
    Ok(found)
}

struct Sample<'t> {
    name: &'t str,
    labels: BTreeMap<&'t str, String>,
    value: f64,
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let parts = SAMPLE.as_ref()?.captures(line)?;
    let labels = parts.get(2).map_or("", |labels| labels.as_str());
    let labels = LABEL.as_ref()?.captures_iter(labels).map(|label| {
        let [name, value] = label.extract().1;
        (name, unescaped(value))
    });
    Some(Sample { name: parts.get(1)?.as_str(), labels: labels.collect(), value: parts.get(3)?.as_str().parse().ok()? })
}

fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        text.push(match sign {
            '\\' => signs.next().map_or('\\', |escaped| if escaped == 'n' { '\n' } else { escaped }),
            other => other,
        });
    }
    text
}

/// The metric of a sample, and which part of a histogram it is. Gauges of the run that is under way do not continue.
fn known(name: &str) -> Option<(usize, &'static str)> {
    let continues = |name: &str| ![BUILD.name, ACTIVE.name, PARKED.name].contains(&name);
    ["", "_bucket", "_sum", "_count"].into_iter().find_map(|part| {
        let name = name.strip_suffix(part).filter(|name| continues(name))?;
        let is_it = |kind: Kind| matches!(kind, Kind::Histogram(_)) != part.is_empty();
        Some((TABLE.iter().position(|what| what.name == name && is_it(what.kind))?, part))
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole numbers from 0; others saturate")]
fn whole(number: f64) -> u64 {
    number as u64
}
