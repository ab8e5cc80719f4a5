//! Compares what Greenhouse holds at the end with what it should hold, with the ledger, and with the printed
//! lines.

use crate::cast::{Member, Part};
use crate::expected::{self, expected, there};
use crate::options::Mode;
use crate::round::{PIPELINES, Round};
use hireline::ledger::Ledger;
use hireline::model::step::{Person, State, Step};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a person failed who must not fail for ever.
pub fn wants_retry(round: &Round<'_>, outcomes: &BTreeMap<String, String>) -> bool {
    let refused = |key: &str| round.cast.by_key(key).is_some_and(|member| member.part == Part::Refused);
    outcomes.iter().any(|(key, outcome)| outcome == "failed" && !refused(key))
}

impl Round<'_> {
    /// Whether this machine was so slow that Greenhouse was later than `settle` after all: the longest time between a request and the
    /// row that it made.
    pub fn was_late(&self) -> bool {
        let requests = self.office.sandbox.requests();
        let moment = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let came: BTreeMap<u64, Timestamp> = requests
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|request| Some((request["number"].as_u64()?, moment(&request["at"])?)))
            .collect();
        let settle = jiff::SignedDuration::try_from(self.plan.mode.settle()).unwrap();
        let state = self.office.state();
        let mut rows = Vec::new();
        for candidate in candidates(&state) {
            rows.push(candidate);
            for kind in ["applications", "attachments", "employments", "educations", "notes"] {
                rows.extend(candidate[kind].as_array().into_iter().flatten());
            }
        }
        rows.iter().any(|row| {
            let asked = row["made_by"]["request"].as_u64().and_then(|number| came.get(&number));
            asked.zip(moment(&row["created_at"])).is_some_and(|(asked, made)| made.duration_since(*asked) >= settle)
        })
    }
}

fn candidates(state: &Value) -> &[Value] {
    state["candidates"].as_array().map_or(&[], Vec::as_slice)
}

pub fn judge(round: &mut Round<'_>) {
    let writes = round.office.writes();
    let mut last = BTreeMap::new();
    for (name, _) in PIPELINES {
        last.extend(round.undisturbed(name, "run"));
    }
    let sent = sent_since(round, writes);
    if !sent.is_empty() {
        round.tally.findings.push(format!("runs of what is done send {}", sent.join("; ")));
    }
    let state = round.office.state();
    let late = round.plan.mode == Mode::Late || round.was_late();
    if late && round.plan.mode == Mode::InTime {
        round.tally.count("rounds", "in which this machine was later than settle");
    }
    let mut groups: BTreeMap<usize, Vec<&Value>> = BTreeMap::new();
    let mut findings = Vec::new();
    for candidate in candidates(&state) {
        match round.cast.of_candidate(candidate) {
            Some(member) => groups.entry(round.cast.group(member)).or_default().push(candidate),
            None => findings.push(format!("nobody knows candidate {}", candidate["id"])),
        }
    }
    let mut checked = BTreeSet::new();
    for member in &round.cast.members {
        // With `profiles: changed`, who is done is not read again.
        let unread = late && is_left_to_a_person(round, member)
            || round.plan.changed && matches!(member.part, Part::Usual | Part::Theirs | Part::Out("filtered" | "skipped"));
        if !unread || last.contains_key(&member.key()) && !(late && is_left_to_a_person(round, member)) {
            findings.extend(outcome(member, last.get(&member.key())));
        }
        if checked.insert(round.cast.group(member)) {
            let theirs = groups.remove(&round.cast.group(member)).unwrap_or_default();
            let found = of_person(round, member, &theirs, late);
            round.tally.lost += found.lost;
            round.tally.twice += found.twice;
            round.tally.untold += found.untold;
            findings.extend(found.findings);
        }
    }
    findings.extend(ledger_agrees(round, &state, late));
    let left = round.cast.members.iter().filter(|member| late && is_left_to_a_person(round, member)).count();
    if left > 0 {
        round.tally.add("later than settle", "told, and left to a person", left as u64);
    }
    findings.extend(lines_are_true(round, &state, late));
    for outcome in last.values() {
        round.tally.count("outcomes at the end", outcome);
    }
    round.tally.findings.extend(findings);
}

/// The writing requests behind the first so many, but those for who is always refused: two pipelines refuse each other's contents in turn.
fn sent_since(round: &Round<'_>, before: u64) -> Vec<String> {
    let requests = round.office.sandbox.requests();
    let writing =
        requests.as_array().into_iter().flatten().filter(|request| request["service"] == "greenhouse" && request["method"] != "GET");
    let refused = |body: &Value| {
        round.cast.members.iter().any(|m| m.part == Part::Refused && round.cast.of_candidate(body).is_some_and(|o| o.number == m.number))
    };
    let sent = writing.skip(usize::try_from(before).unwrap()).filter(|request| !refused(&request["body"]));
    sent.map(|request| format!("{} {} {}", request["method"], request["target"], request["body"])).collect()
}

