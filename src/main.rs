//! Installs what is one a process, runs the command line, and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    hireline::http::install_tls_provider();
    ExitCode::from(hireline::cli::main())
}
