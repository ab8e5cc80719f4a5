//! Any answers as the pages of a list in HrFlow: each row that was given becomes one item, or the reading ends with an error.

use super::input;
use hireline::fuzzing::{Passage, read_canned};
use hireline::source::Item;
use serde_json::Value;
use std::collections::HashSet;

/// Requests that reading may need beyond the answers: waits for empty pages, and passes that are begun again.
const MOST_MORE: usize = 400;

/// Sections: the cursor (empty for none), then an answer each. See [`input::answer`].
pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let sections = input::sections(text, 2);
    let answers: Vec<_> = sections.iter().skip(1).take(40).map(|section| input::answer(section)).collect();
    let read = |since| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(read_canned(&answers, since))
    };
    let all = read(None);
    accounts_for_all(&all, answers.len());
    let changed = read(Some(""));
    accounts_for_all(&changed, answers.len());
    let since = read(Some(sections[0]));
    // With a cursor, what is older than it may be left out.
    assert!(rows(&since) <= distinct(&since.given), "an item that no page gave");
    let again = read(Some(sections[0]));
    assert_eq!(format!("{since:?}"), format!("{again:?}"), "another time it is another");
}

fn accounts_for_all(passage: &Passage, answers: usize) {
    let (items, given) = (rows(passage), distinct(&passage.given));
    match &passage.error {
        None => assert_eq!(items, given, "rows were given and {items} items came of them: {passage:?}"),
        Some(error) => {
            assert!(items <= given, "an item that no page gave");
            let words = error.to_string();
            assert!(input::machine_words(&words, "").is_empty() || words.contains("code"), "{words}");
        }
    }
    assert!(passage.asked <= answers + MOST_MORE, "{} requests for {answers} answers", passage.asked);
}

/// Without the cursor, which is of no row. What cannot be read says why.
fn rows(passage: &Passage) -> usize {
    let is_row = |item: &&Item| match item {
        Item::Unreadable { at, why, .. } => {
            assert!(!at.is_empty() && !why.is_empty(), "left out without a word");
            true
        }
        Item::Profile(profile) => {
            assert!(!profile.key.trim().is_empty(), "a profile without a key");
            true
        }
        Item::Missing { .. } => panic!("nobody was asked for by name"),
        Item::PassedOver { .. } | Item::Cursor(_) => false,
    };
    passage.items.iter().filter(is_row).count()
}

/// The same row twice, in its state of the same moment, is one.
fn distinct(given: &[Value]) -> usize {
    let text = |row: &Value, pointer: &str| row.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let known = |row: &Value| match text(row, "/key") {
        Some(key) => {
            let source = text(row, "/source_key").or_else(|| text(row, "/source/key")).unwrap_or_default();
            format!("{:?}", (source, key, text(row, "/updated_at")))
        }
        None => row.to_string(),
    };
    given.iter().map(known).collect::<HashSet<_>>().len()
}
