//! What a template sees: `profile`, `vars`, `pipeline` and the names that `$as` gives.

use minijinja::value::{Enumerator, Object, Value};
use std::fmt;
use std::sync::Arc;

/// The names that are always there.
pub const NAMES: [&str; 3] = ["profile", "vars", "pipeline"];

/// One scope. Cheap to clone and to extend; looking up a name converts nothing.
#[derive(Clone)]
pub struct Scope {
    profile: Value,
    vars: Value,
    pipeline: Value,
    /// The nearest last.
    items: Vec<(Arc<str>, Value)>,
}

impl Scope {
    pub fn new(profile: Value, vars: Value, pipeline: Value) -> Self {
        Self { profile, vars, pipeline, items: Vec::new() }
    }

    pub fn with(&self, name: &Arc<str>, item: Value) -> Self {
        let mut inner = self.clone();
        inner.items.push((Arc::clone(name), item));
        inner
    }

    pub(crate) fn into_value(self) -> Value {
        Value::from_object(self)
    }
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if let Some((_, item)) = self.items.iter().rev().find(|(name, _)| &**name == key) {
            return Some(item.clone());
        }
        match key {
            "profile" => Some(self.profile.clone()),
            "vars" => Some(self.vars.clone()),
            "pipeline" => Some(self.pipeline.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&NAMES)
    }
}

/// Without values: a profile is personal data.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("items", &self.items.iter().map(|(name, _)| name).collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
