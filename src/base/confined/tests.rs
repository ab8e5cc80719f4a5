//! Each way out that a folder's author could lay.
#![cfg(unix)]

use super::*;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

/// A folder with something in it, and a folder beside it that is nobody's business.
struct Ground {
    all: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let ground = Self { all: tempfile::tempdir().unwrap() };
        for folder in ["work/sub", "outside"] {
            fs::create_dir_all(ground.at(folder)).unwrap();
        }
        fs::write(ground.at("work/plain"), "plain").unwrap();
        fs::write(ground.at("outside/canary"), "canary").unwrap();
        ground
    }

    fn at(&self, path: &str) -> PathBuf {
        self.all.path().join(path)
    }

    fn bounds(&self) -> Bounds {
        Bounds::of(&self.at("work"))
    }

    fn read(&self, path: &str) -> String {
        match self.bounds().read(&self.at(path), 100) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(refused) => refused.to_string(),
        }
    }
}

#[test]
fn only_plain_files_inside_are_read() {
    let ground = Ground::new();
    symlink("plain", ground.at("work/good")).unwrap();
    symlink(ground.at("outside/canary"), ground.at("work/absolute")).unwrap();
    symlink("../outside/canary", ground.at("work/relative")).unwrap();
    symlink("relative", ground.at("work/twice")).unwrap();
    symlink("loop", ground.at("work/loop")).unwrap();
    symlink(ground.at("outside"), ground.at("work/folder")).unwrap();
    symlink("/proc/self/environ", ground.at("work/environ")).unwrap();
    symlink("/dev/zero", ground.at("work/zero")).unwrap();
    let _socket = UnixListener::bind(ground.at("work/socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(ground.at("work/pipe")).status().unwrap().success());
    File::create(ground.at("work/sparse")).unwrap().set_len(1 << 40).unwrap();
    let paths = [
        "good",
        "absolute",
        "relative",
        "twice",
        "folder/canary",
        "environ",
        "zero",
        "socket",
        "pipe",
        "sparse",
        "sub",
        "../outside/canary",
        "none",
    ];
    let told: Vec<String> = paths.iter().map(|path| format!("{path}: {}", ground.read(&format!("work/{path}")))).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    good: plain
    absolute: is outside the workspace, and links out of it are not followed
    relative: is outside the workspace, and links out of it are not followed
    twice: is outside the workspace, and links out of it are not followed
    folder/canary: is outside the workspace, and links out of it are not followed
    environ: is outside the workspace, and links out of it are not followed
    zero: is outside the workspace, and links out of it are not followed
    socket: is not a regular file
    pipe: is not a regular file
    sparse: has more than 100 bytes
    sub: is not a regular file
    ../outside/canary: is outside the workspace, and links out of it are not followed
    none: cannot be read: No such file or directory (os error 2)
    ");
    assert!(ground.read("work/loop").starts_with("cannot be read"));
}

#[test]
fn the_systems_own_insides_are_never_read() {
    // Where the folder is `/`, everything lies inside.
    let refused = Bounds::of(Path::new("/")).read(Path::new("/proc/self/environ"), 1 << 20);
    assert!(matches!(refused, Err(Refused::Outside)) || !Path::new("/proc").exists(), "{refused:?}");
}

#[test]
fn nothing_is_written_or_removed_outside() {
    let ground = Ground::new();
    symlink(ground.at("outside"), ground.at("work/folder")).unwrap();
    symlink(ground.at("outside/canary"), ground.at("work/canary")).unwrap();
    fs::create_dir(ground.at("work/.git")).unwrap();
    symlink(".git", ground.at("work/hidden")).unwrap();
    let bounds = ground.bounds();
    for path in ["work/folder/new", "work/folder/deeper/new", "work/hidden/new", "work/.git/hooks/new", "outside/new"] {
        let refused = bounds.write(&ground.at(path), b"x");
        assert!(matches!(refused, Err(Refused::Outside)), "{path}: {refused:?}");
    }
    assert!(matches!(bounds.remove(&ground.at("work/folder/canary")), Err(Refused::Outside)));
    assert!(matches!(bounds.list(&ground.at("work/folder"), 10), Err(Refused::Outside)));
    // A link at the file's own place gives way, and what it led to stays.
    bounds.write(&ground.at("work/canary"), b"ours").unwrap();
    assert_eq!(fs::read(ground.at("outside/canary")).unwrap(), b"canary");
    assert_eq!(fs::read_dir(ground.at("outside")).unwrap().count(), 1);
    assert_eq!(ground.read("work/canary"), "ours");
    symlink(ground.at("outside/canary"), ground.at("work/again")).unwrap();
    bounds.remove(&ground.at("work/again")).unwrap();
    assert!(ground.at("outside/canary").exists() && !ground.at("work/again").is_symlink());
}

#[test]
fn a_file_is_written_whole_and_as_any_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let ground = Ground::new();
    let mode = |path: &str| fs::metadata(ground.at(path)).unwrap().permissions().mode() & 0o777;
    ground.bounds().write(&ground.at("work/deep/er/new"), b"x").unwrap();
    fs::write(ground.at("work/usual"), "x").unwrap();
    assert_eq!(mode("work/deep/er/new"), mode("work/usual"));
    fs::set_permissions(ground.at("work/usual"), fs::Permissions::from_mode(0o640)).unwrap();
    ground.bounds().write(&ground.at("work/usual"), b"y").unwrap();
    assert_eq!((mode("work/usual"), ground.read("work/usual")), (0o640, "y".into()));
    assert!(matches!(ground.bounds().write(&ground.at("work/sub"), b"x"), Err(Refused::Io("written", _))));
}

#[test]
fn a_folder_with_too_much_in_it_is_not_listed() {
    let ground = Ground::new();
    (0..5).for_each(|n| drop(File::create(ground.at(&format!("work/sub/{n}"))).unwrap()));
    assert_eq!(ground.bounds().list(&ground.at("work/sub"), 5).unwrap().len(), 5);
    assert!(matches!(ground.bounds().list(&ground.at("work/sub"), 4), Err(Refused::TooMany(4))));
    assert!(ground.bounds().list(&ground.at("work/none"), 4).unwrap().is_empty());
}

#[test]
fn where_a_path_seems_to_be() {
    let below = |path: &str| seems_below(Path::new(path), Path::new("/a/b"));
    assert!(below("c") && below("./c") && below("../b/c") && below("/a/b/c") && below("."));
    assert!(!below("../c") && !below("c/../../d") && !below("/etc") && !below("/a/bc"));
}
