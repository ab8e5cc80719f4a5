//! One round: a new Greenhouse and a new ledger, lives that end early, and at last runs that nothing disturbs.

use crate::cast::{Cast, Part};
use crate::dice::Dice;
use crate::harness::{Ended, Office};
use crate::kill::{self, Moment};
use crate::lines::{self, Told};
use crate::options::Mode;
use crate::people;
use crate::tally::Tally;
use hireline::sandbox::{Answer, Chaos, Misbehaviour, Service, Settings, Work};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub number: u64,
    pub seed: u64,
    pub v1: bool,
    pub mode: Mode,
    /// `when_changed: update`.
    pub update: bool,
    /// `profiles: changed`.
    pub changed: bool,
    pub people: usize,
    pub kills: u64,
    pub heavy: bool,
    pub verbose: bool,
}

pub struct Round<'t> {
    pub plan: Plan,
    pub office: Office,
    pub cast: Cast,
    pub tally: &'t mut Tally,
    pub told: Vec<Told>,
    dice: Dice,
    shim: Option<&'t Path>,
    files: BTreeMap<&'static str, String>,
    /// Looking up was forbidden in some life.
    pub forbidden: bool,
    kills: u64,
}

pub const PIPELINES: [(&str, &[u64]); 3] = [("first", &[4001, 4002]), ("second", &[4002, 4003]), ("from-file", &[4001])];
/// So many of all calls meet a fault.
const RATE: f64 = 0.12;
const HEAVY_RATE: f64 = 0.34;
/// Rounds of runs at the end.
const RUNS: u32 = 6;
const HEAVY_RUNS: u32 = 40;

impl<'t> Round<'t> {
    pub fn new(plan: Plan, shim: Option<&'t Path>, tally: &'t mut Tally) -> Self {
        let cast = Cast::new(plan.people);
        let mut dice = Dice::of(plan.seed, plan.number);
        // A 429 that does not say how long is waited for until its window ends.
        let second = std::time::Duration::from_secs(1);
        let windows = Settings { rate_window_v3: second, rate_window_v1: second, rate_window_token: second, ..Settings::default() };
        let office = Office::with(Settings { profiles: cast.in_hrflow(), ..windows });
        office
            .sandbox
            .set_chaos(Some(Chaos { seed: dice.next(), rate: if plan.heavy { HEAVY_RATE } else { RATE }, late_ms: late(plan) }))
            .unwrap();
        let mut round =
            Self { plan, office, cast, tally, told: Vec::new(), dice, shim, files: BTreeMap::new(), forbidden: false, kills: 0 };
        round.office.write("people.jsonl", &round.cast.in_file());
        for (name, jobs) in PIPELINES {
            let file = round.office.save(&round.pipeline(name, jobs));
            round.files.insert(name, file);
        }
        round.plant();
        round.always_refuse();
        round
    }

    fn pipeline(&self, name: &str, jobs: &[u64]) -> Value {
        let mut pipeline = if self.plan.v1 { self.office.v1(name) } else { self.office.v3(name) };
        match name {
            "from-file" => pipeline["source"] = json!({"files": {"path": "people.jsonl"}}),
            _ => {
                pipeline["source"]["hrflow"]["page_size"] = json!(4);
                pipeline["source"]["hrflow"]["profiles"] = json!(if self.plan.changed { "changed" } else { "all" });
            }
        }
        let greenhouse = &mut pipeline["destination"]["greenhouse"];
        greenhouse["job_ids"] = json!(jobs);
        greenhouse["settle"] = json!(self.plan.mode.settle().as_secs_f64());
        greenhouse["when_changed"] = json!(if self.plan.update { "update" } else { "ignore" });
        pipeline["limits"] = json!({"concurrency": 4 + self.plan.number % 5});
        pipeline
    }

    /// Whom others have made before.
    fn plant(&self) {
        for member in &self.cast.members {
            let many = match member.part {
                Part::Theirs => 1,
                Part::Ambiguous => 2,
                _ => 0,
            };
            for _ in 0..many {
                let candidate = json!({
                    "first_name": "Theirs",
                    "last_name": format!("Numéro{}", member.number),
                    "email_addresses": [{"value": people::email(member.number), "type": "personal"}],
                });
                self.office.sandbox.plant(&candidate).unwrap();
            }
        }
    }

