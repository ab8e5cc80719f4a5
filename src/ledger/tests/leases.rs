//! One run a pipeline; a lease goes with its process, however that ends.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const HELD: &str = "HIRELINE_TEST_LEDGER";

#[test]
fn a_pipeline_is_run_once_at_a_time() {
    let folder = folder();
    let (one, two) = (Ledger::open(&path(&folder)).unwrap(), Ledger::open(&path(&folder)).unwrap());
    let lease = one.lease(PIPELINE).unwrap();
    insta::assert_snapshot!(two.lease(PIPELINE).unwrap_err(), @"pipeline acme-engineering is being run by another process: wait for it to end, or stop it");
    assert_eq!(one.lease(PIPELINE).unwrap_err(), two.lease(PIPELINE).unwrap_err(), "nor twice by this one");
    let other = two.lease("another").unwrap();
    drop(lease);
    let again = two.lease(PIPELINE).unwrap();
    drop((other, again));
}

#[test]
fn a_process_that_is_killed_leaves_no_lease() {
    let folder = folder();
    let ledger = Ledger::open(&path(&folder)).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ledger::tests::leases::another_process", "--ignored", "--nocapture"])
        .env(HELD, path(&folder))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let held = BufReader::new(child.stdout.take().unwrap()).lines().any(|line| line.unwrap().contains("held"));
    assert!(held, "the other process must have got the lease");
    assert_eq!(ledger.lease(PIPELINE).unwrap_err(), LedgerError::Leased { pipeline: PIPELINE.to_owned() });
    child.kill().unwrap();
    child.wait().unwrap();
    drop(ledger.lease(PIPELINE).unwrap());
}

/// Not a test: the process that the one above starts and kills.
#[test]
#[ignore = "run by another test, in a process of its own"]
fn another_process() {
    let Some(path) = std::env::var_os(HELD) else { return };
    let _lease = Ledger::open(Path::new(&path)).unwrap().lease(PIPELINE).unwrap();
    println!("held");
    thread::sleep(std::time::Duration::from_secs(60));
}
