//! Educations by name: what Greenhouse's lists have is sent by id, what they have not goes where the pipeline says.

use super::NameError;
use super::resolve::{Names, Rules, Unresolved};
use crate::model::candidate::{Education, Note};
use crate::model::named::Kind;
use crate::model::settings::UnmatchedEducation;

/// The first line of the note. Greenhouse's people read it, so it says nothing of pipelines.
const HEAD: &str = "Education that is not, or not wholly, in Greenhouse's own lists:";

/// Resolves every education; gives what stays, and the note's lines.
pub(super) fn resolve(
    educations: Vec<Education>,
    names: &mut impl Names,
    rules: Rules,
    errors: &mut Vec<Unresolved>,
) -> (Vec<Education>, Vec<String>) {
    let (mut kept, mut lines) = (Vec::with_capacity(educations.len()), Vec::new());
    for (at, mut education) in educations.into_iter().enumerate() {
        let told = in_words(&education);
        let mut missed: Vec<&'static str> = Vec::new();
        for (word, kind) in [("school", Kind::School), ("degree", Kind::Degree), ("discipline", Kind::Discipline)] {
            let (name, id) = match kind {
                Kind::School => (&mut education.school, &mut education.school_id),
                Kind::Degree => (&mut education.degree, &mut education.degree_id),
                _ => (&mut education.discipline, &mut education.discipline_id),
            };
            let Some(name) = name.take() else { continue };
            match names.id(kind, None, &name) {
                Ok(found) => *id = Some(found),
                Err(error) if rules.unmatched_education == UnmatchedEducation::Invalid => errors.push(unresolved(at, word, &error)),
                Err(_) => missed.push(word),
            }
        }
        if !missed.is_empty() && rules.unmatched_education == UnmatchedEducation::Note {
            lines.push(format!("- {told} (not in the list: {})", missed.join(", ")));
        }
        if education.school_id.is_some() || education.degree_id.is_some() || education.discipline_id.is_some() {
            kept.push(education);
        }
    }
    (kept, lines)
}

fn unresolved(at: usize, word: &str, error: &NameError) -> Unresolved {
    Unresolved { member: format!("educations[{at}].{word}"), message: error.of_value() }
}

/// The note that tells what is not in the lists: the same text as long as the profile and the lists are the same.
pub(super) fn note(lines: &[String]) -> Option<Note> {
    (!lines.is_empty()).then(|| Note { body: format!("{HEAD}\n{}", lines.join("\n")), visibility: "private".into() })
}

/// "Siena College, Master of Arts, History, 2014-09-01 to 2016-06-30".
fn in_words(education: &Education) -> String {
    let names = [&education.school, &education.degree, &education.discipline];
    let mut parts: Vec<String> = names.into_iter().flatten().map(|name| name.trim().to_owned()).collect();
    let day = |date: &Option<String>| date.as_ref().map(|date| date.get(..10).unwrap_or(date).to_owned());
    match (day(&education.start_date), day(&education.end_date)) {
        (Some(start), Some(end)) => parts.push(format!("{start} to {end}")),
        (Some(start), None) => parts.push(format!("from {start}")),
        (None, Some(end)) => parts.push(format!("until {end}")),
        (None, None) => {}
    }
    parts.join(", ")
}