    fn always_refuse(&self) {
        for member in self.cast.members.iter().filter(|member| member.part == Part::Refused) {
            let body = json!({"errors": [{"message": "is not to the sandbox's liking", "field": "last_name"}]});
            let refusal = Misbehaviour {
                service: Some(Service::Greenhouse),
                method: Some("write".into()),
                contains: Some(format!("Numéro{}\"", member.number)),
                times: u32::MAX,
                work: Work::Never,
                answer: Answer::Status { status: 422, body: Some(body), retry_after: None },
                ..Misbehaviour::default()
            };
            self.office.sandbox.misbehave(refusal).unwrap();
        }
    }

    pub fn ledger(&self) -> PathBuf {
        self.office.folder().canonicalize().unwrap().join(".hireline/ledger.db")
    }

    pub fn whole(mut self) -> Vec<String> {
        let before = self.tally.findings.len();
        while self.kills < self.plan.kills && self.tally.findings.len() == before {
            self.life();
        }
        self.settle();
        crate::judge::judge(&mut self);
        self.tally.rounds += 1;
        self.tally.people += self.cast.members.len() as u64;
        self.tally.writes += self.office.writes();
        self.count_faults();
        let found = self.tally.findings.split_off(before);
        let name = format!("seed {} round {} ({})", self.plan.seed, self.plan.number, if self.plan.v1 { "v1" } else { "v3" });
        let found: Vec<_> = found.into_iter().map(|finding| format!("{name}: {finding}")).collect();
        self.tally.findings.extend(found.clone());
        if !found.is_empty() {
            self.keep();
        }
        found
    }

    fn count_faults(&mut self) {
        let counts = self.office.sandbox.counts();
        self.tally.requests += counts["received"].as_u64().unwrap_or_default();
        for (kind, number) in counts["drawn"].as_object().into_iter().flatten() {
            self.tally.add("faults that calls met", kind, number.as_u64().unwrap_or_default());
        }
    }

    /// What a person looks at afterwards.
    fn keep(&self) {
        let folder = std::env::temp_dir().join(format!("hireline-crash-{}-{}", self.plan.seed, self.plan.number));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
        std::fs::write(folder.join("greenhouse.json"), pretty(&self.office.state())).unwrap();
        std::fs::write(folder.join("requests.json"), pretty(&self.office.sandbox.requests())).unwrap();
        let told: Vec<Value> = self.told.iter().map(Told::shown).collect();
        std::fs::write(folder.join("told.json"), pretty(&json!(told))).unwrap();
        for (path, bytes) in self.office.ledger_files() {
            std::fs::write(folder.join(path.file_name().unwrap()), bytes).unwrap();
        }
        println!("kept in {}", folder.display());
    }

    /// One or two processes, until each has ended or is killed.
    fn life(&mut self) {
        if !self.dice.one_in(4) && self.cast.move_on(&mut self.dice) {
            self.show_profiles();
        }
        self.trouble();
        let which: &[&'static str] = match self.dice.within(0, 10) {
            0..=3 => &["first"],
            4..=5 => &["second"],
            6..=7 => &["first", "second"],
            8 => &["from-file", "first"],
            _ => &["first", "first"],
        };
        let mut processes = Vec::new();
        for name in which {
            let moment = if self.dice.one_in(12) { Moment::Never } else { Moment::draw(&mut self.dice) };
            let no_wait = self.dice.one_in(6);
            let mut arguments = vec!["run", "--json", &self.files[name]];
            if no_wait {
                arguments.push("--no-wait");
            }
            let mut command = self.office.command(&arguments);
            moment.arrange(&self.office, &mut command, self.shim, &self.ledger());
            processes.push((crate::harness::Running::start(command), moment));
        }
        let ended = kill::watch(&self.office, processes);
        // Lists that show nothing show nothing for a whole life; what was not met goes too.
        self.office.sandbox.behave();
        self.always_refuse();
        for ((ended, moment), name) in ended.iter().zip(which) {
            self.tally.runs += 1;
            if ended.code.is_none() {
                self.kills += 1;
                self.tally.kills += 1;
                self.tally.count("kills", moment.word());
            } else {
                self.tally.count("runs that ended by themselves", format!("exit code {}", ended.code.unwrap_or_default()));
            }
            self.take(name, ended, Some(*moment));
        }
    }

