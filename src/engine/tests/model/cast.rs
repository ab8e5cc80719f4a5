//! Who plays, by which rules, and how much the adversary may do.

use crate::base::digest::Key;
use crate::delivery::Policy;
use crate::delivery::run::Bounds;
use crate::delivery::wanted::Wanted;
use crate::greenhouse::v3;
use crate::model::candidate::{Application, Attachment, Candidate, Employment, Note, Prospect};
use crate::model::capabilities::Capabilities;
use crate::model::settings::{Ambiguous, Existing, WhenChanged};
use crate::model::step::PersonKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

pub const SETTLE: i64 = 120;
/// How long a request may be under way.
pub const TIMEOUT: i64 = 30;
pub const PIPELINES: [&str; 2] = ["first", "second"];
pub const PEOPLE: [&str; 2] = ["ada", "bea"];

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

/// The rules of the protocol that can be taken out, one at a time; a search with all of them finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rules {
    /// Absence is believed only `settle` after the request's last possible moment.
    pub settle: bool,
    /// Open steps are settled before anybody is looked up or pushed.
    pub recovery_first: bool,
    /// The intent keeps the ids that matched before the request.
    pub seen_before: bool,
    /// The intent keeps what was sent; else recovery compares with what the profile says today.
    pub fingerprints: bool,
    /// A create claims its e-mails first.
    pub identities: bool,
    /// What was closed as not there is looked up once more.
    pub second_look: bool,
    /// What recovery adopts is ours.
    pub adopts_ours: bool,
    /// Before silence is believed, it is shown that a look-up would speak.
    pub positive_control: bool,
    /// A settlement is of its own request alone.
    pub conditional: bool,
    /// Whoever was forgotten is not sent.
    pub forgotten: bool,
    /// An intent is on the disk before its request leaves.
    pub durable_intents: bool,
}

impl Rules {
    pub const ALL: Self = Self {
        settle: true,
        recovery_first: true,
        seen_before: true,
        fingerprints: true,
        identities: true,
        second_look: true,
        adopts_ours: true,
        positive_control: true,
        conditional: true,
        forgotten: true,
        durable_intents: true,
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self::ALL
    }
}

/// How often each kind of thing may happen in one schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Budget {
    pub crashes: u8,
    /// Answers that do not arrive; the work is done at once, later, or never.
    pub lost: u8,
    /// Requests of which no byte leaves.
    pub unsent: u8,
    /// Requests that are answered with 422.
    pub refused: u8,
    /// Creates that are answered with 202.
    pub delayed: u8,
    /// Files that cannot be fetched.
    pub unfetched: u8,
    /// A person looks, and says what is there.
    pub resolved: u8,
    /// Rows that are shown later, or as a stub first.
    pub hidden: u8,
    /// The recruiter makes a candidate with the first person's e-mail, or another prospect on it.
    pub recruited: u8,
    pub deleted: u8,
    pub merged: u8,
    /// A profile has another e-mail.
    pub emails: u8,
    /// A pipeline sends to another job, with other words.
    pub mappings: u8,
    /// Somebody is forgotten on request.
    pub forgotten: u8,
    /// Greenhouse shows nobody, or forbids to look, for a while.
    pub blind: u8,
    /// Runs after the first of each pipeline, beside those that close a schedule.
    pub runs: u8,
}

/// What there is to bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    pub jobs: &'static [u64],
    /// Instead of applications: in this pool.
    pub prospect: Option<u64>,
    pub resume: bool,
    pub employment: bool,
    pub note: bool,
}

pub const ONE_JOB: Content = Content { jobs: &[1], prospect: None, resume: false, employment: false, note: false };

/// How Greenhouse may hide what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sight {
    All,
    /// 403.
    Forbidden,
    /// 200 with nothing, to who is no Site Admin.
    Nothing,
    /// 200 with nothing, although who asks is a Site Admin: candidates are private, say.
    Private,
}

/// One search.
#[derive(Debug, Clone)]
pub struct Case {
    pub capabilities: &'static Capabilities,
    pub existing: Existing,
    pub when_changed: WhenChanged,
    pub ambiguous: Ambiguous,
    pub max_profiles: Option<u64>,
    pub max_failures: Option<u64>,
    /// So many lost requests open the circuit breaker.
    pub lost_in_a_row: u32,
    pub people: usize,
    pub pipelines: usize,
    /// Two pipelines run in two processes at the same time, not one after the other.
    pub side_by_side: bool,
    /// Each pipeline has one of the people, not all of them.
    pub split: bool,
    /// Each of the people has an e-mail of their own.
    pub apart: bool,
    pub content: Content,
    pub rules: Rules,
    pub budget: Budget,
    /// Greenhouse may finish a request, or show a row, later than `settle`.
    pub later_than_settle: bool,
    /// How Greenhouse hides while it is blind.
    pub blind: Sight,
    /// It hides from the beginning.
    pub begins_blind: bool,
    /// A candidate of the recruiter's with the first person's e-mail is there from the beginning.
    pub met: bool,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            capabilities: &v3::CAPABILITIES,
            existing: Existing::Apply,
            when_changed: WhenChanged::Ignore,
            ambiguous: Ambiguous::Uncertain,
            max_profiles: None,
            max_failures: None,
            lost_in_a_row: 100,
            people: 1,
            pipelines: 1,
            side_by_side: false,
            split: false,
            apart: false,
            content: ONE_JOB,
            rules: Rules::ALL,
            budget: Budget::default(),
            later_than_settle: false,
            blind: Sight::Nothing,
            begins_blind: false,
            met: false,
        }
    }
}

