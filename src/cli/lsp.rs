//! `hireline lsp`: for editors, over standard input and output.

use super::{Failure, Result};
use crate::{exit, lsp};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// What editors add by habit: there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn lsp(_: &Options) -> Result<u8> {
    let agreed = lsp::serve(std::io::stdin(), std::io::stdout()).map_err(Failure::could_not)?;
    // Source: "Exit Notification" of the Language Server Protocol.
    Ok(if agreed { exit::WELL } else { exit::ATTENTION })
}
