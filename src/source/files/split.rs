//! Cuts values out of a stream of JSON by their brackets and quotes, without parsing them. The values are
//! parsed elsewhere.

use crate::model::profile::may_be_kept;
use std::io::{self, BufRead};

/// A line, and a document, may be this long. What is longer is said and skipped, without being held.
pub const LONGEST: usize = 16 << 20;
#[derive(Debug)]
pub(super) struct Splitter<R> {
    reader: R,
    /// Line of the next byte, from 1.
    line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Whole,
    /// It was longer than the limit, and was skipped.
    TooLong,
    /// No value begins here.
    Nothing,
    CutShort,
}

#[derive(Debug, Default)]
struct Within {
    depth: usize,
    text: bool,
    escaped: bool,
    scalar: bool,
}

enum Step {
    Goes,
    Ends,
    Behind,
}

impl<R: BufRead> Splitter<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, line: 1 }
    }

    pub fn line(&self) -> usize {
        self.line
    }

    /// The next byte that is not white space; it is not consumed.
    pub fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let white = buffer.iter().position(|byte| !byte.is_ascii_whitespace());
            let next = white.and_then(|at| buffer.get(at).copied());
            let skipped = white.unwrap_or(buffer.len());
            self.line += newlines(&buffer[..skipped]);
            self.reader.consume(skipped);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Consumes the next byte that is not white space, if it is this one.
    pub fn is_next(&mut self, byte: u8) -> io::Result<bool> {
        let is_next = self.peek()? == Some(byte);
        if is_next {
            self.reader.consume(1);
        }
        Ok(is_next)
    }

    /// Consumes these bytes, if they are next.
    pub fn skips(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let is_next = self.reader.fill_buf()?.starts_with(bytes);
        if is_next {
            self.reader.consume(bytes.len());
        }
        Ok(is_next)
    }

    /// Takes a value. Its bytes are appended to `out`, while `out` stays within `limit`.
    pub fn take(&mut self, out: &mut Vec<u8>, limit: usize) -> io::Result<Taken> {
        let Some(first) = self.peek()? else { return Ok(Taken::Nothing) };
        if matches!(first, b',' | b':' | b']' | b'}') {
            return Ok(Taken::Nothing);
        }
        let mut within = Within::default();
        let mut too_long = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                // A number at the end of the stream has no byte after it.
                return Ok(if !within.scalar {
                    Taken::CutShort
                } else if too_long {
                    Taken::TooLong
                } else {
                    Taken::Whole
                });
            }
            let (length, ended) = within.span(buffer);
            let span = &buffer[..length];
            self.line += newlines(span);
            too_long |= out.len() + span.len() > limit;
            if !too_long {
                out.extend_from_slice(span);
            }
            self.reader.consume(length);
            if ended {
                return Ok(if too_long { Taken::TooLong } else { Taken::Whole });
            }
        }
    }
}

impl Within {
    /// How many of these bytes belong to the value, and whether it ends with them.
    fn span(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            // Most of a profile is text, of which only its end matters.
            if self.text && !self.escaped {
                match memchr::memchr2(b'"', b'\\', rest) {
                    Some(0) => {}
                    Some(found) => at += found,
                    None => return (bytes.len(), false),
                }
            }
            match bytes.get(at).map(|byte| self.step(*byte)) {
                Some(Step::Goes) => at += 1,
                Some(Step::Ends) => return (at + 1, true),
                Some(Step::Behind) | None => return (at, true),
            }
        }
        (at, false)
    }

    fn step(&mut self, byte: u8) -> Step {
        if self.text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.text = false;
                    return if self.depth == 0 { Step::Ends } else { Step::Goes };
                }
                _ => {}
            }
            return Step::Goes;
        }
        if self.scalar && (byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}' | b'{' | b'[' | b'"')) {
            return Step::Behind;
        }
        match byte {
            b'"' => self.text = true,
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Step::Ends;
                }
            }
            _ if self.depth == 0 => self.scalar = true,
            _ => {}
        }
        Step::Goes
    }
}

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// Reads up to the value of an object's next member: Some(true) where there is one, Some(false) at the object's end, none where this is no JSON.
pub(super) fn member_name(splitter: &mut Splitter<impl BufRead>, name: &mut Vec<u8>) -> io::Result<Option<bool>> {
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

/// The key of a profile, also where the profile as a whole is no JSON.
pub(super) fn key_in(text: &[u8]) -> Option<String> {
    let mut members = Splitter::new(text);
    let (mut name, mut value) = (Vec::new(), Vec::new());
    members.is_next(b'{').ok().filter(|is_object| *is_object)?;
    while member_name(&mut members, &mut name).ok()?? {
        value.clear();
        let taken = members.take(&mut value, LONGEST).ok()?;
        if name == b"\"key\"" && taken == Taken::Whole {
            return serde_json::from_slice::<String>(&value).ok().filter(|key| may_be_kept(key));
        }
    }
    None
}

pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}
