//! Common forms in which schools, degrees and disciplines are written: a small table, and nothing that is not in it. That a Master of
//! Science is a "Master's Degree" is not said here: it would be a guess which of a list's degrees is meant.

use super::fold::fold;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Words that stand for another wherever they are: as they are folded, then the whole word.
pub const WORDS: [(&str, &str); 8] = [
    ("univ", "university"),
    ("inst", "institute"),
    ("coll", "college"),
    ("polytech", "polytechnic"),
    ("mgmt", "management"),
    ("admin", "administration"),
    ("math", "mathematics"),
    ("maths", "mathematics"),
];

/// Whole names that mean one thing: the first, and its other forms.
pub const NAMES: [&[&str]; 20] = [
    &["Bachelor of Science", "BSc", "B.Sc.", "BS", "B.S.", "Bachelor of Science (B.S.)", "Bachelor of Science (BSc)"],
    &["Bachelor of Arts", "BA", "B.A.", "Bachelor of Arts (B.A.)"],
    &["Bachelor of Engineering", "BEng", "B.Eng.", "Bachelor of Engineering (B.Eng.)"],
    &["Bachelor of Business Administration", "BBA", "B.B.A.", "Bachelor of Business Administration (B.B.A.)"],
    &["Bachelor of Laws", "LLB", "LL.B.", "Bachelor of Laws (LL.B.)"],
    &["Bachelor's Degree", "Bachelor", "Bachelors", "Bachelor Degree"],
    &["Master of Science", "MSc", "M.Sc.", "MS", "M.S.", "Master of Science (M.S.)", "Master of Science (MSc)"],
    &["Master of Arts", "MA", "M.A.", "Master of Arts (M.A.)"],
    &["Master of Engineering", "MEng", "M.Eng.", "Master of Engineering (M.Eng.)"],
    &["Master of Business Administration", "MBA", "M.B.A.", "Master of Business Administration (M.B.A.)"],
    &["Master of Laws", "LLM", "LL.M.", "Master of Laws (LL.M.)"],
    &["Master of Philosophy", "MPhil", "M.Phil.", "Master of Philosophy (M.Phil.)"],
    &["Master's Degree", "Master", "Masters", "Master Degree"],
    &["Doctor of Philosophy", "PhD", "Ph.D.", "DPhil", "Doctor of Philosophy (Ph.D.)"],
    &["Doctor of Medicine", "MD", "M.D.", "Doctor of Medicine (M.D.)"],
    &["Juris Doctor", "JD", "J.D.", "Juris Doctor (J.D.)"],
    &["Doctorate", "Doctoral Degree", "Doctor's Degree", "Doctorate Degree"],
    &["Associate's Degree", "Associate", "Associates", "Associate Degree"],
    &["Engineer's Degree", "Engineer Degree"],
    &["High School", "High School Diploma"],
];

/// A name in its common form: folded, "the" at its head left out, words and whole names as the tables have them.
pub fn common(name: &str) -> String {
    static WHOLE: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let forms = NAMES.iter().filter_map(|forms| Some((fold(forms.first()?), *forms)));
        forms.flat_map(|(first, forms)| forms.iter().map(move |form| (fold(form), first.clone()))).collect()
    });
    let folded = fold(name);
    let folded = folded.strip_prefix("the ").unwrap_or(&folded);
    let words = folded.split(' ').map(|word| WORDS.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| *long));
    let whole = words.collect::<Vec<_>>().join(" ");
    WHOLE.get(&whole).cloned().unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_forms_are_the_same() {
        for (one, other) in [
            ("Univ. of Michigan", "The University of Michigan"),
            ("M.Sc.", "Master of Science"),
            ("PhD", "Doctor of Philosophy (Ph.D.)"),
            ("Masters", "Master's Degree"),
            ("Maths & Physics", "Mathematics and Physics"),
        ] {
            assert_eq!(common(one), common(other));
        }
        assert_ne!(common("Master of Science"), common("Master's Degree"));
        assert_ne!(common("Paris University"), common("University of Paris"));
        assert_eq!(common("The"), "the");
    }

    #[test]
    fn no_form_stands_for_two_names() {
        let mut all: Vec<String> = Vec::new();
        for forms in NAMES {
            let mut own: Vec<String> = forms.iter().map(|form| fold(form)).collect();
            own.sort();
            own.dedup();
            all.extend(own);
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
