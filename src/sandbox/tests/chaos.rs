//! Mixed faults by a seed.

use super::*;

/// What so many creates and look-ups meet, by status.
async fn met(seed: &str, many: usize) -> Vec<String> {
    let desk = Desk::open().await;
    desk.sandbox.set_chaos(Some(Chaos { late_ms: 1, ..seed.parse().unwrap() })).unwrap();
    let mut told = Vec::new();
    for _ in 0..many {
        for request in
            [desk.v3_request("POST", "/candidates", Some(ada())), desk.v3_request("GET", "/candidates?email=ada%2B1@example.org", None)]
        {
            told.push(desk.send(request).await.map_or("-".into(), |told| told.status.to_string()));
        }
    }
    told
}

#[tokio::test]
async fn the_same_seed_draws_the_same_faults() {
    let first = met("7,0.5", 40).await;
    assert_eq!(first, met("7,0.5", 40).await);
    assert_ne!(first, met("8,0.5", 40).await);
    let wrong = first.iter().filter(|told| !["200", "201"].contains(&told.as_str())).count();
    assert!((15..=50).contains(&wrong), "{wrong} of 80");
    let kinds: std::collections::BTreeSet<_> = first.iter().collect();
    assert!(kinds.len() >= 6, "{kinds:?}");
}

#[tokio::test]
async fn a_rate_of_nothing_and_of_all() {
    assert!(met("7,0", 10).await.iter().all(|told| ["200", "201"].contains(&told.as_str())));
    let all = met("7,1", 20).await;
    assert!(all.iter().filter(|told| !["200", "201"].contains(&told.as_str())).count() > 20, "{all:?}");
}

/// The promise to a pipeline's `settle`: what is done late, is done by then, and what is hidden is shown by then.
#[tokio::test]
async fn nothing_is_later_than_it_says() {
    let desk = Desk::open().await;
    desk.sandbox.set_chaos(Some(Chaos { seed: 3, rate: 1.0, late_ms: 400 })).unwrap();
    for _ in 0..60 {
        let request = desk.v3_request("POST", "/candidates", Some(ada())).timeout(Duration::from_secs(5));
        drop(desk.send(request).await);
    }
    desk.sandbox.set_chaos(None).unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let made = desk.made();
    assert_eq!(desk.get("/candidates?per_page=500").await.ids().len(), made);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(desk.made(), made);
}

#[tokio::test]
async fn it_is_set_by_the_control_server_and_ends() {
    let desk = Desk::open().await;
    assert_eq!(desk.control("PUT", "/chaos", Some(json!({"seed": 7, "rate": 1.0, "late_ms": 1}))).await.status, 204);
    let mut told = Vec::new();
    for _ in 0..10 {
        told.push(desk.send(desk.v3_request("GET", "/sources", None)).await.map_or(0, |told| told.status));
    }
    assert!(told.iter().any(|status| *status != 200));
    assert_eq!(desk.control("DELETE", "/chaos", None).await.status, 204);
    assert_eq!(desk.get("/sources").await.status, 200);
    insta::assert_snapshot!(desk.control("PUT", "/chaos", Some(json!({"seed": 7, "rate": 1.5}))).await, @r#"400 {"message":"a rate is from 0 to 1"}"#);
    insta::assert_snapshot!("x,1".parse::<Chaos>().unwrap_err(), @"a seed is a whole number, and `x` is none");
    insta::assert_snapshot!("7,much".parse::<Chaos>().unwrap_err(), @"a rate is a number, and `much` is none");
    insta::assert_snapshot!("7,-1".parse::<Chaos>().unwrap_err(), @"a rate is from 0 to 1");
    assert_eq!("7".parse::<Chaos>().unwrap().rate, USUAL_RATE);
}
