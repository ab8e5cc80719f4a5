//! The names in a predicate's paths: fields against what HrFlow's profiles are known to hold, variables against the pipeline's table.
//!
//! A path to nothing is no error to the evaluation: it finds nothing, and the filter drops everyone without a
//! word.

use super::lexer::{Kind, Token};
use crate::base::diagnostic::{Code, TextDiagnostic, nearest};
use crate::model::profile::fields::{self, PROFILE, Type};
use serde_json::Value;

/// What `$` holds.
const ROOTS: [&str; 2] = ["vars", "pipeline"];

/// A variable's path: the names after `$.vars`, each with its place.
#[derive(Debug, Clone)]
pub(super) struct Variable(Vec<Name>);

#[derive(Debug, Clone)]
struct Name {
    text: String,
    start: usize,
    end: usize,
}

/// What was found in a predicate's paths.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub unknown_fields: Vec<TextDiagnostic>,
    pub variables: Vec<Variable>,
    pub operands: Vec<Operand>,
}

/// A path, and what is known of what it finds.
#[derive(Debug)]
pub(super) struct Operand {
    pub start: usize,
    pub end: usize,
    pub kind: Type,
    /// The last name of the path.
    pub name: String,
    /// For a path after `$.vars`.
    pub variable: Option<Variable>,
}

/// Reads every path of a predicate.
pub(super) fn read(tokens: &[Token<'_>], text: &str) -> Result<Names, TextDiagnostic> {
    let mut reader = Reader { tokens, text, at: 0, found: Names::default() };
    while reader.at < tokens.len() {
        reader.condition(*PROFILE)?;
        // A bracket that closes nothing here: the grammar's own parser reports it.
        reader.at += 1;
    }
    Ok(reader.found)
}

struct Reader<'t> {
    tokens: &'t [Token<'t>],
    text: &'t str,
    at: usize,
    found: Names,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t Token<'t>> {
        self.tokens.get(self.at)
    }

    fn sees(&self, sign: &str) -> bool {
        self.peek().is_some_and(|token| token.is(sign))
    }

    /// Up to the `]` or the comma that ends it. `item` is what `@` is known to be.
    fn condition(&mut self, item: Type) -> Result<(), TextDiagnostic> {
        let mut round = 0_usize;
        while let Some(token) = self.peek() {
            if token.is("]") || (token.is(",") && round == 0) {
                return Ok(());
            }
            self.at += 1;
            match token.kind {
                Kind::Current => self.field(token, item)?,
                Kind::Root => self.root(token)?,
                _ if token.is("(") => round += 1,
                _ if token.is(")") => round = round.saturating_sub(1),
                _ => {}
            }
        }
        Ok(())
    }

    /// A path after `@`, followed as far as its values are known.
    fn field(&mut self, head: &Token<'_>, item: Type) -> Result<(), TextDiagnostic> {
        let mut kind = item;
        let mut end = head.end();
        let mut name = String::new();
        loop {
            if self.sees("..") {
                kind = Type::Open;
                self.at += 1;
                if self.peek().is_some_and(|token| token.kind == Kind::Name || token.is("*")) {
                    self.at += 1;
                }
            } else if self.sees(".") {
                self.at += 1;
                let Some(token) = self.peek() else { return Ok(()) };
                self.at += 1;
                name = token.text.to_owned();
                kind = match token.kind {
                    Kind::Name => self.member(kind, head.start, end, token),
                    _ => each_of(kind),
                };
            } else if self.sees("[") {
                kind = self.bracket(kind)?;
            } else {
                self.found.operands.push(Operand { start: head.start, end, kind, name, variable: None });
                return Ok(());
            }
            end = self.tokens.get(self.at.saturating_sub(1)).map_or(end, Token::end);
        }
    }

    /// The type of a field; an unknown name is reported.
    fn member(&mut self, outer: Type, start: usize, end: usize, name: &Token<'_>) -> Type {
        if let Some(inner) = outer.member(name.text) {
            return inner;
        }
        let path = self.text.get(start..end).unwrap_or("@");
        let (message, help) = match outer {
            Type::List(_) => (
                format!("`{path}` is a list, and a list has no `{}`", name.text),
                format!("ask its items: `{path}[?@.{}]`, or one of them: `{path}[0].{}`", name.text, name.text),
            ),
            _ if path == "@" && name.text == "profile" && outer == *PROFILE => {
                ("`@` already is the profile".to_owned(), "remove `profile`: `@.info.email`".to_owned())
            }
            _ => fields::unknown(path, name.text, outer),
        };
        self.found.unknown_fields.push(TextDiagnostic::warning(Code::UnknownField, name.start..name.end(), message).help(help));
        Type::Open
    }

    /// `[0]`, `[*]`, `[1:3]`, `[?…]`, `['name']`, or several of them. A name between quotes is taken as it is: so one reaches a field that is not
    /// known.
    fn bracket(&mut self, outer: Type) -> Result<Type, TextDiagnostic> {
        let mut inner = Vec::new();
        self.at += 1;
        while let Some(token) = self.peek() {
            self.at += 1;
            if token.is("]") {
                break;
            }
            if token.is("?") {
                self.condition(each_of(outer))?;
                inner.push(each_of(outer));
            } else if token.kind == Kind::Text {
                inner.push(unquoted(token.text).and_then(|name| outer.member(name)).unwrap_or(Type::Open));
            } else if !token.is(",") {
                inner.push(each_of(outer));
            }
        }
        let first = inner.first().copied().unwrap_or(Type::Open);
        Ok(if inner.iter().all(|kind| *kind == first) { first } else { Type::Open })
    }

    /// `$.vars.NAME…`; `guard` reports what is not a path.
    fn root(&mut self, head: &Token<'_>) -> Result<(), TextDiagnostic> {
        let mut names = Vec::new();
        while let Some(name) = self.root_step() {
            names.push(name);
        }
        let Some(first) = names.first() else { return Ok(()) };
        if !ROOTS.contains(&first.text.as_str()) {
            let help = match nearest(&first.text, ROOTS) {
                Some(near) => format!("did you mean `$.{near}`?"),
                None if PROFILE.member(&first.text).is_some() => {
                    let rest: String = names.iter().map(|name| format!(".{}", name.text)).collect();
                    format!("a field of the profile begins with `@`: write `@{rest}`")
                }
                None => "write `$.vars.NAME` for a variable, and `@.NAME` for a member of the profile".to_owned(),
            };
            let message = "`$` has only `vars` and `pipeline`";
            return Err(TextDiagnostic::error(Code::UnknownName, first.start..first.end, message).help(help));
        }
        if first.text == "vars" {
            let variable = Variable(names.split_off(1));
            let end = self.tokens.get(self.at.saturating_sub(1)).map_or(head.end(), Token::end);
            self.found.operands.push(Operand {
                start: head.start,
                end,
                kind: Type::Open,
                name: String::new(),
                variable: Some(variable.clone()),
            });
            self.found.variables.push(variable);
        }
        Ok(())
    }

    /// `.name` or `['name']`.
    fn root_step(&mut self) -> Option<Name> {
        let rest = self.tokens.get(self.at..)?;
        let (name, text, length) = match rest {
            [dot, name, ..] if dot.is(".") && name.kind == Kind::Name => (name, name.text, 2),
            [open, name, close, ..] if open.is("[") && name.kind == Kind::Text && close.is("]") => (name, unquoted(name.text)?, 3),
            _ => return None,
        };
        self.at += length;
        Some(Name { text: text.to_owned(), start: name.start, end: name.end() })
    }
}

