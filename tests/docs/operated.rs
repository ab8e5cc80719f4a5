//! The generated parts of the pages for people who run Hireline: metrics and bounds.

use super::generated::{cell, hold, names};
use hireline::model::metrics::{Kind as MetricKind, TABLE as METRICS};
use std::fmt::Write;

#[test]
fn the_metrics_are_those_of_the_program() {
    let mut page = String::from("\n| metric | is a | labels | says |\n|---|---|---|---|\n");
    for what in METRICS {
        let kind = match what.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram(_) => "histogram",
        };
        let labels = names(&what.label_names().collect::<Vec<_>>());
        writeln!(page, "| `{}` | {kind} | {labels} | {} |", what.name, cell(what.help)).unwrap();
    }
    page.push('\n');
    hold("metrics.md", &page);
}

/// Alerts watch metrics that there are, by labels that they have.
#[test]
fn every_alert_watches_what_there_is() {
    let metric = regex::Regex::new(r"\b(hireline_\w+)(?:\{(\w+))?").unwrap();
    let mut seen = 0;
    for page in super::blocks::pages() {
        for block in page.blocks.iter().filter(|block| block.word == "alerts") {
            let rules: serde_yaml::Value = serde_yaml::from_str(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.place));
            for rule in rules["groups"][0]["rules"].as_sequence().unwrap() {
                for found in metric.captures_iter(rule["expr"].as_str().unwrap()) {
                    let what =
                        METRICS.iter().find(|what| what.name == &found[1]).unwrap_or_else(|| panic!("{}: {}", block.place, &found[1]));
                    let label = found.get(2).map(|label| label.as_str());
                    assert!(label.is_none_or(|label| what.label_names().any(|name| name == label)), "{}: {label:?}", block.place);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 5, "{seen} metrics");
}

/// What a bound is, its value, and what happens at it. A new one gets its line.
#[test]
fn the_bounds_are_those_of_the_program() {
    use hireline::delivery::run::breaker::{LOST_IN_A_ROW, PAUSES, PEOPLE};
    let (http, files) = (hireline::net::http::HttpSettings::default(), hireline::net::fetch::Bounds::default());
    let mib = |bytes: usize| format!("{} MiB", bytes >> 20);
    let seconds = |time: std::time::Duration| format!("{} s", time.as_secs());
    let rows = [
        ("profiles in flight", "`limits.concurrency`, 16".into(), "the next waits"),
        ("profiles in flight, bytes", mib(hireline::engine::run::IN_FLIGHT), "the next waits; a larger one goes alone"),
        ("profiles that are read and wait, bytes", mib(hireline::source::READ_AHEAD), "reading waits"),
        ("one profile in a file", mib(hireline::source::LONGEST_DOCUMENT), "`invalid`, with its line; it is not held"),
        ("an answer of HrFlow or Greenhouse", mib(http.max_answer_bytes), "it counts as lost; a reading call ends the run"),
        ("an answer of the token endpoint", mib(http.max_asked_bytes), "the run ends"),
        ("all texts of one candidate, with the content of its files", mib(hireline::model::candidate::MOST_TEXT), "`invalid`"),
        ("one file that is fetched", mib(files.file), "its attachment is `failed`"),
        ("all files that are held, with what they become", mib(files.together), "the next waits"),
        ("files that are fetched at once", files.at_once.to_string(), "the next waits"),
        ("time for one file", seconds(files.whole), "its attachment is `failed`"),
        (
            "redirects of a reading call, within its host",
            hireline::net::http::MOST_REDIRECTS.to_string(),
            "what came is the answer; a changing request follows none",
        ),
        ("redirects of a file", files.hops.to_string(), "its attachment is `failed`"),
        ("requests to one host at once", http.requests_a_host.to_string(), "the next waits"),
        ("tries of a reading call", http.tries.to_string(), "the run ends"),
        ("time for an answer", format!("`--timeout`, {}", seconds(http.request_timeout)), "it counts as lost"),
        ("time for a connection", seconds(http.connect_timeout), "nothing left; after five tries the run ends"),
        ("a wait that a host asks for", seconds(http.longest_wait), "the run ends, and says when to come back"),
        ("pages of one list of Greenhouse", hireline::greenhouse::MOST_PAGES.to_string(), "the run ends"),
        ("passes through HrFlow's list", hireline::source::MOST_PASSES.to_string(), "what is newer is the next run's"),
        ("changing requests lost in a row", format!("{LOST_IN_A_ROW}, of {PEOPLE} people"), "a pause, then one is tried"),
        ("such tries", PAUSES.len().to_string(), "the run ends"),
        ("steps of one template", hireline::language::mapping::FUEL.to_string(), "`invalid`"),
        ("one text of a template", mib(hireline::language::mapping::TEXT_LIMIT), "`invalid`"),
        ("values that one template gives", hireline::language::mapping::MOST_VALUES.to_string(), "`invalid`"),
        ("levels in a profile", hireline::model::profile::DEEPEST.to_string(), "`invalid`"),
        ("a pipeline's file", mib(hireline::language::yaml::MAX_BYTES), "`check` refuses it"),
        ("levels in it", hireline::language::yaml::MAX_DEPTH.to_string(), "`check` refuses it"),
        ("values in it, aliases counted", hireline::language::yaml::MAX_NODES.to_string(), "`check` refuses it"),
    ];
    let mut page = String::from("\n| bound | value | at it |\n|---|---|---|\n");
    for (name, value, at_it) in rows {
        writeln!(page, "| {name} | {value} | {at_it} |").unwrap();
    }
    page.push('\n');
    hold("running.md", &page);
}
