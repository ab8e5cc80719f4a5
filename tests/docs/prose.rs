//! Plain English: none of these words is in the handbook, in `--help` or in the program's messages.

use super::blocks::{pages, root};
use super::commands::run;
use regex::Regex;

/// What not to write, and what to write instead.
const BANNED: [(&str, &str); 18] = [
    ("mend(s|ed|ing)?", "fix"),
    ("told|tells", "report, show, say"),
    ("stands|stood", "is"),
    ("behind (it|them)", "after"),
    ("beside", "next to, in addition to"),
    ("nobody|somebody|whoever", "no candidate, a person, the profiles that …"),
    ("meanwhile", "in that time"),
    ("is no", "is not a"),
    ("as written|at its place", "unchanged, the file and line"),
    ("comes? (to|of)|came (to|of)", "results in, is caused by"),
    ("brings? about|brought about", "create, do"),
    ("lives? by", "needs"),
    ("of (ours|theirs)", "created by Hireline, already in Greenhouse"),
    ("a moment ago", "the time or the event"),
    ("go(es)? on|went on", "continue"),
    ("hangs? on|hung on", "belongs to"),
    ("slip of the pen", "typing error"),
    ("what (becomes|became|is to become) of", "the result of"),
];

/// Plain English that the patterns above would find.
const FINE: &str = "tells (you|Hireline)|there is no|is no longer";

/// Such words that are still in `--help` and in messages. These numbers may only become smaller.
const KNOWN_IN_HELP: usize = 18;
const KNOWN_IN_MESSAGES: usize = 81;

struct Check {
    fine: Regex,
    any: Regex,
    banned: Vec<(Regex, &'static str)>,
}

impl Check {
    fn new() -> Self {
        let word = |pattern: &str| Regex::new(&format!(r"(?i)\b({pattern})\b")).unwrap();
        let any = word(&BANNED.map(|(pattern, _)| pattern).join("|"));
        let banned = BANNED.iter().map(|(pattern, instead)| (word(pattern), *instead)).collect();
        Self { fine: word(FINE), any, banned }
    }

    /// Each banned word of a text, with its line.
    fn found(&self, text: &str) -> Vec<(usize, String)> {
        let mut all = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| self.any.is_match(line)) {
            let line = self.fine.replace_all(line, "");
            let words = self.banned.iter().filter_map(|(word, instead)| Some((word.find(&line)?.as_str(), instead)));
            all.extend(words.map(|(word, instead)| (number + 1, format!("`{word}`; write: {instead}"))));
        }
        all
    }

    fn listed(&self, name: &str, text: &str) -> Vec<String> {
        self.found(text).into_iter().map(|(line, found)| format!("{name}:{line}: {found}")).collect()
    }
}

fn assert_known(known: usize, found: &[String]) {
    assert!(found.len() <= known, "{} banned words, and there were {known}:\n{}", found.len(), found.join("\n"));
}

/// A page without code, and without what the program prints or generates. Line numbers stay.
fn prose(page: &str) -> String {
    let printed = Regex::new(r"(?ms)^```.*?^```$|^<!-- generated -->$.*?^<!-- end of what is generated -->$|`[^`\n]+`").unwrap();
    printed.replace_all(page, |found: &regex::Captures| "\n".repeat(found[0].matches('\n').count())).into_owned()
}

#[test]
fn the_handbook_is_plain_english() {
    let (check, mut found) = (Check::new(), Vec::new());
    for page in pages() {
        found.extend(check.listed(&page.path.display().to_string(), &prose(&page.text)));
    }
    for path in glob::glob(&format!("{}/src/authoring/init/folder/*.*", root().display())).unwrap().map(Result::unwrap) {
        found.extend(check.listed(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap()));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_verbs_help_is_plain_english() {
    let check = Check::new();
    let folder = tempfile::tempdir().unwrap();
    let (printed, code) = run(&["man", "--out", "pages"].map(str::to_owned), folder.path());
    assert_eq!(code, 0, "{printed:?}");
    let pages: Vec<_> = std::fs::read_dir(folder.path().join("pages")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 20, "{pages:?}");
    let found = pages.iter().flat_map(|page| check.listed(&page.display().to_string(), &std::fs::read_to_string(page).unwrap()));
    assert_known(KNOWN_IN_HELP, &found.collect::<Vec<_>>());
}

/// The string literals of the program itself, a line each.
fn messages(code: &str) -> String {
    let tests = Regex::new(r"(?m)^#\[cfg\(test\)\]\nmod \w+ \{").unwrap();
    let code = tests.find(code).map_or(code, |found| &code[..found.start()]);
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let literal = Regex::new(r#"(?s)"((?:[^"\\]|\\.)*)""#).unwrap();
    literal.captures_iter(&code).map(|found| format!("{}\n", found[1].replace('\n', " "))).collect()
}

#[test]
fn messages_are_plain_english() {
    let check = Check::new();
    let for_tests = Regex::new(r"/tests?(/|\.rs$)|/testing").unwrap();
    let mut all = Vec::new();
    for path in glob::glob(&format!("{}/src/**/*.rs", root().display())).unwrap().map(Result::unwrap) {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        if for_tests.is_match(&name) {
            continue;
        }
        let text = messages(&std::fs::read_to_string(&path).unwrap());
        let lines: Vec<&str> = text.lines().collect();
        let found = check.found(&text).into_iter().map(|(line, found)| format!("{name}: {found}\n    {}", lines[line - 1]));
        all.extend(found);
    }
    assert_known(KNOWN_IN_MESSAGES, &all);
}

#[test]
fn the_check_finds_what_it_looks_for() {
    let found = Check::new().found("Fix it.\nHireline tells you so, and there is no other.\nNobody Stands beside it.");
    let found: Vec<_> = found.iter().map(|(line, found)| format!("{line}: {}", found.split(';').next().unwrap())).collect();
    assert_eq!(found, ["3: `Stands`", "3: `beside`", "3: `Nobody`"]);
    assert_eq!(messages("// \"a\"\nlet a = \"b\\\"c\n d\";\n#[cfg(test)]\nmod tests {\n    let c = \"e\";\n}\n"), "b\\\"c  d\n");
    assert_eq!(prose("a\n```text\nb\n```\nc `told` d\n"), "a\n\n\n\nc  d\n");
}
