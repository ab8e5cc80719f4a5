//! Exports as tables (CSV): the header row names fields of the profile, each further row is a profile. Source: `docs/pipeline-file.md`, "Files as a source".

use super::piece::{Cut, Emit, Text};
use super::split::{LONGEST, without_mark};
use crate::model::profile::fields::{self, PROFILE, Type};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// What other programs call the fields of `info`, and of the newest position.
const OTHER_NAMES: [(&str, &str); 17] = [
    ("e_mail", "email"),
    ("mail", "email"),
    ("email_address", "email"),
    ("firstname", "first_name"),
    ("given_name", "first_name"),
    ("lastname", "last_name"),
    ("surname", "last_name"),
    ("family_name", "last_name"),
    ("name", "full_name"),
    ("fullname", "full_name"),
    ("phone_number", "phone"),
    ("mobile", "phone"),
    ("job_title", "title"),
    ("position", "title"),
    ("employer", "company"),
    ("zip", "postcode"),
    ("postal_code", "postcode"),
];

/// Where a column's values go.
#[derive(Debug, PartialEq)]
enum Column {
    /// Names of members, and numbers of items: `info.email`, `experiences.0.title`.
    At(Vec<String>),
    /// A list of names in one cell, with `;` or `|` between them: `skills`, `tags`, …
    Names(String),
    /// `info.urls`, of that type.
    Link(String),
    /// Not a field of HrFlow's: `metadatas`, under the column's own name.
    Other(String),
}

/// Emits every row, as the document that it stands for.
pub(super) fn scan(reader: impl BufRead, emit: &mut Emit<'_>) -> io::Result<()> {
    let left = Rc::new(Cell::new(LONGEST));
    let mut text = Bounded { inner: reader, left: Rc::clone(&left) };
    let mut first = Vec::new();
    text.inner.by_ref().take(LONGEST as u64).read_until(b'\n', &mut first)?;
    let separator = separator(&first);
    let whole = io::Cursor::new(without_mark(&first).to_vec()).chain(text);
    let mut rows = csv::ReaderBuilder::new().delimiter(separator).flexible(true).trim(csv::Trim::Headers).from_reader(whole);
    let header = match rows.byte_headers() {
        Ok(header) => header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect::<Vec<_>>(),
        Err(error) => return in_words(emit, 1, &error),
    };
    let columns: Vec<Column> = header.iter().map(|name| column(name)).collect();
    if !columns.contains(&Column::At(vec!["key".to_owned()])) {
        let why =
            format!("the header row has no column `key`, by which a profile is known from run to run. Its columns: {}", header.join(", "));
        let _gone = emit(Cut { line: 1, text: Err(why.into()) });
        return Ok(());
    }
    let mut row = csv::StringRecord::new();
    loop {
        left.set(LONGEST);
        let line = rows.position().line() as usize;
        let text = match rows.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) if row.len() != columns.len() => Err(format!(
                "the row has {} fields, and the header has {}: put \" around a text that holds the separator",
                row.len(),
                columns.len()
            )
            .into()),
            Ok(true) => Ok(Text::Item(document(&columns, &row).to_string().into_bytes())),
            Err(error) if matches!(error.kind(), csv::ErrorKind::Io(_)) => return in_words(emit, line, &error),
            Err(error) => Err(why(&error).into()),
        };
        let line = row.position().map_or(line, |position| position.line() as usize);
        if emit(Cut { line, text }).is_err() {
            return Ok(());
        }
    }
}

/// A row may not be longer than any other document: a quote that is never closed would take the file's rest into memory.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            let why = format!("a row is longer than {} MiB: is a \" closed nowhere?", LONGEST >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let read = self.inner.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(read));
        Ok(read)
    }
}

fn in_words(emit: &mut Emit<'_>, line: usize, error: &csv::Error) -> io::Result<()> {
    let _gone = emit(Cut { line, text: Err(format!("{}, so what follows in this file cannot be read", why(error)).into()) });
    Ok(())
}