fn outcome(member: &Member, outcome: Option<&String>) -> Option<String> {
    let outcome = outcome.map(String::as_str);
    let right = match member.part {
        Part::Usual | Part::Theirs => outcome == Some("unchanged"),
        Part::Out(word) => outcome == Some(word),
        Part::Refused => outcome == Some("failed"),
        Part::Ambiguous => outcome == Some("uncertain"),
    };
    // `uncertain` profiles were checked when their line was printed.
    let told = outcome == Some("uncertain") && matches!(member.part, Part::Usual | Part::Theirs);
    (!right && !told).then(|| format!("{} ({:?}, number {}) is {outcome:?} at the end", member.key(), member.part, member.number))
}

#[derive(Default)]
struct Found {
    lost: u64,
    twice: u64,
    untold: u64,
    findings: Vec<String>,
}

fn of_person(round: &Round<'_>, member: &Member, theirs: &[&Value], late: bool) -> Found {
    let mut found = Found::default();
    let who = format!("{} (number {})", member.key(), member.number);
    let most = match member.part {
        Part::Out(_) | Part::Refused => 0,
        Part::Usual | Part::Theirs => 1,
        Part::Ambiguous => 2,
    };
    let ids: Vec<u64> = theirs.iter().filter_map(|candidate| candidate["id"].as_u64()).collect();
    if theirs.len() < most {
        found.lost += 1;
        found.findings.push(format!("{who} is lost"));
    }
    if theirs.len() > most {
        found.twice += 1;
        if !late {
            found.findings.push(format!("{who} is there {} times: {ids:?}", theirs.len()));
        } else if !is_told(round, member, &ids) {
            found.untold += 1;
            found.findings.push(format!("{who} is there {} times ({ids:?}), and that was not told", theirs.len()));
        }
    }
    let is_left = late && is_left_to_a_person(round, member);
    if most == 1 && !theirs.is_empty() && !is_left {
        rows(round, theirs, &who, late, &mut found);
    }
    if member.part == Part::Ambiguous && theirs.iter().any(|candidate| !there(candidate).is_empty()) {
        found.findings.push(format!("{who} is ambiguous, and something was sent"));
    }
    found
}

/// A candidate that is shown later than `settle` is taken for one that was erased; two that came late have one e-mail. That is
/// reported, and left to a person.
fn is_left_to_a_person(round: &Round<'_>, member: &Member) -> bool {
    let group = round.cast.group(member);
    let of_group = |key: &str| round.cast.by_key(key).is_some_and(|other| round.cast.group(other) == group);
    round.told.iter().filter(|told| of_group(&told.key)).any(|told| match told.outcome.as_str() {
        "skipped" => told.reason.starts_with("gone:"),
        "uncertain" => told.reason.contains("all have this e-mail"),
        _ => false,
    })
}

/// Whether `uncertain` was reported for this person or a twin, with all these ids.
fn is_told(round: &Round<'_>, member: &Member, ids: &[u64]) -> bool {
    let group = round.cast.group(member);
    let of_group = |key: &str| round.cast.by_key(key).is_some_and(|other| round.cast.group(other) == group);
    let told = round.told.iter().filter(|told| told.outcome == "uncertain" && of_group(&told.key));
    let named: BTreeSet<u64> = told.flat_map(|told| told.named()).collect();
    ids.iter().all(|id| named.contains(id))
}

fn rows(round: &Round<'_>, theirs: &[&Value], who: &str, late: bool, found: &mut Found) {
    // Of several, the one that Hireline continues with has the most.
    let Some(whole) = theirs.iter().max_by_key(|candidate| there(candidate).len()) else { return };
    let Some(creator) = round.cast.of_candidate(whole) else { return };
    let expected = expected(&round.cast, creator, round.plan.update, round.plan.v1, late);
    let there = there(whole);
    let relaxed = round.forbidden;
    for row in expected.must.iter().filter(|row| !there.contains_key(*row)) {
        found.lost += 1;
        found.findings.push(format!("{who}: {row} is lost"));
    }
    for rows in expected.one_of.iter().filter(|rows| !rows.iter().any(|row| there.contains_key(row))) {
        // A person resolved by hand that an application was not there, but it was found later: it belongs to
        // no profile.
        if relaxed {
            continue;
        }
        found.lost += 1;
        found.findings.push(format!("{who}: none of {rows:?} is there"));
    }
    for (row, number) in &there {
        if !expected.may.contains(row) {
            found.findings.push(format!("{who}: {row} is foreign"));
        }
        if *number > 1 {
            found.twice += 1;
            if !late {
                found.findings.push(format!("{who}: {row} is there {number} times"));
            } else if !is_told(round, creator, &doubled(round, whole, row)) {
                found.untold += 1;
                found
                    .findings
                    .push(format!("{who}: {row} is there {number} times ({:?}), and that was not told", doubled(round, whole, row)));
            }
        }
    }
    if round.plan.update && creator.part == Part::Usual {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let phones = whole["phone_numbers"].as_array().into_iter().flatten().filter_map(|phone| phone["value"].as_str()).map(digits);
        let wanted = creator.now.as_ref().and_then(|now| now["info"]["phone"].as_str()).map(digits).unwrap_or_default();
        if !phones.into_iter().any(|phone| phone == wanted) && !late {
            found.findings.push(format!("{who}: the newest phone number is not there"));
        }
    }
}

