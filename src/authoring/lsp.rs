//! Hireline in an editor: a server of the Language Server Protocol.
//!
//! It tells what `check` tells, while one types, and helps to write: keys, names, fields, functions, and what a template gives for the first
//! fixture. It reads files of the workspace and nothing else: no secret is opened, no command is run, nothing is sent.

mod checks; // diagnostics
mod complete; // what may be written
mod cursor; // where in a file one is
mod documents; // the open files
mod enclosing; // which expression contains the cursor
mod expected; // what may be written at a place
mod expression; // inside a template
mod hover; // what a word means
mod inlay; // what a template gives
mod names; // what a file sees
mod offer; // one thing that may be written
mod outline; // a file while it is typed
mod predicate; // inside a predicate
mod server; // the conversation
mod text; // positions
mod transport; // messages

use std::io::{self, Read, Write};

/// Serves one client until it goes. True where it went as the protocol wants it: `shutdown`, then `exit`.
///
/// # Errors
/// The client does not listen any more.
pub fn serve(input: impl Read + Send + 'static, output: impl Write) -> io::Result<bool> {
    server::Server::new(output).run(&transport::listen(input)?)
}
