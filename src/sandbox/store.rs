//! Greenhouse's rows, in memory: the same for v1 and v3, which only read and write them in their own words.

use super::call::{Call, moment};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Candidates,
    Applications,
    Attachments,
    Employments,
    Educations,
    Notes,
}

/// Everything that hangs on a candidate, with its name in the state's JSON.
pub(super) const CHILDREN: [(Table, &str); 5] = [
    (Table::Applications, "applications"),
    (Table::Attachments, "attachments"),
    (Table::Employments, "employments"),
    (Table::Educations, "educations"),
    (Table::Notes, "notes"),
];

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub id: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub visible_from: Timestamp,
    pub as_stub: bool,
    /// Which request made it.
    pub made_by: MadeBy,
    pub fields: Map<String, Value>,
}

/// A request's number and its line, as the log of requests has it; `recruiter` where no client's request made the row.
#[derive(Debug, Clone)]
pub(super) struct MadeBy {
    number: u64,
    line: String,
}

impl MadeBy {
    fn new(call: &Call) -> Self {
        let line = if call.number == 0 { "recruiter".to_owned() } else { format!("{} {}", call.method, call.path) };
        Self { number: call.number, line }
    }
}

impl Row {
    /// A field's value; null where there is none.
    pub fn get(&self, name: &str) -> &Value {
        self.fields.get(name).unwrap_or(&Value::Null)
    }

    pub fn id_of(&self, name: &str) -> Option<u64> {
        self.get(name).as_u64()
    }

    pub fn is_visible(&self, at: Timestamp) -> bool {
        self.visible_from <= at
    }

    fn plain(&self) -> Value {
        let mut row = Map::new();
        row.insert("id".into(), json!(self.id));
        row.extend(self.fields.clone());
        row.insert("created_at".into(), json!(moment(self.created_at)));
        row.insert("updated_at".into(), json!(moment(self.updated_at)));
        row.insert("made_by".into(), json!({"request": self.made_by.number, "line": self.made_by.line}));
        Value::Object(row)
    }
}

/// What rows are looked up by, beside their id.
const KEYS: [&str; 2] = ["candidate_id", "application_id"];

/// One kind of rows. Each kind has its own range of ids, so that an id in the wrong place is never by chance a right one.
#[derive(Debug)]
pub(super) struct Rows {
    next: u64,
    rows: BTreeMap<u64, Row>,
    /// Ids by a key and its value. An entry can be out of date, so that every look-up checks what it finds; a row that has the value is
    /// always in it.
    index: HashMap<(&'static str, String), BTreeSet<u64>>,
}

impl Rows {
    fn from(next: u64) -> Self {
        Self { next, rows: BTreeMap::new(), index: HashMap::new() }
    }

    pub fn insert(&mut self, fields: Map<String, Value>, call: &Call) -> Row {
        let id = self.next;
        self.next += 1;
        let made_by = MadeBy::new(call);
        let row =
            Row { id, created_at: call.at, updated_at: call.at, visible_from: call.visible_from, as_stub: call.as_stub, made_by, fields };
        self.put(row.clone());
        row
    }

    fn put(&mut self, row: Row) {
        let ids = KEYS.iter().filter_map(|key| row.id_of(key).map(|id| (*key, id.to_string())));
        let emails = row.get("email_addresses").as_array().into_iter().flatten().filter_map(|contact| contact.get("value")?.as_str());
        for entry in ids.chain(emails.map(|email| ("email", email.to_lowercase()))) {
            self.index.entry(entry).or_default().insert(row.id);
        }
        self.rows.insert(row.id, row);
    }

    /// Changes a row; says what it is then, or that it is not there.
    pub fn update(&mut self, id: u64, call: &Call, change: impl FnOnce(&mut Map<String, Value>)) -> Option<&Row> {
        let mut row = self.rows.get(&id)?.clone();
        change(&mut row.fields);
        row.updated_at = call.at;
        self.put(row);
        self.rows.get(&id)
    }

    pub fn get(&self, id: u64) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// Newest id first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().rev()
    }

