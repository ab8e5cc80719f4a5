//! Between the binary and the C library: see `tests/shim/shim.c`. Linux only.
//!
//! On other systems the tests that need it are compiled out: what they prove of the order of a flush and a request does not hang on the
//! system, and SQLite's own file layer is the same on all of them.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The shim, compiled by the C compiler that the bundled SQLite needs anyway.
pub fn compiled(into: &Path) -> PathBuf {
    let library = into.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/shim.c");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"];
    let ended = Command::new(&compiler).args(arguments).arg(&library).arg(&source).arg("-ldl").output();
    let ended = ended.unwrap_or_else(|error| panic!("the C compiler `{compiler}` cannot be started ({error}): set CC"));
    assert!(ended.status.success(), "the shim does not compile: {}", String::from_utf8_lossy(&ended.stderr));
    library
}

/// Starts the command behind the shim, which watches this ledger.
pub fn behind(command: &mut Command, library: &Path, ledger: &Path) {
    command.env("LD_PRELOAD", library).env("HIRELINE_SHIM_FILES", ledger);
}
