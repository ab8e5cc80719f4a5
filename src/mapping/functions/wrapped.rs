//! minijinja's own functions, with one rule more: missing in, missing out.
//!
//! `default` is there for what is missing, and `length` of what is missing is 0, so those two stay as they are. A few that
//! need no wrapper (they hand a missing value on) stay too.

use super::add;
use crate::mapping::said;
use minijinja::value::{Rest, Value, ValueOrKwargs};
use minijinja::{Environment, Error, State, filters};
use std::io;

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
    wrap!(engine: abs attr batch capitalize chain groupby items join lines list lower map reject rejectattr replace round
        select selectattr slice sort sum title trim unique upper zip bool dictsort);
    wrap(engine, "format", Value::from_function(filters::format));
    add(engine, "indent", 0..=1, |state, value, rest| {
        let width = rest.first().map_or(Some(4), Value::as_usize).filter(|width| *width <= WIDEST);
        let width = width.ok_or_else(|| said(format!("`indent` takes a number of spaces up to {WIDEST}")))?;
        let text = value.as_str().ok_or_else(|| said("`indent` works on text"))?;
        state.consume_fuel((text.lines().count() * width / 64) as u64)?;
        Ok(text.replace('\n', &format!("\n{}", " ".repeat(width))).into())
    });
    add(engine, "tojson", 0..=0, |state, value, _| {
        let (_, left) = state.fuel_levels().unwrap_or_default();
        let mut out = Paid { bytes: Vec::new(), limit: usize::try_from(left).unwrap_or(usize::MAX).saturating_mul(BYTES_A_STEP) };
        let written = serde_json::to_writer(&mut out, value);
        state.consume_fuel((out.bytes.len() / BYTES_A_STEP) as u64)?;
        written.map_err(|_| said("`tojson` is given more than one template may write"))?;
        Ok(String::from_utf8_lossy(&out.bytes).into_owned().into())
    });
}

/// Spaces that `indent` puts before a line.
const WIDEST: usize = 100;
/// What the engine takes for a value that is written out: it is slower than copying.
const BYTES_A_STEP: usize = 4;

/// Grows no further than what is left of the fuel: a list may hold the same long text a thousand times.
struct Paid {
    bytes: Vec<u8>,
    limit: usize,
}

impl io::Write for Paid {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.limit {
            return Err(io::Error::other("no fuel is left"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn wrap(engine: &mut Environment<'static>, name: &'static str, original: Value) {
    engine.add_filter(name, move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| -> Result<Value, Error> {
        let arguments = arguments.into_values();
        match arguments.first() {
            Some(value) if value.is_undefined() || value.is_none() => Ok(Value::UNDEFINED),
            value => {
                // Some of them visit every item without the engine's taking notice.
                let items = value.filter(|value| value.as_object().is_some()).and_then(Value::len).unwrap_or_default();
                state.consume_fuel(items as u64 / 2)?;
                original.call(state, &arguments)
            }
        }
    });
}
