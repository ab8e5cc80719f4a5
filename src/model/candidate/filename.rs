//! The name under which a file is shown: a name alone, that no system takes for anything else.

/// No longer than any file system and any list takes, in characters.
const LONGEST: usize = 120;

/// Without folders, control characters, signs that turn the writing's direction, and what a name must not hold on some system. Its ending stays.
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let kept = last.chars().filter(|c| !c.is_control() && !turns(*c));
    let kept: String = kept.map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c }).collect();
    let kept = kept.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    match kept {
        "" => "attachment".to_owned(),
        kept => shortened(kept),
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() < 10 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let stem: String = stem.chars().take(LONGEST - ending.chars().count()).collect();
    format!("{}{ending}", stem.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_alone() {
        let cases = [
            ("cv.pdf", "cv.pdf"),
            (" Lebenslauf Zoë Müller (2026).pdf ", "Lebenslauf Zoë Müller (2026).pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\Ada\\cv.docx", "cv.docx"),
            ("/tmp/", "tmp"),
            ("..", "attachment"),
            ("", "attachment"),
            (".pdf", "pdf"),
            ("cv\u{0}\r\n.pdf", "cv.pdf"),
            ("cv\u{202e}fdp.exe", "cvfdp.exe"),
            ("a:b?\"c\".pdf", "a_b__c_.pdf"),
            ("cv.pdf...", "cv.pdf"),
        ];
        for (name, cleaned) in cases {
            assert_eq!(clean(name), cleaned);
            assert_eq!(clean(cleaned), cleaned, "again");
        }
        let long = clean(&format!("{}.pdf", "é".repeat(400)));
        assert!(long.chars().count() == LONGEST && long.ends_with("é.pdf"), "{long}");
    }
}
