//! Any bytes as a ledger's file, its log or its key: it is refused and stays as it was, or it is read.

use hireline::base::digest::Key;
use hireline::ledger::{Intent, Ledger, LedgerError, Seen, new_id};
use hireline::model::outcome::Outcome;
use hireline::model::step::{Fingerprint, Members, PersonKey, Step};
use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const ACCOUNT: &str = "greenhouse";
const PIPELINE: &str = "acme";
const SUFFIXES: [&str; 3] = ["", "-wal", ".key"];
/// Larger files are not made from changes.
const MOST: usize = 200_000;

/// A ledger's files as a process left them.
struct Files([Vec<u8>; 3]);

/// Byte 0: what is changed. 0: a closed ledger. 1: one whose process was killed, with its log. 2: the rest is the file. 3: the rest is the log.
/// 4: the rest is the key. For 0 and 1, each further five bytes are a change: the file (from 128 on: it ends there), the place, the value.
pub fn holds(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let [closed, killed] = good();
    let mut files = if kind % 5 == 1 { killed.0.clone() } else { closed.0.clone() };
    match kind % 5 {
        2 => files[0] = rest.to_vec(),
        3 => files[1] = rest.to_vec(),
        4 => files[2] = rest.to_vec(),
        _ => rest.chunks_exact(5).for_each(|change| change_of(change, &mut files)),
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &files);
    match Ledger::open(at(folder.path())) {
        Err(error) => {
            let words = error.to_string();
            assert!(matches!(error, LedgerError::Unusable { .. }) && words.len() > 20, "{words}");
            let after = read(folder.path());
            let changed: Vec<_> = SUFFIXES.iter().zip(files.iter().zip(&after)).filter(|(_, (one, other))| one != other).collect();
            let changed: Vec<_> = changed.iter().map(|(suffix, (one, other))| (suffix, one.len(), other.len())).collect();
            assert!(changed.is_empty(), "a refused ledger has changed: {changed:?}: {words}");
        }
        Ok(ledger) => {
            let first = runtime().block_on(told(&ledger));
            assert!(!first.contains("it has been closed"), "the ledger's thread is gone: {first}");
            runtime().block_on(ledger.close());
            reads_the_same_again(folder.path(), &first);
        }
    }
}

/// What could be read once is there the next time, too.
fn reads_the_same_again(folder: &Path, first: &str) {
    if let Ok(ledger) = Ledger::open(at(folder)) {
        let second = runtime().block_on(told(&ledger));
        assert_eq!(first, second, "reading has changed it");
        // And is written to, or refuses to be: with an answer.
        let intended = runtime().block_on(ledger.intend(intent(ledger.key(), "grace")));
        assert!(!format!("{intended:?}").contains("it has been closed"), "{intended:?}");
        runtime().block_on(ledger.close());
    }
}

/// Everything that can be asked.
async fn told(ledger: &Ledger) -> String {
    let who = who("ada");
    let words = [
        format!("{:?}", ledger.person(&who).await),
        format!("{:?}", ledger.people("ada").await),
        format!("{:?}", ledger.open_steps(ACCOUNT).await),
        format!("{:?}", ledger.absent_since(ACCOUNT, Timestamp::UNIX_EPOCH).await),
        format!("{:?}", ledger.identity(ACCOUNT, ledger.key().email("ada@example.org")).await),
        format!("{:?}", ledger.owed_rows(PIPELINE).await),
        format!("{:?}", ledger.cursor(PIPELINE).await),
        format!("{:?}", ledger.runs(None, 10).await),
        format!("{:?}", ledger.seen_of_profile("ada").await),
        format!("{:?}", ledger.seen_in_run("run-1").await),
        ledger.is_new().to_string(),
    ];
    words.join("\n")
}

/// One byte is another, or the file ends there.
fn change_of(change: &[u8], files: &mut [Vec<u8>; 3]) {
    let &[file, high, middle, low, value] = change else { return };
    let bytes = &mut files[usize::from(file % 3)];
    if bytes.is_empty() || bytes.len() > MOST {
        return;
    }
    let place = u32::from_be_bytes([0, high, middle, low]) as usize % bytes.len();
    if file >= 128 { bytes.truncate(place) } else { bytes[place] = value }
}

fn at(folder: &Path) -> PathBuf {
    folder.join("ledger.db")
}

fn beside(folder: &Path, suffix: &str) -> PathBuf {
    folder.join(format!("ledger.db{suffix}"))
}

/// An empty log is none.
fn write(folder: &Path, files: &[Vec<u8>; 3]) {
    for (suffix, bytes) in SUFFIXES.iter().zip(files) {
        if !(*suffix == "-wal" && bytes.is_empty()) {
            fs::write(beside(folder, suffix), bytes).expect("a file");
        }
    }
}

fn read(folder: &Path) -> [Vec<u8>; 3] {
    SUFFIXES.map(|suffix| fs::read(beside(folder, suffix)).unwrap_or_default())
}

fn good() -> &'static [Files; 2] {
    static GOOD: OnceLock<[Files; 2]> = OnceLock::new();
    GOOD.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(at(folder.path())).expect("a ledger");
        runtime().block_on(fill(&ledger));
        let killed = copied(folder.path());
        runtime().block_on(ledger.close());
        [Files(read(folder.path())), killed]
    })
}

/// The files as they are while the ledger is open.
fn copied(folder: &Path) -> Files {
    let copy: TempDir = tempfile::tempdir().expect("a folder");
    for suffix in SUFFIXES {
        fs::copy(beside(folder, suffix), beside(copy.path(), suffix)).expect("a copy");
    }
    Files(read(copy.path()))
}

async fn fill(ledger: &Ledger) {
    let (key, at) = (ledger.key().clone(), Timestamp::UNIX_EPOCH);
    ledger.run_started("run-1", PIPELINE, ACCOUNT, at).await.expect("a run");
    for name in ["ada", "mary"] {
        ledger.intend(intent(&key, name)).await.expect("an intent");
        let seen = Seen {
            source_key: "source".to_owned(),
            profile_key: name.to_owned(),
            pipeline: PIPELINE.to_owned(),
            run: "run-1".to_owned(),
            updated_at: None,
            outcome: Outcome::Failed,
            reason: Some("lost".to_owned()),
            at,
        };
        ledger.seen(seen).await.expect("a row");
    }
    ledger.run_ended("run-1", at, None, vec![(Outcome::Failed, 2)]).await.expect("a run's end");
}

fn who(name: &str) -> PersonKey {
    PersonKey { account: ACCOUNT.to_owned(), source_key: "source".to_owned(), profile_key: name.to_owned() }
}

fn intent(key: &Key, name: &str) -> Intent {
    let emails = vec![key.email(&format!("{name}@example.org"))];
    Intent {
        person: who(name),
        pipeline: PIPELINE.to_owned(),
        run: "run-1".to_owned(),
        action: new_id(),
        steps: vec![Step::Candidate, Step::Application { job: 4012 }],
        hash: key.digest(&["body"]),
        members: Members::new(),
        identities: emails.clone(),
        fingerprint: Fingerprint { emails, name_phones: Some(key.digest(&["name", name])) },
        seen_before: vec![7],
        greenhouse_time: None,
        intended_at: Timestamp::UNIX_EPOCH,
        sent_by: Timestamp::UNIX_EPOCH,
    }
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_current_thread().enable_time().build().expect("a runtime"))
}
