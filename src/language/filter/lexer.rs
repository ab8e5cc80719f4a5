//! A predicate's tokens, before its grammar: finds mistakes that the grammar's own parser would misread, or
//! would refuse without saying what to write.

use super::bad;
use crate::base::diagnostic::{TextDiagnostic, nearest};

/// The functions of RFC 9535.
const FUNCTIONS: [&str; 5] = ["length", "count", "match", "search", "value"];
/// Characters that a predicate may have. People write a hundred; this is far beyond any, and keeps parsing cheap.
const LONGEST: usize = 16 * 1024;
/// Brackets within brackets. The parser and the evaluation go down one level of the stack for each.
const DEEPEST: usize = 24;
/// Functions and filters within each other: the parser tries several readings of each, so its work grows as a power of this.
const DEEPEST_CALLS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `@`
    Current,
    /// `$`
    Root,
    /// A member's name after a dot.
    Name,
    /// `true`, `false`, `null` or a function.
    Word,
    Text,
    Number,
    /// Brackets, dots, commas, operators.
    Sign,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub start: usize,
}

impl Token<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// Cuts a predicate into its words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, TextDiagnostic> {
    if text.len() > LONGEST {
        let message = format!("a predicate is at most {LONGEST} bytes long, and this one has {}", text.len());
        return Err(bad(message, 0..0).help("split it into several filters"));
    }
    if text.trim().is_empty() {
        return Err(bad("the predicate is empty", 0..text.len()).help("write a condition on the profile, `@.info.email` for example"));
    }
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if matches!(first, ' ' | '\t' | '\n' | '\r') {
            at += 1;
            continue;
        }
        let token = next(text, at, first, found.last())?;
        at = token.end();
        found.push(token);
    }
    words(&found, text)?;
    brackets(&found)?;
    Ok(found)
}

fn next<'a>(text: &'a str, at: usize, first: char, before: Option<&Token<'_>>) -> Result<Token<'a>, TextDiagnostic> {
    let rest = &text[at..];
    let token = |kind, length: usize| Ok(Token { kind, text: &rest[..length], start: at });
    let after_dot = before.filter(|token| token.is(".") || token.is(".."));
    if let (Some(dot), true) = (after_dot, starts_name(first)) {
        if dot.end() != at {
            return Err(bad("there is white space between the dot and the name", dot.start..at).help("write them together: `@.name`"));
        }
        return token(Kind::Name, name_length(rest));
    }
    match first {
        '@' => token(Kind::Current, 1),
        '$' => token(Kind::Root, 1),
        '\'' | '"' => quoted(rest, first)
            .ok_or_else(|| bad("this text is not closed", at..text.len()).help(format!("close it with {first}")))
            .and_then(|length| token(Kind::Text, length)),
        '0'..='9' => token(Kind::Number, number_length(rest)),
        '-' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => token(Kind::Number, 1 + number_length(&rest[1..])),
        _ if starts_name(first) => token(Kind::Word, name_length(rest)),
        _ => match sign(rest) {
            Some(length) => token(Kind::Sign, length),
            None => Err(stray(rest, first, at, before)),
        },
    }
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c >= '\u{80}' && !is_curly_quote(c)
}

fn name_length(rest: &str) -> usize {
    rest.find(|c: char| !(starts_name(c) || c.is_ascii_digit())).unwrap_or(rest.len())
}

fn number_length(rest: &str) -> usize {
    let digits = |from: usize| from + rest[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - from);
    let mut end = digits(0);
    if rest[end..].starts_with('.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        if digits(end + 1 + sign) > end + 1 + sign {
            end = digits(end + 1 + sign);
        }
    }
    end
}

/// The length of a quoted text, quotes included.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a sign that the grammar has.
fn sign(rest: &str) -> Option<usize> {
    const TWO: [&str; 7] = ["==", "!=", "<=", ">=", "&&", "||", ".."];
    if TWO.iter().any(|sign| rest.starts_with(sign)) {
        let spoilt = ["===", "!==", "==~"].iter().any(|slip| rest.starts_with(slip));
        return (!spoilt).then_some(2);
    }
    let spoilt = ["<>", "=~", "!~"].iter().any(|slip| rest.starts_with(slip));
    (!spoilt && rest.starts_with(['<', '>', '!', '(', ')', '[', ']', ',', ':', '*', '?', '.'])).then_some(1)
}

fn is_curly_quote(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»' | '‹' | '›')
}

/// What a character that the grammar does not have was probably meant to be.
fn stray(rest: &str, first: char, at: usize, before: Option<&Token<'_>>) -> TextDiagnostic {
    let slips = [
        ("===", "write `==`"),
        ("!==", "write `!=`"),
        ("=~", "write `search(@.name, 'pattern')`"),
        ("==~", "write `search(@.name, 'pattern')`"),
        ("!~", "write `!search(@.name, 'pattern')`"),
        ("<>", "write `!=`"),
        ("=", "two values are compared with `==`"),
        ("&", "“and” is written `&&`"),
        ("|", "“or” is written `||`"),
    ];
    if let Some((slip, help)) = slips.iter().find(|(slip, _)| rest.starts_with(slip)) {
        return bad(format!("`{slip}` is not an operator of predicates"), at..at + slip.len()).help(*help);
    }
    let end = at + first.len_utf8();
    if is_curly_quote(first) {
        return bad(format!("`{first}` is a typographic quotation mark"), at..end).help("write texts between straight quotes: 'text'");
    }
    if let (true, Some(name)) = (first == '-', before.filter(|token| token.kind == Kind::Name && token.end() == at)) {
        let whole = &rest[..rest.find(|c: char| !(starts_name(c) || c.is_ascii_digit() || c == '-')).unwrap_or(rest.len())];
        let message = "a name after a dot has only letters, digits and `_`";
        return bad(message, name.start..at + whole.len())
            .help(format!("write `['{}{whole}']` instead of the dot and the name", name.text));
    }
    if matches!(first, '+' | '-' | '/' | '%') {
        return bad(format!("predicates do not calculate, so `{first}` has no meaning here"), at..end);
    }
    if rest.starts_with("{{") {
        return bad("a predicate is not a template: write it without braces", at..at + 2)
            .help("write the path with `@` for the profile: `@.info.email`");
    }
    bad(format!("`{first}` has no meaning in a predicate"), at..end)
}

