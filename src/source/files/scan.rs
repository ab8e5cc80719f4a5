//! Cuts a stream of bytes into documents: JSON lines, or JSON that may be one long list.

use super::super::{Gone, Unread};
use super::piece::{Cut, Emit, Text, parses_to_object};
use super::split::{LONGEST, Splitter, Taken, member_name, without_mark};
use super::table;
use std::io::{self, BufRead, Read as _};

/// What is looked at to tell lines from one document.
const PEEK: usize = 64 * 1024;

/// What a file's name says of what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Every line is a document.
    Lines,
    /// CSV.
    Table,
    /// Whatever it looks like.
    Other,
}

/// The first bytes of XLSX and ODS (a ZIP archive), and of XLS.
fn is_spreadsheet(prefix: &[u8]) -> bool {
    prefix.starts_with(b"PK\x03\x04") || prefix.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
}

/// Whether there was anything at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Something,
    /// No byte, or white space only.
    Nothing,
}

/// Emits every document's text, up to the end or until the receiver wants no more.
pub(super) fn scan(mut reader: impl BufRead, named: Named, emit: &mut Emit<'_>) -> io::Result<Came> {
    let prefix = prefix(&mut reader)?;
    if prefix.len() < PEEK && without_mark(&prefix).trim_ascii().is_empty() {
        return Ok(Came::Nothing);
    }
    if prefix.starts_with(&[0xFF, 0xFE]) || prefix.starts_with(&[0xFE, 0xFF]) {
        let _ = emit(Cut { line: 1, text: Err("the file is written in UTF-16: save it as UTF-8".to_owned().into()) });
        return Ok(Came::Something);
    }
    if is_spreadsheet(&prefix) {
        let why = "the file is a spreadsheet: save it as CSV UTF-8, and name that file".to_owned();
        let _ = emit(Cut { line: 0, text: Err(why.into()) });
        return Ok(Came::Something);
    }
    let shape = if named == Named::Lines && begins_with_a_line(&prefix) { Shape::Lines } else { shape(&prefix) };
    let mut whole = io::Cursor::new(without_mark(&prefix)).chain(reader);
    match shape {
        _ if named == Named::Table => table::scan(whole, emit)?,
        Shape::Lines => lines(&mut whole, emit)?,
        Shape::Document => document(&mut Splitter::new(whole), emit)?,
    }
    Ok(Came::Something)
}

/// Enough to judge by: two lines, or [`PEEK`]. Standard input may be slow, and is not waited for longer than that.
fn prefix(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut prefix = Vec::new();
    while prefix.len() < PEEK && prefix.trim_ascii_start().iter().filter(|byte| **byte == b'\n').count() < 2 {
        let buffer = reader.fill_buf()?;
        let length = buffer.len();
        if length == 0 {
            break;
        }
        prefix.extend_from_slice(buffer);
        reader.consume(length);
    }
    Ok(prefix)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Lines,
    Document,
}

/// Whether the first line that is not blank is a document, or nothing that goes on in the next line.
fn begins_with_a_line(prefix: &[u8]) -> bool {
    let first = without_mark(prefix).split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    !serde_json::from_slice::<serde::de::IgnoredAny>(first).is_err_and(|error| error.is_eof())
}

/// Whether each line is a document of its own, as the beginning of the text shows. A list is one document; so is HrFlow's envelope, however long its line. Else the
/// first line tells, and where that is cut short the second: a line of a document that is spread over several is never an object itself.
fn shape(prefix: &[u8]) -> Shape {
    let text = without_mark(prefix).trim_ascii_start();
    if text.starts_with(b"[") || is_envelope(text) {
        return Shape::Document;
    }
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let second = lines.find(|line| !line.trim_ascii().is_empty());
    match serde_json::from_slice::<serde::de::IgnoredAny>(first) {
        Err(error) if error.is_eof() && second.is_some_and(|second| !parses_to_object(second)) => Shape::Document,
        _ => Shape::Lines,
    }
}

