//! `hireline init`: a working folder for a customer.

use super::{Failure, Result, compiled, plural, print};
use crate::authoring::fixtures;
use crate::authoring::init::{self, Api, Ci, File, Wishes};
use crate::cli::exit;
use crate::engine::trace::tell;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The customer's name: small letters, digits and -. A folder of this name is made here
    #[arg(value_name = "CUSTOMER")]
    customer: String,
    /// A source's key in HrFlow; can be given again
    #[arg(long, value_name = "KEY")]
    source_key: Vec<String>,
    /// A job's id in Greenhouse; can be given again
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    job_id: Vec<u64>,
    /// The id of the acting user in Greenhouse
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    on_behalf_of: Option<u64>,
    /// Greenhouse's interface
    #[arg(long, value_enum)]
    api: Option<Api>,
    /// Where the customer's repository is checked
    #[arg(long, value_enum, default_value_t = Ci::Github)]
    ci: Ci,
    /// Ask nothing; what is not given has its default
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn init(options: &Options) -> Result<u8> {
    let customer = init::checked(&options.customer).map_err(|error| Failure::wrong(error.to_string()))?;
    let folder = PathBuf::from(&customer);
    let wishes = wishes(options, customer)?;
    let files = init::files(&wishes);
    refuse_what_is_there(&folder, &files)?;
    for file in &files {
        write(&folder, file)?;
    }
    let snapshots = snapshots(&folder.join(format!("{}.yaml", wishes.customer)))?;
    told(&wishes, &files, snapshots);
    Ok(exit::WELL)
}

/// Files that are there already and named one by one.
const TOLD: usize = 3;

fn refuse_what_is_there(folder: &Path, files: &[File]) -> Result<()> {
    let there: Vec<String> = files
        .iter()
        .map(|file| folder.join(&file.path))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if !there.is_empty() {
        let more = if there.len() > TOLD { format!(" and {} more", there.len() - TOLD) } else { String::new() };
        let first = there.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
        let words = format!("nothing was written: {first}{more} would be overwritten. Take another name, or move the folder away");
        return Err(Failure::wrong(words));
    }
    Ok(())
}

fn write(folder: &Path, file: &File) -> Result<()> {
    let path = folder.join(&file.path);
    let fail = |error: io::Error| Failure::could_not(format!("{}: {error}", path.display()));
    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(fail)?;
    // Whoever makes the same file at the same time keeps theirs.
    let mut target = std::fs::File::create_new(&path).map_err(fail)?;
    target.write_all(file.text.as_bytes()).map_err(fail)?;
    if file.executable { executable(&path).map_err(fail) } else { Ok(()) }
}

#[cfg(unix)]
fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(path)?.permissions();
    permissions.set_mode(permissions.mode() | 0o111);
    std::fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What the pipeline makes of each fixture, as `hireline test --accept` writes it.
fn snapshots(pipeline: &Path) -> Result<usize> {
    let mut written = 0;
    for pipeline in compiled(&[pipeline.to_owned()])? {
        for fixture in fixtures::beside(&pipeline.file, &pipeline.workspace.root)? {
            let mut profile = fixture.profile()?;
            let story = tell(&pipeline, &mut profile);
            fixtures::write(&fixture.snapshot(&pipeline.file), &story.record(), &pipeline.workspace.root)?;
            written += 1;
        }
    }
    Ok(written)
}

fn told(wishes: &Wishes, files: &[File], snapshots: usize) {
    let customer = &wishes.customer;
    for file in files {
        print::plain(&format!("written   {customer}/{}", file.path));
    }
    print::plain(&format!("written   {customer}/{customer}/snapshots/ ({})", plural(snapshots, "snapshot")));
    let placeholders = wishes.source_keys.is_empty() || wishes.job_ids.is_empty() || wishes.on_behalf_of.is_none();
    print::plain(&format!("\nNext:\n  cd {customer}"));
    print::plain("  hireline check && hireline test");
    print::plain(&format!("  hireline run {customer}.yaml --sandbox    # nothing leaves this machine"));
    if placeholders {
        print::plain(&format!("Then put your own values where {customer}.yaml says TODO, and read README.md."));
    } else {
        print::plain("Then read README.md: how secrets are set, and how the first person is pushed.");
    }
    print::plain("In a git repository: git config core.hooksPath .githooks");
}

/// What was said on the command line; on a terminal, what is left is asked.
fn wishes(options: &Options, customer: String) -> Result<Wishes> {
    let ask = !options.yes && io::stdin().is_terminal() && io::stderr().is_terminal();
    let mut wishes = Wishes {
        customer,
        source_keys: options.source_key.clone(),
        job_ids: options.job_id.clone(),
        on_behalf_of: options.on_behalf_of,
        api: options.api.unwrap_or_default(),
        ci: options.ci,
    };
    if let Some(blank) = wishes.source_keys.iter().find(|key| key.trim().is_empty() || key.chars().any(char::is_control)) {
        return Err(Failure::wrong(format!("--source-key {blank:?} is no key")));
    }
    if ask {
        print::note("Enter takes what stands in brackets; everything can be changed later, in the file.");
        if wishes.source_keys.is_empty() {
            wishes.source_keys = answer("Key of the source in HrFlow, several with commas [a placeholder]: ", |word| {
                (!word.chars().any(|sign| sign.is_whitespace() || sign.is_control())).then(|| word.to_owned())
            })?;
        }
        if wishes.job_ids.is_empty() {
            let question = format!("Ids of the jobs in Greenhouse, several with commas [{}, a job of the sandbox]: ", init::JOB_ID);
            wishes.job_ids = answer(&question, |word| word.parse().ok().filter(|id| *id > 0))?;
        }
        if options.api.is_none() {
            let known = |word: &str| <Api as clap::ValueEnum>::from_str(word, true).ok();
            wishes.api = answer("Greenhouse's interface, harvest-v3 or harvest-v1 [harvest-v3]: ", known)?.pop().unwrap_or_default();
        }
    }
    Ok(wishes)
}

/// Asks until the answer can be read; none for Enter alone.
fn answer<T>(question: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    loop {
        print::ask(question)?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(Failure { code: exit::COULD_NOT, words: "no answer: nothing was written".into() });
        }
        let words = line.split(',').map(str::trim).filter(|word| !word.is_empty());
        match words.map(&read).collect::<Option<Vec<T>>>() {
            Some(answers) => return Ok(answers),
            None => print::note("That cannot be read; once more."),
        }
    }
}
