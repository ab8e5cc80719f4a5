//! Paths that files name: where they lead, by what is written and by what is on the disk.

use crate::base::confined::Bounds;
use std::path::{Component, Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    File,
    Git,
    None,
}

/// The workspace's root as shown, and what marks it.
pub(super) fn root_of(file: &Path) -> (PathBuf, Marker) {
    let folder = file.parent().unwrap_or(Path::new(""));
    let current = std::env::current_dir().unwrap_or_default();
    let whole = normalised(&current.join(folder));
    for (name, marker) in [("hireline.yaml", Marker::File), (".git", Marker::Git)] {
        if let Some(found) = whole.ancestors().find(|above| above.join(name).exists()) {
            return (shown_from(found, &current, folder), marker);
        }
    }
    let root = if whole.starts_with(&current) { PathBuf::from(".") } else { folder.to_owned() };
    (root, Marker::None)
}

/// A folder above a file, in the way in which the file was named: relative where it was.
fn shown_from(found: &Path, current: &Path, folder: &Path) -> PathBuf {
    if folder.is_absolute() {
        return found.to_owned();
    }
    if let Ok(below) = found.strip_prefix(current) {
        return if below.as_os_str().is_empty() { PathBuf::from(".") } else { below.to_owned() };
    }
    match current.strip_prefix(found) {
        Ok(up) => up.components().map(|_| "..").collect(),
        Err(_) => found.to_owned(),
    }
}

pub(super) fn shown_folder(folder: &Path) -> String {
    match folder.to_str() {
        Some("." | "") => "(the current folder)".to_owned(),
        _ => folder.display().to_string(),
    }
}

/// `a/../b` as `b`, without asking the disk: a path is shown as short as it can be.
pub fn normalised(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (Component::ParentDir, Some(Component::RootDir)) => {}
            _ => parts.push(part),
        }
    }
    parts.into_iter().collect()
}

/// A path that a file names, relative to the current folder; `None` where it leaves the workspace.
pub fn within(folder: &Path, root: &Path, written: &str) -> Option<PathBuf> {
    let current = std::env::current_dir().unwrap_or_default();
    let path = normalised(&folder.join(written));
    let root = normalised(&current.join(root));
    let whole = normalised(&current.join(&path));
    if !whole.starts_with(&root) {
        return None;
    }
    // The part of it that is there may be a link that leads outside.
    let real_root = std::fs::canonicalize(&root).unwrap_or(root);
    let there = whole.ancestors().find_map(|above| std::fs::canonicalize(above).ok());
    there.is_none_or(|there| there.starts_with(&real_root) || real_root.starts_with(&there)).then_some(path)
}

/// The folder that a file belongs to, as a boundary: for whoever looks at a file before it is loaded.
pub fn bounds(file: &Path) -> Bounds {
    Bounds::of(&root_of(file).0)
}