/// Without anything of the text.
fn why(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => error.to_string(),
        csv::ErrorKind::Io(error) => format!("the file cannot be read: {}", error.kind()),
        csv::ErrorKind::Utf8 { .. } => "the row is not written in UTF-8: save the table as CSV UTF-8".to_owned(),
        _ => "the row cannot be read as CSV".to_owned(),
    }
}

/// The one of comma, semicolon, tab and bar that stands most often in the header row.
fn separator(header: &[u8]) -> u8 {
    let often = |separator: &u8| memchr::memchr_iter(*separator, header).count();
    // The last of several that are alike wins.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(often).unwrap_or(b',')
}

fn column(name: &str) -> Column {
    let plain: String = name.trim().to_lowercase().chars().map(|c| if matches!(c, ' ' | '-') { '_' } else { c }).collect();
    let known = OTHER_NAMES.iter().find(|(other, _)| *other == plain).map_or(plain.as_str(), |(_, known)| known);
    let parts = |path: &str| path.split('.').map(str::to_owned).collect();
    match PROFILE.member(known) {
        _ if known.contains('.') => Column::At(parts(known)),
        Some(Type::List(_)) => Column::Names(known.to_owned()),
        Some(Type::Scalar | Type::Open) => Column::At(vec![known.to_owned()]),
        _ if matches!(known, "linkedin" | "twitter" | "facebook" | "github") => Column::Link(known.to_owned()),
        _ => match (fields::below(*PROFILE, known), known) {
            (_, "title" | "company") => Column::At(parts(&format!("experiences.0.{known}"))),
            (_, "school") => Column::At(parts("educations.0.school")),
            (Some(path), _) if path.starts_with("info.") => Column::At(parts(&path)),
            _ => Column::Other(name.trim().to_owned()),
        },
    }
}

fn document(columns: &[Column], row: &csv::StringRecord) -> Value {
    let mut document = Value::Object(Map::new());
    let cells = columns.iter().zip(row).filter(|(_, cell)| !cell.trim().is_empty());
    for (column, cell) in cells {
        let named = |name: &str| serde_json::json!({ "name": name, "value": cell });
        match column {
            Column::At(path) => put(&mut document, path, cell.into()),
            Column::Names(list) => {
                let names = cell.split([';', '|']).map(str::trim).filter(|name| !name.is_empty());
                names.for_each(|name| push(&mut document, std::slice::from_ref(list), serde_json::json!({ "name": name })));
            }
            Column::Link(kind) => push(&mut document, &["info".into(), "urls".into()], serde_json::json!({ "type": kind, "url": cell })),
            Column::Other(name) => push(&mut document, &["metadatas".into()], named(name)),
        }
    }
    document
}

/// What stands at a path, made on the way where it is missing. A number is an item of a list.
fn at<'v>(value: &'v mut Value, path: &[String]) -> &'v mut Value {
    const MOST_ITEMS: usize = 100;
    path.iter().fold(value, |value, part| match part.parse::<usize>() {
        Ok(index) if index < MOST_ITEMS => {
            if !value.is_array() {
                *value = Value::Array(Vec::new());
            }
            match value {
                Value::Array(items) => {
                    if items.len() <= index {
                        items.resize(index + 1, Value::Null);
                    }
                    &mut items[index]
                }
                other => other,
            }
        }
        _ => {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            match value {
                Value::Object(members) => members.entry(part.as_str()).or_insert(Value::Null),
                other => other,
            }
        }
    })
}

fn put(document: &mut Value, path: &[String], value: Value) {
    *at(document, path) = value;
}

fn push(document: &mut Value, path: &[String], item: Value) {
    let list = at(document, path);
    match list {
        Value::Array(items) => items.push(item),
        _ => *list = Value::Array(vec![item]),
    }
}
