//! What Greenhouse's refusals are called, without values of the profile. See `docs/delivery.md`, "A step's life".

use super::action::Refusal;
use crate::model::candidate::Candidate;
use crate::model::step::Step;
use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;

const LONGEST: usize = 300;
/// Of what the ledger keeps.
const KEPT: usize = 200;

/// A refusal as a sentence for the run's line, with every value of the candidate taken out of Greenhouse's words.
pub fn sentence(refusal: &Refusal, candidate: &Candidate) -> String {
    said("it", refusal.status, &without_values(&refusal.message, candidate).chars().take(LONGEST).collect::<String>())
}

/// A refusal as the ledger keeps it: job, member, status, and of Greenhouse's words only those that cannot be a value of anybody. The
/// refusal's field is the candidate's member.
pub fn kept(refusal: &Refusal, step: Step, candidate: &Candidate) -> String {
    let phrase = plain(&without_values(&refusal.message, candidate));
    // Greenhouse names it: it could be anything.
    let is_name = |field: &&str| field.len() <= 100 && field.chars().all(|c| c.is_alphanumeric() || " _.[]-".contains(c));
    let said = said(refusal.field.as_deref().filter(is_name).unwrap_or("it"), refusal.status, &phrase);
    match job(step, refusal.field.as_deref(), candidate) {
        Some(job) => format!("job {job}: {said}"),
        None => said,
    }
}

fn said(what: &str, status: u16, words: &str) -> String {
    match words.trim() {
        "" => format!("Greenhouse refuses {what} ({status})"),
        words => format!("Greenhouse refuses {what} ({status}), and says: {words}"),
    }
}

/// The job that a refusal is about.
pub fn job(step: Step, field: Option<&str>, candidate: &Candidate) -> Option<u64> {
    match step {
        Step::Application { job } => Some(job),
        Step::Attachment { job, .. } => job,
        // A create takes applications along.
        Step::Candidate => {
            let index: usize = field?.strip_prefix("applications[")?.split(']').next()?.parse().ok()?;
            candidate.applications.get(index)?.job_id
        }
        _ => None,
    }
}

