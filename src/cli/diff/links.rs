//! The work tree of a merge request may hold links to whatever its author wants to see: none that leads outside the repository is followed.

use super::{Failure, Result};
use std::path::{Path, PathBuf};

/// More entries than this are not looked at; the loader reads fewer.
const MOST: usize = 200_000;

/// Refuses where a YAML file at or below one of these paths, or a `hireline.yaml` above them, is a link that leads out of `top`. Imports
/// are watched by the loader, and fixtures when they are read.
pub(super) fn refuse(paths: &[PathBuf], top: &Path) -> Result<()> {
    for path in paths {
        let whole = std::env::current_dir().unwrap_or_default().join(path);
        leads_out(&whole, top)?;
        for above in whole.ancestors() {
            leads_out(&above.join("hireline.yaml"), top)?;
        }
        below(&whole, top)?;
    }
    Ok(())
}

fn below(folder: &Path, top: &Path) -> Result<()> {
    let mut left = vec![folder.to_owned()];
    let mut seen = 0;
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            seen += 1;
            if seen > MOST {
                return Err(Failure::wrong(format!("{} holds more than {MOST} files: name the pipelines' own folder", folder.display())));
            }
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
            let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
            match (kind.is_dir(), kind.is_symlink()) {
                (true, _) if !entry.file_name().to_string_lossy().starts_with('.') => left.push(path),
                (_, true) if is_yaml => leads_out(&path, top)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// A link that leads nowhere is told by whoever wants to read it.
fn leads_out(path: &Path, top: &Path) -> Result<()> {
    let is_link = std::fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_symlink());
    match std::fs::canonicalize(path) {
        Ok(real) if is_link && !real.starts_with(top) => {
            Err(Failure::wrong(format!("{} is a link that leads outside the repository: `diff` does not follow it", path.display())))
        }
        _ => Ok(()),
    }
}
