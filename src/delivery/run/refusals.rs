//! A streak of refusals: whether they are the credential's or the pipeline's, and not the profiles' (R8).

use super::Halt;
use crate::delivery::action::{Action, Refusal};
use crate::model::capabilities::Capabilities;
use crate::model::rows::Settlement;
use std::collections::{BTreeMap, BTreeSet};

/// So many requests of an operation that was never allowed in this run; of one that was, for so many people: 403.
const MOST_REFUSALS: usize = 3;
/// For so many people in the same words, where they name no member: 400 and 404. More, because a profile's content may be what is wrong.
pub(super) const MOST_ALIKE: usize = 5;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Refusals {
    /// By operation.
    streaks: BTreeMap<&'static str, Streak>,
    /// Why the run ends, with the status and the words. What is refused so from then on, whichever operation it is, is taken back too.
    ended: Option<(u16, String, Halt)>,
}

/// Of one operation, with one status and, unless it is 403, in one set of words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Streak {
    /// Whether the operation was allowed before, in this run.
    allowed: bool,
    status: u16,
    words: String,
    /// As if they had never been tried.
    taken_back: Vec<Settlement>,
}

impl Refusals {
    /// Greenhouse does this operation: what it refused before was the profile's own. What left after this request may have been refused
    /// since, for all: answers overtake each other.
    pub fn allowed(&mut self, action: &Action<'_>, untried: &Settlement) {
        let streak = self.streaks.entry(action.operation()).or_default();
        streak.allowed = true;
        streak.taken_back.retain(|refused| refused.action > untried.action);
    }

    /// Why the run has to end, with what is taken back; none where this refusal is the profile's own, as far as is known.
    pub fn refused(
        &mut self,
        capabilities: &Capabilities,
        action: &Action<'_>,
        refusal: &Refusal,
        untried: Settlement,
    ) -> Option<(Halt, Vec<Settlement>)> {
        let (operation, status) = (action.operation(), refusal.status);
        // Source: `docs/greenhouse-api.md`, "Errors".
        let unknown_user = capabilities.unknown_user_is_404 && status == 404 && matches!(action, Action::CreateCandidate { .. });
        let is_own = match status {
            403 => false,
            400 | 404 => refusal.field.is_some() && !unknown_user,
            _ => true,
        };
        if is_own {
            self.allowed(action, &untried);
            return None;
        }
        let words = if status == 403 { "" } else { refusal.message.as_str() };
        if let Some((_, _, halt)) = self.ended.as_ref().filter(|ended| (ended.0, ended.1.as_str()) == (status, words)) {
            return Some((halt.clone(), vec![untried]));
        }
        let streak = self.streaks.entry(operation).or_default();
        if (streak.status, streak.words.as_str()) != (status, words) {
            *streak = Streak { allowed: streak.allowed, status, words: words.to_owned(), ..Streak::default() };
        }
        streak.taken_back.push(untried);
        let count = streak.taken_back.len();
        let people = streak.taken_back.iter().map(|refused| &refused.person).collect::<BTreeSet<_>>().len();
        let halt = match (status, streak.allowed) {
            (403, false) if count >= MOST_REFUSALS => Halt::Forbidden { operation },
            (403, true) if people >= MOST_REFUSALS => Halt::Forbidden { operation },
            (404, false) if unknown_user && count >= MOST_REFUSALS => Halt::UnknownUser,
            (400 | 404, _) if people >= MOST_ALIKE => Halt::Alike { operation, status },
            _ => return None,
        };
        self.ended = Some((status, words.to_owned(), halt.clone()));
        // Too few of another operation for a streak have the same cause.
        let alike = self.streaks.values_mut().filter(|streak| (streak.status, streak.words.as_str()) == (status, words));
        let taken_back = alike.flat_map(|streak| std::mem::take(&mut streak.taken_back)).collect();
        Some((halt, taken_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::greenhouse::v3;
    use crate::model::candidate::Note;
    use crate::model::step::PersonKey;

    /// Which of these refusals of notes ends the run, and how many are taken back then. Each is for another person, unless it repeats a name.
    fn ends(allowed: bool, refusals: &[(&str, u16, &str, Option<&str>)]) -> Option<(usize, usize)> {
        let note = Note { body: "Hello".into(), visibility: "private".into() };
        let action = Action::CreateNote { candidate: crate::delivery::action::Id::candidate(1), note: &note };
        let mut all = Refusals::default();
        if allowed {
            all.allowed(&action, &Settlement::default());
        }
        refusals.iter().enumerate().find_map(|(number, (name, status, message, field))| {
            let person = PersonKey { profile_key: (*name).into(), ..PersonKey::default() };
            let untried = Settlement { person, ..Settlement::default() };
            let refusal = Refusal { status: *status, message: (*message).into(), field: field.map(str::to_owned) };
            let ended = all.refused(&v3::CAPABILITIES, &action, &refusal, untried)?;
            Some((number + 1, ended.1.len()))
        })
    }

    #[test]
    fn a_streak_over_several_people_is_not_about_them() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let of = |status, message, field| names.map(|name| (name, status, message, field));
        for allowed in [false, true] {
            assert_eq!(ends(allowed, &of(403, "No", None)), Some((3, 3)));
            for status in [400, 404] {
                assert_eq!(ends(allowed, &of(status, "No", None)), Some((5, 5)), "{status}");
                assert_eq!(ends(allowed, &of(status, "is not right", Some("body"))), None, "{status}: it is about the profile");
            }
            assert_eq!(ends(allowed, &of(422, "No", None)), None);
        }
        let one = [("a", 403, "No", None); 6];
        assert_eq!((ends(false, &one), ends(true, &one)), (Some((3, 3)), None), "one record may be forbidden");
        assert_eq!(ends(true, &[("a", 404, "No", None); 6]), None);
        let words = names.map(|name| (name, 400, name, None));
        assert_eq!(ends(true, &words), None, "each is about its own profile");
        let mixed =
            [("a", 403, "No", None), ("b", 403, "No", None), ("c", 422, "No", None), ("d", 403, "No", None), ("e", 403, "No", None)];
        assert_eq!(ends(true, &mixed), None, "another refusal shows that the operation is allowed");
    }
    #[test]
    fn an_answer_that_comes_late_tells_nothing_of_what_left_after_it() {
        let note = Note { body: "Hello".into(), visibility: "private".into() };
        let action = Action::CreateNote { candidate: crate::delivery::action::Id::candidate(1), note: &note };
        let refusal = Refusal { status: 404, message: "No".into(), field: None };
        let left = |nth: usize| {
            let person = PersonKey { profile_key: nth.to_string(), ..PersonKey::default() };
            Settlement { person, action: Some(nth.to_string()), ..Settlement::default() }
        };
        let mut all = Refusals::default();
        for nth in [1, 3] {
            assert_eq!(all.refused(&v3::CAPABILITIES, &action, &refusal, left(nth)), None);
        }
        all.allowed(&action, &left(2));
        let ended: Vec<_> = (4..8).filter_map(|nth| all.refused(&v3::CAPABILITIES, &action, &refusal, left(nth))).collect();
        let taken_back: Vec<_> = ended.iter().flat_map(|(_, taken_back)| taken_back).filter_map(|one| one.action.as_deref()).collect();
        assert_eq!(taken_back, ["3", "4", "5", "6", "7"], "the first was refused before the operation was done");
    }
}
