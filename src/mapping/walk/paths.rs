//! Paths: what is known of what stands at their end, and whether it may be missing.

use super::{Walk, range};
use crate::diagnostic::{Code, nearest};
use crate::mapping::names::{self, Finding};
use crate::profile::fields::{PROFILE, Type};
use minijinja::machinery::ast::{self, BinOpKind, Expr};
use serde_json::Value as Json;
use std::ops::Range;

impl<'a> Walk<'a> {
    /// What is missing makes `~` a fault of the profile, and a comparison neither true nor false.
    pub(super) fn may_be_missing(&mut self, operand: &Expr<'_>, sign: &str) {
        let Some(path) = path_of(operand) else { return };
        let root = path.split(['.', '[']).next().unwrap_or_default();
        let from_profile = root == "profile" || self.locals.iter().any(|local| local.name == root && root != "loop");
        if !from_profile || !path.contains(['.', '[']) || self.present.contains(&path) {
            return;
        }
        let told = if sign == "~" { "`~` makes the profile invalid".to_owned() } else { format!("`{sign}` is never true") };
        let finding = Finding::warning(Code::MayBeMissing, path_range(operand), format!("`{path}` may be missing, and then {told}"));
        self.tell(finding.help(format!("write `{path} | default(…)`, or ask first: `{path} is defined and …`")));
    }

    /// A path is checked field by field, as far as it is known what stands there.
    pub(super) fn path(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::GetAttr(get) => {
                self.expression(&get.expr);
                self.member(&get.expr, get.name, path_range(expression));
            }
            Expr::GetItem(get) => {
                self.expression(&get.expr);
                match &get.subscript_expr {
                    Expr::Const(constant) => {
                        if let Some(name) = constant.value.as_str() {
                            self.member(&get.expr, name, path_range(expression));
                        }
                    }
                    subscript => self.expression(subscript),
                }
            }
            _ => {}
        }
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
                self.tell(Finding::error(Code::UnknownName, range, format!("there is no `{path}.{name}`")).help(help));
            }
            return;
        }
        let kind = self.kind_of(outer);
        if kind == Type::Open || kind.member(name).is_some() {
            return;
        }
        let path = path_of(outer).unwrap_or_default();
        let finding = match kind {
            Type::List(_) => Finding::warning(Code::UnknownField, range, format!("`{path}` is a list, and a list has no `{name}`"))
                .help(format!("name an item (`{path}[0].{name}`), or repeat with `$each: {path}`")),
            _ => names::unknown_field(&path, name, kind, range),
        };
        self.tell(finding);
    }

    fn var_at(&self, expression: &Expr<'_>) -> Option<&'a Json> {
        match expression {
            Expr::Var(var) if var.id == "vars" => self.vars,
            Expr::GetAttr(get) => self.var_at(&get.expr)?.get(get.name),
            _ => None,
        }
    }

    /// What is known of the value of an expression.
    pub fn kind_of(&self, expression: &Expr<'_>) -> Type {
        match expression {
            Expr::Var(var) => match self.locals.iter().rev().find(|local| local.name == var.id) {
                Some(local) => local.kind,
                None if var.id == "profile" => PROFILE,
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

/// From the first name of a path to its end: the engine's own range of a path begins behind its head.
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
