//! What a candidate asks for: its steps, each with the part of the candidate that it brings about.

use super::action::UNKNOWN;
use super::members::members;
use super::observed::SeenApplication;
use super::revision;
use crate::base::digest::{Digest, Key};
use crate::model::candidate::{Application, Attachment, Candidate, Education, Employment, Note, Prospect};
use crate::model::capabilities::Capabilities;
use crate::model::step::{Fingerprint, Members, Person, State, Step};
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Want<'a> {
    pub step: Step,
    pub part: Part<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part<'a> {
    Candidate,
    Application(&'a Application),
    Prospect(&'a Prospect),
    Attachment(&'a Attachment),
    Employment(&'a Employment),
    Education(&'a Education),
    Note(&'a Note),
}

#[derive(Debug)]
pub struct Wanted<'a> {
    pub candidate: &'a Candidate,
    pub capabilities: &'static Capabilities,
    pub steps: Vec<Want<'a>>,
    /// One of each e-mail, without repetition, sorted: the order in which identities are claimed.
    pub identities: Vec<Digest>,
    pub fingerprint: Fingerprint,
    /// The hash of each of the candidate's own members.
    pub members: Members,
    /// Which file each attachment is, in the candidate's order; none where only its name tells.
    revisions: Vec<Option<Digest>>,
    key: &'a Key,
}

impl<'a> Wanted<'a> {
    pub fn new(candidate: &'a Candidate, capabilities: &'static Capabilities, key: &'a Key) -> Self {
        let mut identities: Vec<_> = candidate.emails().map(|email| key.email(email)).collect();
        identities.sort_unstable();
        identities.dedup();
        let fingerprint = Fingerprint {
            emails: identities.clone(),
            name_phones: Some(name_phones(key, candidate.text("first_name"), candidate.text("last_name"), candidate.phones())),
        };
        let members =
            members(candidate, capabilities.api).iter().map(|member| (member.name.clone().into_owned(), member.digest(key))).collect();
        let revisions = candidate.attachments.iter().map(|attachment| revision::of_content(key, attachment)).collect();
        let mut wanted = Self { candidate, capabilities, steps: Vec::new(), identities, fingerprint, members, revisions, key };
        wanted.add(Step::Candidate, Part::Candidate);
        wanted.add_applications_and_attachments();
        wanted.add_children();
        wanted
    }

    /// Tells files apart by what the profile says of them: their names, sizes and dates.
    #[must_use]
    pub fn with_files_of(mut self, profile: &Value) -> Self {
        let attachments = self.candidate.attachments.iter();
        self.revisions = attachments.map(|attachment| revision::of(self.key, attachment, profile)).collect();
        self
    }

    fn add(&mut self, step: Step, part: Part<'a>) {
        if self.steps.iter().all(|want| want.step != step) {
            self.steps.push(Want { step, part });
        }
    }

    /// Applications first, so that every attachment finds the one that it hangs on. The résumé goes on every application, any
    /// other attachment on the first (v3); v1 hangs attachments on the candidate. A prospect is an application to v3.
    fn add_applications_and_attachments(&mut self) {
        let candidate = self.candidate;
        let jobs: Vec<u64> = candidate.applications.iter().filter_map(|application| application.job_id).collect();
        for application in &candidate.applications {
            if let Some(job) = application.job_id {
                self.add(Step::Application { job }, Part::Application(application));
            }
        }
        if let Some(prospect) = &candidate.prospect {
            self.add(Step::Prospect, Part::Prospect(prospect));
        }
        // Where a file hangs: on the application to a job, or (none) on the prospect.
        let places: Vec<Option<u64>> = jobs.into_iter().map(Some).chain(candidate.prospect.iter().map(|_| None)).collect();
        for attachment in &candidate.attachments {
            let kind = kind_sent(self.capabilities, attachment);
            let digest = attachment_digest(self.key, kind, &attachment.filename);
            let on: Vec<Option<u64>> = match self.capabilities.file_needs_application {
                false => vec![None],
                true if is_resume(kind) => places.clone(),
                true => places.first().copied().into_iter().collect(),
            };
            for job in on {
                self.add(Step::Attachment { job, digest }, Part::Attachment(attachment));
            }
        }
    }

    fn add_children(&mut self) {
        let candidate = self.candidate;
        for employment in &candidate.employments {
            let digest = employment_digest(self.key, &employment.company_name, &employment.title, &employment.start_date);
            self.add(Step::Employment(digest), Part::Employment(employment));
        }
        for education in &candidate.educations {
            let ids = [education.school_id, education.degree_id, education.discipline_id];
            self.add(Step::Education(education_digest(self.key, ids, education.start_date.as_deref())), Part::Education(education));
        }
        for note in &candidate.notes {
            self.add(Step::Note(note_digest(self.key, &note.body, &note.visibility)), Part::Note(note));
        }
    }

    pub fn get(&self, step: Step) -> Option<&Want<'a>> {
        self.steps.iter().find(|want| want.step == step)
    }

    pub fn covered_by_create(&self) -> Vec<Step> {
        let mut applications = 0;
        let covered = |want: &&Want<'_>| match want.step {
            Step::Candidate => true,
            Step::Attachment { .. } => false,
            _ if self.capabilities.create_covers_children => true,
            Step::Application { .. } | Step::Prospect => {
                applications += 1;
                applications == 1
            }
            _ => false,
        };
        self.steps.iter().filter(covered).map(|want| want.step).collect()
    }

    /// What of a step can change after it was sent, under the step's text: which file it is, or when an employment or education ended.
    pub fn mark(&self, step: Step) -> Option<(String, Digest)> {
        let end = |end: &Option<String>| {
            let day = end.as_deref().map(|end| end.get(..10).unwrap_or(end)).unwrap_or_default();
            self.key.digest(&["end", day])
        };
        let mark = match self.get(step)?.part {
            Part::Attachment(attachment) => self.revision(attachment)?,
            Part::Employment(employment) => end(&employment.end_date),
            Part::Education(education) => end(&education.end_date),
            Part::Candidate | Part::Application(_) | Part::Prospect(_) | Part::Note(_) => return None,
        };
        Some((step.to_string(), mark))
    }

    fn revision(&self, attachment: &Attachment) -> Option<Digest> {
        let at = self.candidate.attachments.iter().position(|one| std::ptr::eq(one, attachment))?;
        self.revisions.get(at).copied().flatten()
    }

    /// What counts as sent once a request for these steps is done.
    pub fn sent_with(&self, covers: &[Step]) -> Members {
        let mut sent: Members = covers.iter().filter_map(|step| self.mark(*step)).collect();
        if covers.contains(&Step::Candidate) {
            sent.extend(self.members.clone());
        }
        sent
    }

    /// Whether the fingerprint's name stands together with a phone number.
    pub fn has_phone(&self) -> bool {
        self.candidate.phones().next().is_some()
    }

    /// What would be seen of the applications, were they made.
    pub fn applications(&self) -> Vec<SeenApplication> {
        let jobs = self.candidate.applications.iter().filter_map(|application| application.job_id);
        let mut seen: Vec<_> = jobs.map(|job| SeenApplication { id: UNKNOWN, jobs: vec![job], ..SeenApplication::default() }).collect();
        seen.extend(self.candidate.prospect.iter().map(|prospect| SeenApplication {
            id: UNKNOWN,
            jobs: prospect.job_ids.clone(),
            prospect: true,
            pool: prospect.pool_id,
            created_at: None,
        }));
        seen
    }

    /// What a part has in common with one that somebody else wrote, in other letters.
    pub fn likeness(&self, part: Part<'_>) -> Option<Digest> {
        match part {
            Part::Employment(one) => Some(employment_likeness(self.key, &one.company_name, &one.title, &one.start_date)),
            _ => None,
        }
    }

    /// Whether as many notes were made for this person as are wanted: the words of a note may change, and it is not made again.
    pub fn notes_are_there(&self, person: &Person) -> bool {
        let wanted = self.steps.iter().filter(|want| matches!(want.step, Step::Note(_))).count();
        person.steps.iter().filter(|row| matches!(row.step, Step::Note(_)) && row.state == State::Done).count() >= wanted
    }

    /// The hash of what a step would send: of the part, and for the candidate of all that goes along. An attachment's is without
    /// its URL, which rotates, and with which file it is.
    pub fn hash(&self, step: Step) -> Digest {
        let part = match self.get(step).map(|want| want.part) {
            // An update has no part of its own: it sends what has changed of the members.
            None => json(&self.members.iter().map(|(name, hash)| format!("{name} {hash}")).collect::<Vec<_>>()),
            Some(Part::Candidate) => {
                let mut sent = self.candidate.clone();
                sent.attachments.clear();
                if !self.capabilities.create_covers_children {
                    sent.applications.truncate(1);
                    (sent.employments, sent.educations, sent.notes) = Default::default();
                }
                json(&sent)
            }
            Some(Part::Attachment(attachment)) => {
                let file = json(&Attachment { url: None, content: None, ..attachment.clone() });
                // Without a revision as ever, so that what was refused before stays refused.
                self.revision(attachment).map_or(file.clone(), |revision| format!("{file} {revision}"))
            }
            Some(Part::Prospect(part)) => json(part),
            Some(Part::Application(part)) => json(part),
            Some(Part::Employment(part)) => json(part),
            Some(Part::Education(part)) => json(part),
            Some(Part::Note(part)) => json(part),
        };
        self.key.digest(&["sent", step.word(), &part])
    }
}

fn json(part: &impl Serialize) -> String {
    #[expect(clippy::expect_used, reason = "texts, numbers, lists, and maps whose keys are texts: nothing that JSON cannot hold")]
    serde_json::to_string(part).expect("a candidate is JSON")
}

/// The type under which Greenhouse knows an attachment. Source: `docs/greenhouse-api.md`, "Attachments".
pub fn kind_sent<'a>(capabilities: &Capabilities, attachment: &'a Attachment) -> &'a str {
    let admin_only = attachment.visibility.as_deref() == Some("admin_only");
    if capabilities.file_type_for_admins && admin_only { "admin_only" } else { &attachment.kind }
}

