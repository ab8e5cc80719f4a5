//! Which files of a revision are needed: YAML, and what stands in folders of fixtures.

use super::Unavailable;
use std::path::{Component, Path, PathBuf};

/// One file of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    pub id: String,
    /// Bytes.
    pub size: u64,
    /// From the repository's folder; every part of it is a plain name.
    pub path: PathBuf,
}

#[derive(Debug, Default)]
pub(super) struct Listed {
    pub blobs: Vec<Blob>,
    pub notes: Vec<String>,
}

const MOST_FILES: usize = 50_000;
const MOST_BYTES: u64 = 512 << 20;
/// One file. A larger one is no pipeline and no profile.
const LARGEST: u64 = 32 << 20;

/// Reads what `ls-tree -r -z -l` tells: `<mode> <type> <id> <size>\t<path>\0`. `asked` are files that were named, whatever they are called.
pub(super) fn wanted(listing: &[u8], asked: &[PathBuf], name: &str) -> Result<Listed, Unavailable> {
    let mut listed = Listed::default();
    let mut bytes = 0_u64;
    for entry in listing.split(|byte| *byte == 0) {
        let Some((mode, id, size, path)) = read(entry) else { continue };
        if !is_wanted(path, asked) {
            continue;
        }
        // A partial clone knows the name, and not the size.
        let size = size.parse().map_err(|_| Unavailable::Incomplete { name: name.to_owned() })?;
        let blob = Blob { id: id.to_owned(), size, path: path.to_owned() };
        if mode != "100644" && mode != "100755" && mode != "100664" {
            listed.notes.push(format!("{} is a link there, and was left out", blob.path.display()));
        } else if blob.size > LARGEST {
            listed.notes.push(format!("{} has more than {LARGEST} bytes there, and was left out", blob.path.display()));
        } else {
            bytes += blob.size;
            listed.blobs.push(blob);
        }
        if listed.blobs.len() > MOST_FILES {
            return Err(Unavailable::TooMuch { most: "50,000 files" });
        }
        if bytes > MOST_BYTES {
            return Err(Unavailable::TooMuch { most: "512 MiB" });
        }
    }
    Ok(listed)
}

/// None for what is no file, or has a name that no work tree could hold.
fn read(entry: &[u8]) -> Option<(&str, &str, &str, &Path)> {
    let (head, path) = std::str::from_utf8(entry).ok()?.split_once('\t')?;
    let mut words = head.split_whitespace();
    let (mode, "blob", id, size) = (words.next()?, words.next()?, words.next()?, words.next()?) else { return None };
    let path = Path::new(path);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_))) && path.to_str().is_some_and(|path| !path.is_empty());
    is_plain.then_some((mode, id, size, path))
}

fn is_wanted(path: &Path, asked: &[PathBuf]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("yaml" | "yml") => true,
        Some("json") => path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "fixtures"),
        _ => asked.iter().any(|asked| asked == path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_pipelines_are_made_of_and_nothing_that_leaves_the_folder() {
        let entries = [
            "100644 blob aaa       12\tpipelines/acme.yaml",
            "100755 blob bbb       12\tlib.yml",
            "100644 blob ccc       12\tpipelines/acme/fixtures/one.json",
            "100644 blob ddd       12\tpipelines/acme/snapshots/one.json",
            "100644 blob eee       12\tREADME.md",
            "100644 blob eef       12\tnamed",
            "120000 blob fff       12\tlink.yaml",
            "160000 commit ggg       -\tmodule.yaml",
            "100644 blob hhh       12\t../outside.yaml",
            "100644 blob iii       12\t/etc/absolute.yaml",
            "100644 blob jjj       12\ta/../../b.yaml",
            "100644 blob kkk       99999999999\tlarge.yaml",
            "100644 blob lll       12\twith\ttab.yaml",
        ];
        let listed = wanted(entries.join("\0").as_bytes(), &["named".into()], "main").unwrap();
        let told: Vec<_> = listed.blobs.iter().map(|blob| format!("{} {:?}", blob.id, blob.path)).chain(listed.notes).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        aaa "pipelines/acme.yaml"
        bbb "lib.yml"
        ccc "pipelines/acme/fixtures/one.json"
        eef "named"
        lll "with\ttab.yaml"
        link.yaml is a link there, and was left out
        large.yaml has more than 33554432 bytes there, and was left out
        "#);
    }

    #[test]
    fn what_a_partial_clone_lacks_is_told() {
        let listed = wanted(b"100644 blob aaa BAD\ta.yaml\0", &[], "main");
        assert!(matches!(listed, Err(Unavailable::Incomplete { .. })), "{listed:?}");
    }

    #[test]
    fn there_is_a_bound() {
        let many: String = (0..=MOST_FILES).map(|n| format!("100644 blob aaa 1\t{n}.yaml\0")).collect();
        assert!(matches!(wanted(many.as_bytes(), &[], "main"), Err(Unavailable::TooMuch { .. })));
        let large: String = (0..=MOST_BYTES / LARGEST).map(|n| format!("100644 blob aaa {LARGEST}\t{n}.yaml\0")).collect();
        assert!(matches!(wanted(large.as_bytes(), &[], "main"), Err(Unavailable::TooMuch { .. })));
    }
}
