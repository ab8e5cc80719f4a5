//! Links between pages and citations in comments lead somewhere.

use super::blocks::{pages, root};

#[test]
fn every_link_between_pages_leads_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)#:]+)(?:#([^)]+))?\)").unwrap();
    for page in pages() {
        for found in link.captures_iter(&page.text) {
            let target = page.path.parent().unwrap().join(&found[1]);
            assert!(target.exists(), "{}: {} is not there", page.path.display(), &found[1]);
            if let Some(heading) = found.get(2) {
                let text = std::fs::read_to_string(&target).unwrap();
                let there = text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading.as_str());
                assert!(there, "{}: {} has no heading #{}", page.path.display(), &found[1], heading.as_str());
            }
        }
    }
}

fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_').map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What comments cite is in the repository: pages by their path, rules by the numbers of `docs/delivery.md`.
#[test]
fn every_citation_in_the_code_leads_somewhere() {
    let page = regex::Regex::new(r"\bdocs/[a-z-]+\.md\b").unwrap();
    let rule = regex::Regex::new(r"\bR[0-9]+\b").unwrap();
    let rules = std::fs::read_to_string(root().join("docs/delivery.md")).unwrap();
    let files = ["src", "tests"].map(|folder| glob::glob(&format!("{}/{folder}/**/*.rs", root().display())).unwrap());
    let mut cited = 0;
    for path in files.into_iter().flatten().map(Result::unwrap) {
        let text = std::fs::read_to_string(&path).unwrap();
        for comment in text.lines().filter_map(|line| Some(&line[line.find("// ").or(line.find("//! ")).or(line.find("/// "))?..])) {
            for found in page.find_iter(comment) {
                assert!(root().join(found.as_str()).exists(), "{}: {} is missing", path.display(), found.as_str());
            }
            for found in rule.find_iter(comment) {
                cited += 1;
                assert!(rules.contains(&format!("**{}. ", found.as_str())), "{}: no rule {}", path.display(), found.as_str());
            }
        }
    }
    assert!(cited > 40, "{cited} rules are cited");
}