pub fn is_resume(kind: &str) -> bool {
    kind == "resume"
}

/// A résumé is one thing whatever its file is called, since a new one takes the place of the earlier; of others the name counts.
pub fn attachment_digest(key: &Key, kind: &str, filename: &str) -> Digest {
    if is_resume(kind) { key.digest(&["attachment", kind]) } else { key.digest(&["attachment", kind, filename]) }
}

/// `start` is a date of any form that begins YYYY-MM.
pub fn employment_digest(key: &Key, company: &str, title: &str, start: &str) -> Digest {
    key.digest(&["employment", company.trim(), title.trim(), start.get(..7).unwrap_or(start)])
}

/// The same for whoever writes company and title in other letters.
pub fn employment_likeness(key: &Key, company: &str, title: &str, start: &str) -> Digest {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    key.digest(&["employment, in other letters", &plain(company), &plain(title), start.get(..7).unwrap_or(start)])
}

/// `ids` are school, degree and discipline.
pub fn education_digest(key: &Key, ids: [Option<u64>; 3], start: Option<&str>) -> Digest {
    let texts = ids.map(|id| id.map(|id| id.to_string()).unwrap_or_default());
    let start = start.unwrap_or_default();
    key.digest(&["education", &texts[0], &texts[1], &texts[2], start.get(..7).unwrap_or(start)])
}

pub fn note_digest(key: &Key, body: &str, visibility: &str) -> Digest {
    key.digest(&["note", body.trim(), visibility])
}

pub fn name_phones<'p>(key: &Key, first: &str, last: &str, phones: impl Iterator<Item = &'p str>) -> Digest {
    let mut digits: Vec<String> = phones.map(|phone| phone.chars().filter(char::is_ascii_digit).collect()).collect();
    digits.sort_unstable();
    let mut parts = vec!["name", first.trim(), last.trim()];
    parts.extend(digits.iter().map(String::as_str));
    key.digest(&parts)
}
