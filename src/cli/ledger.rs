//! `hireline ledger`: whether the ledger is sound, a backup of it, and a backup in its place.

use super::options::records;
use super::{Failure, LedgerOption, Result, plural, print};
use crate::cli::exit;
use crate::ledger::{self, Inspection, Restoration, Restore};
use anstyle::AnsiColor;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Read the whole file: is it sound, is the key its own, what is in it. Changes nothing; a run may be going
    Check(Check),
    /// Write a backup: FILE and FILE.key. A run may be going
    Backup(Backup),
    /// Put a backup in the ledger's place, and keep the old one beside it
    Restore(Put),
}

#[derive(Debug, clap::Args)]
struct Check {
    /// One object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ledger: LedgerOption,
}

#[derive(Debug, clap::Args)]
struct Backup {
    /// Where to: the key goes beside it, as FILE.key
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// In place of an older backup of the same ledger
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    ledger: LedgerOption,
}

#[derive(Debug, clap::Args)]
struct Put {
    /// What `hireline ledger backup` wrote, with FILE.key beside it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Although the ledger in place is sound and knows more
    #[arg(long)]
    over_a_sound_ledger: bool,
    /// Nothing was pushed since the backup was taken: nobody is looked for. Where that is not so, people are made twice
    #[arg(long)]
    nothing_since: bool,
    #[command(flatten)]
    ledger: LedgerOption,
}

pub(super) fn ledger(options: &Options) -> Result<u8> {
    match &options.what {
        What::Check(options) => check(options),
        What::Backup(options) => backup(options),
        What::Restore(options) => restore(options),
    }
}

fn check(options: &Check) -> Result<u8> {
    let path = options.ledger.path_here()?;
    if !path.exists() {
        return Err(Failure::could_not(format!("there is no ledger at {}", path.display())));
    }
    let found = ledger::inspect(&path, records().as_deref())?;
    if options.json {
        print::line(&as_json(&path, &found).to_string());
    } else {
        as_words(&path, &found).iter().all(|line| print::line(line));
    }
    Ok(if found.exposed.is_empty() { exit::WELL } else { exit::ATTENTION })
}

fn as_words(path: &Path, found: &Inspection) -> Vec<String> {
    let counts = &found.counts;
    let (good, warn) = (AnsiColor::Green.on_default().bold(), AnsiColor::Yellow.on_default().bold());
    let kind = match found.taken {
        Some(taken) => format!("a backup, taken at {taken:.0}"),
        None => "a ledger".to_owned(),
    };
    let version = match found.version == found.newest_version {
        true => format!("version {}", found.version),
        false => format!("version {}; the next run makes it {}", found.version, found.newest_version),
    };
    let last = found.last_run.map(|at| format!(", the last began at {at:.0}")).unwrap_or_default();
    let mut lines = vec![
        format!("{good}sound{good:#}  {}: {kind}, {} KiB, {version}; its key is its own", path.display(), found.bytes.div_ceil(1024)),
        format!("  {:<10} {}, {} of them with a candidate; {} forgotten", "people", counts.people, counts.candidates, counts.forgotten),
        format!("  {:<10} {} open, {} uncertain", "steps", counts.open, counts.uncertain),
        format!("  {:<10} {} known, {} owed: the next run reads them again", "profiles", counts.profiles, counts.owed),
        format!("  {:<10} {}{last}", "runs", counts.runs),
    ];
    for (at, taken) in &found.restored {
        lines.push(format!("  {:<10} at {at:.0}, from a backup taken at {taken:.0}", "restored"));
    }
    if counts.unclaimed > 0 {
        let words = "made in between and not known whose: looked at before anybody is made";
        lines.push(format!("  {:<10} {} {words}", "candidates", counts.unclaimed));
    }
    for pipeline in &found.leases {
        lines.push(format!("  {:<10} {pipeline}, by another process", "running"));
    }
    for file in &found.exposed {
        lines.push(format!(
            "{warn}open{warn:#}   {}: others on this machine may read or replace it: make it yours alone (chmod go=)",
            file.display()
        ));
    }
    lines
}

fn as_json(path: &Path, found: &Inspection) -> serde_json::Value {
    let counts = &found.counts;
    let restored = found.restored.iter().map(|(at, taken)| json!({"at": at, "taken": taken}));
    json!({
        "type": "ledger", "path": path, "sound": true, "bytes": found.bytes, "version": found.version, "newest_version": found.newest_version,
        "people": counts.people, "candidates": counts.candidates, "forgotten": counts.forgotten, "profiles": counts.profiles,
        "open": counts.open, "uncertain": counts.uncertain, "owed": counts.owed, "unclaimed": counts.unclaimed, "runs": counts.runs,
        "last_run": found.last_run, "taken": found.taken, "restored": restored.collect::<Vec<_>>(), "running": found.leases, "exposed": found.exposed,
    })
}

fn backup(options: &Backup) -> Result<u8> {
    let path = options.ledger.path_here()?;
    let copied = ledger::backup(&path, &options.file, options.replace, records().as_deref())?;
    print::line(&format!(
        "{} and {}: the ledger as it was at {:.0}, {} KiB, read again and sound. Keep the two together, and as safe as the ledger",
        copied.file.display(),
        copied.key.display(),
        copied.taken,
        copied.bytes.div_ceil(1024)
    ));
    Ok(exit::WELL)
}

fn restore(options: &Put) -> Result<u8> {
    let path = options.ledger.path_here()?;
    let how = Restore { over_sound: options.over_a_sound_ledger, nothing_since: options.nothing_since };
    let Restoration { taken, replaced, forgotten } = ledger::restore(&path, &options.file, how, records().as_deref())?;
    print::line(&format!("{}: put back, as it was at {taken:.0}", path.display()));
    if let Some(replaced) = &replaced {
        print::line(&format!("what was in place is kept as {}: remove it when it is of no more use", replaced.display()));
    }
    let about_the_forgotten = match forgotten {
        Some(0) => None,
        Some(n) => Some(format!("{} forgotten since then: forgotten in this one too", plural(n, "profile"))),
        None => Some(format!("who was forgotten after {taken:.0} is not known: forget them again (`hireline forget`) before the next run")),
    };
    about_the_forgotten.iter().all(|words| print::line(words));
    print::line(match options.nothing_since {
        true => "nobody will be looked for, because nothing was pushed since then, as you say",
        false => "the next run of each account lists who was made since then, before it makes anybody",
    });
    Ok(exit::WELL)
}
