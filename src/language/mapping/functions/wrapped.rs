//! minijinja's own functions, with one rule more: missing in, missing out.
//!
//! `default` is there for what is missing, and `length` of what is missing is 0, so those two stay as they are. A few that
//! need no wrapper (they hand a missing value on) stay too.

use super::{add, kind_in_words};
use crate::language::mapping::{said, values};
use minijinja::value::{Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, filters};
use std::io;

/// Every function of minijinja's that a mapping may use, but for those that Hireline has a documented one of its own for.
pub const NAMES: &str = "abs attr batch bool capitalize chain count d default dictsort first format groupby indent items join last length \
                         lines list lower map max min reject rejectattr replace reverse round select selectattr slice sort sum title \
                         tojson trim unique upper zip";

macro_rules! wrap {
    ($engine:ident: $($name:ident)*) => {
        $( wrap(&mut *$engine, stringify!($name), Value::from_function(filters::$name)); )*
    };
}

pub(crate) fn add_to(engine: &mut Environment<'static>) {
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
        // The engine always has fuel; without it nothing could be written.
        let (_, left) = state.fuel_levels().unwrap_or_default();
        let mut out = Paid { bytes: Vec::new(), limit: usize::try_from(left).unwrap_or(usize::MAX).saturating_mul(BYTES_A_STEP) };
        let value = without_missing(value, &mut values::MOST_VALUES.clone())?;
        let written = serde_json::to_writer(&mut out, &value);
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
        let mut arguments = arguments.into_values();
        let is_there = arguments.first().is_some_and(|value| !value.is_undefined() && !value.is_none());
        if is_there {
            as_json_writes(name, &mut arguments)?;
        }
        match arguments.first() {
            Some(value) if value.is_undefined() || value.is_none() => Ok(Value::UNDEFINED),
            value => {
                // Some of them visit every item without the engine's taking notice.
                let items = value.filter(|value| value.as_object().is_some()).and_then(Value::len).unwrap_or(0);
                state.consume_fuel(items as u64 / 2)?;
                original.call(state, &arguments)
            }
        }
    });
}

/// Functions of minijinja's that write whatever they are given into a text, in Python's way: `True`, `None`, `[1, 'x']`, nothing at all for
/// what is missing. What they are given is text before they see it, by 1 to 3 of `docs/mapping.md`.
fn as_json_writes(name: &str, arguments: &mut Vec<Value>) -> Result<(), Error> {
    match name {
        "capitalize" | "lower" | "replace" | "title" | "trim" | "upper" => {
            arguments.iter_mut().try_for_each(|argument| write(name, argument))
        }
        "join" => {
            let attribute = joined_attribute(arguments)?;
            let [list, separator @ ..] = arguments.as_mut_slice() else { return Ok(()) };
            if matches!(list.kind(), ValueKind::Seq | ValueKind::Iterable) {
                *list = written_items(list, attribute.as_deref())?.into();
            } else {
                write(name, list)?;
            }
            separator.iter_mut().try_for_each(|argument| write(name, argument))
        }
        // `%d` and `%.2f` want numbers as they are, and a number is written alike by both.
        "format" => arguments.iter_mut().filter(|argument| !argument.is_number()).try_for_each(|argument| write(name, argument)),
        _ => Ok(()),
    }
}

/// `join(', ', 'title')` or `join(', ', attribute='title')`: taken out, since the items' attributes are written before the list is joined.
fn joined_attribute(arguments: &mut Vec<Value>) -> Result<Option<String>, Error> {
    let attribute = match arguments.last() {
        Some(named) if named.is_kwargs() => {
            let attribute = named.get_attr("attribute")?;
            if attribute.is_undefined() {
                return Ok(None);
            }
            let separator = named.get_attr("d")?;
            arguments.pop();
            if arguments.len() == 1 && !separator.is_undefined() {
                arguments.push(separator);
            }
            attribute
        }
        Some(_) if arguments.len() == 3 => arguments.remove(2),
        _ => return Ok(None),
    };
    attribute.as_str().map(|text| Some(text.to_owned())).ok_or_else(|| said("`join` takes the name of an attribute as text"))
}

/// The items of a list as texts. What is missing is dropped, as from every list (`docs/mapping.md`, 2).
fn written_items(list: &Value, attribute: Option<&str>) -> Result<Vec<Value>, Error> {
    let mut items = Vec::new();
    for item in list.try_iter()?.checked() {
        let mut item = item?;
        for name in attribute.into_iter().flat_map(|path| path.split('.')) {
            // An item without that attribute is left out, as one that is missing.
            item = item.get_attr(name).unwrap_or(Value::UNDEFINED);
        }
        if !item.is_undefined() && !item.is_none() {
            write("join", &mut item)?;
            items.push(item);
        }
    }
    Ok(items)
}

fn write(name: &str, value: &mut Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String => {}
        // Named arguments.
        _ if value.is_kwargs() => {}
        ValueKind::Bool | ValueKind::Number => *value = Value::from(values::in_text(value)?),
        ValueKind::Undefined | ValueKind::None => {
            return Err(said(format!("`{name}` is given something that is missing; write `| default('')` after it")));
        }
        _ => return Err(said(format!("`{name}` writes text, and is given {}", kind_in_words(value)))),
    }
    Ok(())
}

/// Without the members and items that are missing: JSON has no word for them but null, which says something else.
fn without_missing(value: &Value, left: &mut usize) -> Result<Value, Error> {
    *left = left.checked_sub(1).ok_or_else(|| said("`tojson` is given more than one template may write"))?;
    let is_there = |value: &Value| !value.is_undefined() && !value.is_none();
    Ok(match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let mut items = Vec::new();
            for item in value.try_iter()?.checked() {
                let item = item?;
                if is_there(&item) {
                    items.push(without_missing(&item, left)?);
                }
            }
            items.into()
        }
        ValueKind::Map => {
            let mut members = Vec::new();
            for name in value.try_iter()?.checked() {
                let name = name?;
                let inner = value.get_item(&name)?;
                if is_there(&inner) {
                    let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
                    members.push((name, without_missing(&inner, left)?));
                }
            }
            Value::from_pairs(members)
        }
        _ => value.clone(),
    })
}
