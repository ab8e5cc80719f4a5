//! Drives a push with nothing sent: what it would do, request by request, with placeholders for ids that are not known yet.
//!
//! Besides passing answers a driver here may: pretend that each request was intended, sent and accepted. `plan` asks
//! Greenhouse what the push looks up; for `trace` and `test` nobody is there.

use crate::base::digest::Key;
use crate::delivery::action::{Action, Event, UNKNOWN};
use crate::delivery::observed::Seen;
use crate::delivery::push::{Answer, Context, End, Holders, Permit, Push, Request as Sent, Ruling, Turn, Unseen, Want};
use crate::delivery::wanted::Wanted;
use crate::delivery::{Doubt, LookUp, Observed, Policy, Whereabouts};
use crate::greenhouse::lookup::{Blind, questions};
use crate::greenhouse::{Reading, Stop, Wire, preview};
use crate::model::outcome::Outcome;
use crate::model::rows::Claim;
use crate::model::settings::{Existing, Greenhouse};
use crate::model::step::{Person, PersonKey, Step};
use crate::net::http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

#[derive(Debug)]
pub struct Planned {
    /// None for a look-up.
    pub step: Option<Step>,
    pub covers: Vec<Step>,
    pub request: Request,
}

#[derive(Debug)]
pub struct Preview {
    pub requests: Vec<Planned>,
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub candidate_id: Option<u64>,
    /// False where Greenhouse could not be asked who is there.
    pub certain: bool,
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// `title`, `custom_fields.level`.
    pub member: String,
    /// As Greenhouse shows it now; none where it has nothing, or could not be asked.
    pub before: Option<Value>,
    /// As it would be sent: a list is sent whole.
    pub after: Value,
}

impl Preview {
    pub fn covered(&self) -> impl Iterator<Item = Step> {
        self.requests.iter().flat_map(|planned| planned.covers.iter().copied())
    }

    /// The requests that change something, each with its first step.
    pub fn writes(&self) -> impl Iterator<Item = (Step, &Request)> {
        self.requests.iter().filter_map(|planned| Some((planned.step?, &planned.request)))
    }
}

/// Goes through a push. `observed` begins with what is known without asking Greenhouse: whose the e-mails are. Where
/// Greenhouse may not be asked, who is there is not known.
/// Errors: Greenhouse is asked and does not answer.
pub async fn foresee(
    settings: &Greenhouse,
    wanted: &Wanted<'_>,
    person: Person,
    observed: Observed,
    greenhouse: Option<(&Wire, &Key)>,
) -> Result<Preview, Stop> {
    let mut pretence = Pretence::new(settings, wanted, person, observed);
    let mut reading = Reading::default();
    let mut answer = Answer::Begin;
    while let Some(question) = pretence.next(answer) {
        let is_placeholder = candidate_of(&question) == Some(UNKNOWN);
        let seen = match greenhouse {
            Some((wire, key)) if !is_placeholder => wire.look_up(key, &question, &pretence.emails, &mut reading).await,
            Some(_) => Ok(nothing(&question)),
            None => Err(Blind::NotReady),
        };
        answer = Answer::Seen(match seen {
            Ok(seen) => Ok(seen),
            Err(Blind::Stop(stop)) => return Err(stop),
            Err(Blind::Missing) => Err(Unseen::Missing),
            Err(_) => {
                pretence.preview.certain = false;
                Ok(nothing(&question))
            }
        });
    }
    Ok(pretence.preview)
}

pub fn foresee_new(settings: &Greenhouse, wanted: &Wanted<'_>) -> Preview {
    let mut pretence = Pretence::new(settings, wanted, Person::default(), Observed::default());
    let mut answer = Answer::Begin;
    while let Some(question) = pretence.next(answer) {
        answer = Answer::Seen(Ok(nothing(&question)));
    }
    pretence.preview
}

struct Pretence<'a> {
    settings: &'a Greenhouse,
    push: Push<'a>,
    known: Option<(Person, Option<Doubt>)>,
    emails: Vec<&'a str>,
    now: Timestamp,
    preview: Preview,
}

