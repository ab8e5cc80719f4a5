//! A customer's folder: a pipeline, a file of profiles, a ledger.

use super::Outcome;
use super::child::Command;
use super::server::Server;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Of ten profiles, how many the filters let pass.
pub const KEPT: usize = 8;
/// Bytes of one profile's line.
const LINE: usize = 5 * 1024;

pub struct Pipeline {
    pub api: &'static str,
    pub concurrency: Option<usize>,
    pub drops_all: bool,
}

pub struct Customer {
    folder: PathBuf,
    text: String,
}

impl Customer {
    pub fn new(below: &Path, pipeline: &Pipeline) -> Outcome<Self> {
        let folder = below.join("customer");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir(&folder)?;
        fs::write(folder.join("hireline.yaml"), "version: 1\n")?;
        let customer = Self { folder, text: text(pipeline) };
        customer.write_pipeline("http://127.0.0.1:9")?;
        Ok(customer)
    }

    pub fn point_at(&self, server: &Server) -> Outcome<()> {
        self.write_pipeline(&server.url())
    }

    fn write_pipeline(&self, url: &str) -> Outcome<()> {
        Ok(fs::write(self.folder.join("work.yaml"), self.text.replace("URL", url))?)
    }

    /// The ledger goes.
    pub fn forget(&self) -> Outcome<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ledger.db")) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    pub fn remove(&self) -> Outcome<()> {
        Ok(fs::remove_dir_all(&self.folder)?)
    }

    pub fn write_profiles(&self, numbers: Range<usize>) -> Outcome<()> {
        let mut file = BufWriter::new(File::create(self.folder.join("profiles.jsonl"))?);
        let template = template();
        for number in numbers {
            file.write_all(line(&template, number).as_bytes())?;
        }
        file.flush()?;
        // What waits to be flushed here would be flushed by the ledger's first commit.
        Ok(file.get_ref().sync_all()?)
    }

    /// Pipelines of 100 lines each.
    pub fn write_many(&self, files: usize) -> Outcome<()> {
        let many = self.folder.join("many");
        fs::create_dir(&many)?;
        for number in 0..files {
            let mut text = self.text.replace("URL", "http://127.0.0.1:9").replace("pipeline: work", &format!("pipeline: work-{number}"));
            let before = text.lines().count();
            let filters: String = (0..(100 - before)).fold(String::new(), |mut filters, n| {
                let _never_fails = writeln!(filters, "  - keep: \"@.experiences_duration >= 0.{n} || @.skills[?@.type == 'hard']\"");
                filters
            });
            text = text.replace("filters:\n", &format!("filters:\n{filters}"));
            fs::write(many.join(format!("work-{number}.yaml")), text)?;
        }
        Ok(())
    }

    pub fn command(&self, verb: &str) -> Command {
        let arguments = match verb {
            "run" => &["run", "work.yaml", "--json", "--new-ledger", "--ledger", "ledger.db"][..],
            verb => &[verb, "work.yaml"][..],
        };
        self.command_of(arguments)
    }

    pub fn check_many(&self) -> Command {
        self.command_of(&["check", "many"])
    }

    fn command_of(&self, arguments: &[&str]) -> Command {
        Command { arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(), folder: self.folder.clone() }
    }
}

