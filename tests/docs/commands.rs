//! Commands in the handbook are run, and print what it says.

use super::blocks::{Block, Page, pages, workspace};
use super::files;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const HIRELINE: &str = env!("CARGO_BIN_EXE_hireline");
/// The README's own ways to start it.
const BY_CARGO: [&str; 2] = ["cargo run --locked --release -- ", "cargo run --locked -- "];
/// Too long, or not ours, to be run here.
const NOT_RUN: [&str; 4] = ["cargo test", "cargo install --locked --path .", "cargo bench", "git clone"];

/// Of the environment: secrets that are set here must not turn an example into a push.
const KEPT: [&str; 4] = ["PATH", "TMPDIR", "LLVM_PROFILE_FILE", "SystemRoot"];

/// One `$` line of a console block.
#[derive(Debug, Default)]
struct Step {
    command: String,
    printed: Vec<String>,
    exit: i32,
}

fn steps(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = block.text.lines();
    while let Some(line) = lines.next() {
        match line.strip_prefix("$ ") {
            Some("echo $?") => steps.last_mut().unwrap().exit = lines.next().unwrap().parse().unwrap(),
            Some(command) => steps.push(Step { command: command.into(), ..Step::default() }),
            // A block begins with a command.
            None => steps.last_mut().unwrap().printed.push(line.into()),
        }
    }
    steps
}

/// The words behind `hireline`, as a shell would give them.
fn words(command: &str) -> Option<Vec<String>> {
    let rest = BY_CARGO.iter().find_map(|cargo| command.strip_prefix(cargo)).or_else(|| command.strip_prefix("hireline "))?;
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in rest.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    Some(words)
}

pub fn run(words: &[String], folder: &Path) -> (Vec<String>, i32) {
    let output = Command::new(HIRELINE)
        .args(words)
        .current_dir(folder)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| KEPT.iter().any(|kept| *kept == name)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let lines = String::from_utf8(text).unwrap().lines().map(str::to_owned).collect();
    (lines, output.status.code().unwrap())
}