    pub fn take(&mut self, name: &'static str, ended: &Ended, moment: Option<Moment>) {
        if self.plan.verbose {
            let summary = ended.stdout.lines().find(|line| line.contains("\"summary\"")).unwrap_or_default();
            println!("{} {name} {moment:?}: {:?}, {} lines {summary}", self.tally.line(), ended.code, ended.stdout.lines().count());
            ended.stderr.lines().for_each(|line| println!("         {line}"));
        }
        let (told, findings) = lines::read(name, ended);
        for one in &told {
            self.tally.count("outcomes told", &one.outcome);
        }
        let classified: Vec<_> = told.iter().filter(|one| one.outcome == "uncertain").map(|one| lines::why(one, self)).collect();
        for class in classified {
            match class {
                Ok(class) => self.tally.count("uncertain, because", class),
                Err(finding) => self.tally.findings.push(finding),
            }
        }
        self.told.extend(told);
        self.tally.findings.extend(findings);
    }

    fn show_profiles(&self) {
        self.office.sandbox.set_profiles(self.cast.in_hrflow());
        self.office.write("people.jsonl", &self.cast.in_file());
    }

    /// What is not drawn by the mixed faults: refusals, tokens that end, lists that show nothing.
    fn trouble(&mut self) {
        if self.plan.heavy {
            return;
        }
        if self.plan.mode == Mode::Late {
            let words = ["late-work", "error-late"];
            let late =
                format!("{}={}ms,skip={}", self.dice.of_these(&words), self.dice.within(350, late(self.plan)), self.dice.within(0, 4));
            self.office.sandbox.misbehave(late.parse().unwrap()).unwrap();
            self.tally.count("faults arranged", "work later than settle");
        }
        let skip = self.dice.within(0, 8);
        let lists = if self.plan.v1 { "GET /v1/candidates" } else { "GET /v3/*" };
        let fault = match self.dice.within(0, 24) {
            0 | 1 => format!("refused=last_name,skip={skip}"),
            2 => format!("forbidden,skip={skip}"),
            3 => {
                self.office.sandbox.revoke_tokens();
                return;
            }
            4 => {
                self.forbidden = true;
                format!("lists-forbidden,times=always,on={lists}")
            }
            5 if !self.plan.v1 => format!("lists-empty,times=always,on={lists}"),
            6 => "token-down=503,times=3".to_owned(),
            _ => return,
        };
        self.tally.count("faults arranged", fault.split(['=', ',']).next().unwrap_or_default());
        self.office.sandbox.misbehave(fault.parse().unwrap()).unwrap();
    }

    /// No more faults, and everything is visible: at the end, no profile is pending.
    fn settle(&mut self) {
        self.office.sandbox.set_chaos(None).unwrap();
        self.office.sandbox.behave();
        self.always_refuse();
        self.cast.all_appear();
        self.show_profiles();
        std::thread::sleep(self.plan.mode.late() + std::time::Duration::from_millis(100));
        for _ in 0..if self.plan.heavy { HEAVY_RUNS } else { RUNS } {
            let mut again = false;
            for (name, _) in PIPELINES {
                let outcomes = self.undisturbed(name, "run");
                if crate::judge::wants_retry(self, &outcomes) {
                    if self.plan.heavy {
                        self.tally.findings.push(format!("{name}: failed, although nothing was refused: {outcomes:?}"));
                        return;
                    }
                    self.undisturbed(name, "retry");
                    again = true;
                }
                again |= crate::resolve::resolve(self, &self.files[name].clone(), &outcomes);
                again |= outcomes.values().any(|outcome| ["pending", "created", "applied", "updated"].contains(&outcome.as_str()));
            }
            if !again {
                break;
            }
        }
    }

    /// A run to its end; each profile's outcome, by key.
    pub fn undisturbed(&mut self, name: &'static str, verb: &str) -> BTreeMap<String, String> {
        let ended = self.office.call(&[verb, "--json", &self.files[name]]);
        self.tally.runs += 1;
        self.take(name, &ended, None);
        if !matches!(ended.code, Some(0 | 1)) {
            self.tally.findings.push(format!("`{verb}` of {name} ends with {:?} where nothing goes wrong: {}", ended.code, ended.stderr));
            return BTreeMap::new();
        }
        ended.outcomes()
    }
}

fn late(plan: Plan) -> u64 {
    u64::try_from(plan.mode.late().as_millis()).unwrap()
}
