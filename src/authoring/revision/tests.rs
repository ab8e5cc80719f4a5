//! What is done with paths; what git is asked is tested with the whole program.

use super::*;

#[test]
fn a_path_that_is_not_there_any_more_is_located() {
    let folder = tempfile::tempdir().unwrap();
    let real = std::fs::canonicalize(folder.path()).unwrap();
    assert_eq!(located(&folder.path().join("gone/deep.yaml")), real.join("gone/deep.yaml"));
    assert_eq!(located(folder.path()), real);
}

#[test]
fn a_folder_without_git_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = Revision::open("main", false, &[folder.path().to_owned()]).unwrap_err();
    assert!(matches!(told, Unavailable::NotARepository { .. }) && told.is_the_askers(), "{told}");
}
