//! Two pipelines push the same people at once.

use crate::harness::{Office, shown, wait_until};
use crate::people::{nothing_is_twice, profiles, summary};
use hireline::sandbox::{Misbehaviour, Service};
use serde_json::json;

/// One pipeline looks for somebody and finds nobody; before it goes on, the other has made the candidate, and is killed in the middle.
/// The candidate is ours: the first one finishes it.
#[test]
fn whom_another_pipeline_has_made_meanwhile_is_ours() {
    let mut person = profiles(1);
    person[0]["info"]["summary"] = json!("Knows much.");
    let office = Office::open(person);
    let files = ["one", "two"].map(|name| {
        let mut pipeline = office.v3(name);
        pipeline["destination"]["greenhouse"]["settle"] = json!(0.5);
        office.save(&pipeline)
    });
    office.sandbox.misbehave("slow=3s,on=GET /v3/candidates,contains=email".parse().unwrap()).unwrap();
    let one = office.spawn(&["run", "--json", &files[0]]);
    let looks = || office.sandbox.requests().as_array().unwrap().iter().any(|request| request["target"].to_string().contains("email="));
    wait_until("the first run has looked for the candidate", looks);
    let held = Misbehaviour { service: Some(Service::Greenhouse), delay_ms: 60_000, ..Misbehaviour::at("POST", "/v3/attachments") };
    office.sandbox.misbehave(held).unwrap();
    let two = office.spawn(&["run", "--json", &files[1]]);
    office.wait_for_writes(2);
    two.signal("KILL");
    assert_eq!(two.end().code, None);
    let one = one.end().expect(0);
    assert_eq!(shown(&one.counts()), "created 1");
    office.run(&files[1]).expect(0);
    nothing_is_twice(&office.state());
    let whole: String = summary(&office.state()).into_values().flatten().collect();
    assert_eq!(whole, "jobs 4001; resume on 4001; 1 employment; 1 note");
}
