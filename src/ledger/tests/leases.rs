//! One run a pipeline; a lease goes with its process, however that ends.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const HELD: &str = "HIRELINE_TEST_LEDGER";

#[tokio::test]
async fn a_pipeline_is_run_once_at_a_time() {
    let folder = folder();
    let (one, two) = (Ledger::open(path(&folder)).unwrap(), Ledger::open(path(&folder)).unwrap());
    let lease = one.lease(PIPELINE).await.unwrap();
    insta::assert_snapshot!(two.lease(PIPELINE).await.unwrap_err(), @"pipeline acme-engineering is being run by another process: wait for it to end, or stop it");
    assert_eq!(one.lease(PIPELINE).await.unwrap_err(), two.lease(PIPELINE).await.unwrap_err(), "nor twice by this one");
    let other = two.lease("another").await.unwrap();
    drop(lease);
    let again = two.lease(PIPELINE).await.unwrap();
    drop((other, again));
}

#[tokio::test]
async fn a_lost_lease_is_told_and_is_free_for_others() {
    let ledger = Ledger::in_memory().unwrap();
    let lease = ledger.lease(PIPELINE).await.unwrap();
    assert_eq!(ledger.is_leased(PIPELINE).await, Ok(true));
    let revoke = |store: &mut dyn Store| {
        let store: &mut dyn std::any::Any = store;
        store.downcast_mut::<memory::Memory>().unwrap().revoke(PIPELINE);
        Ok(())
    };
    ledger.read(revoke).await.unwrap();
    lease.lost().await;
    let another = ledger.lease(PIPELINE).await.unwrap();
    drop(lease);
    assert_eq!(ledger.is_leased(PIPELINE).await, Ok(true), "the lost lease does not end another one");
    drop(another);
    assert_eq!(ledger.is_leased(PIPELINE).await, Ok(false));
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_no_lease() {
    let folder = folder();
    let ledger = Ledger::open(path(&folder)).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::tests::leases::another_process", "--ignored", "--nocapture"])
        .env(HELD, path(&folder))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let held = BufReader::new(child.stdout.take().unwrap()).lines().any(|line| line.unwrap().contains("held"));
    assert!(held, "the other process must have got the lease");
    assert_eq!(ledger.lease(PIPELINE).await.unwrap_err(), LedgerError::Leased { pipeline: PIPELINE.to_owned() });
    child.kill().unwrap();
    child.wait().unwrap();
    drop(ledger.lease(PIPELINE).await.unwrap());
}

/// Not a test: the process that the one above starts and kills.
#[tokio::test]
#[ignore = "run by another test, in a process of its own"]
async fn another_process() {
    let Some(path) = std::env::var_os(HELD) else { return };
    let _lease = Ledger::open(Path::new(&path)).unwrap().lease(PIPELINE).await.unwrap();
    println!("held");
    thread::sleep(std::time::Duration::from_secs(60));
}
