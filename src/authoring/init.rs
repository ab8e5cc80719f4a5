//! The files of a new customer's folder. Pure: what is asked for goes in, the files come out; the command line writes them.
//!
//! The templates stand in `src/authoring/init/folder/`, as the files that they become; `@name@` in them is filled in.

mod name;

pub use name::checked;

use serde_json::Value;

/// What a folder is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// The pipeline's name too; see [`checked`].
    pub customer: String,
    /// HrFlow's sources. None: a placeholder.
    pub source_keys: Vec<String>,
    /// Greenhouse's jobs. None: a job of the sandbox.
    pub job_ids: Vec<u64>,
    /// The acting user in Greenhouse. None: the sandbox's.
    pub on_behalf_of: Option<u64>,
    pub api: Api,
    pub ci: Ci,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Api {
    #[default]
    #[value(name = "harvest-v3")]
    V3,
    #[value(name = "harvest-v1")]
    V1,
}

/// Where the customer's repository is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Ci {
    /// A workflow for GitHub Actions
    #[default]
    Github,
    /// A job for GitLab CI/CD
    Gitlab,
    None,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// From the folder, with `/`.
    pub path: String,
    pub text: String,
    pub executable: bool,
}

/// The source's key where none was given; the sandbox and the fixtures go by it.
pub const SOURCE_KEY: &str = "abababababababababababababababababababab";
/// An open job of the sandbox.
pub const JOB_ID: u64 = 4001;
/// A Site Admin of the sandbox.
pub const ACTING_USER: u64 = 92120;

const FIXTURES: [(&str, &str); 5] = [
    ("passes", include_str!("init/folder/fixtures/passes.json")),
    ("rejected", include_str!("init/folder/fixtures/rejected.json")),
    ("sparse", include_str!("init/folder/fixtures/sparse.json")),
    ("too-junior", include_str!("init/folder/fixtures/too-junior.json")),
    ("without-email", include_str!("init/folder/fixtures/without-email.json")),
];

impl Api {
    fn auth(self) -> &'static str {
        match self {
            Self::V3 => include_str!("init/folder/auth-v3.yaml"),
            Self::V1 => include_str!("init/folder/auth-v1.yaml"),
        }
    }

    /// The environment variables that the pipeline names, and what stands in each.
    fn secrets(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::V3 => &[
                ("HRFLOW_API_KEY", "HrFlow's API key"),
                ("HRFLOW_USER_EMAIL", "the e-mail address that the key belongs to"),
                ("GREENHOUSE_CLIENT_ID", "the id of the OAuth client in Greenhouse"),
                ("GREENHOUSE_CLIENT_SECRET", "its secret"),
            ],
            Self::V1 => &[
                ("HRFLOW_API_KEY", "HrFlow's API key"),
                ("HRFLOW_USER_EMAIL", "the e-mail address that the key belongs to"),
                ("GREENHOUSE_API_KEY", "the Harvest API key of Greenhouse"),
            ],
        }
    }
}

/// Every file of the folder but the snapshots: those are rendered.
pub fn files(wishes: &Wishes) -> Vec<File> {
    let customer = &wishes.customer;
    let plain = |path: String, text: String| File { path, text, executable: false };
    let mut files = vec![
        plain("hireline.yaml".into(), filled(include_str!("init/folder/hireline.yaml"), wishes)),
        plain(format!("{customer}.yaml"), filled(include_str!("init/folder/pipeline.yaml"), wishes)),
        plain("README.md".into(), filled(include_str!("init/folder/README.md"), wishes)),
        plain(".gitignore".into(), include_str!("init/folder/gitignore").into()),
        File { path: ".githooks/pre-commit".into(), text: include_str!("init/folder/pre-commit").into(), executable: true },
    ];
    let fixture = |(name, text): (&str, &str)| plain(format!("{customer}/fixtures/{name}.json"), filled(text, wishes));
    files.extend(FIXTURES.map(fixture));
    match wishes.ci {
        Ci::Github => files.push(plain(".github/workflows/hireline.yml".into(), include_str!("init/folder/github.yml").into())),
        Ci::Gitlab => files.push(plain(".gitlab-ci.yml".into(), include_str!("init/folder/gitlab-ci.yml").into())),
        Ci::None => {}
    }
    files
}

