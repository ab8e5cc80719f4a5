//! What is for other programs: `hireline lsp` for editors; `hireline completions` and `hireline man`, made from the command line itself; `hireline schema`.

use super::{Cli, Failure, Result, print};
use crate::authoring;
use crate::cli::exit;
use crate::language::pipeline;
use crate::model::candidate;
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(options: &Completions) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "hireline", &mut script);
    print::own(&String::from_utf8_lossy(&script));
    Ok(exit::WELL)
}

#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// The verb, as in `hireline man run`; without it, the program's own page
    #[arg(value_name = "VERB", conflicts_with = "folder")]
    verb: Option<String>,
    /// Write the page of the program and of each verb into this folder
    #[arg(long = "out", value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(super) fn man(options: &Man) -> Result<u8> {
    let mut program = Cli::command();
    program.build();
    if let Some(folder) = &options.folder {
        return write_all(&program, folder);
    }
    let page = match &options.verb {
        None => program,
        Some(verb) => {
            let found = program.get_subcommands().find(|known| known.get_name() == verb).cloned();
            found.ok_or_else(|| Failure::wrong(format!("there is no verb `{verb}`: `hireline --help` lists them")))?
        }
    };
    print::own(&String::from_utf8_lossy(&rendered(&page)?));
    Ok(exit::WELL)
}

fn write_all(program: &clap::Command, folder: &Path) -> Result<u8> {
    let fail = |error: std::io::Error| Failure::could_not(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(fail)?;
    for page in std::iter::once(program).chain(program.get_subcommands().filter(|verb| !verb.is_hide_set())) {
        let path = folder.join(format!("{}.1", page.get_display_name().unwrap_or_else(|| page.get_name())));
        std::fs::write(&path, rendered(page)?).map_err(fail)?;
        print::plain(&format!("written   {}", path.display()));
    }
    Ok(exit::WELL)
}

fn rendered(page: &clap::Command) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    clap_mangen::Man::new(page.clone()).render(&mut text)?;
    Ok(text)
}

#[derive(Debug, clap::Args)]
pub(super) struct Schema {
    /// Of what
    #[arg(value_enum, default_value_t = Which::Pipeline)]
    which: Which,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    /// A pipeline file
    Pipeline,
    /// A library file
    Library,
    /// hireline.yaml
    Workspace,
    /// What a mapping makes
    Candidate,
}

pub(super) fn schema(options: &Schema) -> Result<u8> {
    let schema = match options.which {
        Which::Pipeline => pipeline::schema::published(&pipeline::schema::PIPELINE),
        Which::Library => pipeline::schema::published(&pipeline::schema::LIBRARY),
        Which::Workspace => pipeline::schema::published(&pipeline::schema::WORKSPACE),
        Which::Candidate => candidate::schema(),
    };
    print::own(&format!("{schema:#}\n"));
    Ok(exit::WELL)
}

#[derive(Debug, clap::Args)]
pub(super) struct Lsp {
    /// What editors add by habit: there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn lsp(_: &Lsp) -> Result<u8> {
    let agreed = authoring::lsp::serve(std::io::stdin(), std::io::stdout())?;
    // Source: "Exit Notification" of the Language Server Protocol.
    Ok(if agreed { exit::WELL } else { exit::ATTENTION })
}
