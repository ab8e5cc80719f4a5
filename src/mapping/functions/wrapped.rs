//! minijinja's own functions, with one rule more: missing in, missing out.
//!
//! `default` is there for what is missing, and `length` of what is missing is 0, so those two stay as they are. A few that
//! need no wrapper (they hand a missing value on) stay too.

use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, State, filters};

/// Every function of minijinja's that a mapping may use, but for those that Hireline has a documented one of its own for.
pub const NAMES: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "format",
    "groupby",
    "indent",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "zip",
];

macro_rules! wrap {
    ($engine:ident: $($name:ident)*) => {
        $( wrap(&mut *$engine, stringify!($name), Value::from_function(filters::$name)); )*
    };
}

pub fn add_to(engine: &mut Environment<'static>) {
    wrap!(engine: abs attr batch capitalize chain groupby indent items join lines list lower map reject rejectattr replace round
        select selectattr slice sort sum title tojson trim unique upper zip bool dictsort);
    wrap(engine, "format", Value::from_function(filters::format));
}

fn wrap(engine: &mut Environment<'static>, name: &'static str, original: Value) {
    engine.add_filter(name, move |state: &mut State<'_, '_>, arguments: Rest<Value>| -> Result<Value, Error> {
        match arguments.first() {
            Some(value) if value.is_undefined() || value.is_none() => Ok(Value::UNDEFINED),
            _ => original.call(state, &arguments),
        }
    });
}
