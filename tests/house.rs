//! The house as `src/lib.rs` describes it: the order of the rooms, who prints, which rooms are pure, how long a file may be.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LONGEST: usize = 400;
/// Files that are longer, and how long: a number here may only become smaller. A table or a machine that reads from top to bottom is
/// better whole than cut into pieces.
const KNOWN_LONGER: [(&str, usize); 4] = [
    ("src/delivery/push.rs", 573),
    ("src/delivery/recovery.rs", 408),
    ("src/language/compile/tests.rs", 516),
    ("src/model/candidate/shape.rs", 525),
];
/// Also the list of names, which lies in a wing that is not pure.
const PURE: [&str; 5] = ["src/base", "src/model", "src/language", "src/delivery", "src/greenhouse/directory"];

struct File {
    /// From the package's folder: `src/engine/run/push.rs`.
    name: String,
    room: String,
    /// Without comments and without what is compiled for tests alone.
    code: String,
    lines: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<File> {
    let mut paths: Vec<PathBuf> = glob::glob(&format!("{}/{folder}/**/*.rs", root().display())).unwrap().map(Result::unwrap).collect();
    // What the fuzz targets were built into.
    paths.retain(|path| !path.starts_with(root().join("tests/fuzz/target")));
    paths.sort();
    assert!(paths.len() > 5, "no files in {folder}");
    paths.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> File {
    let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let room = name.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned();
    let for_tests = name.split('/').skip(2).any(|part| ["tests", "testing"].contains(&part.trim_end_matches(".rs")));
    let code = if for_tests { String::new() } else { without_tests(&text) };
    File { name, room, code, lines: text.lines().count() }
}

/// Test modules stand at the end of a file.
fn without_tests(text: &str) -> String {
    let cut = Regex::new(r"(?m)^#\[cfg\(test\)\]\nmod \w+ \{").unwrap();
    let text = cut.find(text).map_or(text, |found| &text[..found.start()]);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The rooms in their order, as the list in `lib.rs` numbers them.
fn order() -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let line = Regex::new(r"(?m)^//! (\d+)\. `(\w+)` – ").unwrap();
    let rooms: Vec<_> = line.captures_iter(&text).map(|found| (found[1].parse::<usize>().unwrap(), found[2].to_owned())).collect();
    for (index, (number, room)) in rooms.iter().enumerate() {
        assert_eq!(*number, index + 1, "the list in src/lib.rs does not count on at `{room}`");
    }
    rooms.into_iter().map(|(number, room)| (room, number)).collect()
}

/// Every room that the code names by `crate::`, also in a group.
fn named(code: &str) -> Vec<String> {
    let path = Regex::new(r"\bcrate::(\w+|\{)").unwrap();
    let mut rooms = Vec::new();
    for found in path.captures_iter(code) {
        match &found[1] {
            "{" => rooms.extend(heads(&code[found.get(0).unwrap().end()..])),
            room => rooms.push(room.to_owned()),
        }
    }
    rooms
}

/// The first word of each item of a group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut item) = (0, Vec::new(), String::new());
    for sign in group.chars() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(sign),
            _ => {}
        }
    }
    heads.push(item);
    let word = |item: String| item.trim().split("::").next().unwrap_or_default().split(' ').next().unwrap_or_default().to_owned();
    heads.into_iter().map(word).filter(|word| !word.is_empty()).collect()
}

