//! The documented exit codes. Source: `docs/running.md`, "Exit codes".

/// All well.
pub const WELL: u8 = 0;
/// It ran, and some profile is invalid, failed, missing, uncertain or pending; or a test differs.
pub const ATTENTION: u8 = 1;
/// The command line or a pipeline is wrong.
pub const WRONG: u8 = 2;
/// It could not run, or not to its end: no access, no network, the ledger is locked; or its report could not be written.
pub const COULD_NOT: u8 = 3;
/// `plan --detailed-exitcode`: there is something to do.
pub const TO_DO: u8 = 4;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;
/// SIGTERM.
pub const TERMINATED: u8 = 143;
