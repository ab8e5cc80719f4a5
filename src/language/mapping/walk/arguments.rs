//! What stands in a function's brackets.

use super::{Walk, range};
use crate::base::diagnostic::{Code, TextDiagnostic};
use crate::language::mapping::functions;
use crate::language::patterns;
use minijinja::machinery::ast::{self, CallArg, Expr};
use std::ops::Range;

impl Walk<'_> {
    /// Arguments that are written out can be tried out.
    pub(super) fn constant_arguments(&mut self, filter: &ast::Filter<'_>, range: Range<usize>) {
        if filter.args.is_empty()
            && let Some(signature) = functions::needs_arguments(filter.name)
        {
            let finding = TextDiagnostic::error(Code::BadTemplate, range, format!("`{}` needs something in brackets", filter.name));
            return self.report(finding.help(format!("write `{signature}`")));
        }
        let several = filter.args.iter().any(|argument| matches!(argument, CallArg::PosSplat(_) | CallArg::KwargSplat(_)));
        if let (Some((least, most)), false) = (functions::arguments(filter.name), several) {
            let given = filter.args.len();
            if given < least || given > most {
                let finding = TextDiagnostic::error(
                    Code::BadTemplate,
                    range,
                    format!("`{}` takes {}, and is given {given}", filter.name, amount(least, most)),
                );
                let signature = functions::signature(filter.name);
                let help = match signature {
                    "" if most == 0 => format!("write `… | {}`, without brackets", filter.name),
                    "" => format!("see `{}` in the handbook's page on functions", filter.name),
                    signature => format!("write `{signature}`"),
                };
                return self.report(finding.help(help));
            }
        }
        match (filter.name, filter.args.as_slice()) {
            ("regex_replace", [pattern, replacement, ..]) => self.replacing(pattern, replacement),
            ("map", [CallArg::Pos(name), pattern, replacement, ..]) if is_constant(name, "regex_replace") => {
                self.replacing(pattern, replacement)
            }
            _ => {}
        }
        let Some(CallArg::Pos(first)) = filter.args.first() else { return };
        let constant = first.as_const();
        let text = constant.as_ref().and_then(|value| value.as_str());
        let diagnostic = match (filter.name, text) {
            ("regex_replace", None) => Some("the pattern of `regex_replace` must be written out, as text in quotes".to_owned()),
            ("regex_replace", Some(pattern)) => functions::check_pattern(pattern),
            ("date", Some(format)) => functions::check_format(format),
            ("phone", Some(region)) => functions::check_region(region),
            ("country", Some(form)) => functions::check_country_form(form),
            ("map" | "select" | "reject", Some(name)) => {
                let known =
                    if filter.name == "map" { functions::names().any(|known| known == name) } else { functions::TESTS.contains(&name) };
                (!known).then(|| format!("there is no `{name}` for `{}` to use", filter.name))
            }
            _ => None,
        };
        if let Some(message) = diagnostic {
            let code = if matches!(filter.name, "map" | "select" | "reject") { Code::UnknownFunction } else { Code::BadTemplate };
            let finding = TextDiagnostic::error(code, range, message);
            self.report(match functions::signature(filter.name) {
                "" => finding.help("the handbook lists the functions of a mapping"),
                signature => finding.help(format!("write `{signature}`")),
            });
        }
    }

    /// Control characters in a pattern, and in what is put in its matches' place: `'\b'` and `'\1'` between quotes are such.
    fn replacing(&mut self, pattern: &CallArg<'_>, replacement: &CallArg<'_>) {
        if let CallArg::Pos(pattern) = pattern {
            let range = range(pattern);
            let written = self.source.get(range.clone()).unwrap_or_default();
            self.findings.extend(patterns::control_characters(written, range.start, Code::BadTemplate));
        }
        let CallArg::Pos(replacement) = replacement else { return };
        let range = range(replacement);
        for (c, inner) in patterns::characters(self.source.get(range.clone()).unwrap_or_default()) {
            let Some((name, _)) = patterns::control(c).filter(|_| !matches!(c, '\t' | '\n' | '\r')) else { continue };
            let help = match u32::from(c) {
                group @ 0..=7 => format!("the pattern's first group is `$1`: write `${group}`"),
                _ => "remove it, or write what is meant".to_owned(),
            };
            let message = format!("this replacement has {name} in it");
            self.error(Code::BadTemplate, range.start + inner.start..range.start + inner.end, message, help);
        }
    }
}

/// "nothing in brackets", "one value in brackets".
fn amount(least: usize, most: usize) -> String {
    match (least, most) {
        (_, 0) => "nothing in brackets".to_owned(),
        (1, 1) => "one value in brackets".to_owned(),
        (least, most) if least == most => format!("{least} values in brackets"),
        (0, 1) => "at most one value in brackets".to_owned(),
        (0, most) => format!("at most {most} values in brackets"),
        (least, most) => format!("{least} to {most} values in brackets"),
    }
}

fn is_constant(expression: &Expr<'_>, text: &str) -> bool {
    expression.as_const().is_some_and(|value| value.as_str() == Some(text))
}
