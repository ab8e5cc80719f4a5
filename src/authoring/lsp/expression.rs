//! Enclosing a template or an expression without braces: what may be written next, and what a word means.

use super::offer::{Offer, Sort};
use crate::language::mapping::{functions, type_of};
use crate::language::yaml::{Entry, Tree};
use crate::model::profile::fields::Type;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// What surrounds an expression.
#[derive(Debug)]
pub struct Around<'a> {
    /// Names that `$as` gives, the nearest last.
    pub locals: Vec<(String, Type)>,
    /// A JSON object.
    pub vars: &'a Value,
}

/// What the cursor in an expression stands on.
#[derive(Debug, PartialEq)]
enum Before<'b> {
    /// Behind `|`.
    Function,
    /// Behind `is`.
    Test,
    /// Behind a dot, and what stands before the dot.
    Member(&'b str),
    /// Behind something that is whole.
    Operator,
    /// Where a name or a value begins.
    Name,
    /// In a text between quotes.
    Text,
}

impl Around<'_> {
    /// The names of `$as` around a place, each with what is known of an item of its `$each`. `blocks` are the keys of the blocks on the way.
    pub fn locals<'t>(blocks: impl Iterator<Item = &'t [Entry]>) -> Vec<(String, Type)> {
        let mut locals: Vec<(String, Type)> = Vec::new();
        for block in blocks {
            let text = |key: &str| block.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.as_text());
            if let (Some(name), Some(list)) = (text("$as"), text("$each")) {
                let kind = match type_of(list, &locals) {
                    Type::List(item) => *item,
                    other => other,
                };
                locals.push((name.to_owned(), kind));
            }
        }
        locals
    }

    /// What may be written behind `before`, the expression up to the cursor, and how many bytes of it are the word that is being written.
    pub fn offers(&self, before: &str) -> (Vec<Offer>, usize) {
        let (head, word) = split_word(before);
        let offers = match behind(head) {
            Before::Text => Vec::new(),
            Before::Function => function_offers(),
            Before::Test => functions::TESTS.iter().filter(|name| is_word(name)).map(|name| Offer::new(name, Sort::Keyword)).collect(),
            Before::Member(base) => self.members(base),
            Before::Operator => ["and", "or", "is", "is not", "in", "if", "else"].map(|word| Offer::new(word, Sort::Keyword)).to_vec(),
            Before::Name => self.names(),
        };
        (offers, word.len())
    }

    fn members(&self, base: &str) -> Vec<Offer> {
        if let Some(value) = self.variable(base) {
            let members = value.as_object().into_iter().flatten();
            return members.map(|(name, value)| Offer::new(name, Sort::Variable).detail(value.to_string())).collect();
        }
        fields(type_of(base, &self.locals))
    }

    /// `vars`, or a member of it.
    fn variable(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        parts.next().filter(|head| *head == "vars")?;
        parts.try_fold(self.vars, |value, name| value.get(name))
    }

    fn names(&self) -> Vec<Offer> {
        let local =
            |(name, kind): &(String, Type)| Offer::new(name, Sort::Variable).detail(format!("{}: an item of `$each`", kind.in_words()));
        let mut names: Vec<Offer> = self.locals.iter().rev().map(local).collect();
        names.extend([
            Offer::new("profile", Sort::Variable).detail("the HrFlow profile"),
            Offer::new("vars", Sort::Variable).detail("the constants under `vars:`"),
            Offer::new("pipeline", Sort::Variable).detail("the pipeline's name"),
            Offer::new("not", Sort::Keyword),
        ]);
        names.extend(functions::CALLED.iter().map(|name| Offer::new(name, Sort::Function).insert(format!("{name}("))));
        names
    }

    /// What the word at byte `at` of an expression means, in Markdown, and where the word is.
    pub fn meaning(&self, expression: &str, at: usize) -> Option<(String, std::ops::Range<usize>)> {
        let start = at - split_word(expression.get(..at)?).1.len();
        let end = at + expression.get(at..)?.find(|c| !is_name(c)).unwrap_or(expression.len() - at);
        let word = expression.get(start..end).filter(|word| !word.is_empty())?;
        let meaning = match behind(expression.get(..start)?) {
            Before::Text => return None,
            Before::Function => function(word)?,
            Before::Test => format!("`is {word}`: a test"),
            Before::Member(base) => match self.variable(base).and_then(|value| value.get(word)) {
                Some(value) => format!("`{base}.{word}` = `{value}`"),
                None => field(base, word, type_of(base, &self.locals))?,
            },
            Before::Operator | Before::Name => self.name(word)?,
        };
        Some((meaning, start..end))
    }

    fn name(&self, word: &str) -> Option<String> {
        if let Some((_, kind)) = self.locals.iter().rev().find(|(name, _)| name == word) {
            return Some(format!("`{word}`: {}, an item of `$each`", kind.in_words()));
        }
        Some(match word {
            "profile" => "The HrFlow profile, normalised: nothing blank is left in it.".to_owned(),
            "vars" => "The constants under `vars:`, here and in the libraries.".to_owned(),
            "pipeline" => "The pipeline's name.".to_owned(),
            _ => return None,
        })
    }
}

