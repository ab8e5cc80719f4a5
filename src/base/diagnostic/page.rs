//! What a code means: a page for each, with an example that is wrong and the same put right.
//!
//! The pages are `pages/CODE.md`: a sentence, some paragraphs, then fenced blocks. Those below `Wrong:` and `Right:` are the two
//! examples; those above belong to both. A block's words are its language and, for a file that is not the pipeline itself, its name.

use super::Code;

/// A code's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub code: Code,
    /// One sentence.
    pub summary: &'static str,
    /// Each on one line, however it is broken in the file.
    pub paragraphs: Vec<String>,
    /// Files that both examples need.
    pub beside: Vec<Example>,
    /// Gives this code, and no other.
    pub wrong: Vec<Example>,
    /// Gives none.
    pub right: Vec<Example>,
}

/// A file, or a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// `yaml`, or `sh` for a command line.
    pub language: &'static str,
    /// Its path in the workspace; nothing for some sections of a pipeline, the others being as they should.
    pub file: Option<&'static str>,
    pub text: &'static str,
}

impl Page {
    /// Reads a page; `text` is one of the files.
    pub(super) fn read(code: Code, text: &'static str) -> Self {
        let (summary, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut page = Self { code, summary, paragraphs: Vec::new(), beside: Vec::new(), wrong: Vec::new(), right: Vec::new() };
        let mut part = Part::Beside;
        // Prose and fenced blocks, by turns.
        for (number, piece) in rest.split("```").enumerate() {
            if number % 2 == 0 {
                for paragraph in piece.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
                    match paragraph {
                        "Wrong:" => part = Part::Wrong,
                        "Right:" => part = Part::Right,
                        _ => page.paragraphs.push(paragraph.replace('\n', " ")),
                    }
                }
            } else if let Some((words, text)) = piece.split_once('\n') {
                let (language, file) = words.split_once(' ').map_or((words, None), |(language, file)| (language, Some(file.trim())));
                let examples = match part {
                    Part::Beside => &mut page.beside,
                    Part::Wrong => &mut page.wrong,
                    Part::Right => &mut page.right,
                };
                examples.push(Example { language, file, text });
            }
        }
        page
    }
}

enum Part {
    Beside,
    Wrong,
    Right,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_whole_page() {
        for code in Code::ALL {
            let page = code.page();
            assert!(page.summary.ends_with('.') && page.summary.len() < 120, "{code}: {}", page.summary);
            assert!(!page.paragraphs.is_empty() && !page.wrong.is_empty() && !page.right.is_empty(), "{code}");
            let blocks = || page.beside.iter().chain(&page.wrong).chain(&page.right);
            assert!(blocks().all(|block| ["yaml", "sh"].contains(&block.language)), "{code}");
            assert!(blocks().flat_map(|block| block.text.lines()).all(|line| line.chars().count() < 80), "{code}: fits a narrow terminal");
        }
    }

    #[test]
    fn a_page_is_cut_where_its_words_say() {
        let text =
            "A sentence.\n\nOne\nparagraph.\n\n```yaml a.yaml\nk: 1\n```\n\nWrong:\n\n```yaml\nk: 2\n```\n\nRight:\n\n```sh\nls\n```\n";
        let page = Page::read(Code::Circle, text);
        let example = |language, file, text| vec![Example { language, file, text }];
        assert_eq!(page.paragraphs, ["One paragraph."]);
        assert_eq!(page.beside, example("yaml", Some("a.yaml"), "k: 1\n"));
        assert_eq!(page.wrong, example("yaml", None, "k: 2\n"));
        assert_eq!(page.right, example("sh", None, "ls\n"));
    }
}
