//! The engineers' log, on standard error, and, where it is built in, spans to a collector.

#[cfg(feature = "otel")]
mod export;

use super::print;
use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug)]
pub(super) struct Log {
    #[cfg(feature = "otel")]
    export: Option<export::Export>,
}

impl Log {
    /// Off unless asked for, by `-v` or HIRELINE_LOG. Spans leave this machine only for a verb that pushes: `check`, `test` and `diff` must be
    /// safe with somebody else's files.
    pub fn start(verbose: u8, format: LogFormat, pushes: bool) -> Self {
        let level = match verbose {
            0 => "off",
            1 => "hireline=info",
            _ => "hireline=debug",
        };
        let filter = EnvFilter::try_from_env("HIRELINE_LOG").unwrap_or_else(|_| EnvFilter::new(level));
        let lines = tracing_subscriber::fmt::layer().with_target(false);
        let lines = match format {
            LogFormat::Text => lines.with_writer(|| print::Log::Text).with_ansi(std::io::stderr().is_terminal()).boxed(),
            LogFormat::Json => {
                let lines = lines.with_writer(|| print::Log::Json).with_ansi(false).json();
                lines.flatten_event(true).with_current_span(false).with_span_list(true).boxed()
            }
        };
        let registry = tracing_subscriber::registry().with(lines.with_filter(filter));
        #[cfg(feature = "otel")]
        {
            let (spans, export) = export::start(pushes).unzip();
            let _set_once = registry.with(spans).try_init();
            Self { export }
        }
        #[cfg(not(feature = "otel"))]
        {
            let _ = pushes; // nothing is exported
            let _set_once = registry.try_init();
            Self {}
        }
    }

    /// Sends what is still to be sent, within a bound.
    pub fn end(self) {
        #[cfg(feature = "otel")]
        if let Some(export) = self.export {
            export.end();
        }
    }
}