/// What an item of a list is, or of a block that is walked through like one.
fn each_of(kind: Type) -> Type {
    match kind {
        Type::Scalar => Type::Open,
        kind => kind.item(),
    }
}

/// A name between quotes, where it has no escapes.
fn unquoted(text: &str) -> Option<&str> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    (!inner.contains('\\')).then_some(inner)
}

impl Variable {
    pub(super) fn value_in<'v>(&self, vars: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(vars, |value, name| value.get(&name.text))
    }

    /// `$.vars.min_years`
    pub(super) fn shown(&self) -> String {
        self.0.iter().fold("$.vars".to_owned(), |path, name| format!("{path}.{}", name.text))
    }

    /// The first of its names that is not there.
    pub(super) fn unknown_in(&self, vars: &Value) -> Option<TextDiagnostic> {
        let mut value = vars;
        let mut path = "$.vars".to_owned();
        for name in &self.0 {
            let Some(inner) = value.get(&name.text) else {
                let members = value.as_object();
                let known: Vec<&str> = members.into_iter().flatten().map(|(known, _)| known.as_str()).collect();
                let help = match nearest(&name.text, known.iter().copied()) {
                    Some(near) => format!("did you mean `{path}.{near}`?"),
                    None if members.is_none() => format!("`{path}` has no keys"),
                    None if known.is_empty() => "add it below `vars:`".to_owned(),
                    None => format!("known there: {}", known.join(", ")),
                };
                let message = format!("there is no `{path}.{}`", name.text);
                return Some(TextDiagnostic::error(Code::UnknownName, name.start..name.end, message).help(help));
            };
            value = inner;
            path = format!("{path}.{}", name.text);
        }
        None
    }
}
