//! The ways onto standard output and standard error. A reader that goes away (`| head`) ends the program quietly, and no push.
//!
//! Whatever takes one of them leaves what would steer a terminal or a build server behind ([`visible::output`]).

use crate::diagnostic::{Diagnostic, Severity};
use crate::{inside, visible};
use std::io::{IsTerminal, Write};

/// A line of standard output, with the colours of ours that are in it. Tells whether somebody still reads.
pub fn line(line: &str) -> bool {
    writeln!(anstream::stdout().lock(), "{}", visible::output(line)).is_ok()
}

/// A line of standard output without colours.
pub fn plain(line: &str) -> bool {
    writeln!(anstream::stdout().lock(), "{}", visible::plain(line)).is_ok()
}

/// A line of standard error, without colours.
pub fn note(line: &str) {
    let _nobody_reads = writeln!(anstream::stderr().lock(), "{}", visible::plain(line));
}

/// A line of standard error that begins with a coloured word.
fn headed(word: &str, style: anstyle::Style, line: &str) {
    let _nobody_reads = writeln!(anstream::stderr().lock(), "{style}{word}{style:#}: {}", visible::plain(line));
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
    let _nobody_reads = write!(anstream::stdout().lock(), "{}", visible::output(text));
}

/// A report whose own lines are orders or headings, for a build server or a forge: what others wrote in it was made harmless there.
pub fn report(text: &str) {
    let _nobody_reads = write!(anstream::stdout().lock(), "{}", visible::text(text));
}

/// A text that is ours from end to end: completions, a manual page.
pub fn own(text: &str) {
    let _nobody_reads = write!(anstream::stdout().lock(), "{text}");
}

/// A question on standard error, whose answer stands on the same line.
pub fn ask(question: &str) -> std::io::Result<()> {
    let mut stderr = anstream::stderr().lock();
    write!(stderr, "{}", visible::plain(question)).and_then(|()| stderr.flush())
}

/// What the command line's parser says. It quotes the arguments, which a script may have taken from file names.
pub fn usage(error: &clap::Error) {
    // Among its colours nobody else's would stand out: it has none where an argument could bring some.
    let quoted = std::env::args_os().any(|argument| argument.to_string_lossy().chars().any(visible::steers));
    let words = if quoted { visible::text(&error.render().to_string()).into_owned() } else { error.render().ansi().to_string() };
    let words = visible::output(&words);
    let _nobody_reads = match error.use_stderr() {
        true => write!(anstream::stderr().lock(), "{words}"),
        false => write!(anstream::stdout().lock(), "{words}"),
    };
}

/// An empty screen, for what is shown anew. Only for a terminal.
pub fn clear() {
    own("\u{1b}[2J\u{1b}[3J\u{1b}[H");
}

/// Shows diagnostics on standard output, with links where the terminal has them.
pub fn diagnostics(diagnostics: &[Diagnostic]) {
    let links = supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    let draw = if links { crate::report::diagnostics::human_with_links } else { crate::report::diagnostics::human };
    text(&draw(diagnostics, style()));
}

/// Shows diagnostics on standard error; gives the number of errors.
pub fn diagnostics_to_stderr(diagnostics: &[Diagnostic]) -> usize {
    let drawn = crate::report::diagnostics::human(diagnostics, style());
    let _nobody_reads = write!(anstream::stderr().lock(), "{}", visible::output(&drawn));
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

/// How diagnostics are drawn; the streams take the colours out where there are none.
pub fn style() -> crate::report::diagnostics::Style {
    crate::report::diagnostics::Style { width: width(), colour: true }
}

/// Columns to write in: the terminal's, within reason; 100 where there is none.
pub fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.unwrap_or(100).clamp(60, 160)
}

/// A report that was asked for as a file.
pub fn to_file(path: &std::path::Path, text: &str) -> super::Result<()> {
    inside::write_named(path, visible::text(text).as_bytes())
        .map_err(|refused| super::Failure::could_not(format!("{} {refused}", path.display())))
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
            Self::Text => visible::output(&text),
            Self::Json => visible::json(&text),
        };
        std::io::stderr().lock().write_all(safe.as_bytes()).map(|()| event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
