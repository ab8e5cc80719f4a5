//! A template that gives another kind of value than its member takes: known without any profile where the profile's field is known.

use crate::base::diagnostic::{Code, Diagnostic, TextDiagnostic};
use crate::language::mapping::functions;
use crate::language::mapping::template;
use crate::language::mapping::walk::{Walk, as_text};
use crate::language::yaml::Tree;
use crate::model::candidate::shape::Shape;
use crate::model::profile::fields::{self, Type};
use minijinja::machinery::ast::{Expr, Stmt};
use serde_json::Value as Json;

/// What is wrong with a template that is exactly one expression.
pub(super) fn mismatch(parsed: &Stmt<'_>, walk: &Walk<'_>, shape: &Shape, name: &str) -> Option<TextDiagnostic> {
    let Stmt::Template(template) = parsed else { return None };
    let mut emitted = template.children.iter().filter_map(|child| match child {
        Stmt::EmitExpr(emit) => Some(&emit.expr),
        _ => None,
    });
    let expression = emitted.next()?;
    let span = expression.span();
    let range = span.start_offset as usize..span.end_offset as usize;
    let range = walk.whole_path(expression).unwrap_or(range);
    let kind = walk.kind_of(expression);
    let told = |given: &str, help: String| {
        let message = format!("`{name}` takes {}, and is given {given}", shape.in_words());
        // As for fields that are not known: HrFlow may know better, so it does not stop a run.
        Some(TextDiagnostic::warning(Code::WrongType, range.clone(), message).help(help))
    };
    let path = || walk.path_of(expression).unwrap_or_else(|| "…".to_owned());
    match (shape, kind) {
        (Shape::List(_) | Shape::Object(_) | Shape::CustomFields | Shape::Scalar, _) => None,
        // Several jobs are a list.
        (Shape::Id, Type::List(_)) if name == "job_ids" => None,
        (_, Type::List(_)) => told("a list", as_text(&path(), kind)),
        (_, Type::Block(_)) => told("a block of fields", as_text(&path(), kind)),
        (Shape::Id, _) if is_text(expression, kind) => {
            told("text", format!("write `{} | int`, if it is a number written as text", shown(expression, walk)))
        }
        (Shape::Boolean, _) if is_text(expression, kind) => told("text", format!("compare it: `{} == '…'`", shown(expression, walk))),
        (Shape::Text | Shape::Date | Shape::Email | Shape::Url, _) if is_number(expression, kind) => {
            told("a number", format!("write `{} | string`", shown(expression, walk)))
        }
        _ => None,
    }
}

fn shown(expression: &Expr<'_>, walk: &Walk<'_>) -> String {
    walk.path_of(expression).unwrap_or_else(|| "…".to_owned())
}

fn is_text(expression: &Expr<'_>, kind: Type) -> bool {
    match expression {
        Expr::GetAttr(get) => kind == Type::Scalar && fields::is_text(get.name),
        Expr::Filter(filter) => functions::gives_text(filter.name),
        _ => false,
    }
}

fn is_number(expression: &Expr<'_>, kind: Type) -> bool {
    match expression {
        Expr::GetAttr(get) => kind == Type::Scalar && fields::is_number(get.name),
        Expr::Filter(filter) => matches!(filter.name, "int" | "float" | "length" | "count" | "round"),
        _ => false,
    }
}

/// `job_ids: "{{ vars.jobs }}"` where the variable holds texts: no profile would make an application.
pub(super) fn variable_of_text(tree: &Tree, vars: &Json) -> Option<Diagnostic> {
    let text = tree.as_text()?;
    let path = template::single_expression(text).and_then(|range| text.get(range))?.trim();
    let names = path.strip_prefix("vars.")?;
    let value = names.split('.').try_fold(vars, |value, name| value.get(name))?;
    let is_text = |value: &Json| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let wrong = is_text(value) || value.as_array().is_some_and(|items| items.iter().any(is_text));
    let numbers = format!("{value}").replace('"', "");
    let help = match numbers.trim_matches(['[', ']']).split(',').all(|part| part.trim().parse::<u64>().is_ok()) {
        true => "write the numbers under `vars:` without quotes",
        false => "write the jobs' ids under `vars:`, whole numbers without quotes",
    };
    wrong.then(|| {
        Diagnostic::error(Code::WrongType, &tree.place, format!("`job_ids` takes whole numbers, and `{path}` holds text")).help(help)
    })
}