/// The fields of a block, each with its meaning.
pub fn fields(kind: Type) -> Vec<Offer> {
    let offer = |name: &str| {
        let kind_of = kind.member(name).unwrap_or(Type::Open);
        Offer::new(name, Sort::Field).detail(kind_of.in_words()).about(kind.about(name).unwrap_or_default())
    };
    kind.names().map(offer).collect()
}

/// What a field of a block means, in Markdown.
pub fn field(base: &str, name: &str, outer: Type) -> Option<String> {
    let kind = outer.member(name)?;
    let about = outer.about(name)?;
    Some(format!("`{base}.{name}`: {}\n\n{about}", kind.in_words()))
}

fn function_offers() -> Vec<Offer> {
    let ours = functions::docs().map(|doc| Offer::new(doc.name, Sort::Function).detail(doc.signature).about(&example(doc)));
    let known: Vec<&str> = functions::docs().map(|doc| doc.name).collect();
    let others = functions::names().filter(|name| !known.contains(name)).map(|name| Offer::new(name, Sort::Function).detail("minijinja's"));
    ours.chain(others).collect()
}

fn function(name: &str) -> Option<String> {
    match functions::docs().find(|doc| doc.name == name) {
        Some(doc) => Some(format!("`{}`\n\n{}", doc.signature, example(doc))),
        None => functions::names().find(|known| *known == name).map(|name| format!("`… | {name}`: a function of minijinja's")),
    }
}

fn example(doc: &functions::Doc) -> String {
    format!("{}\n\nExample: `{}` gives `{}`, where `input` is `{}`.", doc.about, doc.example, doc.result, doc.input)
}

/// Where in a text between `{{` and `}}`, or `{%` and `%}`, the cursor stands: the expression up to it.
pub fn in_braces(before: &str) -> Option<&str> {
    let opened = ["{{", "{%"].iter().filter_map(|mark| before.rfind(mark)).max()?;
    let inside = before.get(opened + 2..)?;
    let closed = inside.contains("}}") || inside.contains("%}");
    (!closed).then(|| inside.strip_prefix('-').unwrap_or(inside))
}

/// What is written behind `{%`, before its first word is whole.
pub fn statements(before: &str) -> Option<(Vec<Offer>, usize)> {
    let opened = before.rfind("{%").filter(|at| before.rfind("{{").is_none_or(|other| other < *at))?;
    let word = before.get(opened + 2..)?.trim_start_matches('-').trim_start();
    let words = ["if", "elif", "else", "endif", "for", "endfor", "set"];
    word.chars().all(is_name).then(|| (words.map(|word| Offer::new(word, Sort::Keyword)).to_vec(), word.len()))
}

