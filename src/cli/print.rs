//! The ways onto standard output and standard error. A reader that goes away (`| head`) ends the program quietly, and no push.

use crate::diagnostic::{Diagnostic, Severity};
use std::io::{IsTerminal, Write};

/// A line of standard output. Tells whether somebody still reads.
pub fn line(line: &str) -> bool {
    writeln!(anstream::stdout().lock(), "{line}").is_ok()
}

/// A line of standard error.
pub fn note(line: &str) {
    let _nobody_reads = writeln!(anstream::stderr().lock(), "{line}");
}

pub fn error(words: &str) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    note(&format!("{red}error{red:#}: {}", crate::report::terminal::printable(words)));
}

pub fn warning(words: &str) {
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    note(&format!("{yellow}warning{yellow:#}: {}", crate::report::terminal::printable(words)));
}

/// Whether personal data may be shown on standard output: a person sits there, or said so.
pub fn may_show(asked_for: bool) -> bool {
    asked_for || std::io::stdout().is_terminal()
}

/// A text of standard output, as it is.
pub fn text(text: &str) {
    let _nobody_reads = write!(anstream::stdout().lock(), "{text}");
}

/// An empty screen, for what is shown anew. Only for a terminal.
pub fn clear() {
    text("\u{1b}[2J\u{1b}[3J\u{1b}[H");
}

/// Shows diagnostics on standard output, with links where the terminal has them.
pub fn diagnostics(diagnostics: &[Diagnostic]) {
    let links = supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    let draw = if links { crate::report::diagnostics::human_with_links } else { crate::report::diagnostics::human };
    text(&draw(diagnostics, style()));
}

/// Shows diagnostics on standard error; gives the number of errors.
pub fn diagnostics_to_stderr(diagnostics: &[Diagnostic]) -> usize {
    let _nobody_reads = write!(anstream::stderr().lock(), "{}", crate::report::diagnostics::human(diagnostics, style()));
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
    std::fs::write(path, text).map_err(|error| super::Failure::could_not(format!("{} cannot be written: {error}", path.display())))
}