    /// The rows below an id, newest first, of those that may have one of the values of `key` (`id`, `email` in lower case, or one of
    /// [`KEYS`]): a little more than asked for, never less.
    pub fn narrowed<'a>(&'a self, key: &'static str, values: &[String], below: u64) -> impl Iterator<Item = &'a Row> + use<'a> {
        let mut ids = BTreeSet::new();
        for value in values {
            match key {
                "id" => ids.extend(value.parse::<u64>()),
                _ => ids.extend(self.index.get(&(key, value.clone())).into_iter().flatten()),
            }
        }
        ids.into_iter().rev().filter(move |id| *id < below).filter_map(|id| self.rows.get(&id))
    }

    /// The rows below an id, newest first.
    pub fn below(&self, below: u64) -> impl Iterator<Item = &Row> {
        self.rows.range(..below).rev().map(|(_, row)| row)
    }

    /// The rows of a parent, newest first; `key` is one of [`KEYS`].
    pub fn of(&self, key: &'static str, id: u64) -> impl Iterator<Item = &Row> {
        self.narrowed(key, &[id.to_string()], u64::MAX).filter(move |row| row.id_of(key) == Some(id))
    }

    fn remove(&mut self, key: &'static str, id: u64, which: impl Fn(&Row) -> bool) {
        let gone: Vec<u64> = self.of(key, id).filter(|row| which(row)).map(|row| row.id).collect();
        for id in gone {
            self.rows.remove(&id);
        }
    }

    fn move_to(&mut self, from: u64, to: u64) {
        let moved: Vec<Row> = self.of("candidate_id", from).cloned().collect();
        for mut row in moved {
            row.fields.insert("candidate_id".into(), json!(to));
            self.put(row);
        }
    }
}

/// The rows of each kind, in the order of [`Table`].
#[derive(Debug)]
pub(super) struct Store([Rows; 6]);

impl Store {
    pub fn new() -> Self {
        Self([57_000_001, 69_000_001, 81_000_001, 85_000_001, 91_000_001, 95_000_001].map(Rows::from))
    }

    pub fn table(&self, table: Table) -> &Rows {
        &self.0[table as usize]
    }

    pub fn table_mut(&mut self, table: Table) -> &mut Rows {
        &mut self.0[table as usize]
    }

    pub fn candidate(&self, id: u64) -> Option<&Row> {
        self.table(Table::Candidates).get(id)
    }

    /// Adds an attachment. A new résumé replaces the earlier one of its application. Source: `docs/greenhouse-api.md`, "Attachments".
    pub fn attach(&mut self, fields: Map<String, Value>, call: &Call) -> Row {
        if let (Some("resume"), Some(application)) =
            (fields.get("type").and_then(Value::as_str), fields.get("application_id").and_then(Value::as_u64))
        {
            self.table_mut(Table::Attachments).remove("application_id", application, |row| row.get("type") == "resume");
        }
        self.table_mut(Table::Attachments).insert(fields, call)
    }

    /// All that hangs on `secondary` goes to `primary`; `secondary` is deleted. Source: `docs/greenhouse-api.md`, "Merges and deletions".
    pub fn merge(&mut self, primary: u64, secondary: u64) {
        for (table, _) in CHILDREN {
            self.table_mut(table).move_to(secondary, primary);
        }
        self.table_mut(Table::Candidates).rows.remove(&secondary);
    }

    /// Removes a candidate with all that hangs on it; says whether it was there.
    pub fn erase(&mut self, id: u64) -> bool {
        for (table, _) in CHILDREN {
            self.table_mut(table).remove("candidate_id", id, |_| true);
        }
        self.table_mut(Table::Candidates).rows.remove(&id).is_some()
    }

    /// Every candidate, oldest first, with all that hangs on it: what tests and people look at.
    pub fn state(&self) -> Value {
        let whole = self.table(Table::Candidates).rows.values().map(|candidate| {
            let mut shown = candidate.plain();
            for (table, name) in CHILDREN {
                let mut rows: Vec<Value> = self.table(table).of("candidate_id", candidate.id).map(Row::plain).collect();
                rows.reverse();
                shown[name] = Value::Array(rows);
            }
            shown
        });
        let mut state = json!({"candidates": whole.collect::<Vec<_>>()});
        let on_nobody = |note: &&Row| note.id_of("candidate_id").is_none_or(|id| self.candidate(id).is_none());
        let notes: Vec<Value> = self.table(Table::Notes).rows.values().filter(on_nobody).map(Row::plain).collect();
        if !notes.is_empty() {
            state["notes_on_nobody"] = Value::Array(notes);
        }
        state
    }
}
