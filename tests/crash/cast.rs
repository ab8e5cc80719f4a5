//! The people in HrFlow, how they change during a round, and what each of them should be in Greenhouse.

use crate::dice::Dice;
use crate::people::{self, Trap, trap};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Of whom nothing is sent, or of whom it is known what is there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// To be there, whole.
    Usual,
    /// Kept out by a filter, archived, or invalid.
    Out(&'static str),
    /// Greenhouse refuses them, whenever they are sent.
    Refused,
    /// Others created one candidate with the same e-mail address.
    Theirs,
    /// Others created two.
    Ambiguous,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub number: usize,
    pub part: Part,
    /// The profile as it is now; none while it is not in HrFlow yet.
    pub now: Option<Value>,
    /// As it was when it first was there.
    pub first: Option<Value>,
    /// In the file, not in HrFlow.
    pub in_file: bool,
    versions: u64,
    /// Whose candidate it is too: the number of the other profile with the same e-mail.
    pub twin_of: Option<usize>,
}

/// A second source: the same person can be in both.
pub const FILE_SOURCE: &str = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";
/// What is put in front of the number of who is in the file.
const IN_FILE: usize = 50_000;
const REFUSED: usize = 5;
const AMBIGUOUS: usize = 6;
const THEIRS: usize = 8;

#[derive(Debug)]
pub struct Cast {
    pub members: Vec<Member>,
    clock: u64,
}

impl Cast {
    /// `many` in HrFlow, half of them now; and three in a file, two of whom are others' twins.
    pub fn new(many: usize) -> Self {
        // The one with a phone number that is an object comes late in the row of traps.
        let numbers = (0..many.saturating_sub(1)).chain([29]);
        let mut cast = Self { members: numbers.map(member).collect(), clock: 0 };
        cast.members.extend([(0, Some(0)), (1, Some(2)), (2, None)].map(|(n, twin)| in_file(n, twin)));
        for at in 0..cast.members.len() {
            if at % 2 == 0 || cast.members[at].in_file || cast.members[at].part == Part::Refused {
                cast.appear(at);
            }
        }
        cast
    }

    fn moment(&mut self) -> String {
        self.clock += 1;
        format!("2026-04-01T{:02}:{:02}:{:02}+0000", self.clock / 3600 % 24, self.clock / 60 % 60, self.clock % 60)
    }

    fn appear(&mut self, at: usize) {
        let moment = self.moment();
        let member = &mut self.members[at];
        let mut profile = profile(member.number, member.twin_of, member.in_file);
        profile["updated_at"] = json!(moment);
        (member.first, member.now) = (Some(profile.clone()), Some(profile));
    }

    /// A person appears, or changes; returns whether there was something to do.
    pub fn move_on(&mut self, dice: &mut Dice) -> bool {
        let absent: Vec<usize> = (0..self.members.len()).filter(|at| self.members[*at].now.is_none()).collect();
        if !absent.is_empty() && !dice.one_in(3) {
            let at = *dice.of_these(&absent);
            self.appear(at);
            return true;
        }
        let usual: Vec<usize> =
            (0..self.members.len()).filter(|at| self.members[*at].now.is_some() && self.members[*at].part == Part::Usual).collect();
        let at = *dice.of_these(&usual);
        if self.members[at].in_file || self.members[at].versions >= 3 {
            return false;
        }
        self.change(at, dice);
        true
    }

    /// What a profile says more than before; and, for who is alone with it, another e-mail.
    fn change(&mut self, at: usize, dice: &mut Dice) {
        let moment = self.moment();
        let shared: BTreeSet<usize> = self.members.iter().filter_map(|member| member.twin_of).collect();
        let member = &mut self.members[at];
        member.versions += 1;
        let (number, version) = (member.number, member.versions);
        let alone = member.twin_of.is_none() && !shared.contains(&number);
        let Some(now) = &mut member.now else { return };
        now["updated_at"] = json!(moment);
        if alone && dice.one_in(4) {
            now["info"]["email"] = json!(format!("new.{version}.of.{number}@example.org"));
            return;
        }
        let more = json!({"company": format!("Nytt {version} AB"), "title": "Architect", "date_start": format!("202{version}-05-01T00:00:00"), "date_end": null});
        now["experiences"].as_array_mut().into_iter().for_each(|experiences| experiences.push(more.clone()));
        now["info"]["phone"] = json!(format!("+46 70 55{version} {:02} {:02}", number / 100 % 100, number % 100));
    }

