//! Paths: what is known of their values, and whether they may be missing.

use super::{Walk, range};
use crate::base::diagnostic::{Code, TextDiagnostic, nearest};
use crate::language::mapping::names;
use crate::model::profile::fields::{PROFILE, Type};
use minijinja::machinery::ast::{self, BinOpKind, Expr};
use serde_json::Value as Json;
use std::ops::Range;

impl<'a> Walk<'a> {
    /// What is missing makes `~` an error of the profile, and a comparison neither true nor false.
    pub(super) fn may_be_missing(&mut self, operand: &Expr<'_>, sign: &str) {
        let operand = innermost(operand);
        let Some(path) = path_of(operand) else { return };
        let root = path.split(['.', '[']).next().unwrap_or_default();
        let from_profile = root == "profile" || self.locals.iter().any(|local| local.name == root && root != "loop");
        let always = path == "profile.key";
        if !from_profile || always || !path.contains(['.', '[']) || self.present.contains(&path) {
            return;
        }
        let effect = match sign {
            "~" | "+" => format!("`{sign}` makes the profile invalid"),
            "" => "this text makes the profile invalid".to_owned(),
            _ => format!("`{sign}` is never true"),
        };
        let help = match sign {
            "" => format!("write `{path} | default('…')`, or leave the whole text out with `$when: {path}`"),
            _ => format!("write `{path} | default(…)`, or ask first: `{path} is defined and …`"),
        };
        self.warning(Code::MayBeMissing, path_range(operand), format!("`{path}` may be missing, and then {effect}"), help);
    }

    /// A part of a longer text: a function of what is missing is missing, too.
    pub(super) fn part_of_a_text(&mut self, part: &Expr<'_>) {
        match part {
            Expr::Filter(filter) if !matches!(filter.name, "default" | "d" | "length" | "count") => {
                if let Some(value @ (Expr::Filter(_) | Expr::GetAttr(_) | Expr::GetItem(_))) = &filter.expr {
                    match self.kind_of(value) {
                        Type::List(_) | Type::Block(_) => self.may_be_missing(value, ""),
                        _ => self.part_of_a_text(value),
                    }
                }
            }
            Expr::Filter(_) => {}
            _ => {
                if let (Type::List(_) | Type::Block(_), Some(path)) = (self.kind_of(part), path_of(part)) {
                    let what = if matches!(self.kind_of(part), Type::List(_)) { "a list" } else { "a block of fields" };
                    let message = format!("`{path}` is {what}, and a text cannot hold one");
                    return self.warning(Code::WrongType, path_range(part), message, as_text(&path, self.kind_of(part)));
                }
                self.may_be_missing(part, "");
            }
        }
    }