/// Whether an object begins here that has a list or an object under `data`. Looks no further than the bytes at hand.
fn is_envelope(text: &[u8]) -> bool {
    let mut members = Splitter::new(text);
    if !members.is_next(b'{').unwrap_or(false) {
        return false;
    }
    let mut name = Vec::new();
    loop {
        match member_name(&mut members, &mut name) {
            Ok(Some(true)) if name == b"\"data\"" => return matches!(members.peek(), Ok(Some(b'[' | b'{'))),
            Ok(Some(true)) if matches!(members.take(&mut Vec::new(), 0), Ok(Taken::Whole | Taken::TooLong)) => {}
            _ => return false,
        }
    }
}

fn lines(reader: &mut impl BufRead, emit: &mut Emit<'_>) -> io::Result<()> {
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let read = reader.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            break;
        }
        let came = if read > LONGEST && !bytes.ends_with(b"\n") {
            reader.skip_until(b'\n')?;
            bytes = Vec::new();
            emit(Cut { line, text: Err(too_long("line")) })
        } else {
            // Of files that were put together each brings its mark.
            match without_mark(&bytes).trim_ascii_end() {
                blank if blank.trim_ascii().is_empty() => Ok(()),
                text => whole_line(line, text, emit)?,
            }
        };
        if came.is_err() {
            break;
        }
    }
    Ok(())
}

/// A line is a profile, a list of them, or an envelope. Of one that holds many and is no JSON as a whole, each is told by itself.
fn whole_line(line: usize, text: &[u8], emit: &mut Emit<'_>) -> io::Result<Result<(), Gone>> {
    if (matches!(text.first(), Some(b'[')) || is_envelope(text))
        && let Some(cuts) = apart(text)
    {
        return Ok(cuts.into_iter().try_for_each(|cut| emit(Cut { line: line + cut.line - 1, ..cut })));
    }
    Ok(emit(Cut { line, text: Ok(Text::Whole(text.to_vec())) }))
}

fn too_long(what: &str) -> Unread {
    format!("the {what} is longer than {} MiB", LONGEST >> 20).into()
}

/// The profiles in a text that holds many, each by itself, and what stands beside them; none where the text breaks off.
pub(in crate::source) fn apart(text: &[u8]) -> Option<Vec<Cut>> {
    let mut cuts = Vec::new();
    let mut splitter = Splitter::new(text);
    let mut emit = |cut: Cut| {
        cuts.push(cut);
        Ok(())
    };
    let part = match splitter.peek().ok()?? {
        b'[' => list(&mut splitter, &mut emit),
        b'{' => object(&mut splitter, "data", &mut emit),
        _ => return None,
    };
    matches!((part, splitter.peek()), (Ok(Part::Done), Ok(None))).then_some(cuts)
}

enum Part {
    Done,
    /// This is no JSON: where it was seen.
    Broken(usize),
    Gone,
}

impl From<Result<(), Gone>> for Part {
    fn from(came: Result<(), Gone>) -> Self {
        if came.is_err() { Self::Gone } else { Self::Done }
    }
}

/// One document after the other; lists are never held whole.
fn document(splitter: &mut Splitter<impl BufRead>, emit: &mut Emit<'_>) -> io::Result<()> {
    while let Some(first) = splitter.peek()? {
        // Of files that were put together each brings its mark.
        if first == b'\xEF' && splitter.skips(b"\xEF\xBB\xBF")? {
            continue;
        }
        let part = match first {
            b'[' => list(splitter, emit)?,
            b'{' => object(splitter, "data", emit)?,
            _ => one(splitter, emit)?,
        };
        match part {
            Part::Done => {}
            Part::Gone => break,
            Part::Broken(line) => {
                let why = "this is not JSON, and what follows in this file cannot be read".to_owned();
                let _ = emit(Cut { line, text: Err(why.into()) });
                break;
            }
        }
    }
    Ok(())
}

