//! `hireline explain`: what a code means.

use super::{Failure, Result, print};
use crate::base::diagnostic::{Code, Example, Page, nearest};
use crate::cli::exit;
use crate::cli::report::diagnostics::{NARROWEST, Style, wrapped};
use anstyle::AnsiColor;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// A code, as `check` shows it in brackets: `unknown-key`. All codes, a line each, where none is given
    code: Option<String>,
}

pub(super) fn explain(options: &Options) -> Result<u8> {
    let Some(written) = &options.code else {
        print::text(&list(print::style()));
        return Ok(exit::WELL);
    };
    // As somebody copies it from `error[unknown-key]: …`.
    let inside = written.split_once('[').map_or(written.as_str(), |(_, code)| code);
    let wanted = inside.trim_end_matches([':', ']']).trim().to_ascii_lowercase().replace([' ', '_'], "-");
    match Code::ALL.iter().find(|code| code.as_str() == wanted) {
        Some(code) => {
            print::text(&page(&code.page(), print::style()));
            Ok(exit::WELL)
        }
        None => Err(Failure::wrong(unknown(written, &wanted))),
    }
}

fn unknown(written: &str, wanted: &str) -> String {
    let known = Code::ALL.iter().map(|code| code.as_str());
    let near = nearest(wanted, known.clone()).or_else(|| known.clone().find(|code| !wanted.is_empty() && code.contains(wanted)));
    match near {
        Some(near) => format!("there is no code `{written}`: did you mean `{near}`?"),
        None => format!("there is no code `{written}`: `hireline explain` lists them all"),
    }
}

fn list(style: Style) -> String {
    let longest = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for code in Code::ALL {
        let bold = bold(style);
        let summary = indented(&wrapped(code.page().summary, style.width.max(NARROWEST), longest + 2), longest + 2);
        let _never_fails = writeln!(text, "{bold}{:longest$}{bold:#}  {summary}", code.as_str());
    }
    text
}

fn page(page: &Page, style: Style) -> String {
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

        Hireline cannot know which one you mean. Write
        `LIBRARY.NAME` to name one exactly. For a variable, set it
        under `vars:` of the file that imports both.

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
