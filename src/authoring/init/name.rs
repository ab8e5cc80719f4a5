//! A customer's name: it becomes a folder, a file and the pipeline's name.

use crate::base::letters;

/// Why a name cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` cannot be a customer's name: it becomes the pipeline's name, so it has small letters a to z, digits and -, and begins with a letter or a digit. {help}"
)]
pub struct BadName {
    name: String,
    help: String,
}

/// Longer names make paths that some systems refuse.
const LONGEST: usize = 60;
/// Names that stand for something else in the folder.
const TAKEN: [&str; 1] = ["hireline"];

/// The name, if it can be one.
///
/// # Errors
/// With the nearest name that can.
pub fn checked(name: &str) -> Result<String, BadName> {
    let near = nearest(name);
    if near == name && !near.is_empty() && !TAKEN.contains(&name) {
        return Ok(near);
    }
    let help = match near.as_str() {
        "" => "Take one like `acme`".to_owned(),
        taken if TAKEN.contains(&taken) => format!("`{taken}.yaml` is the workspace's own file: take one like `{taken}-jobs`"),
        near => format!("Take `{near}`"),
    };
    Err(BadName { name: name.to_owned(), help })
}

fn nearest(name: &str) -> String {
    let mut near = String::new();
    for sign in letters::plain(name) {
        match sign {
            'a'..='z' | '0'..='9' => near.push(sign),
            _ if sign.is_alphanumeric() => {}
            '-' if !near.is_empty() => near.push('-'),
            _ if !near.is_empty() && !near.ends_with('-') => near.push('-'),
            _ => {}
        }
    }
    // Two hyphens in a row are allowed where somebody wrote them; one at the end never is what was meant.
    near.truncate(LONGEST);
    near.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_is_told_with_the_nearest_good_one() {
        let told: Vec<String> = ["Acme GmbH & Co. KG", "../etc", "Müller", "/", "", "hireline", "-a", "a_b", "李"]
            .iter()
            .map(|name| format!("{name:?}: {}", checked(name).unwrap_err().help))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        "Acme GmbH & Co. KG": Take `acme-gmbh-co-kg`
        "../etc": Take `etc`
        "Müller": Take `muller`
        "/": Take one like `acme`
        "": Take one like `acme`
        "hireline": `hireline.yaml` is the workspace's own file: take one like `hireline-jobs`
        "-a": Take `a`
        "a_b": Take `a-b`
        "李": Take one like `acme`
        "#);
        for good in ["acme", "acme-emea", "4", "a--b"] {
            assert_eq!(checked(good).as_deref(), Ok(good));
        }
    }
}