fn list(splitter: &mut Splitter<impl BufRead>, emit: &mut Emit<'_>) -> io::Result<Part> {
    splitter.is_next(b'[')?;
    if splitter.is_next(b']')? {
        return Ok(Part::Done);
    }
    loop {
        match one(splitter, emit)? {
            Part::Done => {}
            other => return Ok(other),
        }
        if splitter.is_next(b']')? {
            return Ok(Part::Done);
        }
        if !splitter.is_next(b',')? {
            return Ok(Part::Broken(splitter.line()));
        }
    }
}

fn one(splitter: &mut Splitter<impl BufRead>, emit: &mut Emit<'_>) -> io::Result<Part> {
    splitter.peek()?;
    let line = splitter.line();
    let mut bytes = Vec::new();
    let came = match splitter.take(&mut bytes, LONGEST)? {
        Taken::Whole => emit(Cut { line, text: Ok(Text::Item(bytes)) }),
        Taken::TooLong => emit(Cut { line, text: Err(too_long("profile")) }),
        Taken::Nothing | Taken::CutShort => return Ok(Part::Broken(line)),
    };
    Ok(came.into())
}

/// An object: a profile, or around many. Where the member `holder` is a list, its items are the profiles; where it is an object, that is looked into,
/// for `profiles`. Without such a member the object itself is the profile.
fn object(splitter: &mut Splitter<impl BufRead>, holder: &str, emit: &mut Emit<'_>) -> io::Result<Part> {
    let line = splitter.line();
    let (mut name, mut whole, mut held) = (Vec::new(), Vec::from(b"{"), false);
    let mut is_too_long = false;
    splitter.is_next(b'{')?;
    loop {
        match member_name(splitter, &mut name)? {
            Some(true) => {}
            Some(false) => break,
            None => return Ok(Part::Broken(splitter.line())),
        }
        let is_holder = name.get(1..name.len().saturating_sub(1)) == Some(holder.as_bytes());
        let part = match splitter.peek()? {
            Some(b'[') if is_holder => list(splitter, emit)?,
            Some(b'{') if is_holder && holder == "data" => object(splitter, "profiles", emit)?,
            _ => {
                if whole.len() > 1 {
                    whole.push(b',');
                }
                whole.extend_from_slice(&name);
                whole.push(b':');
                match splitter.take(&mut whole, LONGEST)? {
                    Taken::Whole => {}
                    Taken::TooLong => is_too_long = true,
                    Taken::Nothing | Taken::CutShort => return Ok(Part::Broken(splitter.line())),
                }
                continue;
            }
        };
        held = true;
        match part {
            Part::Done => {}
            other => return Ok(other),
        }
    }
    whole.push(b'}');
    let text = match (held, is_too_long || whole.len() > LONGEST) {
        // An error answer has an empty list.
        (true, false) => Ok(Text::Beside(whole)),
        (true, true) => Ok(Text::Beside(b"{}".to_vec())),
        (false, false) => Ok(Text::Whole(whole)),
        (false, true) => Err(too_long("profile")),
    };
    let came = emit(Cut { line, text });
    Ok(came.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_from_documents() {
        let of = |text: &str| shape(text.as_bytes());
        for lines in [
            "",
            "{\"key\":\"a\"}",
            "{\"key\":\"a\"}\n{\"key\":\"b\"}",
            "\u{feff}{\"key\":\"a\"}\r\n",
            "\n\n{\"key\":\"a\"}\n",
            "{\"key\":\"a\"\n{\"key\":\"b\"}\n",
            "garbage\n{\"key\":\"b\"}\n",
            "{\"key\": \"a\", \"data\": 1}",
            "{\"key\": \"a\", \"text\": \"{\\\"data\\\": [\"}",
            "{\"key\": \"a long line that goes on and on",
        ] {
            assert_eq!(of(lines), Shape::Lines, "{lines}");
        }
        for document in [
            "[",
            " [{}]",
            "\u{feff}\n[",
            "{\n  \"key\": \"a\"\n}",
            "{\"code\": 200,\n\"data\": []}",
            "{\"code\":200,\"data\":[{",
            "{\"code\":200,\"m\":{\"a\":[1]},\"data\" : {",
        ] {
            assert_eq!(of(document), Shape::Document, "{document}");
        }
    }
}