/// Single words: constants and functions, and what people write instead.
fn words(tokens: &[Token<'_>], text: &str) -> Result<(), TextDiagnostic> {
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Word {
            continue;
        }
        let called = tokens.get(index + 1).filter(|next| next.is("("));
        match called {
            Some(open) if FUNCTIONS.contains(&token.text) => {
                if open.start != token.end() {
                    let message = format!("there is white space between `{}` and its bracket", token.text);
                    return Err(bad(message, token.start..open.end()).help(format!("write `{}(`", token.text)));
                }
            }
            None if matches!(token.text, "true" | "false" | "null") => {}
            _ => return Err(unknown_word(token, called.is_some(), text)),
        }
    }
    Ok(())
}

fn unknown_word(token: &Token<'_>, called: bool, text: &str) -> TextDiagnostic {
    let misreading = |message: String, help: &str| bad(message, token.start..token.end()).help(help);
    let word = token.text;
    let not_this = format!("`{word}` is not a word of predicates");
    match word.to_lowercase().as_str() {
        "and" => misreading(not_this, "“and” is written `&&`"),
        "or" => misreading(not_this, "“or” is written `||`"),
        "not" => misreading(not_this, "“not” is written `!`, and a whole condition goes into brackets: `!(@.a == 1)`"),
        "in" | "nin" | "any_of" | "none_of" | "subset_of" => {
            misreading(not_this, "compare one by one, `(@.key == 'a' || @.key == 'b')`, or write `match(@.key, 'a|b')`")
        }
        "contains" | "includes" | "has" => {
            misreading(not_this, "for a part of a text write `search(@.text, 'part')`, for an item of a list `@.skills[?@.name == 'rust']`")
        }
        "like" | "matches" | "regex" | "test" => misreading(not_this, "write `search(@.name, 'part')`, or `match(@.name, 'the whole')`"),
        "is" | "eq" => misreading(not_this, "two values are compared with `==`"),
        "none" | "nil" | "undefined" | "exists" | "empty" => {
            misreading(not_this, "“is there” is written `@.name`, and “is not there” `!@.name`")
        }
        lower @ ("true" | "false" | "null") if !called => misreading(not_this, &format!("write `{lower}`")),
        _ if called => match nearest(word, FUNCTIONS) {
            Some(known) => misreading(format!("`{word}` is not a function of predicates"), &format!("did you mean `{known}`?")),
            None => misreading(format!("`{word}` is not a function of predicates"), "there are length, count, value, match and search"),
        },
        "profile" | "vars" | "pipeline" => {
            let (sign, path) =
                if word == "profile" { ("@", "@.info.email") } else { ("$", if word == "vars" { "$.vars.NAME" } else { "$.pipeline" }) };
            let rest = &text[token.end()..];
            let rest = &rest[..rest.find(|c: char| !(starts_name(c) || c.is_ascii_digit() || c == '.')).unwrap_or(rest.len())];
            let written = match (word, rest.trim_end_matches('.')) {
                (_, "") | ("pipeline", _) => path.to_owned(),
                ("profile", rest) => format!("@{rest}"),
                (_, rest) => format!("$.vars{rest}"),
            };
            misreading(format!("a path begins with `{sign}` here, and not with `{word}`"), &format!("write `{written}`"))
        }
        _ if text[..token.start].trim_end().ends_with(['=', '<', '>', '(', ',']) => {
            misreading(not_this, &format!("text goes between quotes: '{word}'; a field of the profile begins with `@.`"))
        }
        _ => misreading(not_this, &format!("a field of the profile is written `@.{word}`, text between quotes: '{word}'")),
    }
}

/// Brackets close what they opened, and do not go too deep.
fn brackets(tokens: &[Token<'_>]) -> Result<(), TextDiagnostic> {
    let mut open: Vec<(&Token<'_>, bool)> = Vec::new();
    let mut calls = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token.is("(") || token.is("[") {
            let before = index.checked_sub(1).and_then(|before| tokens.get(before));
            let is_call = match token.text {
                "(" => before.is_some_and(|before| before.kind == Kind::Word),
                _ => tokens.get(index + 1).is_some_and(|next| next.is("?")),
            };
            calls += usize::from(is_call);
            open.push((token, is_call));
            if open.len() > DEEPEST || calls > DEEPEST_CALLS {
                return Err(bad("the predicate is nested too deeply", token.start..token.end()).help("split it into several filters"));
            }
        } else if token.is(")") || token.is("]") {
            match open.pop() {
                Some((begin, is_call)) if (begin.text == "(") == (token.text == ")") => calls -= usize::from(is_call),
                Some((begin, _)) => {
                    let message = format!("`{}` does not close the `{}` that is open here", token.text, begin.text);
                    return Err(bad(message, token.start..token.end()));
                }
                None => return Err(bad(format!("`{}` closes nothing", token.text), token.start..token.end())),
            }
        }
    }
    match open.last() {
        Some((token, _)) => Err(bad(format!("this `{}` is never closed", token.text), token.start..token.end())),
        None => Ok(()),
    }
}