/// The pipeline: the built-in mapping less its attachments, so that each candidate is one request of v1.
fn text(pipeline: &Pipeline) -> String {
    let Pipeline { api, concurrency, drops_all } = pipeline;
    let years = if *drops_all { 100 } else { 1 };
    let limits = concurrency.map_or(String::new(), |n| format!("\nlimits: {{ concurrency: {n} }}\n"));
    let auth = match *api {
        "harvest-v1" => "api_key: { env: GREENHOUSE_KEY }".to_owned(),
        _ => {
            let key = "{ env: GREENHOUSE_KEY }";
            format!("oauth_client: {{ client_id: {key}, client_secret: {key}, token_url: URL/token }}")
        }
    };
    format!(
        "version: 1
pipeline: work

source:
  files: {{ path: profiles.jsonl }}

filters:
  - contactable
  - not-archived
  - keep: \"@.experiences_duration >= $.vars.years\"
    because: The team takes more experience than this.
  - drop: \"@.tags[?@.name == 'stage' && @.value == 'rejected']\"

vars:
  years: {years}

mapping:
  $use: candidate
  attachments: null
  tags:
    - hrflow
    - {{ $each: profile.skills, $as: skill, $when: skill.type == 'hard', $value: \"{{{{ skill.name }}}}\" }}

destination:
  greenhouse:
    api: {api}
    base_url: URL
    auth:
      {auth}
    on_behalf_of: 92120
    job_ids: [4012]
    existing: create
{limits}"
    )
}

/// One line: {number} and {years} differ from person to person.
fn line(template: &str, number: usize) -> String {
    let years = if number % 10 < KEPT { 2 + number % 9 } else { 0 };
    // As HrFlow's keys: 40 hex digits in no order.
    let key = format!("{:016x}{number:024x}", (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    template.replace("{key}", &key).replace("{number}", &(10_000_000 + number).to_string()).replace("{years}", &years.to_string())
}

/// A profile as HrFlow gives one, with its many nulls, filled up to [`LINE`] by the text of the résumé.
fn template() -> String {
    let place = |text: &str| {
        format!(
            r#"{{"text":"{text}","lat":46.70124,"lng":null,"gmaps":null,"fields":{{"category":null,"city_district":null,"entrance":null,"level":null,"po_box":null,"suburb":null,"city":"Berlin","country":"DEU","postcode":"10115"}}}}"#
        )
    };
    let job = |title: &str, from: &str, to: &str| {
        format!(
            r#"{{"key":"bc5fbc4cbd38cfbe2c84753145eea8b94da8355d","company":"Example {title} GmbH","logo":null,"title":"{title}","description":"Built and ran things. Built and ran things. Built and ran things.","location":{},"date_start":"{from}","date_end":"{to}","skills":[],"certifications":[],"courses":[],"tasks":[]}}"#,
            place("36 Rue de l'Exemple, 10115 Berlin")
        )
    };
    let skills = ["rust", "sql", "python", "kafka", "patience", "linux"]
        .map(|name| format!(r#"{{"name":"{name}","type":"{}","value":null}}"#, if name == "patience" { "soft" } else { "hard" }));
    let jobs = [
        job("Data Engineer", "2018-02-01T00:00:00+0000", "1969-12-31T23:59:59+0000"),
        job("Développeur", "2015-03-01T00:00:00+0000", "2018-01-31T00:00:00+0000"),
        job("Working Student", "2013-02-26T00:00:00+0000", "2015-02-01T00:00:00+0000"),
    ];
    let before = format!(
        r#"{{"id":{{number}},"key":"{{key}}","reference":"REF-{{number}}","source_key":"abababababababababababababababababababab","source":{{"key":"abababababababababababababababababababab","name":"careers-site","type":"api"}},"archive":null,"archived_at":null,"created_at":"2026-01-05T10:00:00+0000","updated_at":"2026-11-20T10:00:00+0000","info":{{"full_name":"Ada Exemple","first_name":"Ada","last_name":"Exemple {{number}}","email":"person.{{number}}@example.org","phone":"+49 30 23125 678","date_birth":null,"location":{},"urls":[{{"type":"from_resume","url":null}},{{"type":"linkedin","url":"https://linkedin.example/in/{{number}}"}},{{"type":"twitter","url":""}}],"picture":null,"gender":null,"driving_license":null,"summary":"Eight years of experience."}},"text_language":"en","experiences_duration":{{years}},"educations_duration":4,"experiences":[{}],"educations":[{{"key":"aa","school":"École de l'Exemple","title":"MSc","description":"","location":{},"date_start":"2008-09-01T00:00:00+0000","date_end":"2013-06-30T00:00:00+0000"}}],"attachments":[],"skills":[{}],"languages":[{{"name":"English","value":"fluent"}},{{"name":"Français","value":null}}],"certifications":[],"courses":[],"tasks":[],"interests":[],"labels":[],"tags":[{{"name":"stage","value":"new"}}],"metadatas":[],"text":""#,
        place("80 Rue de l'Exemple, 10115 Berlin"),
        jobs.join(","),
        place("1 Place de l'Exemple, Lyon"),
        skills.join(",")
    );
    let after = "\"}\n";
    // 8 digits for each {number}, 40 for {key}, 1 for {years}; none of them as long as its name here.
    let fixed = line(&before, 0).len() + after.len();
    let text = "Designed, built and operated data pipelines.\\n".repeat(LINE / 46);
    let text: String = text.chars().take(LINE.saturating_sub(fixed)).collect();
    format!("{before}{}{after}", text.trim_end_matches('\\'))
}
