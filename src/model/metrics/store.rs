//! The series and their values, and the text that they make.

use super::table::{Described, Kind, TABLE};
use prometheus::TextEncoder;
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};
use std::collections::BTreeMap;

/// A metric's place in the table, and the values of its labels.
pub(super) type Series = (usize, Vec<String>);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    /// How many were at most each bound; the last one counts all.
    Spread {
        counts: Vec<u64>,
        sum: f64,
    },
}

#[derive(Debug, Default)]
pub(super) struct Store(BTreeMap<Series, Value>);

impl Store {
    /// Puts back what an earlier run left.
    pub fn restore(&mut self, series: impl IntoIterator<Item = (Series, Value)>) {
        self.0.extend(series);
    }

    pub fn set(&mut self, what: &Described, labels: Vec<String>, value: f64) {
        self.0.insert(series(what, labels), Value::Number(value));
    }

    /// Adds to a counter; by 0 it is there from then on.
    pub fn add(&mut self, what: &Described, labels: Vec<String>, by: f64) {
        if let Value::Number(number) = self.0.entry(series(what, labels)).or_insert(Value::Number(0.0)) {
            *number += by;
        }
    }

    pub fn observe(&mut self, what: &Described, labels: Vec<String>, seconds: f64) {
        let Kind::Histogram(bounds) = what.kind else { return };
        let empty = || Value::Spread { counts: vec![0; bounds.len() + 1], sum: 0.0 };
        if let Value::Spread { counts, sum } = self.0.entry(series(what, labels)).or_insert_with(empty) {
            let bucket = bounds.partition_point(|bound| *bound < seconds);
            counts.iter_mut().skip(bucket).for_each(|count| *count += 1);
            *sum += seconds;
        }
    }

    /// In Prometheus' text exposition format 0.0.4.
    pub fn text(&self) -> String {
        let mut families = Vec::new();
        for (index, what) in TABLE.iter().enumerate() {
            let series = self.0.range((index, Vec::new())..(index + 1, Vec::new()));
            let metrics: Vec<Metric> = series.map(|((_, labels), value)| metric(what, labels, value)).collect();
            if !metrics.is_empty() {
                families.push(family(what, metrics));
            }
        }
        let mut text = String::new();
        // It fails for a family without a metric or a name, and there is none; what was written before it stands.
        if let Err(error) = TextEncoder::new().encode_utf8(&families, &mut text) {
            tracing::warn!(%error, "the metrics cannot be written as text");
        }
        text
    }
}

/// `what` is one of the table's: otherwise the series is in no text.
fn series(what: &Described, labels: Vec<String>) -> Series {
    (TABLE.iter().position(|one| one.name == what.name).unwrap_or(TABLE.len()), labels)
}

fn family(what: &Described, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(what.name.to_owned());
    family.set_help(what.help.to_owned());
    family.set_field_type(match what.kind {
        Kind::Counter => MetricType::COUNTER,
        Kind::Gauge => MetricType::GAUGE,
        Kind::Histogram(_) => MetricType::HISTOGRAM,
    });
    family.set_metric(metrics);
    family
}

fn metric(what: &Described, labels: &[String], value: &Value) -> Metric {
    let mut metric = Metric::default();
    let pair = |(name, value): (&str, &String)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.clone());
        pair
    };
    metric.set_label(what.label_names().zip(labels).map(pair).collect());
    match (what.kind, value) {
        (Kind::Counter, Value::Number(number)) => {
            let mut counter = Counter::default();
            counter.set_value(*number);
            metric.set_counter(counter);
        }
        (Kind::Histogram(bounds), Value::Spread { counts, sum }) => metric.set_histogram(histogram(bounds, counts, *sum)),
        (_, Value::Number(number)) => {
            let mut gauge = Gauge::default();
            gauge.set_value(*number);
            metric.set_gauge(gauge);
        }
        (_, Value::Spread { .. }) => {}
    }
    metric
}

fn histogram(bounds: &[f64], counts: &[u64], sum: f64) -> Histogram {
    let bucket = |(bound, count): (&f64, &u64)| {
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(*bound);
        bucket.set_cumulative_count(*count);
        bucket
    };
    let mut histogram = Histogram::default();
    histogram.set_bucket(bounds.iter().zip(counts).map(bucket).collect());
    histogram.set_sample_count(counts.last().copied().unwrap_or_default());
    histogram.set_sample_sum(sum);
    histogram
}
