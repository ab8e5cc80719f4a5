//! `filters:` → [`filter::Filters`]: names looked up, predicates parsed.

use super::context::Context;
use crate::base::diagnostic::{Code, Diagnostic, Sink, TextDiagnostic};
use crate::language::filter::{self, Predicate};
use crate::language::pipeline::scope::Namespace;
use crate::language::pipeline::{schema, walk};
use crate::language::yaml::{Kind, Tree};
use std::collections::HashMap;

/// All filters, or `None` where one of them could not be compiled: to run without a filter would push people who were to be kept out.
pub(super) fn compile(tree: Option<&Tree>, context: &mut Context<'_>) -> Option<Vec<filter::Filter>> {
    let Some(tree) = tree else { return Some(Vec::new()) };
    let mut whole = walk::Walk::new(&schema::PIPELINE, context.sink).section(tree, "filters");
    let mut filters = Vec::new();
    let mut seen = HashMap::new();
    for (at, item) in tree.items().iter().enumerate() {
        let found = match &item.kind {
            Kind::Text(text) => named(&text.value, item, context),
            Kind::Map(_) => rule(&format!("filter {}", at + 1), item, context.sink),
            _ => None,
        };
        if let (Some((filter, _)), Kind::Text(_)) = (&found, &item.kind)
            && let Some(first) = seen.insert(filter.name.clone(), item.place.clone())
        {
            let diagnostic =
                Diagnostic::warning(Code::PointlessTest, &item.place, format!("the filter `{}` is in this list twice", filter.name));
            context.sink.push(diagnostic.related(&first, "here first").help("remove one of the two"));
        }
        let found = found.filter(|(filter, predicate)| {
            filter.predicate.variable_warnings(&context.vars).iter().for_each(|warning| report(warning, predicate, context.sink));
            let unusable = filter.predicate.unusable_variables(&context.vars);
            unusable.iter().for_each(|misreading| report(misreading, predicate, context.sink));
            unusable.is_empty()
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

/// One rule, in place or from a library, with its predicate as it was written. An error of its predicate is
/// reported at the predicate.
pub(super) fn rule(name: &str, tree: &Tree, sink: &mut Sink) -> Option<(filter::Filter, Tree)> {
    let (keeps, predicate) = match (tree.get("keep"), tree.get("drop")) {
        (Some(predicate), None) => (true, predicate),
        (None, Some(predicate)) => (false, predicate),
        _ => return None,
    };
    let text = predicate.as_text().filter(|text| !text.trim().is_empty())?;
    let parsed = Predicate::parse(text).map_err(|misreading| report(&misreading, predicate, sink)).ok()?;
    parsed.warnings().iter().for_each(|warning| report(warning, predicate, sink));
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

fn report(message: &TextDiagnostic, predicate: &Tree, sink: &mut Sink) {
    sink.push(predicate.tell(message.clone()));
}
