//! What a run says of a profile: to people, and, without any value of the profile, to the ledger.

use crate::candidate::Candidate;
use crate::outcome::Ending;
use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;

pub(super) const PENDING: &str = "recorded, and not finished: the next run goes on with it";

/// The reason as the ledger may keep it. Greenhouse's own words may hold anything, so of a refusal only the status is kept.
pub(super) fn for_ledger(ending: &Ending) -> Option<String> {
    let reason = ending.because.as_ref().or(ending.reason.as_ref())?;
    Some(reason.split(GREENHOUSE_SAYS).next().unwrap_or_default().to_owned())
}

const GREENHOUSE_SAYS: &str = ", and says: ";

/// A refusal as a sentence, with every value of the candidate taken out of Greenhouse's words.
pub(super) fn refused(status: u16, words: &str, candidate: &Candidate) -> String {
    const LONGEST: usize = 300;
    let shown = words.chars().filter(|c| !c.is_control()).collect::<String>();
    // Before it is cut: the rest of a value that was cut in two could not be found.
    let shown = serde_json::to_value(candidate).map(|document| without_values(&shown, &document)).unwrap_or_default();
    let is_address = |word: &str| word.contains('@') || word.contains("%40");
    let shown: Vec<_> = shown.split(' ').map(|word| if is_address(word) { "…" } else { word }).collect();
    match shown.join(" ").chars().take(LONGEST).collect::<String>() {
        words if words.trim().is_empty() => format!("Greenhouse refuses it ({status})"),
        words => format!("Greenhouse refuses it ({status}){GREENHOUSE_SAYS}{words}"),
    }
}

/// In any case of their letters: Greenhouse writes e-mails small.
fn without_values(words: &str, document: &Value) -> String {
    let mut values = Vec::new();
    texts(document, &mut values);
    let found = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(&values);
    let Ok(found) = found else { return String::new() };
    let mut shown = String::with_capacity(words.len());
    found.replace_all_with(words, &mut shown, |_, _, shown| {
        shown.push('…');
        true
    });
    shown
}

/// Texts that could be somebody's; the enumerations' words are nobody's.
fn texts<'v>(value: &'v Value, into: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.chars().count() > 2 => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(members) => {
            members.iter().filter(|(name, _)| !matches!(name.as_str(), "type" | "visibility")).for_each(|(_, value)| texts(value, into));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;

    #[test]
    fn greenhouses_words_are_told_without_values_and_kept_by_nobody() {
        let candidate = Candidate { first_name: "Ada".into(), last_name: "Lovelace".into(), ..Default::default() };
        let reason = refused(422, "Ada Lovelace <ada@example.org> is a duplicate", &candidate);
        insta::assert_snapshot!(reason, @"Greenhouse refuses it (422), and says: … … … is a duplicate");
        // A name that stands where the words are cut, in other letters.
        let long = refused(422, &format!("{}ADA LOVELACE ada%40example.org", "x".repeat(295)), &candidate);
        assert!(!long.contains("AD") && !long.contains("LOV"), "{long}");
        let ending = Ending::new("k", Outcome::Failed).because_of(reason);
        assert_eq!(for_ledger(&ending).as_deref(), Some("Greenhouse refuses it (422)"));
    }
}
