//! What a predicate says that is right in itself, and yet can hardly be meant.

use super::Misreading;
use super::lexer::{Kind, Token};
use crate::diagnostic::Code;
use crate::profile::is_blank_text;

/// Comparisons of a profile's member with something blank: after normalisation nothing blank is left in a profile, so the answer is always the same.
pub(super) fn cautions(tokens: &[Token<'_>], text: &str) -> Vec<Misreading> {
    let operators = tokens.iter().enumerate().filter(|(_, token)| token.is("==") || token.is("!="));
    operators.filter_map(|(index, operator)| with_blank(tokens, index, operator, text)).collect()
}

fn with_blank(tokens: &[Token<'_>], index: usize, operator: &Token<'_>, text: &str) -> Option<Misreading> {
    let (before, behind) = (tokens.get(..index)?, tokens.get(index + 1..)?);
    let path = if behind.first().is_some_and(is_blank) {
        before.iter().rposition(|token| !is_step(token)).and_then(|begin| before.get(begin..))?
    } else if before.last().is_some_and(is_blank) {
        let end = behind.iter().skip(1).position(|token| !is_step(token)).map_or(behind.len(), |steps| steps + 1);
        behind.get(..end)?
    } else {
        return None;
    };
    let (first, last) = (path.first().filter(|token| token.kind == Kind::Current)?, path.last()?);
    let path = text.get(first.start..last.end())?;
    let (answer, instead) = if operator.is("==") { ("never", format!("!{path}")) } else { ("always", path.to_owned()) };
    let start = first.start.min(before.last().filter(|token| is_blank(token)).map_or(usize::MAX, |token| token.start));
    let end = last.end().max(behind.first().filter(|token| is_blank(token)).map_or(0, Token::end));
    let message = format!("nothing blank is left in a profile, so this is {answer} true");
    Some(
        Misreading::new(message, start, end)
            .code(Code::PointlessTest)
            .help(format!("whether something is there is asked by its path alone: `{instead}`")),
    )
}

fn is_blank(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Word => token.text == "null",
        Kind::Text => is_blank_text(token.text.trim_matches(['\'', '"'])),
        _ => false,
    }
}

/// What may stand behind `@` in a path that finds one value.
fn is_step(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Name | Kind::Number | Kind::Text) || [".", "[", "]"].iter().any(|sign| token.is(sign))
}