/// A template with every `@name@` filled in.
fn filled(template: &str, wishes: &Wishes) -> String {
    let sources: Vec<String> = match wishes.source_keys.as_slice() {
        [] => vec![SOURCE_KEY.to_owned()],
        keys => keys.to_vec(),
    };
    let jobs = if wishes.job_ids.is_empty() { vec![JOB_ID] } else { wishes.job_ids.clone() };
    let note = |wanted: bool, words: &str| if wanted { words.to_owned() } else { String::new() };
    let secrets = wishes.api.secrets().iter().map(|(name, about)| format!("   - `{name}`: {about}")).collect::<Vec<_>>().join("\n");
    let ci = match wishes.ci {
        Ci::Github => include_str!("init/folder/ci-github.md"),
        Ci::Gitlab => include_str!("init/folder/ci-gitlab.md"),
        Ci::None => "",
    };
    // A key goes into YAML and into JSON, where the same quoting holds.
    let quoted: Vec<String> = sources.iter().map(|key| Value::from(key.as_str()).to_string()).collect();
    let inner = quoted.first().map(|text| text.trim_matches('"').to_owned()).unwrap_or_default();
    let parts: [(&str, String); 11] = [
        ("@customer@", wishes.customer.clone()),
        ("@source_keys_comment@", note(wishes.source_keys.is_empty(), "    # TODO: the key of your source in HrFlow.\n")),
        ("@source_keys@", quoted.join(", ")),
        ("@source_key@", inner),
        ("@job_ids_comment@", note(wishes.job_ids.is_empty(), "  # TODO: the ids of your jobs in Greenhouse.\n")),
        ("@job_ids@", jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        ("@on_behalf_of_comment@", note(wishes.on_behalf_of.is_none(), " TODO: yours.")),
        ("@on_behalf_of@", wishes.on_behalf_of.unwrap_or(ACTING_USER).to_string()),
        ("@auth@", wishes.api.auth().trim_end().to_owned()),
        ("@secrets@", secrets),
        ("@ci@", ci.to_owned()),
    ];
    let text = parts.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value));
    text.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes() -> Wishes {
        Wishes { customer: "acme".into(), source_keys: Vec::new(), job_ids: Vec::new(), on_behalf_of: None, api: Api::V3, ci: Ci::Github }
    }

    #[test]
    fn every_place_of_a_template_is_filled_in() {
        let own = Wishes {
            source_keys: vec!["cd".repeat(20), "ef".repeat(20)],
            job_ids: vec![7, 8],
            on_behalf_of: Some(9),
            api: Api::V1,
            ci: Ci::Gitlab,
            ..wishes()
        };
        let place = regex::Regex::new("@[a-z_]+@").unwrap();
        for wishes in [wishes(), own, Wishes { ci: Ci::None, ..wishes() }] {
            for file in files(&wishes) {
                let left = place.find(&file.text).map(|found| found.as_str());
                assert_eq!(left, None, "{}", file.path);
                assert!(file.text.ends_with('\n') && !file.text.ends_with("\n\n"), "{}", file.path);
            }
        }
    }

    #[test]
    fn what_is_asked_for_stands_in_the_pipeline() {
        let asked = Wishes { source_keys: vec!["a\"b".into()], job_ids: vec![7, 8], on_behalf_of: Some(9), ..wishes() };
        let pipeline = files(&asked).into_iter().find(|file| file.path == "acme.yaml").unwrap().text;
        let value: Value = serde_yaml::from_str(&pipeline).unwrap();
        assert_eq!(value["vars"]["job_ids"], serde_json::json!([7, 8]));
        assert_eq!(value["source"]["hrflow"]["source_keys"], serde_json::json!(["a\"b"]));
        assert_eq!(value["destination"]["greenhouse"]["on_behalf_of"], 9);
        assert!(!pipeline.contains("TODO"), "what was given is still to be filled in");
        let default = files(&wishes()).into_iter().find(|file| file.path == "acme.yaml").unwrap().text;
        assert_eq!(default.matches("TODO").count(), 3);
        insta::assert_snapshot!(default);
    }

    #[test]
    fn the_jobs_of_ci_are_yaml() {
        for ci in [Ci::Github, Ci::Gitlab] {
            let file = files(&Wishes { ci, ..wishes() }).pop().unwrap();
            let job: Value = serde_yaml::from_str(&file.text).unwrap();
            assert!(job.is_object(), "{}", file.path);
            assert!(["check", "test", "diff"].iter().all(|verb| file.text.contains(&format!("hireline {verb}"))), "{}", file.path);
        }
    }
}
