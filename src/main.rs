//! Installs what is one a process, runs the command line, and ends with its exit code.

use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    hireline::net::http::install_tls_provider();
    ExitCode::from(hireline::cli::main())
}
