//! Links between the pages lead somewhere.

use super::blocks::pages;

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
