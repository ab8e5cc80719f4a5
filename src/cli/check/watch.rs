//! `hireline check --watch`: checks again when a file is saved, and when one comes or goes.

use super::{Failure, Result, load, print};
use crate::cli::exit;
use crate::cli::signals;
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver};

/// An editor writes a file in several steps; what follows within this time belongs to the same saving.
const SETTLES: Duration = Duration::from_millis(60);
/// A program that writes without end does not keep people waiting longer than this.
const LONGEST: u32 = 15;

pub(super) async fn watch(paths: &[PathBuf]) -> Result<u8> {
    let (tell, mut saved) = mpsc::unbounded_channel();
    let told = move |event: notify::Result<notify::Event>| {
        // An error says that events were lost: then everything may have changed.
        if event.map_or(true, |event| matters(&event)) {
            let _nobody_waits = tell.send(());
        }
    };
    let mut watcher = notify::recommended_watcher(told).map_err(|error| not_watched(&error))?;
    let mut watched = BTreeSet::new();
    // Before the first look: what is saved meanwhile is not missed.
    follow(&mut watcher, paths, &[], &mut watched)?;
    let signal = signals::wait();
    tokio::pin!(signal);
    loop {
        if std::io::stdout().is_terminal() {
            print::clear();
        }
        let checked = load(paths);
        super::human(&checked);
        follow(&mut watcher, paths, &checked.files, &mut watched)?;
        print::line(&format!("\nWatching {}. Ctrl-C ends it.", shown(paths)));
        tokio::select! {
            code = &mut signal => return Ok(code),
            still = change(&mut saved) => if !still { return Ok(exit::WELL) },
        }
    }
}

/// Waits until something was saved, and until it is quiet again. False where nothing will come any more.
async fn change(saved: &mut UnboundedReceiver<()>) -> bool {
    if saved.recv().await.is_none() {
        return false;
    }
    for _ in 0..LONGEST {
        tokio::time::sleep(SETTLES).await;
        if saved.try_recv().is_err() {
            break;
        }
        while saved.try_recv().is_ok() {}
    }
    true
}

/// Whether a file of ours, or a folder, came, went or was written: not that it was opened, and not its times.
fn matters(event: &notify::Event) -> bool {
    let changes = match event.kind {
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => false,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(_) | EventKind::Any | EventKind::Other => true,
    };
    changes && event.paths.iter().any(|path| is_ours(path))
}

fn is_ours(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    match path.extension() {
        Some(extension) => extension == "yaml" || extension == "yml",
        // A folder that was moved here brings its files without a word.
        None => !hidden,
    }
}

/// The folders that were named, with all below them, and those of every file that was read. A folder is watched and not its files: editors
/// write a new file and rename it.
fn follow(watcher: &mut RecommendedWatcher, paths: &[PathBuf], files: &[PathBuf], watched: &mut BTreeSet<PathBuf>) -> Result<()> {
    let parent = |file: &PathBuf| match file.parent() {
        Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
        Some(folder) => folder.to_owned(),
        None => file.clone(),
    };
    let named = paths.iter().filter(|path| path.is_dir()).map(|path| (path.clone(), RecursiveMode::Recursive));
    let others = paths.iter().filter(|path| !path.is_dir()).chain(files).map(|file| (parent(file), RecursiveMode::NonRecursive));
    for (folder, mode) in named.chain(others) {
        let real = std::fs::canonicalize(&folder).unwrap_or(folder);
        let covered = watched.iter().any(|known| real == *known)
            || paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).any(|path| real.starts_with(&path) && real != path);
        if covered || !real.is_dir() {
            continue;
        }
        watcher.watch(&real, mode).map_err(|error| not_watched(&error))?;
        watched.insert(real);
    }
    Ok(())
}

fn not_watched(error: &notify::Error) -> Failure {
    let why = match &error.kind {
        notify::ErrorKind::MaxFilesWatch => "the system watches no more files: raise fs.inotify.max_user_watches".to_owned(),
        notify::ErrorKind::Io(error) => error.to_string(),
        _ => "the system does not tell of changes here".to_owned(),
    };
    Failure::could_not(format!("the files cannot be watched: {why}; `hireline check` without --watch works all the same"))
}

fn shown(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    match names.as_slice() {
        [only] if only == "." => "this folder".to_owned(),
        _ => names.join(", "),
    }
}