/// The names that `{% for %}` and `{% set %}` give before the cursor.
pub fn template_locals(before: &str, mut locals: Vec<(String, Type)>) -> Vec<(String, Type)> {
    static GIVEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{%-?\s*(?:for\s+(\w+)\s+in\s+(.*?)|set\s+(\w+)\s*=\s*(.*?))\s*-?%\}").ok());
    for found in GIVEN.iter().flat_map(|given| given.captures_iter(before)) {
        let part = |at| found.get(at).map(|part| part.as_str());
        if let (Some(name), Some(list)) = (part(1), part(2)) {
            locals.push((name.to_owned(), type_of(list, &locals).item()));
        } else if let (Some(name), Some(value)) = (part(3), part(4)) {
            locals.push((name.to_owned(), type_of(value, &locals)));
        }
    }
    locals
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_word(name: &str) -> bool {
    name.chars().all(is_name)
}

/// What stands before the word at the end, and the word.
fn split_word(before: &str) -> (&str, &str) {
    let head = before.trim_end_matches(is_name);
    before.split_at(head.len())
}

fn behind(head: &str) -> Before<'_> {
    if in_text(head) {
        return Before::Text;
    }
    let trimmed = head.trim_end();
    if let Some(base) = head.strip_suffix('.') {
        return Before::Member(operand(base));
    }
    if trimmed.ends_with('|') {
        return Before::Function;
    }
    let last = trimmed.rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
    let is_test = last == "is" || last == "not" && trimmed.trim_end_matches("not").trim_end().ends_with(" is");
    if is_test && trimmed.len() < head.len() {
        return Before::Test;
    }
    let begins = matches!(last, "and" | "or" | "not" | "if" | "elif" | "else" | "in" | "for" | "set");
    let is_whole = trimmed.ends_with(|c: char| is_name(c) || matches!(c, ')' | ']' | '\'' | '"'));
    if is_whole && !begins { Before::Operator } else { Before::Name }
}

/// Whether a text between quotes is open at the end. A quote twice is one within such a text, and to YAML too.
fn in_text(head: &str) -> bool {
    let mut open = None;
    for c in head.chars() {
        match (open, c) {
            (None, '\'' | '"') => open = Some(c),
            (Some(quote), c) if c == quote => open = None,
            _ => {}
        }
    }
    open.is_some()
}

/// The path at the end, brackets with what is in them: `(profile.attachments | attachment('resume'))`.
fn operand(base: &str) -> &str {
    let mut depth = 0_usize;
    let mut start = base.len();
    for (at, c) in base.char_indices().rev() {
        match c {
            ')' | ']' => depth += 1,
            '(' | '[' if depth == 0 => break,
            '(' | '[' => depth -= 1,
            _ if depth > 0 || is_name(c) || c == '.' => {}
            _ => break,
        }
        start = at;
    }
    base.get(start..).unwrap_or_default()
}

/// The text of a value up to a byte of the file, without the quote that opens it.
pub fn written_before(value: &Tree, offset: usize) -> &str {
    let written = value.place.file.text().get(value.place.start..offset).unwrap_or_default();
    let is_quoted = matches!(&value.kind, crate::language::yaml::Kind::Text(text) if matches!(text.style, crate::language::yaml::Style::SingleQuoted | crate::language::yaml::Style::DoubleQuoted));
    if is_quoted { written.get(1..).unwrap_or_default() } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_follow() {
        for (head, expected) in [
            ("", Before::Name),
            ("profile.", Before::Member("profile")),
            ("a and (profile.experiences[0].location.", Before::Member("profile.experiences[0].location")),
            ("(profile.attachments | attachment('resume')).", Before::Member("(profile.attachments | attachment('resume'))")),
            ("x | ", Before::Function),
            ("x |", Before::Function),
            ("x is ", Before::Test),
            ("x is not ", Before::Test),
            ("x ", Before::Operator),
            ("not ", Before::Name),
            ("x == 'hard' and ", Before::Name),
            ("x | tag('", Before::Text),
            ("x | tag(''", Before::Name),
            ("f(", Before::Name),
        ] {
            assert_eq!(behind(head), if head.ends_with("''") { Before::Operator } else { expected }, "{head}");
        }
    }

    #[test]
    fn only_inside_braces() {
        assert_eq!(in_braces("a {{ b"), Some(" b"));
        assert_eq!(in_braces("a {{ b }} c"), None);
        assert_eq!(in_braces("{% if x %}{{- y"), Some(" y"));
        assert_eq!(in_braces("a"), None);
    }
}
