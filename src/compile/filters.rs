//! `filters:` → [`filter::Filters`]: names looked up, predicates parsed.

use super::context::Context;
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::filter::{self, Misreading, Predicate};
use crate::pipeline::scope::Namespace;
use crate::pipeline::{schema, walk};
use crate::tree::{Kind, Tree};
use std::collections::HashMap;

/// All filters, or `None` where one of them could not be compiled: to run without a filter would push people who were to be kept out.
pub(super) fn compile(tree: Option<&Tree>, context: &mut Context<'_>) -> Option<Vec<filter::Filter>> {
    let Some(tree) = tree else { return Some(Vec::new()) };
    let mut whole = walk::Walk::new(&schema::PIPELINE, context.sink).section(tree, "filters");
    let mut filters = Vec::new();
    let mut seen = HashMap::new();
    for (at, item) in tree.as_list().unwrap_or_default().iter().enumerate() {
        let found = match &item.kind {
            Kind::Text(text) => named(&text.value, item, context),
            Kind::Map(_) => rule(&format!("filter {}", at + 1), item, context.sink),
            _ => None,
        };
        if let (Some((filter, _)), Kind::Text(_)) = (&found, &item.kind)
            && let Some(first) = seen.insert(filter.name.clone(), item.place.clone())
        {
            let fault =
                Diagnostic::warning(Code::PointlessTest, &item.place, format!("the filter `{}` stands in this list twice", filter.name));
            context.sink.push(fault.related(&first, "here first").help("take one of the two out"));
        }
        let found = found.filter(|(filter, predicate)| {
            filter
                .predicate
                .variable_cautions(&context.vars)
                .iter()
                .for_each(|caution| tell(caution, predicate, Severity::Warning, context.sink));
            let unknown = filter.predicate.unknown_variables(&context.vars);
            unknown.iter().for_each(|misreading| tell(misreading, predicate, Severity::Error, context.sink));
            unknown.is_empty()
        });
        whole &= found.is_some();
        filters.extend(found.map(|(filter, _)| filter));
    }
    whole.then_some(filters)
}

/// Looked up in the pipeline's scope. The variables of a library's filter are the pipeline's: it may override or complete them.
fn named(name: &str, item: &Tree, context: &mut Context<'_>) -> Option<(filter::Filter, Tree)> {
    let definition = context.scope.find(Namespace::Filter, name, &item.place, context.sink)?;
    rule(name, &definition.entry.value, context.sink)
}

/// One rule, in place or from a library, with its predicate as it was written. A fault of its predicate is told at the predicate.
pub(super) fn rule(name: &str, tree: &Tree, sink: &mut Sink) -> Option<(filter::Filter, Tree)> {
    let (keeps, predicate) = match (tree.get("keep"), tree.get("drop")) {
        (Some(predicate), None) => (true, predicate),
        (None, Some(predicate)) => (false, predicate),
        _ => return None,
    };
    let text = predicate.as_text().filter(|text| !text.trim().is_empty())?;
    let parsed = Predicate::parse(text).map_err(|misreading| tell(&misreading, predicate, Severity::Error, sink)).ok()?;
    parsed.cautions().iter().for_each(|caution| tell(caution, predicate, Severity::Warning, sink));
    let filter = filter::Filter {
        name: name.to_owned(),
        keeps,
        because: tree.get("because").and_then(Tree::as_text).map(str::to_owned),
        text: text.to_owned(),
        place: predicate.place.clone(),
        predicate: parsed,
    };
    Some((filter, predicate.clone()))
}

fn tell(misreading: &Misreading, predicate: &Tree, severity: Severity, sink: &mut Sink) {
    let place = predicate.place_within(misreading.start, misreading.end);
    let mut told = Diagnostic { severity, ..Diagnostic::error(misreading.code, &place, misreading.message.clone()) };
    told.help.clone_from(&misreading.help);
    sink.push(told);
}
