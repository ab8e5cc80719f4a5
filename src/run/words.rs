//! What a run says of a profile: to people, and, without any value of the profile, to the ledger.

use crate::candidate::Candidate;
use crate::outcome::Ending;
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
    let mut shown = words.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
    if let Ok(document) = serde_json::to_value(candidate) {
        let mut values = Vec::new();
        texts(&document, &mut values);
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        for value in values {
            shown = shown.replace(value, "…");
        }
    }
    let shown: Vec<_> = shown.split(' ').map(|word| if word.contains('@') { "…" } else { word }).collect();
    match shown.join(" ") {
        words if words.trim().is_empty() => format!("Greenhouse refuses it ({status})"),
        words => format!("Greenhouse refuses it ({status}){GREENHOUSE_SAYS}{words}"),
    }
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
        let ending = Ending::new("k", Outcome::Failed).because_of(reason);
        assert_eq!(for_ledger(&ending).as_deref(), Some("Greenhouse refuses it (422)"));
    }
}
