use super::*;
use std::time::Duration;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Everything that is measured, once.
fn whole(metrics: &Metrics) {
    let meter = metrics.meter("engineers", "acme \"north\"\\\n");
    meter.begun();
    meter.profile(Outcome::Created);
    meter.profile(Outcome::Uncertain);
    meter.parked(2);
    meter.holds(&[(Outcome::Uncertain, 1)], 3);
    meter.request("greenhouse", "POST /v3/candidates", "2xx", Duration::from_millis(30));
    meter.request("greenhouse", "POST /v3/candidates", "lost", Duration::from_secs(90));
    meter.again("hrflow", "server_fault");
    meter.waited("greenhouse", Duration::from_millis(1500));
    meter.committed(Duration::from_micros(700));
}

#[test]
fn the_text_is_as_prometheus_reads_it() {
    let metrics = Metrics::default();
    whole(&metrics);
    metrics.meter("engineers", "acme \"north\"\\\n").ended(1, true, Duration::from_secs(12), at(1_700_000_000));
    insta::assert_snapshot!(metrics.text().replace(env!("CARGO_PKG_VERSION"), "[version]"));
}

#[test]
fn what_a_file_holds_is_read_as_it_was_written() {
    let (metrics, other) = (Metrics::default(), Metrics::default());
    whole(&metrics);
    let account = "acme \"north\"\\\n";
    metrics.meter("engineers", account).ended(3, false, Duration::from_secs(12), at(1_700_000_000));
    other.meter("engineers", account);
    other.take_over(&metrics.text(), &[("engineers", account)]).unwrap();
    other.meter("engineers", account).parked(0);
    assert_eq!(other.text(), metrics.text());
    // And goes on from there.
    whole(&other);
    let text = other.text();
    for line in [r#"outcome="created"} 2"#, r#"class="lost"} 2"#, r#"operation="POST /v3/candidates"} 4"#, r#"reason="server_fault"} 2"#] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[test]
fn only_what_the_commands_own_pipelines_left_is_taken_over() {
    let (earlier, metrics) = (Metrics::default(), Metrics::default());
    earlier.meter("engineers", "acme").profile(Outcome::Created);
    earlier.meter("gone", "acme").profile(Outcome::Created);
    earlier.meter("engineers", "another").profile(Outcome::Created);
    metrics.take_over(&earlier.text(), &[("engineers", "acme")]).unwrap();
    let text = metrics.text();
    assert!(text.contains(r#"hireline_profiles_total{pipeline="engineers",account="acme",outcome="created"} 1"#), "{text}");
    assert!(!text.contains("gone") && !text.contains("another"), "{text}");
}

#[test]
fn another_programs_file_is_told_and_not_read() {
    let metrics = Metrics::default();
    for text in [
        "version: 1\npipeline: demo\n",
        "# HELP node_load1 1m load average.\n# TYPE node_load1 gauge\nnode_load1 0.2\n",
        "hireline_profiles_total{pipeline=\"a\" 1\n",
        "hireline_profiles_total{pipeline=\"a\"} one\n",
        "hireline_profiles_total{pipeline=\"a",
        "\n",
        "\u{0}",
    ] {
        assert!(metrics.take_over(text, &[("a", "b")]).is_err(), "{text:?}");
    }
    // A newer version may know more metrics, and other labels and buckets.
    let newer = "hireline_new_total{pipeline=\"a\",account=\"b\"} 1\nhireline_profiles_total{pipeline=\"a\"} 7\n\
        hireline_ledger_commit_seconds_bucket{pipeline=\"a\",account=\"b\",le=\"7\"} 1\n";
    metrics.take_over(newer, &[("a", "b")]).unwrap();
    assert_eq!(metrics.text(), "");
}

#[test]
fn a_meter_of_nobody_measures_nothing() {
    let meter = Meter::default();
    meter.begun();
    meter.profile(Outcome::Created);
    assert!(!meter.measures());
}

#[test]
fn every_metric_is_named_as_prometheus_advises() {
    for what in TABLE {
        assert!(what.name.starts_with("hireline_"), "{}", what.name);
        assert_eq!(matches!(what.kind, Kind::Counter), what.name.ends_with("_total"), "{}", what.name);
        assert!(!matches!(what.kind, Kind::Histogram(_)) || what.name.ends_with("_seconds"), "{}", what.name);
        assert!(what.help.ends_with('.') && !what.help.contains('\n'), "{}", what.name);
        if let Kind::Histogram(bounds) = what.kind {
            assert!(bounds.is_sorted_by(|one, next| one < next), "{}", what.name);
        }
    }
}
