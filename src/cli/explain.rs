//! `hireline explain`: what a code means.

use super::{Failure, Result, print};
use crate::diagnostic::{Code, nearest};
use crate::{exit, report};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// A code, as `check` shows it in brackets: `unknown-key`. All codes, a line each, where none is given
    code: Option<String>,
}

pub(super) fn explain(options: &Options) -> Result<u8> {
    let Some(written) = &options.code else {
        print::text(&report::explain::list(print::style()));
        return Ok(exit::WELL);
    };
    // As somebody copies it from `error[unknown-key]: …`.
    let inside = written.split_once('[').map_or(written.as_str(), |(_, code)| code);
    let wanted = inside.trim_end_matches([':', ']']).trim().to_ascii_lowercase().replace([' ', '_'], "-");
    match Code::ALL.iter().find(|code| code.as_str() == wanted) {
        Some(code) => {
            print::text(&report::explain::page(&code.page(), print::style()));
            Ok(exit::WELL)
        }
        None => Err(Failure::wrong(unknown(written, &wanted))),
    }
}

fn unknown(written: &str, wanted: &str) -> String {
    let known = Code::ALL.iter().map(|code| code.as_str());
    let near = nearest(wanted, known.clone()).or_else(|| known.clone().find(|code| !wanted.is_empty() && code.contains(wanted)));
    match near {
        Some(near) => format!("there is no code `{written}`: did you mean `{near}`?"),
        None => format!("there is no code `{written}`: `hireline explain` lists them all"),
    }
}