/// The ids of rows that are the same; of v1's attachments, which tell none, the candidate's.
fn doubled(round: &Round<'_>, candidate: &Value, row: &str) -> Vec<u64> {
    if round.plan.v1 && row.ends_with("on the candidate") {
        return candidate["id"].as_u64().into_iter().collect();
    }
    expected::rows(candidate).into_iter().filter(|(other, _)| other == row).map(|(_, id)| id).collect()
}

/// The ledger's ids are Greenhouse's, and nothing is left under way.
fn ledger_agrees(round: &Round<'_>, state: &Value, late: bool) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ledger = match Ledger::open(round.ledger()) {
        Ok(ledger) => ledger,
        Err(error) => return vec![format!("the ledger does not open: {error}")],
    };
    let mut findings = Vec::new();
    for member in round.cast.members.iter().filter(|member| matches!(member.part, Part::Usual | Part::Theirs)) {
        let people = runtime.block_on(ledger.people(&member.key())).unwrap();
        let person = people.into_iter().find(|(who, _)| who.source_key == member.source()).map(|(_, person)| person);
        match person {
            _ if late && is_left_to_a_person(round, member) => {}
            None => findings.push(format!("the ledger does not know {}", member.key())),
            Some(person) => findings.extend(person_agrees(round, member, &person, state)),
        }
        for seen in runtime.block_on(ledger.seen_of_profile(&member.key())).unwrap() {
            let left = late && is_left_to_a_person(round, member);
            let right = left || ["created", "applied", "updated", "unchanged", "uncertain"].contains(&seen.outcome.as_str());
            if !right {
                findings.push(format!("the ledger has {} as {} in {} at the end", member.key(), seen.outcome.as_str(), seen.pipeline));
            }
        }
    }
    runtime.block_on(ledger.close());
    findings
}

fn person_agrees(round: &Round<'_>, member: &Member, person: &Person, state: &Value) -> Vec<String> {
    let key = member.key();
    let Some(row) = person.candidate else { return vec![format!("the ledger knows no candidate of {key}")] };
    let Some(candidate) = candidates(state).iter().find(|candidate| candidate["id"] == row.id) else {
        return vec![format!("the ledger names candidate {} of {key}, and Greenhouse has none", row.id)];
    };
    let mut findings = Vec::new();
    let whose = round.cast.of_candidate(candidate).map(|other| round.cast.group(other));
    if whose != Some(round.cast.group(member)) {
        findings.push(format!("the ledger names candidate {} of {key}, who is somebody else", row.id));
    }
    for step in &person.steps {
        if step.state.is_open() {
            findings.push(format!("the ledger has {:?} of {key} as {} at the end", step.step, step.state.as_str()));
        }
        let (Step::Application { job }, State::Done) = (step.step, step.state) else { continue };
        let same = |application: &Value| application["job_id"] == job && step.id.is_none_or(|id| application["id"] == id);
        if !candidate["applications"].as_array().into_iter().flatten().any(same) {
            findings.push(format!("the ledger names application {:?} of {key} to job {job}, and Greenhouse has none", step.id));
        }
    }
    findings
}

/// Every printed line is true, also if its process was killed afterwards.
fn lines_are_true(round: &Round<'_>, state: &Value, late: bool) -> Vec<String> {
    let mut findings = Vec::new();
    for told in &round.told {
        let said_done = ["created", "applied", "updated", "unchanged"].contains(&told.outcome.as_str());
        let (Some(id), true) = (told.candidate, said_done) else {
            if said_done {
                findings.push(format!("{} is told as {} without a candidate", told.key, told.outcome));
            }
            continue;
        };
        let candidate = candidates(state).iter().find(|candidate| candidate["id"] == id);
        let whose = candidate.and_then(|candidate| round.cast.of_candidate(candidate)).map(|member| round.cast.group(member));
        if whose.is_none() || whose != round.cast.by_key(&told.key).map(|member| round.cast.group(member)) {
            findings.push(format!("{} was told as {} with candidate {id}, and is not that one", told.key, told.outcome));
        }
        let has = |id: &u64| {
            candidate.is_some_and(|candidate| candidate["applications"].as_array().into_iter().flatten().any(|row| row["id"] == *id))
        };
        if !late && !told.applications.iter().all(has) {
            findings.push(format!("{} was told with applications {:?}, and Greenhouse has not all of them", told.key, told.applications));
        }
    }
    findings
}
