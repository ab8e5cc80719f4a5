//! The measured process: when it began, what it used.

use super::Outcome;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What is run, and where its output goes.
pub struct Command {
    pub arguments: Vec<String>,
    pub folder: PathBuf,
}

/// What a process used.
pub struct Spent {
    pub began: Instant,
    pub wall: Duration,
    /// User and system, in steps of 10 ms.
    pub cpu: Duration,
    /// Its resident memory at the highest.
    pub peak_kib: u64,
    output: String,
}

impl Spent {
    pub fn lines_with(&self, word: &str) -> u64 {
        self.output.lines().filter(|line| line.contains(word)).count() as u64
    }
}

/// Runs it to its end. The books of a process stay readable until it is waited for, but for its memory, which is looked at until then.
pub fn run(command: &Command) -> Outcome<Spent> {
    let (out, err) = (command.folder.join("out"), command.folder.join("err"));
    let (stdout, stderr) = (File::create(&out)?, File::create(&err)?);
    let began = Instant::now();
    let mut child = process::Command::new(env!("CARGO_BIN_EXE_hireline"))
        .args(&command.arguments)
        .current_dir(&command.folder)
        .env("GREENHOUSE_KEY", "local")
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .spawn()?;
    let books = PathBuf::from(format!("/proc/{}", child.id()));
    let mut peak_kib = 0;
    let cpu = loop {
        if let Some(peak) = peak(&fs::read_to_string(books.join("status"))?) {
            peak_kib = peak;
        }
        let stat = fs::read_to_string(books.join("stat"))?;
        let (_, after_name) = stat.rsplit_once(") ").ok_or("a strange /proc/PID/stat")?;
        if after_name.starts_with('Z') {
            let ticks: u64 = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
            break Duration::from_millis(ticks * 10);
        }
        thread::sleep(Duration::from_millis(1));
    };
    let wall = began.elapsed();
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("{status}: {}{}", fs::read_to_string(&err)?, fs::read_to_string(&out)?).into());
    }
    Ok(Spent { began, wall, cpu, peak_kib, output: fs::read_to_string(&out)? })
}

fn peak(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// The least, the middle one, the most.
pub fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> (T, T, T) {
    values.sort_unstable();
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)))
}
