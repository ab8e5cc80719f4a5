//! Syntax of other template languages, and forgotten braces: reported as what they are, not where the grammar
//! failed.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::place::text_before;
use crate::language::mapping::scope;
use crate::language::yaml::{Style, Tree};
use crate::model::candidate::shape::Shape;

/// (what was written, in words, what to write). Only looked for where a template cannot be read.
const OPERATORS: [(&str, &str, &str); 8] = [
    ("&&", "`&&` is not an operator of templates", "“and” is written `and`"),
    ("||", "`||` is not an operator of templates", "“or” is written `or`; a value to take instead is `… | default('…')`"),
    ("??", "`??` is not an operator of templates", "a value to take instead is written `… | default('…')`"),
    ("===", "`===` is not an operator of templates", "two values are compared with `==`"),
    ("?.", "`?.` is not an operator of templates", "write `.` alone: a path through something that is missing is missing"),
    ("?", "`?` is not an operator of templates", "write `'one' if CONDITION else 'other'`"),
    ("<>", "`<>` is not an operator of templates", "“not equal” is written `!=`"),
    ("!", "`!` is not an operator of templates", "“not” is written `not`; “not equal” is `!=`"),
];

const CURLY: [char; 5] = ['“', '”', '„', '‘', '’'];

/// What a template that cannot be read has in it.
pub(super) fn in_template(tree: &Tree) -> Option<Diagnostic> {
    let text = tree.as_text()?;
    if text.contains(CURLY) {
        return None;
    }
    let bare = without_quoted(text);
    for (sign, message, help) in OPERATORS {
        if let Some(at) = bare
            .match_indices(sign)
            .map(|(at, _)| at)
            .find(|at| sign != "!" || !bare.get(at + 1..).is_some_and(|rest| rest.starts_with('=')))
        {
            return Some(Diagnostic::error(Code::BadTemplate, &tree.place_within(at, at + sign.len()), message).help(help));
        }
    }
    let single = bare.match_indices('=').map(|(at, _)| at).find(|at| {
        let around = |offset: usize| bare.as_bytes().get(offset).copied();
        around(at + 1) != Some(b'=')
            && !matches!(at.checked_sub(1).and_then(around), Some(b'=' | b'!' | b'<' | b'>'))
            && !in_brackets(&bare, *at)
    });
    if let (Some(at), false) = (single, bare.contains("{% set") || bare.contains("{% with")) {
        let told = Diagnostic::error(Code::BadTemplate, &tree.place_within(at, at + 1), "`=` does not compare in a template");
        return Some(told.help("two values are compared with `==`"));
    }
    unclosed_block(tree, &bare)
}

/// `{% if %}` without its `{% endif %}`.
fn unclosed_block(tree: &Tree, bare: &str) -> Option<Diagnostic> {
    for (opens, closes) in [("if", "endif"), ("for", "endfor")] {
        let starts = |word: &str| -> Vec<usize> {
            let statements = bare.match_indices("{%").map(|(at, _)| at);
            statements
                .filter(|at| {
                    bare.get(at + 2..).is_some_and(|rest| rest.trim_start_matches(['-', '+', ' ']).split(' ').next() == Some(word))
                })
                .collect()
        };
        let (opened, closed) = (starts(opens), starts(closes));
        if let (Some(first), true) = (opened.get(closed.len()), opened.len() > closed.len()) {
            let end = bare.get(*first..).and_then(|rest| rest.find("%}")).map_or(first + 2, |end| first + end + 2);
            let told =
                Diagnostic::error(Code::BadTemplate, &tree.place_within(*first, end), format!("this `{{% {opens} %}}` is never closed"));
            return Some(told.help(format!("write `{{% {closes} %}}` at its end")));
        }
    }
    None
}

/// With blanks instead of quoted text in expressions: positions stay the same.
fn without_quoted(text: &str) -> String {
    let mut quote = None;
    let mut inside = 0_usize;
    let mut before = ' ';
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match (quote, c) {
            (None, '{' | '%') if before == '{' => inside = 1,
            (None, '}') if matches!(before, '}' | '%') => inside = 0,
            (None, '\'' | '"') if inside > 0 => quote = Some(c),
            (Some(sign), c) if c == sign => quote = None,
            _ => {}
        }
        let hidden = quote.is_some() || inside == 0 && !matches!(c, '{' | '}' | '%');
        match hidden {
            true => kept.extend(std::iter::repeat_n(' ', c.len_utf8())),
            false => kept.push(c),
        }
        before = c;
    }
    kept
}

/// `map(attribute='name')` names an argument.
fn in_brackets(bare: &str, at: usize) -> bool {
    let before = text_before(bare, at);
    before.matches('(').count() > before.matches(')').count()
}

/// A text without a template that was to be one.
pub(super) fn in_constant(tree: &Tree, shape: &Shape) -> Option<Diagnostic> {
    // Elsewhere its type is wrong, which is reported.
    if !matches!(shape, Shape::Text | Shape::TextOrId | Shape::Scalar | Shape::Date | Shape::Email | Shape::Url) {
        return None;
    }
    let text = tree.as_text()?.trim();
    let warn = |message: String, help: String| Some(Diagnostic::warning(Code::BadTemplate, &tree.place, message).help(help));
    let inner = text.trim_start_matches(['$', '{', '<', '%']).trim_end_matches(['}', '>', '%']).trim();
    if is_path(text) && matches!(shape, Shape::Text | Shape::TextOrId | Shape::Scalar) {
        return warn(format!("without braces, every candidate gets the text `{text}`"), format!("write \"{{{{ {text} }}}}\""));
    }
    if let Some(path) = text.strip_prefix("@.").filter(|rest| is_word(rest)) {
        return warn(
            "`@` is the profile only in filters; here, every candidate gets this as text".to_owned(),
            format!("write \"{{{{ profile.{path} }}}}\""),
        );
    }
    if inner.len() < text.len() && is_path(inner) {
        return warn("this is not a template: a template has two braces on each side".to_owned(), format!("write \"{{{{ {inner} }}}}\""));
    }
    let unopened = text.contains("}}") && tree_is_quoted(tree);
    unopened.then(|| warn("the `}}` here closes nothing: there is no `{{` before it".to_owned(), "write \"{{ … }}\"".to_owned())).flatten()
}

fn tree_is_quoted(tree: &Tree) -> bool {
    matches!(&tree.kind, crate::language::yaml::Kind::Text(text) if text.style != Style::Literal)
}

/// `profile.info.email`, with or without functions after it.
fn is_path(text: &str) -> bool {
    let path = text.split('|').next().unwrap_or_default().trim();
    scope::NAMES
        .iter()
        .any(|name| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.') && is_word(rest.trim_start_matches('.'))))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'))
}

/// What to do about a value of the wrong kind, where nothing better is known.
pub(super) fn default_help(name: &str, shape: &Shape) -> String {
    match shape {
        Shape::Boolean => format!("write `{name}: true` or `{name}: false`, without quotes"),
        Shape::Id => format!("write a whole number without quotes: `{name}: 4012`, or a template that gives one"),
        Shape::List(_) => "start each item on a line of its own with `- `".to_owned(),
        Shape::Object(object) => {
            let keys: Vec<String> = object.members.iter().take(4).map(|member| format!("`{}`", member.name)).collect();
            format!("write its keys on lines of their own below it: {}", keys.join(", "))
        }
        Shape::CustomFields => {
            format!("write its fields on lines of their own below it, without `- `: `{name}: {{ desired_salary: 52000 }}`")
        }
        Shape::Text => "write one text, or a template that gives one".to_owned(),
        _ => String::new(),
    }
}