impl<'a> Pretence<'a> {
    fn new(settings: &'a Greenhouse, wanted: &'a Wanted<'a>, person: Person, mut observed: Observed) -> Self {
        let (who, policy) = (PersonKey::default(), Policy::new(settings, false));
        let known = Some((person, observed.doubt.take()));
        let context = Context { who, pipeline: "", run: "", policy, write_timeout: SignedDuration::ZERO };
        let preview = Preview {
            requests: Vec::new(),
            outcome: Outcome::Pending,
            reason: None,
            candidate_id: None,
            certain: settings.existing != Existing::Create,
            changes: Vec::new(),
        };
        Self {
            settings,
            push: Push::new(context, wanted, observed),
            known,
            emails: wanted.candidate.emails().collect(),
            now: super::clock::now(),
            preview,
        }
    }

    /// Goes on to the next question to Greenhouse; none at the end.
    fn next(&mut self, mut answer: Answer<'a>) -> Option<LookUp> {
        loop {
            answer = match self.push.next(answer, self.now) {
                Want::ReadPerson => {
                    let (person, doubt) = self.known.take().unwrap_or_default();
                    Answer::Person { person, doubt }
                }
                Want::ReadHolders { .. } => Answer::Holders(Holders::default()),
                Want::LookUp(question) => {
                    let requests = questions(self.settings, &question, &self.emails).into_iter();
                    self.preview.requests.extend(requests.map(|request| Planned { step: None, covers: Vec::new(), request }));
                    return Some(question);
                }
                Want::MaySend { .. } => Answer::Permit(Permit::Go),
                Want::Fetch(_) => Answer::Fetched(Ok(())),
                Want::Turn { .. } => Answer::Turn(Some(Turn::default())),
                Want::Intend(_) => Answer::Claim(Claim::Intended),
                Want::Send(request) => self.pretend(request),
                Want::Settle(_) => Answer::Settled(true),
                Want::Finish { verdict, .. } => {
                    (self.preview.outcome, self.preview.reason) = (verdict.outcome, verdict.reason);
                    Answer::Settled(true)
                }
                Want::Pause(_) => Answer::Paused { go_on: true },
                Want::Prove { .. } => Answer::Proven,
                Want::End(end) => {
                    self.end(&end);
                    return None;
                }
            };
        }
    }

    fn pretend(&mut self, request: Sent<'a>) -> Answer<'a> {
        let Sent { action, covers, .. } = &request;
        let planned = Planned { step: covers.first().copied(), covers: covers.clone(), request: preview(self.settings, action) };
        self.preview.requests.push(planned);
        if let Action::UpdateCandidate { changes, .. } = action {
            let shown = |member: &str| self.push.observed().current.as_ref().and_then(|current| current.shown(member));
            let change = |member: &String| {
                let after = changes.value(member)?.clone();
                Some(Change { member: member.clone(), before: shown(member), after })
            };
            self.preview.changes.extend(changes.names.iter().filter_map(change));
        }
        let others = covers.iter().map(|step| (*step, UNKNOWN)).collect();
        let event = Event::Accepted { id: Some(UNKNOWN), others, delayed: false };
        Answer::Event { request, event, ruling: Ruling::GoOn }
    }

    fn end(&mut self, end: &End) {
        let ended = *end == End::Ended;
        let id = self.push.person().candidate.map(|row| row.id);
        self.preview.candidate_id = id.filter(|id| !ended || *id != UNKNOWN);
        if !ended {
            self.preview.reason = Some("an earlier request is still being looked up".to_owned());
            self.preview.certain = false;
        }
    }
}

fn candidate_of(question: &LookUp) -> Option<u64> {
    match question {
        LookUp::ByEmail => None,
        LookUp::Candidate { candidate, .. }
        | LookUp::Applications { candidate, .. }
        | LookUp::Attachments { candidate, .. }
        | LookUp::Employments { candidate }
        | LookUp::Educations { candidate }
        | LookUp::Notes { candidate }
        | LookUp::Whereabouts { candidate, .. } => Some(*candidate),
    }
}

fn nothing(question: &LookUp) -> Seen {
    match question {
        LookUp::ByEmail => Seen::Candidates(Vec::new()),
        LookUp::Candidate { .. } => Seen::Candidate(Box::default()),
        LookUp::Applications { .. } => Seen::Applications(Vec::new()),
        LookUp::Attachments { .. } => Seen::Attachments(Vec::new()),
        LookUp::Employments { .. } | LookUp::Educations { .. } | LookUp::Notes { .. } => Seen::Children(Vec::new()),
        LookUp::Whereabouts { .. } => Seen::Whereabouts(Whereabouts::Hidden),
    }
}
