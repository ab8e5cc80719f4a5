//! The files that are open in the editor.

use super::text::{self, Encoding, Lines};
use crate::base::place::{Place, SourceFile};
use crate::language::pipeline::scope::{Overlay, real};
use gen_lsp_types::{Position, Range, TextDocumentContentChangeEvent, Uri};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// One open file.
#[derive(Debug)]
pub struct Document {
    /// As the client spells it: it knows its files by that.
    pub uri: Uri,
    pub version: i32,
    /// As it is shown to people: relative to the current folder where it lies below it.
    pub path: PathBuf,
    text: String,
    encoding: Encoding,
}

impl Document {
    /// The text as it is compiled: a byte order mark is no part of it.
    pub fn file(&self) -> Arc<SourceFile> {
        SourceFile::new(&self.path, self.compiled())
    }

    pub fn compiled(&self) -> &str {
        self.text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.text)
    }

    fn mark(&self) -> usize {
        self.text.len() - self.compiled().len()
    }

    /// The byte of [`Self::compiled`] that a position means.
    pub fn offset(&self, position: Position) -> usize {
        Lines::new(&self.text, self.encoding).offset(position).saturating_sub(self.mark())
    }

    /// Where bytes of [`Self::compiled`] stand.
    pub fn ranges(&self) -> impl Fn(usize, usize) -> Range {
        let (lines, mark) = (Lines::new(&self.text, self.encoding), self.mark());
        move |start, end| lines.range(start + mark, end + mark)
    }
}

/// All open files, by their real paths.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<PathBuf, Document>,
    overlay: Rc<Overlay>,
    encoding: Encoding,
}

impl Documents {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, ..Self::default() }
    }

    /// The open files' texts over the disk's.
    pub fn overlay(&self) -> &Rc<Overlay> {
        &self.overlay
    }

    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.open.values()
    }

    /// Takes a file that was opened; what is not on a disk (an unnamed buffer) has no workspace and is left alone.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) {
        let Ok(path) = uri.to_file_path() else { return };
        let document = Document { uri, version, path: shown(&path), text, encoding: self.encoding };
        self.overlay.set(&path, document.compiled());
        self.open.insert(real(&path), document);
    }

    pub fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let Some(path) = path_of(uri) else { return };
        let Some(document) = self.open.get_mut(&path) else { return };
        document.version = version;
        changes.into_iter().for_each(|change| text::change(&mut document.text, change, self.encoding));
        self.overlay.set(&path, document.compiled());
    }

    pub fn close(&mut self, uri: &Uri) {
        let Some(path) = path_of(uri) else { return };
        self.open.remove(&path);
        self.overlay.remove(&path);
    }

    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(&path_of(uri)?)
    }

    pub fn by_path(&self, path: &Path) -> Option<&Document> {
        self.open.get(&real(path))
    }

    /// How the client knows a file, and where in it a place is. What is built in stands in no file.
    pub fn locate(&self, place: &Place) -> Option<(Uri, Range)> {
        if let Some(document) = self.by_path(place.path()) {
            return Some((document.uri.clone(), document.ranges()(place.start, place.end)));
        }
        let uri = Uri::from_file_path(real(place.path())).ok()?;
        let lines = Lines::new(place.file.text(), self.encoding);
        place.path().is_file().then(|| (uri, lines.range(place.start, place.end)))
    }
}

fn path_of(uri: &Uri) -> Option<PathBuf> {
    uri.to_file_path().ok().map(|path| real(&path))
}

/// A path as people know it.
fn shown(path: &Path) -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&current).unwrap_or(path).to_owned()
}
