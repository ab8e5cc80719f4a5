//! `filters:` → [`filter::Filters`]: names looked up, predicates parsed.

use super::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::filter::{self, Predicate};
use crate::pipeline::scope::Namespace;
use crate::pipeline::{schema, walk};
use crate::tree::{Kind, Tree};

/// All filters, or `None` where one of them could not be compiled: to run without a filter would push people who were to be kept out.
pub(super) fn compile(tree: Option<&Tree>, context: &mut Context<'_>) -> Option<Vec<filter::Filter>> {
    let Some(tree) = tree else { return Some(Vec::new()) };
    let mut whole = walk::Walk::new(&schema::PIPELINE, context.sink).section(tree, "filters");
    let mut filters = Vec::new();
    for (at, item) in tree.as_list().unwrap_or_default().iter().enumerate() {
        let found = match &item.kind {
            Kind::Text(text) => named(&text.value, item, context),
            Kind::Map(_) => rule(&format!("filter {}", at + 1), item, context.sink),
            _ => None,
        };
        whole &= found.is_some();
        filters.extend(found);
    }
    whole.then_some(filters)
}

fn named(name: &str, item: &Tree, context: &mut Context<'_>) -> Option<filter::Filter> {
    let definition = context.scope.find(Namespace::Filter, name, &item.place, context.sink)?;
    rule(name, &definition.entry.value, context.sink)
}

/// One rule, in place or from a library. A fault of its predicate is told at the predicate.
pub(super) fn rule(name: &str, tree: &Tree, sink: &mut Sink) -> Option<filter::Filter> {
    let (keeps, predicate) = match (tree.get("keep"), tree.get("drop")) {
        (Some(predicate), None) => (true, predicate),
        (None, Some(predicate)) => (false, predicate),
        _ => return None,
    };
    let text = predicate.as_text().filter(|text| !text.trim().is_empty())?;
    match Predicate::parse(text) {
        Ok(parsed) => {
            for caution in parsed.cautions() {
                let place = predicate.place_within(caution.start, caution.end);
                let mut warning = Diagnostic::warning(Code::PointlessTest, &place, caution.message.clone());
                warning.help.clone_from(&caution.help);
                sink.push(warning);
            }
            Some(filter::Filter {
                name: name.to_owned(),
                keeps,
                because: tree.get("because").and_then(Tree::as_text).map(str::to_owned),
                text: text.to_owned(),
                place: predicate.place.clone(),
                predicate: parsed,
            })
        }
        Err(misreading) => {
            let place = predicate.place_within(misreading.start, misreading.end);
            let mut fault = Diagnostic::error(Code::BadPredicate, &place, misreading.message);
            fault.help = misreading.help;
            sink.push(fault);
            None
        }
    }
}
