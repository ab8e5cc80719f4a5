//! Markdown's fenced blocks.

use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Of the document, and of the block's first line within it.
    pub place: String,
    /// `yaml`, `console`, …
    pub language: String,
    /// The words after the language.
    pub word: String,
    pub text: String,
}

/// A page of the handbook, or the README.
#[derive(Debug)]
pub struct Page {
    pub path: PathBuf,
    pub text: String,
    pub blocks: Vec<Block>,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README, the other pages at the top, and the handbook.
pub fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = ["README.md", "CHANGELOG.md", "SECURITY.md"].iter().map(|name| root().join(name)).collect();
    paths.extend(std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    assert!(paths.len() > 10, "the handbook is there");
    paths.iter().map(|path| page(path)).collect()
}

fn page(path: &Path) -> Page {
    let text = std::fs::read_to_string(path).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                let (language, word) = info.split_once(' ').unwrap_or((info, ""));
                let place = format!("{}:{}", path.strip_prefix(root()).unwrap().display(), number + 1);
                assert!(!language.is_empty(), "{place}: a block says what it holds");
                open = Some(Block { place, language: language.into(), word: word.trim().into(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block is not closed", path.display());
    Page { path: path.to_owned(), text, blocks }
}

/// A copy of a folder of `pipelines/`, or of all of it, in a workspace of its own: what a page's commands do stays there.
pub fn workspace(of: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("pipelines").join(of), &folder.path().join("pipelines").join(of));
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}
