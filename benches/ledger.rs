//! What the ledger costs: 8,000 persons are read, intended and settled by 16 callers, and the ledger is then opened again.
//! `cargo bench --bench ledger`

use hireline::ledger::{Claim, Intent, Ledger, Seen, Settlement, inspect, new_id};
use hireline::model::outcome::Outcome;
use hireline::model::step::Settled;
use hireline::model::step::{CandidateRow, Fingerprint, Members, PersonKey, State, Step};
use jiff::Timestamp;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const PERSONS: u64 = 8_000;
const CALLERS: u64 = 16;
const OPERATIONS: u64 = PERSONS * 3;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcomes<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ledger.db");
    let mut out = std::io::stdout().lock();

    let start = Instant::now();
    let ledger = Ledger::open(&path)?;
    writeln!(out, "create            {:>9.2?}", start.elapsed())?;

    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (start, spent) = (Instant::now(), cpu()?);
    runtime.block_on(deliver(&ledger))?;
    let (wall, spent) = (start.elapsed(), cpu()?.saturating_sub(spent));
    writeln!(out, "read+intend+settle {:>8.0} ops/s, {wall:.2?} wall, {spent:.2?} CPU", OPERATIONS as f64 / wall.as_secs_f64())?;
    writeln!(out, "memory at its peak {:>8}", peak()?)?;

    let start = Instant::now();
    inspect(&path, None)?;
    writeln!(out, "check whole       {:>9.2?}", start.elapsed())?;
    runtime.block_on(ledger.close());
    writeln!(out, "file              {:>6} KiB, {} bytes a person", size(&path)? / 1024, size(&path)? / PERSONS)?;

    let start = Instant::now();
    let ledger = Ledger::open(&path)?;
    let open = runtime.block_on(ledger.open_steps("greenhouse"))?;
    writeln!(out, "open again        {:>9.2?}, {} open steps", start.elapsed(), open.len())?;
    runtime.block_on(ledger.close());
    Ok(())
}

async fn deliver(ledger: &Ledger) -> Outcomes<()> {
    let run = new_id();
    let callers = (0..CALLERS).map(|caller| {
        let (ledger, run) = (ledger.clone(), run.clone());
        async move {
            for number in (caller..PERSONS).step_by(CALLERS as usize) {
                one(&ledger, &run, number).await?;
            }
            Outcomes::Ok(())
        }
    });
    futures_util::future::try_join_all(callers).await.map(drop)
}

async fn one(ledger: &Ledger, run: &str, number: u64) -> Outcomes<()> {
    let who = PersonKey {
        account: "greenhouse".to_owned(),
        source_key: "a".repeat(40),
        // As HrFlow's: in no order.
        profile_key: format!("{:016x}{number:024x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    };
    let known = ledger.person(&who).await?;
    if known.candidate.is_some() {
        return Err("an empty ledger knows somebody".into());
    }
    let email = ledger.key().email(&format!("{number}@example.org"));
    let at = Timestamp::from_second(1_780_000_000)?;
    let steps = vec![Step::Candidate, Step::Application { job: 4012 }];
    let intent = Intent {
        person: who.clone(),
        pipeline: "acme-engineering".to_owned(),
        run: run.to_owned(),
        action: new_id(),
        steps: steps.clone(),
        hash: email,
        // As many as a usual candidate has.
        members: [
            "first_name",
            "last_name",
            "company",
            "title",
            "phone_numbers",
            "email_addresses",
            "addresses",
            "website_addresses",
            "tags",
        ]
        .map(|member| (member.to_owned(), email))
        .into(),
        identities: vec![email],
        fingerprint: Fingerprint { emails: vec![email], name_phones: Some(email) },
        seen_before: Vec::new(),
        greenhouse_time: Some(at),
        intended_at: at,
        sent_by: at,
    };
    if ledger.intend(intent).await? != Claim::Intended {
        return Err("a new person was refused".into());
    }
    let seen = Seen {
        pipeline: "acme-engineering".to_owned(),
        source_key: who.source_key.clone(),
        profile_key: who.profile_key.clone(),
        run: run.to_owned(),
        updated_at: Some("2026-01-01T00:00:00+0000".to_owned()),
        outcome: Outcome::Created,
        reason: None,
        at,
    };
    let settlement = Settlement {
        person: who,
        pipeline: "acme-engineering".to_owned(),
        at,
        action: None,
        steps: steps.into_iter().map(|step| Settled { step, state: State::Done, id: Some(number + 1), ours: true }).collect(),
        candidate: Some(CandidateRow { id: number + 1, ours: true, gone: false }),
        refusal: None,
        excuses: false,
        sent: Members::new(),
        identities: Vec::new(),
        delivered: true,
        seen: Some(seen),
    };
    ledger.settle(settlement).await?;
    Ok(())
}

/// What this process has used of the processors, from Linux's own books: in steps of 10 ms.
fn cpu() -> Outcomes<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = text.rsplit_once(')').ok_or("a strange /proc/self/stat")?;
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn peak() -> Outcomes<String> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("a strange /proc/self/status")?;
    Ok(line.trim().to_owned())
}

fn size(path: &Path) -> Outcomes<u64> {
    Ok(std::fs::metadata(path)?.len())
}
