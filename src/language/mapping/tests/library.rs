//! The built-in library over fictional profiles with the traps of real ones.

use crate::base::diagnostic::Sink;
use crate::base::place::{BUILT_IN, SourceFile};
use crate::language::mapping::testing::tree;
use crate::language::mapping::{Authored, Mapping, compile};
use crate::language::yaml::{self, Kind, Tree};
use crate::model::settings::{Api, WithoutEmail};
use serde_json::{Value, json};

const LIBRARY: &str = include_str!("../../library/hireline.yaml");

fn library(name: &str, api: Api) -> Mapping {
    let mut sink = Sink::default();
    let document = yaml::parse(&SourceFile::new(BUILT_IN, LIBRARY), &mut sink).unwrap();
    let members = document.get("mappings").and_then(|mappings| mappings.get(name)).and_then(Tree::as_map).unwrap().to_vec();
    let job_ids = tree("4012");
    let own = members.iter().any(|entry| entry.key == "applications");
    let vars = json!({});
    let authored = Authored {
        members: &members,
        job_ids: (!own).then_some(&job_ids),
        jobs: None,
        application: None,
        vars: &vars,
        present: &[],
        pipeline: "p",
        without_email: WithoutEmail::Invalid,
        api,
    };
    let mapping = compile(&authored, &mut sink);
    let told = sink.into_sorted();
    assert!(told.is_empty(), "{told:#?}");
    mapping.unwrap()
}

fn profile(name: &str) -> Value {
    let text = match name {
        "full" => include_str!("../testdata/full.json"),
        "sparse" => include_str!("../testdata/sparse.json"),
        _ => include_str!("../testdata/nameless.json"),
    };
    serde_json::from_str(text).unwrap()
}

fn outcome(mapping: &Mapping, profile: &Value) -> Value {
    match mapping.render(profile) {
        Ok(candidate) if candidate.left_out.is_empty() => serde_json::to_value(candidate).unwrap(),
        Ok(candidate) => json!({ "candidate": candidate, "left_out": candidate.left_out }),
        Err(faults) => {
            faults.iter().map(|f| format!("{}: {} (line {})", f.member, f.message, f.place.as_ref().map_or(0, |p| p.line()))).collect()
        }
    }
}

#[test]
fn the_library_is_a_library() {
    let document = tree(LIBRARY);
    assert!(matches!(document.get("library").map(|tree| &tree.kind), Some(Kind::Text(text)) if text.value == "hireline"));
    for filter in ["contactable", "not-archived"] {
        let filter = document.get("filters").and_then(|filters| filters.get(filter)).unwrap();
        assert!(filter.get("because").is_some() && (filter.get("keep").is_some() || filter.get("drop").is_some()));
    }
}

#[test]
fn the_filters_of_the_library_say_what_they_are_called() {
    let document = tree(LIBRARY);
    let filter = |name: &str| document.get("filters").and_then(|filters| filters.get(name)).unwrap();
    let holds = |predicate: &Tree, profile: Value| {
        let path = serde_json_path::JsonPath::parse(&format!("$[?{}]", predicate.as_text().unwrap())).unwrap();
        !path.query(&json!([profile])).is_empty()
    };
    let contactable = filter("contactable").get("keep").unwrap();
    assert!(holds(contactable, profile("full")) && holds(contactable, profile("sparse")));
    assert!(!holds(contactable, profile("nameless")));
    let archived = filter("not-archived").get("drop").unwrap();
    assert!(holds(archived, json!({"archived_at": "2026-01-01T00:00:00+0000"})) && holds(archived, json!({"archive": true})));
    assert!(!holds(archived, json!({"archive": false})) && !holds(archived, profile("full")));
}

#[test]
fn candidate_over_every_profile() {
    for api in [Api::HarvestV1, Api::HarvestV3] {
        let mapping = library("candidate", api);
        for name in ["full", "sparse", "nameless"] {
            insta::assert_json_snapshot!(format!("candidate_{name}"), outcome(&mapping, &profile(name)));
        }
    }
}

#[test]
fn hrflow_connector_over_every_profile() {
    let mapping = library("hrflow-connector", Api::HarvestV3);
    for name in ["full", "sparse", "nameless"] {
        insta::assert_json_snapshot!(format!("hrflow_connector_{name}"), outcome(&mapping, &profile(name)));
    }
}
