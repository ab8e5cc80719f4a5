//! Enclosing a predicate: the fields behind `@`, the variables behind `$`, and RFC 9535's functions.

use super::expression::{field, fields};
use super::offer::{Offer, Sort};
use crate::model::profile::fields::{PROFILE, Type};
use serde_json::Value;
use std::ops::Range;

const FUNCTIONS: [(&str, &str); 5] = [
    ("length", "How long a text or a list is: `length(@.skills) >= 3`."),
    ("count", "How many a path finds: `count(@.skills[?@.type == 'hard']) >= 3`."),
    ("match", "Whether a whole text is like a pattern: `match(@.info.email, '.*@example[.]org')`."),
    ("search", "Whether a part of a text is like a pattern: `search(@.text, '[Rr]ust')`."),
    ("value", "The one value that a path finds: `value(@.tags[?@.name == 'stage'].value) == 'rejected'`."),
];

/// Where a path stands.
#[derive(Debug, Clone, Copy)]
enum Path<'v> {
    Profile(Type),
    /// Behind `$`: `vars` and `pipeline`.
    Root,
    Vars(&'v Value),
}

/// What is known at the end of a predicate's beginning.
enum At<'v, 'p> {
    /// Behind a dot: a member of what, and what stands before the dot.
    Member(Path<'v>, &'p str),
    /// Where a path or a function begins.
    Start,
    /// In a text between quotes.
    Text,
}

/// What may be written behind `before`, and how many bytes of it are the word that is being written.
pub fn offers(before: &str, vars: &Value) -> (Vec<Offer>, usize) {
    let head = before.trim_end_matches(is_name);
    let word = before.len() - head.len();
    let offers = match at_the_end_of(head, vars) {
        At::Text => Vec::new(),
        At::Member(Path::Profile(kind), _) => fields(kind),
        At::Member(Path::Root, _) => ["vars", "pipeline"].map(|name| Offer::new(name, Sort::Variable)).to_vec(),
        At::Member(Path::Vars(vars), _) => {
            let members = vars.as_object().into_iter().flatten();
            members.map(|(name, value)| Offer::new(name, Sort::Variable).detail(value.to_string())).collect()
        }
        At::Start => {
            let mut offers = vec![Offer::new("@", Sort::Variable).detail("the profile, or the item that a filter asks")];
            offers.push(Offer::new("$", Sort::Variable).detail("`$.vars` and `$.pipeline`"));
            let function = |(name, about): &(&str, &str)| Offer::new(name, Sort::Function).insert(format!("{name}(")).about(about);
            offers.extend(FUNCTIONS.iter().map(function));
            offers
        }
    };
    (offers, word)
}

/// What the word at byte `at` means, in Markdown, and where the word is.
pub fn meaning(predicate: &str, at: usize, vars: &Value) -> Option<(String, Range<usize>)> {
    let start = predicate.get(..at)?.trim_end_matches(is_name).len();
    let end = at + predicate.get(at..)?.find(|c| !is_name(c)).unwrap_or(predicate.len() - at);
    let word = predicate.get(start..end).filter(|word| !word.is_empty())?;
    let meaning = match at_the_end_of(predicate.get(..start)?, vars) {
        At::Text => return None,
        At::Member(Path::Profile(kind), base) => field(base, word, kind)?,
        At::Member(Path::Root, _) => match word {
            "vars" => "The constants under `vars:`, here and in the libraries.".to_owned(),
            "pipeline" => "The pipeline's name.".to_owned(),
            _ => return None,
        },
        At::Member(Path::Vars(vars), base) => format!("`{base}.{word}` = `{}`", vars.get(word)?),
        At::Start => FUNCTIONS.iter().find(|(name, _)| *name == word).map(|(_, about)| (*about).to_owned())?,
    };
    Some((meaning, start..end))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads paths from the left; `[?` opens a question to each item, in which `@` is the item.
fn at_the_end_of<'v, 'p>(head: &'p str, vars: &'v Value) -> At<'v, 'p> {
    let mut questions: Vec<(Type, Path<'v>)> = Vec::new();
    let mut path: Option<(Path<'v>, usize)> = None;
    let mut rest = head.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let item = questions.last().map_or(*PROFILE, |(item, _)| *item);
        path = match (c, path) {
            ('@', _) => Some((Path::Profile(item), at)),
            ('$', _) => Some((Path::Root, at)),
            ('.', Some((inner, start))) if at + 1 == head.len() => {
                return At::Member(inner, head.get(start..at).unwrap_or_default());
            }
            ('.', Some((inner, start))) => {
                let length = head.get(at + 1..).map_or(0, |rest| rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
                let name = head.get(at + 1..at + 1 + length).unwrap_or_default();
                while rest.peek().is_some_and(|(next, _)| *next < at + 1 + length) {
                    rest.next();
                }
                Some((inner.member(name, vars), start))
            }
            ('[', Some((inner, start))) => {
                if rest.peek().is_some_and(|(_, next)| *next == '?') {
                    questions.push((inner.item(), Path::Profile(inner.item())));
                    None
                } else {
                    // An index or a name in quotes: its end is found, or nothing is known.
                    let length = head.get(at..).and_then(|rest| rest.find(']'));
                    let Some(length) = length else { return At::Text };
                    while rest.peek().is_some_and(|(next, _)| *next <= at + length) {
                        rest.next();
                    }
                    Some((Path::Profile(inner.item()), start))
                }
            }
            (']', _) => questions.pop().map(|(_, found)| (found, at)),
            ('\'' | '"', _) => {
                if !rest.any(|(_, next)| next == c) {
                    return At::Text;
                }
                None
            }
            _ => None,
        };
    }
    At::Start
}

impl<'v> Path<'v> {
    fn member(self, name: &str, vars: &'v Value) -> Self {
        match self {
            Self::Profile(kind) => Self::Profile(kind.member(name).unwrap_or(Type::Open)),
            Self::Root if name == "vars" => Self::Vars(vars),
            Self::Root => Self::Profile(Type::Open),
            Self::Vars(value) => value.get(name).map_or(Self::Profile(Type::Open), Self::Vars),
        }
    }

    fn item(self) -> Type {
        match self {
            Self::Profile(kind) => kind.item(),
            _ => Type::Open,
        }
    }
}