    /// Everybody who is not there yet comes.
    pub fn all_appear(&mut self) {
        for at in 0..self.members.len() {
            if self.members[at].now.is_none() {
                self.appear(at);
            }
        }
    }

    pub fn in_hrflow(&self) -> Vec<Value> {
        self.members.iter().filter(|member| !member.in_file).filter_map(|member| member.now.clone()).collect()
    }

    /// The file's lines.
    pub fn in_file(&self) -> String {
        let lines = self.members.iter().filter(|member| member.in_file).filter_map(|member| member.now.as_ref());
        lines.map(|profile| format!("{profile}\n")).collect()
    }

    pub fn by_key(&self, key: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.key() == key)
    }

    /// Whose the candidate is, by its last name; the planted ones' too.
    pub fn of_candidate(&self, candidate: &Value) -> Option<&Member> {
        let name = candidate["last_name"].as_str()?;
        self.members.iter().find(|member| last_name(member.number) == name)
    }

    /// Those who are one person: by the lowest number.
    pub fn group(&self, member: &Member) -> usize {
        match member.twin_of.and_then(|other| self.members.iter().find(|member| member.number == other)) {
            Some(other) => self.group(other),
            None => member.number,
        }
    }
}

impl Member {
    pub fn key(&self) -> String {
        people::key(self.number)
    }

    pub fn source(&self) -> &'static str {
        if self.in_file { FILE_SOURCE } else { crate::harness::SOURCE_KEY }
    }
}

fn last_name(number: usize) -> String {
    format!("Numéro{number}")
}

fn member(number: usize) -> Member {
    let part = match (trap(number), number) {
        (Trap::NoEmail | Trap::NoLastName, _) => Part::Out("filtered"),
        (Trap::Archived, _) => Part::Out("skipped"),
        (Trap::NotAText, _) => Part::Out("invalid"),
        (_, REFUSED) => Part::Refused,
        (_, AMBIGUOUS) => Part::Ambiguous,
        (_, THEIRS) => Part::Theirs,
        _ => Part::Usual,
    };
    let twin_of = (trap(number) == Trap::Twin).then(|| number - 1);
    Member { number, part, now: None, first: None, in_file: false, versions: 0, twin_of }
}

fn in_file(number: usize, twin_of: Option<usize>) -> Member {
    Member { number: IN_FILE + number * 50, part: Part::Usual, now: None, first: None, in_file: true, versions: 0, twin_of }
}

/// Several employments, educations, files and notes.
fn profile(number: usize, twin_of: Option<usize>, in_file: bool) -> Value {
    let mut profile = people::profile(number);
    if let (Some(other), true) = (twin_of, in_file) {
        profile["info"]["email"] = json!(people::email(other));
    }
    if in_file {
        profile["source_key"] = json!(FILE_SOURCE);
        profile["source"]["key"] = json!(FILE_SOURCE);
    }
    profile["info"]["summary"] = json!(format!("Knows much of {number}."));
    let experiences = (0..1 + number % 3).map(
        |n| json!({"company": format!("Exempel {n} AB"), "title": "Engineer", "date_start": format!("201{n}-03-01T00:00:00"), "date_end": null}),
    );
    profile["experiences"] = experiences.collect();
    profile["educations"] = match number % 3 {
        0 => json!([education("University of Michigan - Ann Arbor", 2005), education("High School of Nowhere", 2001)]),
        1 => json!([education("University of Michigan - Ann Arbor", 2005)]),
        _ => json!([]),
    };
    if number.is_multiple_of(2) {
        let cover = json!({"type": "cover", "file_name": "cover", "original_file_name": format!("Letter {number}.pdf"), "extension": ".pdf", "public_url": format!("https://files.example.org/{number}/cover.pdf")});
        profile["attachments"].as_array_mut().into_iter().for_each(|files| files.push(cover.clone()));
    }
    profile
}

fn education(school: &str, year: u64) -> Value {
    json!({"school": school, "title": "Bachelor's Degree", "date_start": format!("{year}-09-01T00:00:00"), "date_end": format!("{}-06-01T00:00:00", year + 3)})
}
