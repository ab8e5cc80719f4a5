//! The file: read once, then always written whole. Whoever reads it finds what it held before, or what it holds now.

use super::Metrics;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};

/// A metrics file has some hundred lines.
const LONGEST: u64 = 4 << 20;

/// Why a path cannot be a metrics file; in words for the command line.
#[derive(Debug, thiserror::Error)]
#[error("the metrics file {}: {why}", path.display())]
pub struct FileError {
    path: PathBuf,
    why: String,
}

/// A metrics file. Clones are the same one.
#[derive(Debug, Clone)]
pub struct File {
    path: Arc<PathBuf>,
    metrics: Metrics,
    /// One at a time, so that the newest is what stays.
    writing: Arc<Mutex<()>>,
}

impl File {
    /// Takes over what the file holds of these pipelines and accounts, and shows at once that it can be written.
    ///
    /// # Errors
    /// It is another program's, or cannot be written.
    pub fn open<'p>(path: &Path, metrics: &Metrics, pipelines: impl IntoIterator<Item = (&'p str, &'p str)>) -> Result<Self, FileError> {
        let error = |why: String| FileError { path: path.to_owned(), why };
        match fs::metadata(path) {
            Ok(there) if !there.is_file() => return Err(error("is no file: name one, in a folder that can be written to".into())),
            Ok(there) if there.len() > LONGEST => return Err(error("is too long for one that Hireline wrote: name another".into())),
            Ok(_) => {
                let text = fs::read_to_string(path).map_err(|why| error(format!("cannot be read: {why}")))?;
                let pipelines: Vec<_> = pipelines.into_iter().collect();
                metrics
                    .take_over(&text, &pipelines)
                    .map_err(|why| error(format!("{why}: it stays as it is; name another, or remove it")))?;
            }
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(error(format!("cannot be read: {why}"))),
        }
        let file = Self { path: Arc::new(path.to_owned()), metrics: metrics.clone(), writing: Arc::default() };
        file.write().map_err(|why| error(format!("cannot be written ({}): its folder has to be there, and to be writable", why.kind())))?;
        Ok(file)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it anew. It is not flushed: after a power cut the next run writes it again.
    ///
    /// # Errors
    /// Those of the file system; the file is then as it was.
    pub fn write(&self) -> io::Result<()> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        // The collector reads what ends in .prom, and passes this by.
        builder.prefix(".hireline-metrics-").suffix(".tmp");
        // It reads as another user: there is nothing in it that others may not see. The umask still holds.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(self.metrics.text().as_bytes())?;
        file.persist(&*self.path)?;
        Ok(())
    }
}
