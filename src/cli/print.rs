//! The ways onto standard output and standard error. What cannot be written is kept in mind ([`unwritten`]), and decides the exit code
//! ([`code`]): a reader that goes away (`| head`) quietly, a full disk with an error.
//!
//! Whatever takes one of them leaves what would steer a terminal or a build server behind ([`display::output`]).

use super::{Failure, Result};
use crate::base::confined;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::display;
use crate::cli::exit;
use crate::cli::report::diagnostics as drawn;
use serde_json::Value;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

/// The first write to standard output that failed.
static UNWRITTEN: OnceLock<std::io::Error> = OnceLock::new();

/// Writes to standard output. Tells whether that worked.
fn out(text: impl std::fmt::Display) -> bool {
    kept(write!(anstream::stdout().lock(), "{text}"))
}

fn kept(written: std::io::Result<()>) -> bool {
    written.map_err(|error| UNWRITTEN.get_or_init(|| error)).is_ok()
}

/// Whether whoever read standard output has gone.
pub fn is_closed() -> bool {
    UNWRITTEN.get().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// The exit code of what ended with `code`, now that its report has been written, or could not be.
pub fn code(code: u8) -> u8 {
    kept(std::io::stdout().flush());
    let whole = UNWRITTEN.get().is_none();
    if whole || !matches!(code, exit::WELL | exit::ATTENTION | exit::TO_DO) { code } else { exit::COULD_NOT }
}

/// At the end of the program: says on standard error that standard output is not whole.
pub fn unwritten() {
    if let Some(why) = UNWRITTEN.get().filter(|_| !is_closed()) {
        error(&format!("standard output could not be written ({why}): part of the report is missing. What was done is done and recorded"));
    }
}

/// A line of standard output, with the colours of ours that are in it. Tells whether it was written.
pub fn line(line: &str) -> bool {
    out(format_args!("{}\n", display::output(line)))
}

/// A line of standard output without colours.
pub fn plain(line: &str) -> bool {
    out(format_args!("{}\n", display::plain(line)))
}

/// A line of standard error, without colours.
pub fn note(line: &str) {
    let _nobody_reads = writeln!(anstream::stderr().lock(), "{}", display::plain(line));
}

/// A line of standard error that begins with a coloured word.
fn headed(word: &str, style: anstyle::Style, line: &str) {
    let _nobody_reads = writeln!(anstream::stderr().lock(), "{style}{word}{style:#}: {}", display::plain(line));
}

pub fn error(words: &str) {
    headed("error", anstyle::AnsiColor::Red.on_default().bold(), words);
}

pub fn warning(words: &str) {
    headed("warning", anstyle::AnsiColor::Yellow.on_default().bold(), words);
}

/// Whether personal data may be shown on standard output: a person sits there, or said so.
pub fn may_show(asked_for: bool) -> bool {
    asked_for || std::io::stdout().is_terminal()
}

/// A text of standard output that ends its own lines.
pub fn text(text: &str) {
    out(display::output(text));
}

/// A report whose own lines are orders or headings, for a build server or a forge: what others wrote in it was made harmless there.
pub fn report(text: &str) {
    out(display::text(text));
}

/// A text that is ours from end to end: completions, a manual page.
pub fn own(text: &str) {
    out(text);
}

/// A question on standard error, whose answer stands on the same line.
pub fn ask(question: &str) -> std::io::Result<()> {
    let mut stderr = anstream::stderr().lock();
    write!(stderr, "{}", display::plain(question)).and_then(|()| stderr.flush())
}

/// What the command line's parser says. It quotes the arguments, which a script may have taken from file names.
pub fn usage(error: &clap::Error) {
    // Among its colours nobody else's would stand out: it has none where an argument could bring some.
    let quoted = std::env::args_os().any(|argument| argument.to_string_lossy().chars().any(display::steers));
    let words = if quoted { display::text(&error.render().to_string()).into_owned() } else { error.render().ansi().to_string() };
    let words = display::output(&words);
    if error.use_stderr() {
        let _nobody_reads = write!(anstream::stderr().lock(), "{words}");
    } else {
        out(words);
    }
}

/// An empty screen, for what is shown anew. Only for a terminal.
pub fn clear() {
    own("\u{1b}[2J\u{1b}[3J\u{1b}[H");
}

/// Shows diagnostics on standard output, with links where the terminal has them.
pub fn diagnostics(diagnostics: &[Diagnostic]) {
    let links = supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    let draw = if links { drawn::human_with_links } else { drawn::human };
    text(&draw(diagnostics, style()));
}

/// Shows diagnostics on standard error; gives the number of errors.
pub fn diagnostics_to_stderr(diagnostics: &[Diagnostic]) -> usize {
    let text = drawn::human(diagnostics, style());
    let _nobody_reads = write!(anstream::stderr().lock(), "{}", display::output(&text));
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

/// How diagnostics are drawn; the streams take the colours out where there are none.
pub fn style() -> drawn::Style {
    drawn::Style { width: width(), colour: true }
}

/// Columns to write in: the terminal's, within reason; 100 where there is none.
pub fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.unwrap_or(100).clamp(60, 160)
}

pub fn to_file(path: &Path, text: &str) -> Result<()> {
    confined::write_named(path, display::text(text).as_bytes())
        .map_err(|refused| Failure::could_not(format!("{} {refused}", path.display())))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// The lines that people read.
    Human,
    /// One JSON object per line.
    Json,
    /// Not line by line, but at the end.
    Whole,
}

#[derive(Debug)]
pub(super) struct Output<'a> {
    lines: Lines,
    file: Option<&'a Path>,
    held: Vec<String>,
}

impl<'a> Output<'a> {
    pub fn new(lines: Lines, file: Option<&'a Path>) -> Self {
        Self { lines, file, held: Vec::new() }
    }

    pub fn say(&mut self, human: &[String], json: impl FnOnce() -> Value) {
        let report = match self.lines {
            Lines::Human => human.to_vec(),
            Lines::Json => vec![display::object(&json())],
            Lines::Whole => Vec::new(),
        };
        if self.file.is_some() {
            self.held.extend(report.iter().map(|line| without_colours(line)));
            text(&joined(human));
        } else {
            text(&joined(&report));
        }
    }

    /// Writes the file. `whole` is the report of a format that is not written line by line; without a file, `show` prints it.
    pub fn end(&self, whole: Option<String>, show: impl FnOnce(&str)) -> Result<()> {
        match (self.file, whole) {
            (Some(file), whole) => return to_file(file, &whole.unwrap_or_else(|| joined(&self.held))),
            (None, Some(whole)) => show(&whole),
            (None, None) => {}
        }
        Ok(())
    }
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub(super) fn without_colours(line: &str) -> String {
    anstream::adapter::strip_str(line).to_string()
}

/// Where the log goes: standard error, an event at a time.
#[derive(Debug, Clone, Copy)]
pub enum Log {
    Text,
    Json,
}

impl Write for Log {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let safe = match self {
            Self::Text => display::output(&text),
            Self::Json => display::json(&text),
        };
        std::io::stderr().lock().write_all(safe.as_bytes()).map(|()| event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
