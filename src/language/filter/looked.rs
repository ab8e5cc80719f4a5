//! What a predicate looks at: its paths, with what each finds in one profile. For `trace`, so that a verdict can be understood.

use super::lexer::{self, Kind, Token};
use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::Value;

/// A path as it was written, and all that it finds; none where nothing is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    pub path: String,
    pub found: Vec<Value>,
}

/// The paths of a predicate, each once, in their order; those within a filter's brackets belong to the path around them.
pub(super) fn looked(text: &str, root: &Value) -> Vec<Looked> {
    let mut looked: Vec<Looked> = Vec::new();
    for path in paths(text) {
        if looked.iter().all(|known| known.path != path)
            && let Some(query) = query(path)
        {
            // An error would be a query that ends in a value; a path ends in a selection.
            let found = js_path_process(&query, root).unwrap_or_default();
            looked.push(Looked { path: path.to_owned(), found: found.into_iter().map(|found| found.val().clone()).collect() });
        }
    }
    looked
}

/// The same path from the evaluation's root: the profile is its only one.
fn query(path: &str) -> Option<JpQuery> {
    let whole = match path.strip_prefix('@') {
        Some(rest) => format!("$.{}[0]{rest}", super::PROFILES),
        None => path.to_owned(),
    };
    parse_json_path(&whole).ok()
}

fn paths(text: &str) -> Vec<&str> {
    // The predicate was parsed, so it has words.
    let tokens = lexer::tokens(text).unwrap_or_default();
    let mut paths = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        if matches!(token.kind, Kind::Current | Kind::Root) {
            let end = end_of_path(&tokens, &mut at).unwrap_or(token.end());
            paths.extend(text.get(token.start..end));
        }
    }
    paths
}

/// Goes to the first word that does not belong to the path; gives where the path ends.
fn end_of_path(tokens: &[Token<'_>], at: &mut usize) -> Option<usize> {
    let mut end = None;
    loop {
        let token = tokens.get(*at);
        let steps = match token {
            Some(dot) if dot.is(".") || dot.is("..") => match tokens.get(*at + 1) {
                Some(name) if name.kind == Kind::Name || name.is("*") => 2,
                _ => 1,
            },
            Some(bracket) if bracket.is("[") => length_of_brackets(&tokens[*at..]),
            _ => return end,
        };
        *at += steps;
        end = tokens.get(*at - 1).map(Token::end);
    }
}

/// The number of tokens from a bracket to the one that closes it.
fn length_of_brackets(tokens: &[Token<'_>]) -> usize {
    let mut open = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is("[") {
            open += 1;
        } else if token.is("]") {
            open -= 1;
            if open == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(predicate: &str) -> String {
        let profile = json!({
            "experiences_duration": 4.5,
            "info": {"email": "ada@example.org"},
            "tags": [{"name": "stage", "value": "rejected"}, {"name": "level", "value": 3}],
            "skills": [{"name": "rust"}, {"name": "sql"}],
        });
        let root = json!({ "vars": {"min": 2}, "pipeline": "p", "profiles": [profile] });
        let line = |looked: Looked| format!("{} = {}", looked.path, Value::Array(looked.found));
        looked(predicate, &root).into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_path_is_told_with_what_it_finds() {
        let predicates = [
            "@.experiences_duration >= $.vars.min && @.experiences_duration < 10",
            "@.tags[?@.name == 'stage' && @.value == $.vars.min]",
            "count(@.skills[*]) >= 2 && !@.archived_at",
            "match(@['info'].email, '.*[@]example[.]org')",
            "@.tags[?count(@.x[?@.y == 1]) == 0].value == 3 || @..name",
        ];
        insta::assert_snapshot!(predicates.map(|predicate| format!("{predicate}\n{}", told(predicate))).join("\n\n"), @r#"
        @.experiences_duration >= $.vars.min && @.experiences_duration < 10
        @.experiences_duration = [4.5]
        $.vars.min = [2]

        @.tags[?@.name == 'stage' && @.value == $.vars.min]
        @.tags[?@.name == 'stage' && @.value == $.vars.min] = []

        count(@.skills[*]) >= 2 && !@.archived_at
        @.skills[*] = [{"name":"rust"},{"name":"sql"}]
        @.archived_at = []

        match(@['info'].email, '.*[@]example[.]org')
        @['info'].email = ["ada@example.org"]

        @.tags[?count(@.x[?@.y == 1]) == 0].value == 3 || @..name
        @.tags[?count(@.x[?@.y == 1]) == 0].value = []
        @..name = ["stage","level","rust","sql"]
        "#);
    }
}
