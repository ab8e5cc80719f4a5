//! Any profile, turned into anonymous test data.

use super::input;
use hireline::authoring::anonymise::anonymous;
use hireline::base::digest::Key;
use serde_json::Value;
use std::collections::BTreeSet;

/// A profile as HrFlow writes it.
pub fn holds(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return };
    let make = || anonymous(std::slice::from_ref(&document), Key::new([3; 32]), &BTreeSet::new());
    let Ok(made) = make() else { return };
    assert_eq!(made.len(), 1, "one profile, and another number came of it");
    let out = &made[0].document;
    assert_eq!(make().map(|made| made[0].document.clone()).as_ref(), Ok(out), "another time it is another");
    let left = input::texts(out).join("\n").to_lowercase();
    for pointer in ["/info/email", "/info/phone", "/info/last_name", "/info/first_name", "/info/full_name"] {
        let value = document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().trim().to_lowercase();
        // What is shorter may be a part of any word.
        if value.chars().filter(|sign| sign.is_alphanumeric()).count() >= 6 {
            assert!(!left.contains(&value), "{pointer} is left");
        }
    }
}