    /// A path is checked field by field, as far as its values are known.
    pub(super) fn path(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::GetAttr(get) => {
                self.expression(&get.expr);
                self.member(&get.expr, get.name, path_range(expression));
            }
            Expr::GetItem(get) => {
                self.expression(&get.expr);
                match &get.subscript_expr {
                    // In brackets and quotes one reaches a field that is not known.
                    Expr::Const(constant) => match constant.value.as_str() {
                        Some(name) if self.var_at(&get.expr).is_some() => self.member(&get.expr, name, path_range(expression)),
                        Some(_) => {}
                        None => self.item(&get.expr, path_range(expression)),
                    },
                    subscript => self.expression(subscript),
                }
            }
            _ => {}
        }
    }

    /// `[0]` of what is no list.
    fn item(&mut self, outer: &Expr<'_>, range: Range<usize>) {
        let (Type::Block(_), Some(path)) = (self.kind_of(outer), path_of(outer)) else { return };
        let message = format!("`{path}` is a block of fields and no list, so it has no items");
        self.warning(Code::UnknownField, range, message, format!("name one of its fields without a number: `{path}.…`"));
    }

    pub(super) fn member(&mut self, outer: &Expr<'_>, name: &str, range: Range<usize>) {
        if let Some(found) = self.var_at(outer) {
            if let Json::Object(members) = found
                && !members.contains_key(name)
            {
                let known = members.keys().map(String::as_str);
                let path = path_of(outer).unwrap_or_default();
                let help = match nearest(name, known.clone()) {
                    Some(near) => format!("did you mean `{path}.{near}`?"),
                    None if members.is_empty() => "add it below `vars:`".to_owned(),
                    None => format!("known there: {}", known.collect::<Vec<_>>().join(", ")),
                };
                self.report(TextDiagnostic::error(Code::UnknownName, range, format!("there is no `{path}.{name}`")).help(help));
            }
            return;
        }
        let kind = self.kind_of(outer);
        if kind == Type::Open || kind.member(name).is_some() {
            return;
        }
        let Some(path) = path_of(outer) else {
            // What a function gives has no name; only the slip is shown.
            let range = range.end.saturating_sub(name.len())..range.end;
            let near = nearest(name, kind.names());
            let help = near.map_or_else(
                || format!("known there: {}", kind.names().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            return self.warning(Code::UnknownField, range, format!("HrFlow's profiles have no `{name}` there that is known"), help);
        };
        let finding = match kind {
            Type::List(_) => TextDiagnostic::warning(Code::UnknownField, range, format!("`{path}` is a list, and a list has no `{name}`"))
                .help(format!("name an item (`{path}[0].{name}`), or repeat with `$each: {path}`")),
            _ => names::unknown_field(&path, name, kind, range),
        };
        self.report(finding);
    }

    fn var_at(&self, expression: &Expr<'_>) -> Option<&'a Json> {
        match expression {
            Expr::Var(var) if var.id == "vars" => self.vars,
            Expr::GetAttr(get) => self.var_at(&get.expr)?.get(get.name),
            _ => None,
        }
    }

    /// `profile.info.email`, where an expression is nothing but a path.
    pub(crate) fn path_of(&self, expression: &Expr<'_>) -> Option<String> {
        path_of(expression)
    }

    /// The range of a path, from its first name on.
    pub(crate) fn whole_path(&self, expression: &Expr<'_>) -> Option<Range<usize>> {
        path_of(expression).map(|_| path_range(expression))
    }

    /// What is known of the value of an expression.
    pub(crate) fn kind_of(&self, expression: &Expr<'_>) -> Type {
        match expression {
            Expr::Var(var) => match self.locals.iter().rev().find(|local| local.name == var.id) {
                Some(local) => local.kind,
                None if var.id == "profile" => *PROFILE,
                None => Type::Open,
            },
            Expr::GetAttr(get) => self.kind_of(&get.expr).member(get.name).unwrap_or(Type::Open),
            Expr::GetItem(get) => match &get.subscript_expr {
                Expr::Const(constant) if constant.value.as_str().is_none() => self.kind_of(&get.expr).item(),
                Expr::Const(constant) => {
                    constant.value.as_str().and_then(|name| self.kind_of(&get.expr).member(name)).unwrap_or(Type::Open)
                }
                _ => Type::Open,
            },
            // These give items of the list that they are given.
            Expr::Filter(filter) if matches!(filter.name, "sort" | "reverse" | "unique" | "selectattr" | "rejectattr" | "list") => {
                filter.expr.as_ref().map_or(Type::Open, |value| self.kind_of(value))
            }
            Expr::Filter(filter) if matches!(filter.name, "first" | "last" | "attachment") => {
                filter.expr.as_ref().map_or(Type::Open, |value| self.kind_of(value).item())
            }
            _ => Type::Open,
        }
    }
}

/// How one writes a text of a list, or of a block of fields.
pub fn as_text(path: &str, kind: Type) -> String {
    match kind {
        Type::List(item) if item.member("name").is_some_and(|name| name == Type::Scalar) => {
            format!("write `{path} | map(attribute='name') | join(', ')`, or name one item: `{path}[0].name`")
        }
        Type::List(item) => {
            format!("name one item: `{path}[0].{}`", item.names().find(|name| *name == "title").or(item.names().next()).unwrap_or("…"))
        }
        _ => format!("name one of its fields: `{path}.{}`", kind.names().next().unwrap_or("…")),
    }
}

/// Paths that are there where a condition is true, or false.
pub fn asserted(condition: &Expr<'_>, truth: bool, present: &mut Vec<String>) {
    match condition {
        Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOpKind::Not) => asserted(&unary.expr, !truth, present),
        Expr::BinOp(binary) if matches!((binary.op, truth), (BinOpKind::ScAnd, true) | (BinOpKind::ScOr, false)) => {
            asserted(&binary.left, truth, present);
            asserted(&binary.right, truth, present);
        }
        Expr::Test(test) => {
            let is_there = match test.name {
                "undefined" | "none" => !truth,
                "defined" | "number" | "integer" | "int" | "float" | "string" | "boolean" | "sequence" | "mapping" => truth,
                _ => false,
            };
            if is_there {
                present.extend(path_of(&test.expr));
            }
        }
        _ if truth => present.extend(path_of(condition)),
        _ => {}
    }
}

/// `profile.experiences[0].title`, where an expression is nothing but a path.
fn path_of(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Var(var) => Some(var.id.to_owned()),
        Expr::GetAttr(get) => Some(format!("{}.{}", path_of(&get.expr)?, get.name)),
        Expr::GetItem(get) => match &get.subscript_expr {
            Expr::Const(constant) => Some(format!("{}[{}]", path_of(&get.expr)?, constant.value)),
            _ => None,
        },
        _ => None,
    }
}

/// What functions are asked of, but for those that give something for what is missing.
fn innermost<'e, 'a>(mut expression: &'e Expr<'a>) -> &'e Expr<'a> {
    while let Expr::Filter(filter) = expression {
        match &filter.expr {
            Some(value) if !matches!(filter.name, "default" | "d" | "length" | "count") => expression = value,
            _ => break,
        }
    }
    expression
}

/// From the first name of a path to its end: the engine's own range of a path begins after its head.
fn path_range(expression: &Expr<'_>) -> Range<usize> {
    let mut head = expression;
    loop {
        match head {
            Expr::GetAttr(get) => head = &get.expr,
            Expr::GetItem(get) => head = &get.expr,
            _ => return range(head).start.min(range(expression).start)..range(expression).end,
        }
    }
}
