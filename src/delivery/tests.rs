//! Pushes as stories: what is decided, what is answered, until it ends. Each snapshot reads as documentation of the rules.

mod adopted; // who is there
mod doubts; // after a restore
mod gone; // merged, removed
mod made; // who is made
mod prospects; // without an application
mod refreshed; // what has changed

use super::action::{Action, Id};
use super::observed::Seen;
use super::update::Current;
use super::wanted::Wanted;
use super::*;
use crate::base::digest::Key;
use crate::greenhouse::{v1, v3};
use crate::model::candidate::{Application, Attachment, Candidate, Employment, Note};
use crate::model::capabilities::Capabilities;
use crate::model::step::{Attempt, Failing, Fingerprint, Settled};
use serde_json::{Value, json};

const SETTLE: SignedDuration = SignedDuration::from_secs(120);

fn key() -> Key {
    Key::new([7; 32])
}

/// When everything is done.
fn at() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn named(first_name: &str, email: &str) -> Candidate {
    let emails = json!([{"value": email, "type": "personal"}]);
    Candidate::from_document(json!({"first_name": first_name, "last_name": "Example", "email_addresses": emails})).unwrap()
}

fn ada() -> Candidate {
    Candidate {
        applications: [4001, 4002].map(|job| Application { job_id: Some(job), ..Default::default() }).to_vec(),
        attachments: vec![attachment("resume", "cv.pdf"), attachment("cover_letter", "letter.pdf")],
        employments: vec![Employment {
            company_name: "Engines".into(),
            title: "Engineer".into(),
            start_date: "2020-01-01".into(),
            end_date: None,
        }],
        notes: vec![Note { body: "Hello".into(), visibility: "private".into() }],
        ..named("Ada", "ada@example.org")
    }
}

fn attachment(kind: &str, filename: &str) -> Attachment {
    let url = Some(format!("https://files.example.org/{filename}"));
    Attachment { kind: kind.into(), filename: filename.into(), url, content: None, content_type: None, visibility: None }
}

/// Greenhouse's answers, in the order in which they are asked for.
enum Answer {
    Nobody,
    There(Vec<u64>),
    Applications(Vec<(u64, u64)>),
    Prospects(Vec<SeenApplication>),
    /// The candidate as it is now, changed by this.
    Now(fn(&mut Current)),
    NoAttachments,
    /// No employments, educations or notes; or these.
    NoChildren,
    Children(Vec<Known>),
    /// The candidate is not there.
    Missing,
    At(Whereabouts),
    /// Refused as if the candidate were not there.
    NotFound,
    Made(u64),
    Refused,
    Lost,
    Taken(u64),
    Busy,
    Forbidden,
}
use Answer::*;

struct Story {
    candidate: Candidate,
    capabilities: &'static Capabilities,
    policy: Policy,
    person: Person,
    profile: Value,
}

impl Story {
    fn new() -> Self {
        let policy = Policy {
            existing: Existing::Apply,
            when_changed: WhenChanged::Ignore,
            ambiguous: Ambiguous::Uncertain,
            settle: SETTLE,
            retry: false,
            now: "2026-11-23T12:00:00Z".parse().unwrap(),
        };
        Self { candidate: ada(), capabilities: &v3::CAPABILITIES, policy, person: Person::default(), profile: Value::Null }
    }

    fn when_changed(mut self, when_changed: WhenChanged) -> Self {
        self.policy.when_changed = when_changed;
        self
    }

    fn existing(mut self, existing: Existing) -> Self {
        self.policy.existing = existing;
        self
    }

    fn v1(mut self) -> Self {
        self.capabilities = &v1::CAPABILITIES;
        self
    }

    /// Goes through one push; the person is kept for the next.
    fn push(&mut self, answers: Vec<Answer>) -> String {
        let key = key();
        let candidate = self.candidate.clone();
        let profile = self.profile.clone();
        let wanted = Wanted::new(&candidate, self.capabilities, &key).with_files_of(&profile);
        let mut observed = Observed::default();
        let mut answers = answers.into_iter();
        let mut told = Vec::new();
        for _ in 0..60 {
            let decision = decide(&wanted, &self.person, &observed, &self.policy);
            told.push(words(&decision));
            match decision {
                Decision::Done(verdict) => {
                    self.person.delivered |= verdict.delivered;
                    assert!(answers.next().is_none(), "not all answers were asked for:\n{}", told.join("\n"));
                    return told.join("\n");
                }
                Decision::Park { .. } => return told.join("\n"),
                Decision::Record(record) => {
                    observed.recorded(&record, self.person.candidate);
                    self.person.remember(&record.sent);
                    self.person.candidate = record.candidate.or(self.person.candidate);
                    record.steps.iter().for_each(|settled| self.person.settle(settled, "p", None, at()));
                }
                Decision::LookUp(question) => {
                    let answer = answers.next().unwrap_or_else(|| panic!("no answer to the look-up:\n{}", told.join("\n")));
                    if let Some(seen) = shown(answer, &mut observed, &wanted) {
                        observed.see(&question, seen);
                    }
                }
                Decision::Intend { action, covers, sends } => {
                    let creates = matches!(action, Action::CreateCandidate { .. });
                    let answer = answers.next().unwrap_or_else(|| panic!("no answer:\n{}", told.join("\n")));
                    if let (Made(_), Action::UpdateCandidate { changes, .. }) = (&answer, &action) {
                        observed.changed.extend(changes.names.clone());
                    }
                    if matches!(answer, Made(_)) {
                        self.person.remember(&sends);
                    }
                    self.answer(answer, creates, &covers, &sends, &wanted, &mut observed);
                }
            }
        }
        panic!("it does not end:\n{}", told.join("\n"));
    }

