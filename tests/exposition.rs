//! A strict reader of Prometheus' text exposition format 0.0.4: what the node exporter's textfile collector would refuse or misread is a fault.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

type Labels = BTreeMap<String, String>;
/// Its name, its labels, its value.
type Sample = (String, Labels, f64);

/// What a file says, checked.
#[derive(Debug)]
pub struct Exposition {
    /// By family: its type, and its samples in order.
    families: BTreeMap<String, (String, Vec<Sample>)>,
}

impl Exposition {
    #[track_caller]
    pub fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has no end");
        let mut families: BTreeMap<String, (String, Vec<Sample>)> = BTreeMap::new();
        let mut helped = None;
        let mut current: Option<String> = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(!help.is_empty() && !families.contains_key(name), "{line}");
                helped = Some(name.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert_eq!(helped.take().as_deref(), Some(name), "HELP stands before TYPE: {line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                families.insert(name.to_owned(), (kind.to_owned(), Vec::new()));
                current = Some(name.to_owned());
            } else {
                let (name, labels, value) = sample(line);
                let family = current.as_ref().unwrap_or_else(|| panic!("a sample without its TYPE: {line}"));
                let (kind, samples) = families.get_mut(family).unwrap();
                let suffix = name.strip_prefix(family.as_str()).unwrap_or_else(|| panic!("{name} stands among {family}"));
                let suffixes: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                assert!(suffixes.contains(&suffix), "{line}");
                samples.push((name, labels, value));
            }
        }
        for (name, (kind, samples)) in &families {
            assert!(!samples.is_empty(), "{name} has no sample");
            let series: BTreeSet<_> = samples.iter().map(|(name, labels, _)| (name, labels)).collect();
            assert_eq!(series.len(), samples.len(), "{name} has a series twice");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
            assert!(kind == "gauge" || samples.iter().all(|(.., value)| *value >= 0.0), "{name} is negative");
            if kind == "histogram" {
                histogram(name, samples);
            }
        }
        Self { families }
    }

    /// The sum of a family's samples that have these labels.
    pub fn sum(&self, name: &str, with: &[(&str, &str)]) -> f64 {
        let has = |labels: &Labels| with.iter().all(|(name, value)| labels.get(*name).is_some_and(|there| there == value));
        let family = name.trim_end_matches("_count");
        let samples = self.families.get(family).map(|(_, samples)| samples.as_slice()).unwrap_or_default();
        samples.iter().filter(|(there, labels, _)| there == name && has(labels)).map(|(.., value)| value).sum()
    }

    /// Every family's name, and its labels' names.
    pub fn shape(&self) -> BTreeMap<String, BTreeSet<String>> {
        let labels = |samples: &[Sample]| samples.iter().flat_map(|(_, labels, _)| labels.keys().cloned()).collect();
        self.families.iter().map(|(name, (_, samples))| (name.clone(), labels(samples))).collect()
    }

    /// All samples of a family.
    pub fn samples(&self, name: &str) -> &[Sample] {
        self.families.get(name).map(|(_, samples)| samples.as_slice()).unwrap_or_default()
    }
}

/// `name{label="value",…} number`, and nothing after it.
fn sample(line: &str) -> Sample {
    let whole = Regex::new(r#"^([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$"#).unwrap();
    let found = whole.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
    let label = Regex::new(r#"([a-z_]\w*)="((?:[^"\\]|\\.)*)""#).unwrap();
    let mut labels = Labels::new();
    for pair in label.captures_iter(found.get(2).map_or("", |labels| labels.as_str())) {
        let value = pair[2].replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
        assert!(labels.insert(pair[1].to_owned(), value).is_none(), "a label twice: {line}");
    }
    (found[1].to_owned(), labels, found[3].parse().unwrap_or_else(|_| panic!("no number: {line}")))
}

fn histogram(name: &str, samples: &[Sample]) {
    /// Bounds with their counts, how many sums, and the count.
    type Whole = (Vec<(f64, f64)>, usize, Option<f64>);
    let mut series: BTreeMap<Labels, Whole> = BTreeMap::new();
    for (part, labels, value) in samples {
        let mut labels = labels.clone();
        let le = labels.remove("le");
        let (buckets, sums, count) = series.entry(labels).or_default();
        match (part.strip_prefix(name).unwrap(), le) {
            ("_bucket", Some(le)) => buckets.push((le.parse().unwrap(), *value)),
            ("_sum", None) => *sums += 1,
            ("_count", None) => *count = Some(*value),
            _ => panic!("{part} of {name}"),
        }
    }
    for (labels, (buckets, sums, count)) in series {
        assert!(buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1), "{name} {labels:?}: {buckets:?}");
        assert_eq!(buckets.last().map(|(le, many)| (*le, Some(*many))), Some((f64::INFINITY, count)), "{name} {labels:?}");
        assert_eq!(sums, 1, "{name} {labels:?}");
    }
}
