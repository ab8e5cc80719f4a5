//! The templates' engine, set up once a process: what it knows, and its bounds.

use super::{functions, operators, values};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior};
use std::sync::LazyLock;

/// What one template may do. One step is an instruction, or 64 bytes that are read or written: 3.2 MB in all.
pub const FUEL: u64 = 50_000;
/// Bytes of one text.
pub const TEXT_LIMIT: usize = 1 << 20;
/// Nesting of calls and loops. Deeper, and a thread's stack could end before the fuel does.
const RECURSION: usize = 60;

/// Functions of minijinja that a mapping has no use for: state between iterations (which can nest values without end), the
/// engine's own insides, and marks for HTML.
const WITHOUT_FUNCTIONS: [&str; 2] = ["debug", "namespace"];
const WITHOUT_FILTERS: [&str; 4] = ["safe", "escape", "e", "pprint"];
const WITHOUT_TESTS: [&str; 4] = ["safe", "escaped", "filter", "test"];

/// What is compiled borrows it, so it lives as long as the process.
pub static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_debug(false);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_formatter(write_into_text);
    WITHOUT_FUNCTIONS.iter().for_each(|name| engine.remove_global(name));
    WITHOUT_FILTERS.iter().for_each(|name| engine.remove_filter(name));
    WITHOUT_TESTS.iter().for_each(|name| engine.remove_test(name));
    functions::add_to(&mut engine);
    operators::add_to(&mut engine);
    engine
});

fn write_into_text(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &minijinja::Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) => output.write_str(text)?,
        None => output.write_str(&values::in_text(value)?)?,
    }
    Ok(())
}