    fn answer(&mut self, answer: Answer, creates: bool, covers: &[Step], sends: &Members, wanted: &Wanted<'_>, observed: &mut Observed) {
        let attempt = Attempt { members: sends.clone(), ..attempt(wanted, covers[0]) };
        observed.tried.extend(covers);
        let (state, id) = match answer {
            Made(id) => (State::Done, Some(id)),
            Refused => (State::Rejected, None),
            NotFound => {
                observed.refused_as_not_found(covers[0]);
                (State::Rejected, None)
            }
            Lost => (State::Open, None),
            Taken(candidate_id) => return observed.claim = Some(Claimed::Taken { candidate_id }),
            Busy => return observed.claim = Some(Claimed::Busy),
            _ => panic!("no answer to a request"),
        };
        for (index, step) in covers.iter().enumerate() {
            let settled = Settled { step: *step, state, id: id.map(|id| id + index as u64), ours: true };
            self.person.settle(&settled, "p", Some(&attempt), at());
            if state == State::Done {
                observed.made.push(*step);
            }
        }
        if let (true, Some(id)) = (creates, id) {
            self.person.candidate = Some(CandidateRow { id, ours: true, gone: false });
        }
    }
}

/// What a look-up's answer shows.
fn shown(answer: Answer, observed: &mut Observed, wanted: &Wanted<'_>) -> Option<Seen> {
    Some(match answer {
        Nobody => Seen::Candidates(Vec::new()),
        There(ids) => Seen::Candidates(ids),
        Applications(there) => {
            let seen = |(id, job)| SeenApplication { id, jobs: vec![job], ..Default::default() };
            Seen::Applications(there.into_iter().map(seen).collect())
        }
        Prospects(there) => Seen::Applications(there),
        NoAttachments => Seen::Attachments(Vec::new()),
        NoChildren => Seen::Children(Vec::new()),
        Children(known) => Seen::Children(known),
        At(whereabouts) => Seen::Whereabouts(whereabouts),
        Now(change) => {
            let mut current = as_wanted(wanted.candidate);
            change(&mut current);
            Seen::Candidate(Box::new(current))
        }
        Forbidden => {
            observed.forbidden = true;
            return None;
        }
        Missing => {
            observed.present = Some(false);
            return None;
        }
        _ => panic!("no answer to a look-up"),
    })
}

/// A candidate of Greenhouse's that has the name and the e-mails of ours.
fn as_wanted(candidate: &Candidate) -> Current {
    let mut current = Current::default();
    current.values.extend(["first_name", "last_name"].map(|name| (name, candidate.text(name).into())));
    let entry = |email: &str| update::Entry { value: email.to_owned(), written: Some(json!({ "value": email, "type": "personal" })) };
    current.lists.insert("email_addresses", candidate.emails().map(entry).collect());
    current
}

fn attempt(wanted: &Wanted<'_>, step: Step) -> Attempt {
    let now = at();
    Attempt {
        number: 1,
        action: "a".into(),
        hash: wanted.hash(step),
        fingerprint: Fingerprint::default(),
        seen_before: Vec::new(),
        greenhouse_time: None,
        intended_at: now,
        sent_by: now,
        members: Default::default(),
    }
}

fn words(decision: &Decision<'_>) -> String {
    let name = |step: &Step| match step {
        Step::Application { job } => format!("application {job}"),
        Step::Attachment { job: Some(job), .. } => format!("attachment on {job}"),
        step => step.word().to_owned(),
    };
    match decision {
        Decision::LookUp(question) => format!("look up {question:?}"),
        Decision::Record(record) => {
            let step = |s: &Settled| {
                let state = if s.state == State::Done { String::new() } else { format!(" {}", s.state.as_str()) };
                format!("{}{state} {:?}{}", name(&s.step), s.id, if s.ours { ", ours" } else { "" })
            };
            let mut told: Vec<_> = record.steps.iter().map(step).collect();
            if let Some(row) = record.candidate.filter(|_| record.steps.iter().all(|s| s.step != Step::Candidate)) {
                told.push(format!("candidate {}{}", row.id, if row.gone { ", gone" } else { "" }));
            }
            if !record.sent.is_empty() {
                let names: Vec<_> = record.sent.keys().map(|member| member.split('/').next().unwrap()).collect();
                told.push(format!("as sent: {}", names.join(", ")));
            }
            format!("record {}", told.join("; "))
        }
        Decision::Intend { action: Action::UpdateCandidate { candidate, changes }, .. } => {
            let mut body = changes.members.clone();
            body.extend(changes.fields.iter().map(|(name, value)| (format!("custom_fields.{name}"), value.clone())));
            format!("update {candidate}: {}", Value::Object(body))
        }
        Decision::Intend { action, covers, .. } => {
            let on = match action {
                Action::CreateAttachment { application: Some(Id::Known(id)), attachment, .. } => {
                    format!(" {} to {id}", attachment.filename)
                }
                _ => String::new(),
            };
            format!("{}{on}: {}", action.operation(), covers.iter().map(name).collect::<Vec<_>>().join(", "))
        }
        Decision::Park { until, step } => format!("park for the {} until {until:?}", name(step)),
        Decision::Done(verdict) => {
            format!("{}{}", verdict.outcome, verdict.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default())
        }
    }
}
