//! The pages of the codes, on a terminal.

use super::diagnostics::{NARROWEST, Style, wrapped};
use crate::diagnostic::{Code, Example, Page};
use anstyle::AnsiColor;
use std::fmt::Write;

/// All codes, a line each.
pub fn list(style: Style) -> String {
    let longest = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for code in Code::ALL {
        let bold = bold(style);
        let summary = indented(&wrapped(code.page().summary, style.width.max(NARROWEST), longest + 2), longest + 2);
        let _never_fails = writeln!(text, "{bold}{:longest$}{bold:#}  {summary}", code.as_str());
    }
    text
}

/// One page.
pub fn page(page: &Page, style: Style) -> String {
    let width = style.width.clamp(NARROWEST, WIDEST);
    let bold = bold(style);
    let mut text = format!("{bold}{}{bold:#}\n\n{}\n", page.code, wrapped(page.summary, width, 0));
    for paragraph in &page.paragraphs {
        let _never_fails = write!(text, "\n{}\n", wrapped(paragraph, width, 0));
    }
    text += &examples("With these files:", &page.beside, bold);
    text += &examples("Wrong:", &page.wrong, colour(style, AnsiColor::Red));
    text += &examples("Right:", &page.right, colour(style, AnsiColor::Green));
    text
}

/// Longer lines are hard to read.
const WIDEST: usize = 100;

fn examples(title: &str, examples: &[Example], style: anstyle::Style) -> String {
    let mut text = String::new();
    if !examples.is_empty() {
        let _never_fails = write!(text, "\n{style}{title}{style:#}\n");
    }
    for example in examples {
        let name = example.file.map_or(String::new(), |file| format!("    # {file}\n"));
        let body: String = example.text.lines().map(|line| format!("    {line}\n")).collect();
        let _never_fails = write!(text, "\n{name}{body}");
    }
    text
}

fn indented(text: &str, columns: usize) -> String {
    text.replace('\n', &format!("\n{:columns$}", ""))
}

fn bold(style: Style) -> anstyle::Style {
    if style.colour { anstyle::Style::new().bold() } else { anstyle::Style::new() }
}

fn colour(style: Style, colour: AnsiColor) -> anstyle::Style {
    if style.colour { colour.on_default().bold() } else { anstyle::Style::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_as_people_see_it() {
        let style = Style { width: 60, ..Style::default() };
        insta::assert_snapshot!(page(&Code::AmbiguousName.page(), style), @r#"
        ambiguous-name

        Two imports define the same name.

        Which one was meant cannot be guessed. `LIBRARY.NAME` names
        one exactly; a variable is decided by setting it under
        `vars:` of the file that imports both.

        With these files:

            # shared/sales.yaml
            version: 1
            library: sales
            filters:
              seniors: { keep: "@.experiences_duration >= 5" }

            # shared/tech.yaml
            version: 1
            library: tech
            filters:
              seniors: { keep: "@.experiences_duration >= 3" }

        Wrong:

            imports: [shared/sales.yaml, shared/tech.yaml]
            filters:
              - seniors

        Right:

            imports: [shared/sales.yaml, shared/tech.yaml]
            filters:
              - tech.seniors
        "#);
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        for width in [60, 80] {
            let style = Style { width, ..Style::default() };
            let pages: Vec<String> = Code::ALL.iter().map(|code| page(&code.page(), style)).chain([list(style)]).collect();
            for line in pages.iter().flat_map(|page| page.lines()).filter(|line| !line.starts_with("    ") || line.trim_start().len() < 50)
            {
                assert!(line.chars().count() <= width, "{line}");
            }
        }
    }
}
