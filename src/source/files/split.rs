//! Cuts values out of a stream of JSON by their brackets and quotes, without understanding them. What is cut out is parsed elsewhere.

use std::io::{self, BufRead};

#[derive(Debug)]
pub(super) struct Splitter<R> {
    reader: R,
    /// From 1: of the next byte.
    line: usize,
}

/// How a value was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Whole,
    /// It went on beyond the limit, and was skipped.
    TooLong,
    /// No value begins here.
    Nothing,
    /// The stream ended within it.
    CutShort,
}

/// Where in a value the cutter stands.
#[derive(Debug, Default)]
struct Within {
    depth: usize,
    text: bool,
    escaped: bool,
    scalar: bool,
}

/// What a byte means for the value.
enum Step {
    Goes,
    /// It is the value's last.
    Ends,
    /// It stands behind the value already.
    Behind,
}

impl<R: BufRead> Splitter<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, line: 1 }
    }

    pub fn line(&self) -> usize {
        self.line
    }

    /// The next byte that is not white space; it stays.
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

    /// Takes the next byte that is not white space, if it is this one.
    pub fn is_next(&mut self, byte: u8) -> io::Result<bool> {
        let is_next = self.peek()? == Some(byte);
        if is_next {
            self.reader.consume(1);
        }
        Ok(is_next)
    }

    /// Takes a value. Its bytes are put behind those of `out`, as long as `out` does not grow beyond `limit`.
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
                // A number at the very end has nothing behind it.
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