fn without_values(words: &str, candidate: &Candidate) -> String {
    let words = words.chars().filter(|c| !c.is_control()).collect::<String>();
    // Before it is cut: the rest of a value that was cut in two could not be found.
    let Ok(document) = serde_json::to_value(candidate) else { return String::new() };
    let (mut values, mut short) = (Vec::new(), Vec::new());
    texts(&document, &mut values, &mut short);
    // In any case of their letters: Greenhouse writes e-mails small.
    let found = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(&values);
    let Ok(found) = found else { return String::new() };
    let mut shown = String::with_capacity(words.len());
    found.replace_all_with(&words, &mut shown, |_, _, shown| {
        shown.push('…');
        true
    });
    let is_value = |word: &str| word.contains('@') || word.contains("%40") || short.contains(&trimmed(word));
    shown.split(' ').map(|word| if is_value(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Texts that could be somebody's, and those that are so short that only a whole word counts. The enumerations' words are nobody's.
fn texts<'v>(value: &'v Value, into: &mut Vec<&'v str>, short: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.chars().count() > 2 => into.push(text),
        Value::String(text) if !text.is_empty() => short.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into, short)),
        Value::Object(members) => {
            let nobodys = |name: &str| matches!(name, "type" | "visibility");
            members.iter().filter(|(name, _)| !nobodys(name)).for_each(|(_, value)| texts(value, into, short));
        }
        _ => {}
    }
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Words of a sentence that cannot be a name, an address or a number of anybody; all others become `…`.
fn plain(words: &str) -> String {
    let mut plain: Vec<&str> = Vec::new();
    let (mut begins, mut quoted, mut after_number) = (true, false, false);
    for word in words.split_whitespace() {
        let quotes = word.matches(['"', '“', '”', '«', '»']).count();
        let inner = trimmed(word);
        let is_number = inner.chars().any(|c| c.is_ascii_digit());
        // A long number, or one of several, may be a phone number or a date.
        let is_counted = is_number && !after_number && inner.len() <= 6 && inner.bytes().all(|byte| byte.is_ascii_digit());
        let is_small = inner.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '-' | '\'' | '’' | '[' | ']'));
        let is_word =
            is_small || begins && inner.chars().skip(1).all(|c| c.is_ascii_lowercase() || matches!(c, '\'' | '’')) && inner.is_ascii();
        let is_known = matches!(inner, "ID" | "URL" | "JSON" | "PDF");
        let shown = !quoted && quotes == 0 && (is_word && !is_number || is_counted || is_known);
        quoted ^= quotes % 2 == 1;
        (begins, after_number) = (word.ends_with(['.', '!', '?', ';']), is_number);
        let word = if shown { word } else { "…" };
        if word != "…" || plain.last() != Some(&"…") {
            plain.push(word);
        }
    }
    plain.join(" ").chars().take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(message: &str, field: Option<&str>) -> Refusal {
        Refusal { status: 422, message: message.into(), field: field.map(str::to_owned) }
    }

    #[test]
    fn greenhouses_words_are_told_without_values() {
        let candidate = Candidate::from_document(json!({"first_name": "Ada", "last_name": "Lovelace"})).unwrap();
        let told = |message: &str| sentence(&refusal(message, None), &candidate);
        assert_eq!(told("Ada Lovelace <ada@example.org> is a duplicate"), "Greenhouse refuses it (422), and says: … … … is a duplicate");
        // A name that stands where the words are cut, in other letters.
        let long = told(&format!("{}ADA LOVELACE ada%40example.org", "x".repeat(295)));
        assert!(!long.contains("AD") && !long.contains("LOV"), "{long}");
        assert_eq!(told(" \u{7}"), "Greenhouse refuses it (422)");
    }

    #[test]
    fn the_ledger_keeps_what_is_nobodys() {
        let candidate = Candidate::from_document(json!({
            "first_name": "Li", "last_name": "Wu", "title": "Engineer", "phone_numbers": [{"value": "+33612345678", "type": "mobile"}],
            "applications": [{"job_id": 4099}],
        }))
        .unwrap();
        let rows = [
            ("is a closed job", Some("applications[0].job_id")),
            ("First name can't be blank", Some("first_name")),
            ("Li Wu is a duplicate of Bob Smith (bob@example.org), born 1990-01-02", None),
            ("Candidate has already applied to job \"Chief of staff\" as engineer.", None),
            ("Phone +33 6 12 34 56 78 is not valid; must have 10 digits", Some("phone_numbers[0].value")),
            ("must be one of: internal, external. See https://developers.example.org/x", Some("custom_fields.level")),
            ("Élodie est refusée", None),
            ("", None),
        ];
        let told: Vec<_> = rows.map(|(message, field)| kept(&refusal(message, field), Step::Candidate, &candidate)).to_vec();
        insta::assert_snapshot!(told.join("\n"), @"
        job 4099: Greenhouse refuses applications[0].job_id (422), and says: is a closed job
        Greenhouse refuses first_name (422), and says: First name can't be blank
        Greenhouse refuses it (422), and says: … is a duplicate of … born …
        Greenhouse refuses it (422), and says: Candidate has already applied to job … as ….
        Greenhouse refuses phone_numbers[0].value (422), and says: Phone +33 … is not valid; must have 10 digits
        Greenhouse refuses custom_fields.level (422), and says: must be one of: internal, external. See …
        Greenhouse refuses it (422), and says: … est …
        Greenhouse refuses it (422)
        ");
        assert_eq!(
            kept(&refusal("is closed", None), Step::Application { job: 7 }, &candidate),
            "job 7: Greenhouse refuses it (422), and says: is closed"
        );
    }
}