#[test]
fn each_room_knows_only_those_above_it() {
    let order = order();
    let mut wrong = Vec::new();
    for file in files("src").iter().filter(|file| !["lib", "main", "fuzzing"].contains(&file.room.as_str())) {
        let Some(own) = order.get(&file.room) else {
            wrong.push(format!("{}: `{}` is not in the list of src/lib.rs", file.name, file.room));
            continue;
        };
        for room in named(&file.code) {
            match order.get(&room) {
                None => wrong.push(format!("{}: `crate::{room}` is no room of the list", file.name)),
                Some(other) if other > own => wrong.push(format!("{}: `{}` names `{room}`, which is below it", file.name, file.room)),
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rooms: Vec<_> = files("src").into_iter().map(|file| file.room).collect();
    for room in order.keys() {
        assert!(rooms.contains(room), "src/lib.rs lists `{room}`, which is not there");
    }
}

#[test]
fn the_scan_sees_what_it_looks_for() {
    assert_eq!(named("use crate::run::{self, News};"), ["run"]);
    assert_eq!(
        named("use crate::{candidate, exit as e, report::mask::{masked, MASK}, pipeline};"),
        ["candidate", "exit", "report", "pipeline"]
    );
    assert_eq!(named("fn f() -> crate::place::Place {}"), ["place"]);
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    let named = paths(&path("x::y"), "use super::{a::B, c::{self, D}};\nfn f() -> crate::e::F {}");
    assert_eq!(named, ["x::a::B", "x::c::self", "x::c::D", "e::F"].map(path));
    assert_eq!(without_tests("use crate::a;\n// crate::b\n#[cfg(test)]\nmod tests {\n    use crate::c;\n}\n"), "use crate::a;\n");
}

#[test]
fn only_the_command_line_and_the_report_print() {
    let print = Regex::new(r"\be?print(ln)?!|\bstd(out|err)\(\)|\bdbg!").unwrap();
    let printing: Vec<_> =
        files("src").into_iter().filter(|file| file.room != "cli" && print.is_match(&file.code)).map(|file| file.name).collect();
    assert!(printing.is_empty(), "these print: {}", printing.join(", "));
}

fn in_folder(name: &str, folder: &str) -> bool {
    name.strip_prefix(folder).is_some_and(|rest| rest.starts_with(['/', '.']))
}

#[test]
fn pure_rooms_know_no_runtime_and_no_network() {
    let impure = Regex::new(r"\b(tokio|reqwest|async|await)\b").unwrap();
    let files = files("src");
    for room in PURE {
        let named: Vec<_> =
            files.iter().filter(|file| in_folder(&file.name, room) && impure.is_match(&file.code)).map(|file| &file.name).collect();
        assert!(files.iter().any(|file| in_folder(&file.name, room)), "there is no room `{room}`");
        assert!(named.is_empty(), "`{room}` is pure, and these are not: {named:?}");
    }
}

#[test]
fn no_file_is_too_long() {
    let known = BTreeMap::from(KNOWN_LONGER);
    let mut wrong = Vec::new();
    for file in files("src").iter().chain(&files("tests")) {
        match (known.get(file.name.as_str()), file.lines) {
            (None, lines) if lines > LONGEST => wrong.push(format!("{} has {lines} lines, and a file has {LONGEST} at most", file.name)),
            (Some(most), lines) if lines > *most => wrong.push(format!("{} has grown from {most} lines to {lines}", file.name)),
            (Some(_), lines) if lines <= LONGEST => wrong.push(format!("{} is short enough: take it off the list", file.name)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every path that the code names, whole: `super::a::b` in `src/x/y.rs` is `x::a::b`. Groups are taken apart.
fn paths(module: &[String], code: &str) -> Vec<Vec<String>> {
    let start = Regex::new(r"\b(crate|self|(?:super::)*super)::").unwrap();
    let mut all = Vec::new();
    for found in start.captures_iter(code) {
        let base = match &found[1] {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            up => module[..module.len().saturating_sub(up.split("::").count())].to_vec(),
        };
        branches(&code[found.get(0).unwrap().end()..], base, &mut all);
    }
    all
}

/// Follows one path, and every branch of a group in it.
fn branches(rest: &str, mut path: Vec<String>, all: &mut Vec<Vec<String>>) {
    let word = Regex::new(r"^\s*(\w+)(::)?").unwrap();
    let mut rest = rest;
    while let Some(found) = word.captures(rest) {
        path.push(found[1].to_owned());
        rest = &rest[found.get(0).unwrap().end()..];
        if found.get(2).is_none() {
            break;
        }
    }
    match rest.strip_prefix('{') {
        Some(group) => items(group).into_iter().for_each(|item| branches(item, path.clone(), all)),
        None => all.push(path),
    }
}

/// The items of a group, up to its closing brace.
fn items(group: &str) -> Vec<&str> {
    let (mut depth, mut from, mut items) = (0, 0, Vec::new());
    for (at, sign) in group.char_indices() {
        match sign {
            '}' if depth == 0 => {
                items.push(&group[from..at]);
                break;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    items
}

fn module(name: &str) -> Vec<String> {
    name.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(str::to_owned).collect()
}

/// Which files each file names. A parent and its child may name each other.
fn uses() -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let files = files("src");
    let modules: BTreeSet<Vec<String>> = files.iter().map(|file| module(&file.name)).collect();
    let mut uses = BTreeMap::new();
    for file in &files {
        let own = module(&file.name);
        let mut named = BTreeSet::new();
        for path in paths(&own, &file.code) {
            let target = (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|path| modules.contains(path));
            named.extend(target.filter(|target| !own.starts_with(target) && !target.starts_with(&own)));
        }
        uses.insert(own, named);
    }
    uses
}

/// Where a way of uses leads back to its start.
fn circle(from: &[String], uses: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Option<String> {
    let mut ways = vec![vec![from.to_vec()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in uses.get(way.last()?).into_iter().flatten() {
                let way: Vec<_> = way.iter().chain([next]).cloned().collect();
                if next == from {
                    return Some(way.iter().map(|file| file.join("/")).collect::<Vec<_>>().join(" → "));
                }
                if seen.insert(next.clone()) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// Wings in which files still use each other in circles: a name here may only go.
const WITH_CIRCLES: [&str; 3] = ["delivery", "greenhouse", "sandbox"];

#[test]
fn no_two_files_use_each_other_in_a_circle() {
    let uses = uses();
    let circles: Vec<_> = uses.keys().filter_map(|file| circle(file, &uses)).collect();
    let is_known = |circle: &&String| WITH_CIRCLES.iter().any(|wing| circle.starts_with(&format!("{wing}/")));
    let new: Vec<_> = circles.iter().filter(|circle| !is_known(circle)).map(String::as_str).collect();
    assert!(new.is_empty(), "{}", new.join("\n"));
    for wing in WITH_CIRCLES {
        assert!(circles.iter().any(|circle| circle.starts_with(&format!("{wing}/"))), "`{wing}` has no circle left: take it off the list");
    }
}

/// Each promise of SECURITY.md names the test that holds it.
#[test]
fn the_tests_that_security_names_are_there() {
    let page = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let code: String = ["src", "tests"]
        .iter()
        .flat_map(|folder| glob::glob(&format!("{}/{folder}/**/*.rs", root().display())).unwrap())
        .map(|path| std::fs::read_to_string(path.unwrap()).unwrap())
        .collect();
    let named = Regex::new(r"`(?:((?:src|tests)/[\w/]+\.rs)(?::\s+)?)?([a-z]+(?:_[a-z]+){3,})?`").unwrap();
    let mut many = 0;
    for found in named.captures_iter(&page) {
        if let Some(path) = found.get(1) {
            assert!(root().join(path.as_str()).exists(), "SECURITY.md names {}, which is not there", path.as_str());
        }
        if let Some(test) = found.get(2) {
            many += 1;
            assert!(code.contains(&format!("fn {}()", test.as_str())), "SECURITY.md names the test {}, which is not there", test.as_str());
        }
    }
    assert!(many > 12, "{many} tests");
}