/// What differs from run to run is not compared: times, ids that are counted up, and who of several comes first.
fn comparable(lines: &[String]) -> Vec<String> {
    let rules = [
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b", "RUN"),
        (r"\b57\d{6}\b", "CANDIDATE"),
        (r"\b69\d{6}\b", "APPLICATION"),
        (r"\bin \d+\.\d s\b", "in TIME s"),
        (r#""seconds":[0-9.]+"#, "\"seconds\":TIME"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\b[0-9a-f]{40}\b", "KEY"),
    ];
    let rules = rules.map(|(pattern, word)| (regex::Regex::new(pattern).unwrap(), word));
    let change = |line: &String| rules.iter().fold(line.trim_end().to_owned(), |line, (rule, word)| rule.replace_all(&line, *word).into());
    let mut lines: Vec<String> = lines.iter().map(change).filter(|line| !line.is_empty()).collect();
    lines.sort();
    lines
}

fn compare(step: &Step, printed: &[String], place: &str) {
    let shown: Vec<String> = step.printed.iter().filter(|line| line.trim() != "…").cloned().collect();
    let (shown_lines, mut left) = (comparable(&shown), comparable(printed));
    for line in &shown_lines {
        let at = left.iter().position(|printed| printed == line);
        assert!(at.is_some(), "{place}: `{}` does not print `{line}`, but:\n{}", step.command, printed.join("\n"));
        left.remove(at.unwrap());
    }
    let whole = shown.len() == step.printed.len();
    assert!(!whole || left.is_empty() || shown.is_empty(), "{place}: `{}` prints more:\n{}", step.command, printed.join("\n"));
}

/// The folder becomes a repository whose `main` holds what is there now; a second time nothing is done.
fn in_git(folder: &Path) {
    let git = folder.join(".git");
    if git.join("HEAD").exists() {
        return;
    }
    std::fs::remove_dir(git).unwrap();
    for arguments in [&["init", "--quiet", "--initial-branch", "main", "."][..], &["add", "."], &["commit", "--quiet", "-m", "As it is"]] {
        crate::repository::git(folder, arguments);
    }
}

fn follow(page: &Page) -> usize {
    let folder = workspace("");
    let mut count = 0;
    for block in &page.blocks {
        match (block.language.as_str(), block.word.as_str()) {
            ("yaml" | "json", name) if name.ends_with(".yaml") || name.ends_with(".json") => files::write(block, folder.path()),
            ("console", "" | "repository") => {
                if block.word == "repository" {
                    in_git(folder.path());
                }
                for step in steps(block) {
                    if block.word == "repository" && !step.command.starts_with("hireline ") {
                        let done = Command::new("sh").args(["-c", &step.command]).current_dir(folder.path()).status().unwrap();
                        assert!(done.success(), "{}: `{}`", block.place, step.command);
                        continue;
                    }
                    let Some(words) = words(&step.command) else {
                        assert!(NOT_RUN.iter().any(|known| step.command.starts_with(known)), "{}: `{}`", block.place, step.command);
                        continue;
                    };
                    let (printed, code) = run(&words, folder.path());
                    assert_eq!(code, step.exit, "{}: `{}` prints\n{}", block.place, step.command, printed.join("\n"));
                    compare(&step, &printed, &block.place);
                    count += 1;
                }
            }
            _ => {}
        }
    }
    count
}

#[test]
fn every_command_does_what_its_page_says() {
    let count: usize = pages().iter().map(follow).sum();
    assert!(count >= 14, "{count} commands");
}

/// In `sh` blocks and between backticks: the verbs and options that are named exist.
#[test]
fn every_verb_and_option_that_is_named_exists() {
    let named = regex::Regex::new(r"(?:`|&& |\$ |^|exec )hireline ([a-z]+)((?: [^`\n|;&>]*)?)").unwrap();
    let option = regex::Regex::new(r"(?:^| )(--[a-z-]+)").unwrap();
    let mut helps = std::collections::BTreeMap::<String, String>::new();
    for page in pages() {
        for line in page.text.lines() {
            for found in named.captures_iter(line) {
                let help = helps.entry(found[1].to_owned()).or_insert_with(|| {
                    // Their options belong to the verbs below them.
                    let below: &[&str] = match &found[1] {
                        "fixtures" => &["fixtures add"],
                        "ledger" => &["ledger check", "ledger backup", "ledger restore"],
                        verb => &[verb],
                    };
                    let help = |verb: &&str| {
                        let words: Vec<String> = verb.split(' ').chain(["--help"]).map(str::to_owned).collect();
                        let (lines, code) = run(&words, Path::new("."));
                        assert_eq!(code, 0, "{}: no verb `{verb}`", page.path.display());
                        lines.join("\n")
                    };
                    below.iter().map(help).collect()
                });
                for option in option.captures_iter(&found[2]) {
                    assert!(help.contains(&option[1]), "{}: `{}` has no `{}`", page.path.display(), &found[1], &option[1]);
                }
            }
        }
    }
    assert!(helps.len() >= 7, "the handbook names every verb: {:?}", helps.keys());
}

/// CI jobs are YAML, and what they run exists.
#[test]
fn every_ci_job_runs_what_there_is() {
    let mut seen = 0;
    for page in pages() {
        for block in page.blocks.iter().filter(|block| block.language == "yaml" && block.word == "ci") {
            let job: serde_yaml::Value = serde_yaml::from_str(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.place));
            assert!(job.is_mapping(), "{}", block.place);
            let lines = block.text.lines().map(|line| line.trim_start().trim_start_matches("- ").trim_start_matches("run: "));
            for words in lines.filter_map(words) {
                let (help, code) = run(&[words[0].clone(), "--help".into()], Path::new("."));
                assert_eq!(code, 0, "{}: no verb `{}`", block.place, words[0]);
                for option in words.iter().filter(|word| word.starts_with("--")) {
                    assert!(help.iter().any(|line| line.contains(option.as_str())), "{}: `{}` has no {option}", block.place, words[0]);
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 6, "{seen} commands");
}

/// The page on the sandbox, with a sandbox that runs.
#[test]
fn the_sandbox_answers_as_its_page_says() {
    let page = pages().into_iter().find(|page| page.path.ends_with("sandbox.md")).unwrap();
    let mut blocks = page.blocks.iter().filter(|block| block.word == "sandbox");
    let start = steps(blocks.next().unwrap()).remove(0);
    let folder = workspace("");
    // The page names ports, which may be taken here.
    let words: Vec<String> =
        words(&start.command).unwrap().into_iter().filter(|word| !word.starts_with("--") && word.parse::<u16>().is_err()).collect();
    let mut child =
        Command::new(HIRELINE).args(&words).current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let told: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).take(start.printed.len()).collect();
    let asked = std::panic::catch_unwind(|| {
        compare(&start, &told, "the sandbox's page");
        let control = told.iter().find_map(|line| line.strip_prefix("Control")).unwrap().trim().to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        blocks
            .flat_map(|block| block.text.lines())
            .filter(|line| line.starts_with("curl"))
            .map(|line| runtime.block_on(curl(line, &control)))
            .count()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(asked.unwrap() > 3);
}

/// `curl [-X METHOD] http://127.0.0.1:PORT/path [-d 'BODY']`, asked of the control server.
async fn curl(line: &str, control: &str) {
    let part = |pattern: &str| regex::Regex::new(pattern).unwrap().captures(line).map(|found| found[1].to_owned());
    let path = part(r"http://127\.0\.0\.1:\d+(\S*)").unwrap();
    let body = part(r"-d '(.*)'").unwrap_or_default();
    let method = part(r"-X (\S+)").unwrap_or_else(|| if body.is_empty() { "GET".into() } else { "POST".into() });
    hireline::net::http::install_tls_provider();
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .request(method.parse().unwrap(), format!("{control}{path}"))
        .body(body)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{line}: {} {}", answer.status(), answer.text().await.unwrap());
}
