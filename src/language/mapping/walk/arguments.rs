//! What stands in a function's brackets.

use super::{Walk, range};
use crate::base::diagnostic::{Code, TextDiagnostic};
use crate::language::mapping::functions;
use crate::language::patterns;
use minijinja::Value;
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
            let is_own = functions::docs().any(|doc| doc.name == filter.name);
            let (named, given) = filter.args.iter().fold((None, 0), |(named, given), argument| match argument {
                CallArg::Kwarg("otherwise", _) if functions::takes_otherwise(filter.name) => (named, given),
                CallArg::Kwarg(name, _) if is_own => (named.or(Some(*name)), given + 1),
                _ => (named, given + 1),
            });
            if let Some(named) = named {
                let finding = TextDiagnostic::error(Code::BadTemplate, range, format!("`{}` has no `{named}=`", filter.name));
                return self.report(finding.help(format!("write `{}`", functions::signature(filter.name))));
            }
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

    /// A pattern, and what is put in its matches' place: `'\b'` and `'\1'` between quotes are control characters.
    fn replacing(&mut self, pattern: &CallArg<'_>, replacement: &CallArg<'_>) {
        let (CallArg::Pos(pattern), CallArg::Pos(replacement)) = (pattern, replacement) else { return };
        let place = range(pattern);
        self.findings.retain(|found| !place.contains(&found.range.start));
        let written = self.source.get(place.clone()).unwrap_or_default();
        self.findings.extend(patterns::control_characters(written, place.start, Code::BadTemplate));
        let (pattern, text) = (pattern.as_const(), replacement.as_const());
        if let (Some(pattern), Some(text)) = (pattern.as_ref().and_then(Value::as_str), text.as_ref().and_then(Value::as_str))
            && let Some((message, help)) = functions::check_replacement(pattern, text)
        {
            self.error(Code::BadTemplate, range(replacement), message, help);
        }
    }

    /// Control characters of a text that is written out: nothing that a candidate holds has any.
    pub(super) fn control_characters(&mut self, place: Range<usize>) {
        for (c, inner) in patterns::characters(self.source.get(place.clone()).unwrap_or_default()) {
            let Some((name, _)) = patterns::control(c).filter(|_| !matches!(c, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}')) else {
                continue;
            };
            let help = match u32::from(c) {
                group @ 1..=7 => format!("remove it; a group of `regex_replace` is `${group}`"),
                8 => "remove it; only `regex_replace` takes a pattern".to_owned(),
                _ => "remove it".to_owned(),
            };
            self.error(Code::BadTemplate, place.start + inner.start..place.start + inner.end, format!("this text has {name} in it"), help);
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