impl Case {
    pub fn settle(&self) -> SignedDuration {
        SignedDuration::from_secs(if self.rules.settle { SETTLE } else { 0 })
    }

    /// Whom a pipeline reads.
    pub fn pushes(&self, pipeline: usize) -> Vec<usize> {
        if self.split { vec![pipeline] } else { (0..self.people).collect() }
    }

    /// Where duplicates may happen, if they are told: Greenhouse is later than `settle`, or hides what it has from a Site Admin.
    pub fn is_beyond_the_promise(&self) -> bool {
        self.later_than_settle || self.blind == Sight::Private && (self.begins_blind || self.budget.blind > 0)
    }

    /// Who pushes without looking, and may not look, cannot know what became of a lost answer.
    pub fn blind_with_create(&self) -> bool {
        self.existing == Existing::Create && (self.begins_blind || self.budget.blind > 0)
    }

    /// People who wait for others only are tried again twice.
    pub fn bounds(&self, pipeline: usize) -> Bounds {
        Bounds {
            pipeline: PIPELINES[pipeline].into(),
            capabilities: self.capabilities,
            existing: self.existing,
            settle: self.settle(),
            max_profiles: self.max_profiles,
            max_failures: self.max_failures,
            waits: true,
            lost_in_a_row: self.lost_in_a_row,
            pause: SignedDuration::from_secs(20),
        }
    }

    pub fn policy(&self, now: i64) -> Policy {
        Policy {
            existing: self.existing,
            when_changed: self.when_changed,
            ambiguous: self.ambiguous,
            settle: self.settle(),
            retry: false,
            now: at(now),
        }
    }
}

/// Everybody, in every version that a schedule can come to.
#[derive(Debug)]
pub struct Cast {
    pub keys: Vec<PersonKey>,
    /// By pipeline, person, e-mail and mapping.
    wanted: Vec<Vec<[[Wanted<'static>; 2]; 2]>>,
}

/// Two e-mails, the same for everybody: two profiles with one e-mail are one person to Greenhouse.
const EMAILS: [&str; 2] = ["ada@example.org", "countess@example.org"];

impl Cast {
    /// Kept for the rest of the test's life: every state of the search points into it.
    pub fn of(case: &Case) -> &'static Self {
        let key: &'static Key = Box::leak(Box::new(Key::new([9; 32])));
        let person = |name: &str| PersonKey { account: "office".into(), source_key: "source".into(), profile_key: name.into() };
        let one = |pipeline: usize, who: usize, email: usize, mapping: usize| {
            let candidate: &'static Candidate = Box::leak(Box::new(candidate(case, pipeline, who, email, mapping)));
            Wanted::new(candidate, case.capabilities, key)
        };
        let versions = |pipeline, who| [0, 1].map(|email| [0, 1].map(|mapping| one(pipeline, who, email, mapping)));
        let wanted = (0..case.pipelines).map(|pipeline| (0..case.people).map(|who| versions(pipeline, who)).collect()).collect();
        Box::leak(Box::new(Self { keys: PEOPLE.map(person)[..case.people].to_vec(), wanted }))
    }

    pub fn wanted(&'static self, pipeline: usize, who: usize, email: u8, mapping: u8) -> &'static Wanted<'static> {
        &self.wanted[pipeline][who][usize::from(email)][usize::from(mapping)]
    }

    pub fn number(&self, who: &PersonKey) -> usize {
        self.keys.iter().position(|key| key == who).unwrap()
    }
}

/// The second pipeline sends to jobs of its own; the other mapping to others again, with another title.
fn candidate(case: &Case, pipeline: usize, who: usize, email: usize, mapping: usize) -> Candidate {
    let Content { jobs, prospect, resume, employment, note } = case.content;
    let beside = 10 * u64::try_from(pipeline).unwrap() + 100 * u64::try_from(mapping).unwrap();
    let application = |job: &u64| Application { job_id: Some(job + beside), ..Application::default() };
    let attachment = Attachment {
        kind: "resume".into(),
        filename: "cv.pdf".into(),
        url: Some("https://files.example.org/cv.pdf".into()),
        content: None,
        content_type: None,
        visibility: None,
    };
    let at_engines =
        Employment { company_name: "Engines".into(), title: "Engineer".into(), start_date: "2020-01-01".into(), end_date: None };
    let own = json!({
        "first_name": (["Ada", "Bea"][who]), "last_name": "Example", "title": (["Engineer", "Countess"][mapping]),
        "email_addresses": [{"value": format!("{}{}", if case.apart { PEOPLE[who] } else { "" }, EMAILS[email]), "type": "personal"}],
    });
    let own = Candidate::from_document(own).unwrap();
    Candidate {
        applications: if prospect.is_none() { jobs.iter().map(application).collect() } else { Vec::new() },
        prospect: prospect.map(|pool| Prospect { pool_id: Some(pool), ..Prospect::default() }),
        attachments: resume.then_some(attachment).into_iter().collect(),
        employments: employment.then_some(at_engines).into_iter().collect(),
        notes: note.then(|| Note { body: "Hello".into(), visibility: "private".into() }).into_iter().collect(),
        ..own
    }
}
