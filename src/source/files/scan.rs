//! Cuts a stream of bytes into documents: JSON lines, or JSON that may be one long list.

use super::super::Gone;
use super::piece::{Text, parses_to_object, refusal};
use super::split::{Splitter, Taken};
use std::io::{self, BufRead, Read as _};

/// A line, and a document, may be this long. What is longer is said and skipped, without being held.
pub const LONGEST: usize = 16 << 20;
/// What is looked at to tell lines from one document.
const PEEK: usize = 64 * 1024;

/// A document's text, or why there is none.
#[derive(Debug)]
pub(super) struct Cut {
    /// From 1: where it begins. 0: the file as such.
    pub line: usize,
    pub text: Result<Text, String>,
}

pub(super) type Emit<'a> = dyn FnMut(Cut) -> Result<(), Gone> + 'a;

/// Whether there was anything at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Something,
    /// No byte, or white space only.
    Nothing,
}

/// Emits every document's text, up to the end or until nobody wants more.
pub(super) fn scan(mut reader: impl BufRead, says_lines: bool, emit: &mut Emit<'_>) -> io::Result<Came> {
    let prefix = prefix(&mut reader)?;
    if prefix.len() < PEEK && without_mark(&prefix).trim_ascii().is_empty() {
        return Ok(Came::Nothing);
    }
    if prefix.starts_with(&[0xFF, 0xFE]) || prefix.starts_with(&[0xFE, 0xFF]) {
        let why = "the file is written in UTF-16: save it as UTF-8".to_owned();
        let _ = emit(Cut { line: 1, text: Err(why) });
        return Ok(Came::Something);
    }
    let shape = if says_lines { Shape::Lines } else { shape(&prefix) };
    let mut whole = io::Cursor::new(without_mark(&prefix)).chain(reader);
    match shape {
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

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// Whether each line stands for itself, judged by how the text begins. A list is one document; so is HrFlow's envelope, however long its line. Else the
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

/// Reads up to the value of an object's next member: Some(true) where there is one, Some(false) at the object's end, none where this is no JSON.
fn member_name(splitter: &mut Splitter<impl BufRead>, name: &mut Vec<u8>) -> io::Result<Option<bool>> {
    splitter.is_next(b',')?;
    if splitter.is_next(b'}')? {
        return Ok(Some(false));
    }
    if splitter.peek()? != Some(b'"') {
        return Ok(None);
    }
    name.clear();
    let taken = splitter.take(name, LONGEST)?;
    Ok((taken == Taken::Whole && splitter.is_next(b':')?).then_some(true))
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
            emit(Cut { line, text: Err(format!("the line is longer than {} MiB", LONGEST >> 20)) })
        } else if bytes.trim_ascii().is_empty() {
            Ok(())
        } else {
            emit(Cut { line, text: Ok(Text::Whole(bytes.trim_ascii_end().to_vec())) })
        };
        if came.is_err() {
            break;
        }
    }
    Ok(())
}

/// How a part of a document ended.
enum Part {
    Done,
    /// This is no JSON: where it was seen.
    Broken(usize),
    Gone,
}

/// One document after the other; lists are never held whole.
fn document(splitter: &mut Splitter<impl BufRead>, emit: &mut Emit<'_>) -> io::Result<()> {
    while let Some(first) = splitter.peek()? {
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
                let _ = emit(Cut { line, text: Err(why) });
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

/// One value, whole.
fn one(splitter: &mut Splitter<impl BufRead>, emit: &mut Emit<'_>) -> io::Result<Part> {
    splitter.peek()?;
    let line = splitter.line();
    let mut bytes = Vec::new();
    let came = match splitter.take(&mut bytes, LONGEST)? {
        Taken::Whole => emit(Cut { line, text: Ok(Text::Item(bytes)) }),
        Taken::TooLong => emit(Cut { line, text: Err(format!("the profile is longer than {} MiB", LONGEST >> 20)) }),
        Taken::Nothing | Taken::CutShort => return Ok(Part::Broken(line)),
    };
    Ok(if came.is_err() { Part::Gone } else { Part::Done })
}

/// An object: a profile, or around many. Where the member `holder` is a list, its items are the profiles; where it is an object, that is looked into,
/// for `profiles`. Without such a member the object itself is the profile.
fn object(splitter: &mut Splitter<impl BufRead>, holder: &str, emit: &mut Emit<'_>) -> io::Result<Part> {
    let line = splitter.line();
    let (mut name, mut whole, mut held) = (Vec::new(), Vec::from(b"{"), false);
    let mut too_long = false;
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
                    Taken::TooLong => too_long = true,
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
    if held {
        // What stood beside the list: an answer that is an error has an empty one.
        let why = serde_json::from_slice(&whole).ok().and_then(|beside| refusal(&beside));
        let came = why.map_or(Ok(()), |why| emit(Cut { line, text: Err(why) }));
        return Ok(if came.is_err() { Part::Gone } else { Part::Done });
    }
    let came = if too_long || whole.len() > LONGEST {
        emit(Cut { line, text: Err(format!("the profile is longer than {} MiB", LONGEST >> 20)) })
    } else {
        emit(Cut { line, text: Ok(Text::Whole(whole)) })
    };
    Ok(if came.is_err() { Part::Gone } else { Part::Done })
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
