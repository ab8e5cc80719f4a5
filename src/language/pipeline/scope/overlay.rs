//! Texts that replace files on the disk: what is edited and not yet saved.

use super::paths::normalised;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A pipeline's name and its file, as far as known from the text alone.
pub type Named = (String, PathBuf);

/// Files that are open in an editor, by their real paths; empty for everybody else.
#[derive(Debug, Default)]
pub struct Overlay {
    texts: RefCell<HashMap<PathBuf, Rc<str>>>,
    /// The pipelines of a workspace as the disk has them: to search it at every keystroke would be slow.
    pipelines: RefCell<HashMap<PathBuf, Rc<[Named]>>>,
}

impl Overlay {
    /// From now on the file has this text, whatever the disk says.
    pub fn set(&self, path: &Path, text: &str) {
        self.texts.borrow_mut().insert(real(path), text.into());
    }

    /// The disk is asked again for this file.
    pub fn remove(&self, path: &Path) {
        self.texts.borrow_mut().remove(&real(path));
    }

    /// Something on the disk has changed: what is known of it is forgotten.
    pub(crate) fn forget_the_disk(&self) {
        self.pipelines.borrow_mut().clear();
    }

    /// The text of a file, under whichever of its names.
    pub fn text(&self, path: &Path) -> Option<Rc<str>> {
        if self.is_empty() { None } else { self.texts.borrow().get(&real(path)).cloned() }
    }

    fn is_empty(&self) -> bool {
        self.texts.borrow().is_empty()
    }

    /// The pipelines below a folder: searched once, until something changes. Without open files nothing is kept.
    pub fn pipelines(&self, root: &Path, search: impl FnOnce() -> Vec<Named>) -> Rc<[Named]> {
        if self.is_empty() {
            return search().into();
        }
        let known = self.pipelines.borrow().get(root).map(Rc::clone);
        known.unwrap_or_else(|| {
            let found: Rc<[Named]> = search().into();
            self.pipelines.borrow_mut().insert(root.to_owned(), Rc::clone(&found));
            found
        })
    }
}

/// The one name of a file: links resolved where it is there, else as it would be.
pub fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| normalised(&std::env::current_dir().unwrap_or_default().join(path)))
}
