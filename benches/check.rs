//! How long the people who write pipelines wait for an answer: `hireline check` of 1,000 files of 100 lines, by the clock of one core.
//!
//! ```text
//! taskset -c 0 cargo bench --bench check
//! ```
//! Linux only: time and memory of a process are read from /proc.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const FILES: usize = 1000;
const LINES: usize = 100;
const RUNS: usize = 7;

fn main() -> Outcome<()> {
    let folder = tempfile::Builder::new().prefix("check-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut out = std::io::stdout().lock();
    for (name, text) in [("a mapping written out", mapping as fn(usize) -> String), ("filters, each file its own", filters)] {
        let many = folder.path().join(name.replace([' ', ','], "-"));
        fs::create_dir(&many)?;
        fs::write(many.join("hireline.yaml"), "version: 1\n")?;
        for number in 0..FILES {
            let text = text(number);
            assert_eq!(text.lines().count(), LINES, "{name}");
            fs::write(many.join(format!("team-{number}.yaml")), text)?;
        }
        let mut runs = (0..RUNS).map(|_| check(&many)).collect::<Outcome<Vec<_>>>()?;
        runs.sort_unstable();
        let (cpu, peak) = runs[RUNS / 2];
        let (least, most) = (runs[0].0, runs[RUNS - 1].0);
        writeln!(
            out,
            "{name:<28} CPU {:.2} s ({:.2}–{:.2})  peak {:.1} MiB",
            cpu.as_secs_f64(),
            least.as_secs_f64(),
            most.as_secs_f64(),
            peak as f64 / 1024.0
        )?;
    }
    writeln!(out, "limit 0.5 s; command: hireline check FOLDER")?;
    Ok(())
}

/// CPU, user and system, and the highest resident memory in KiB.
fn check(folder: &Path) -> Outcome<(Duration, u64)> {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hireline")).args(["check", "."]).current_dir(folder).stdout(Stdio::null()).spawn()?;
    let books = format!("/proc/{}", child.id());
    let mut peak = 0;
    let cpu = loop {
        let status = fs::read_to_string(format!("{books}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(peak);
        // The books stay until the child is waited for.
        let stat = fs::read_to_string(format!("{books}/stat"))?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("a strange /proc/PID/stat")?;
        if fields.starts_with('Z') {
            let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
            break Duration::from_millis(ticks * 10);
        }
        if started.elapsed() > Duration::from_secs(60) {
            child.kill()?;
            return Err("it does not end".into());
        }
        thread::sleep(Duration::from_millis(1));
    };
    let status = child.wait()?;
    if status.success() { Ok((cpu, peak)) } else { Err(format!("{status}: this measures something else").into()) }
}

fn head(number: usize) -> String {
    format!(
        "version: 1\npipeline: team-{number}\ndescription: People parsed by HrFlow apply to the jobs of team {number}.\n\nvars:\n  job_ids: [{}, {}]\n  \
         min_years: {}\n\nsource:\n  files: {{ path: \"profiles/*.json\" }}\n\n",
        4000 + number,
        5000 + number,
        1 + number % 5
    )
}

const TAIL: &str = "\ndestination:\n  greenhouse:\n    auth:\n      oauth_client:\n        client_id: { command: [print-id] }\n        \
                    client_secret: { command: [print-secret] }\n    on_behalf_of: 92120\n    job_ids: \"{{ vars.job_ids }}\"\n";

/// Filled up with comments to its number of lines.
fn filled(mut text: String) -> String {
    for line in text.lines().count()..LINES {
        let _never_fails = writeln!(text, "# line {line}");
    }
    text
}

fn mapping(number: usize) -> String {
    let stage = format!(
        "filters:\n  - contactable\n  - drop: \"@.tags[?@.name == 'stage' && @.value == 'rejected-{number}']\"\n    because: Rejected.\n"
    );
    filled(head(number) + &stage + "  - keep: \"@.experiences_duration >= $.vars.min_years\"\n" + MAPPING + TAIL)
}

const MAPPING: &str = r#"
mapping:
  first_name: "{{ profile.info.first_name }}"
  last_name: "{{ profile.info.last_name }}"
  company: "{{ profile.experiences[0].company }}"
  title: "{{ profile.experiences[0].title }}"
  email_addresses:
    - value: "{{ profile.info.email | lower }}"
      type: personal
  phone_numbers:
    - value: "{{ profile.info.phone | phone('FR') }}"
      type: mobile
  addresses:
    - value: "{{ profile.info.location.text }}"
      type: home
  website_addresses:
    $each: profile.info.urls
    $as: link
    $when: link.type not in ['linkedin', 'github']
    value: "{{ link.url }}"
    type: other
  employments:
    $each: profile.experiences
    $as: job
    $when: job.title and job.company and job.date_start
    company_name: "{{ job.company }}"
    title: "{{ job.title }}"
    start_date: "{{ job.date_start | date }}"
    end_date: "{{ job.date_end | date }}"
  tags:
    - hrflow
    - { $each: profile.skills, $as: skill, $when: skill.type == 'hard', $value: "{{ skill.name | truncate(40) }}" }
  custom_fields:
    work_remotely: "{{ profile.tags | tag('relocation') }}"
    notice_period: "{{ profile.tags | tag('notice') | default('unknown') }}"
    years: "{{ profile.experiences_duration | int }}"
  notes:
    - body: "{{ profile.info.summary | strip_html | truncate(2000) }}"
      visibility: private
    - $when: profile.languages
      body: "Languages: {{ profile.languages | map(attribute='name') | join(', ') }}"
      visibility: private
  attachments:
    - $each: profile.attachments | attachment('resume', 'original')
      $as: file
      $when: file.public_url
      type: resume
      filename: "{{ file.original_file_name | default('resume.pdf') }}"
      url: "{{ file.public_url }}"
"#;

/// No two predicates of all the files are the same.
fn filters(number: usize) -> String {
    let mut text = head(number) + "filters:\n  - contactable\n";
    for filter in 0..10 {
        let _never_fails =
            writeln!(text, "  - drop: \"@.tags[?@.name == 'stage' && @.value == 'rejected-{number}-{filter}']\"\n    because: Rejected.");
    }
    text += "mapping:\n  $use: candidate\n  tags:\n";
    for tag in 0..40 {
        let _never_fails = writeln!(text, "    - team-{number}-{tag}");
    }
    filled(text + TAIL)
}
