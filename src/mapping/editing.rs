//! What an editor asks of a template while it is written.

use super::walk::{Local, Surroundings, Walk};
use crate::profile::fields::Type;
use minijinja::machinery::parse_expr;

/// What is known of an expression's value. `locals` are the names that `$as` and `{% for %}` give, the nearest last; what cannot be read is
/// open.
pub fn type_of(expression: &str, locals: &[(String, Type)]) -> Type {
    let items = locals.iter().map(|(name, kind)| Local { name: name.clone(), kind: *kind }).collect();
    let around = Surroundings { items, ..Surroundings::default() };
    parse_expr(expression).map_or(Type::Open, |parsed| Walk::new(&around).kind_of(&parsed))
}
