//! A bar on a terminal, nothing elsewhere.

use crate::visible;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Says what is done so far, on standard error; lines for standard output go through it, so that they do not cross.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub fn new(pipeline: &str) -> Self {
        let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{spinner} {prefix}: {pos} profiles, {per_sec}, {elapsed}{msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(pipeline.to_owned());
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar }
    }

    pub fn ended(&self) {
        self.bar.inc(1);
    }

    pub fn say(&self, words: &str) {
        self.bar.set_message(if words.is_empty() { String::new() } else { format!(" – {}", visible::line(words)) });
    }

    /// Writes a line of standard output while the bar steps aside.
    ///
    /// # Errors
    /// Nobody reads standard output any more.
    pub fn print(&self, line: &str) -> std::io::Result<()> {
        self.bar.suspend(|| writeln!(anstream::stdout().lock(), "{}", visible::output(line)))
    }

    /// Writes a line of standard error, without colours.
    pub fn aside(&self, line: &str) {
        let _nobody_reads = self.bar.suspend(|| writeln!(anstream::stderr().lock(), "{}", visible::plain(line)));
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
