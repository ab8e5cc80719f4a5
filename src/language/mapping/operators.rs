//! Operators where minijinja's own would lie about what is missing, or write without a bound.
//!
//! Measured (minijinja 3.1): `missing < 8` is true; `~` swallows what is missing, writes `True`, and writes a
//! list of shared texts out before it counts the bytes; `[x] * n` costs nothing until it is iterated. So
//! these instructions are exchanged for calls of functions whose names no template can write.

use super::{said, values};
use minijinja::machinery::{Instruction, Instructions};
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, State};
use std::cmp::Ordering;

/// No slot of the engine's cache of functions.
const UNCACHED: u8 = !0;

/// Replaces the operators of a template with our own.
pub fn ours(instructions: &mut Instructions<'static>) {
    let mut index = 0;
    while let Some(instruction) = instructions.get_mut(index) {
        index += 1;
        let name = match instruction {
            Instruction::StringConcat => "~",
            Instruction::Mul => "*",
            Instruction::Lt => "<",
            Instruction::Lte => "<=",
            Instruction::Gt => ">",
            Instruction::Gte => ">=",
            _ => continue,
        };
        *instruction = Instruction::ApplyFilter(name, Some(2), UNCACHED);
    }
}

/// In a text, `x if y` without an `else` gives nothing, which is not the same as missing.
pub(crate) fn blank_where_no_else(instructions: &mut Instructions<'static>) {
    let mut index = 0;
    while let Some(instruction) = instructions.get_mut(index) {
        index += 1;
        if matches!(instruction, Instruction::LoadConst(value) if value.is_undefined()) {
            *instruction = Instruction::LoadConst(Value::from(""));
        }
    }
}

pub(crate) fn add_to(engine: &mut Environment<'static>) {
    engine.add_filter("~", join);
    engine.add_filter("*", times);
    engine.add_filter("<", |left: Value, right: Value| ordered(&left, &right, Ordering::is_lt));
    engine.add_filter("<=", |left: Value, right: Value| ordered(&left, &right, Ordering::is_le));
    engine.add_filter(">", |left: Value, right: Value| ordered(&left, &right, Ordering::is_gt));
    engine.add_filter(">=", |left: Value, right: Value| ordered(&left, &right, Ordering::is_ge));
}

/// As a longer text: a missing part is an error, a list too.
fn join(state: &State<'_, '_>, left: Value, right: Value) -> Result<Value, Error> {
    if is_missing(&left) || is_missing(&right) {
        return Err(said("has a part that is missing; write `| default('')` after the part that may be missing"));
    }
    let (left, right) = (values::in_text(&left)?, values::in_text(&right)?);
    state.consume_fuel((left.len() + right.len()) as u64 / 64)?;
    Ok(Value::from(left + &right))
}

fn times(state: &State<'_, '_>, left: Value, right: Value) -> Result<Value, Error> {
    if is_missing(&left) || is_missing(&right) {
        return Ok(Value::UNDEFINED);
    }
    match (left.kind(), right.kind()) {
        (ValueKind::Number, ValueKind::Number) => product(&left, &right).ok_or_else(|| said("gives a number that is too large")),
        (ValueKind::String, ValueKind::Number) => repeated(state, &left, &right),
        (ValueKind::Number, ValueKind::String) => repeated(state, &right, &left),
        _ => Err(said("multiplies what is neither a number nor text")),
    }
}

fn product(left: &Value, right: &Value) -> Option<Value> {
    if left.is_integer() && right.is_integer() {
        return left.as_i64()?.checked_mul(right.as_i64()?).map(Value::from);
    }
    let product = f64::try_from(left.clone()).ok()? * f64::try_from(right.clone()).ok()?;
    product.is_finite().then(|| Value::from(product))
}

fn repeated(state: &State<'_, '_>, text: &Value, times: &Value) -> Result<Value, Error> {
    let text = text.as_str().unwrap_or_default();
    let times = times.as_usize().ok_or_else(|| said("repeats text by something that is not a whole number from 0"))?;
    state.consume_fuel((text.len().saturating_mul(times) / 64) as u64)?;
    Ok(Value::from(text.repeat(times)))
}

/// Missing in, missing out: then neither `<` nor `>=` is true.
fn ordered(left: &Value, right: &Value, wanted: fn(Ordering) -> bool) -> Result<Value, Error> {
    if is_missing(left) || is_missing(right) {
        return Ok(Value::UNDEFINED);
    }
    match (left.kind(), right.kind()) {
        (a, b) if a == b && matches!(a, ValueKind::Number | ValueKind::String | ValueKind::Bool) => {
            Ok(Value::from(left.partial_cmp(right).is_some_and(wanted)))
        }
        _ => Err(said("compares what has no order: two numbers have one, and two texts")),
    }
}

fn is_missing(value: &Value) -> bool {
    value.is_undefined() || value.is_none()
}
