//! What an answer's headers say: when to come back, how much is left, where the next page is.

use super::Answer;
use super::pace::{RateHeaders, Reset};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The host's own clock, where the answer has a date.
pub(crate) fn date(answer: &Answer) -> Option<SystemTime> {
    answer.header("date").and_then(|text| httpdate::parse_http_date(text).ok())
}

/// The longest wait; longer ones are cut to it.
const FOR_EVER: u64 = u32::MAX as u64;

/// Retry-After: seconds, or a date against the answer's own Date (this machine's clock may be wrong). A date that has passed is now;
/// what cannot be read, a negative number for instance, counts as absent; what is beyond all bounds as for ever.
pub fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(FOR_EVER))
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        until.duration_since(date(answer).unwrap_or_else(SystemTime::now)).unwrap_or_default()
    };
    Some(wait.min(Duration::from_secs(FOR_EVER)))
}

/// No host means more requests than these in one window; so far, numbers can be added to each other.
const MOST_REQUESTS: u32 = 1_000_000;

/// X-RateLimit-Limit, -Remaining and -Reset. None where the host gives no rate. Where a header comes twice, the lowest number counts.
pub fn rate(answer: &Answer) -> Option<RateHeaders> {
    let number = |text: &str| text.trim().parse::<u64>().ok().map(|number| u32::try_from(number).unwrap_or(u32::MAX).min(MOST_REQUESTS));
    let numbers = |name: &str| answer.headers.iter().filter(|(header, _)| header == name).filter_map(|(_, value)| number(value)).min();
    let date = date(answer).map(|date| date.duration_since(UNIX_EPOCH).unwrap_or_default());
    Some(RateHeaders {
        limit: numbers("x-ratelimit-limit"),
        remaining: numbers("x-ratelimit-remaining")?,
        reset: told_reset(answer),
        date: date.and_then(|date| u64::try_from(date.as_millis()).ok()),
        wait: None,
    })
}

/// X-RateLimit-Reset is seconds since the epoch. A small number can only be seconds from now.
fn told_reset(answer: &Answer) -> Option<Reset> {
    const FROM_NOW: u64 = 10_000_000;
    let seconds: u64 = answer.header("x-ratelimit-reset")?.trim().parse().ok()?;
    Some(if seconds < FROM_NOW { Reset::In(seconds) } else { Reset::At(seconds.min(FOR_EVER)) })
}

/// How far X-RateLimit-Reset is, by the host's clock.
pub(crate) fn reset(answer: &Answer) -> Option<Duration> {
    match told_reset(answer)? {
        Reset::In(seconds) => Some(Duration::from_secs(seconds)),
        Reset::At(second) => {
            let now = date(answer).unwrap_or_else(SystemTime::now).duration_since(UNIX_EPOCH).unwrap_or_default();
            Some(Duration::from_secs(second).saturating_sub(now))
        }
    }
}

/// The path of the next page below `base`, by the Link header. The host in the link is not asked: it may not be the gateway that was asked,
/// and the credentials stay where they belong.
pub fn next_path(answer: &Answer, base: &str) -> Option<String> {
    let link = answer.headers.iter().filter(|(name, _)| name == "link").find_map(|(_, value)| next_link(value))?;
    let version = base.rsplit('/').next()?;
    let marker = format!("/{version}/");
    let at = link.find(&marker)?;
    Some(link[at + marker.len() - 1..].to_owned())
}

/// The address under `rel="next"` of a Link header, wherever it leads. RFC 8288: `<address>; rel="next", <address>; rel=prev`, where rel
/// may hold several words and parameters may hold commas.
fn next_link(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (address, after) = after.split_once('>')?;
        let (parameters, after) = after.split_at(end_of_link(after));
        let is_next = unquoted_split(parameters, ';').iter().filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
            let words = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel") && words.split_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(address.trim().to_owned());
        }
        rest = after;
    }
    None
}

fn end_of_link(text: &str) -> usize {
    unquoted_split(text, ',').first().map_or(text.len(), |first| first.len())
}

fn unquoted_split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "Mon, 23 Nov 2026 10:00:00 GMT";

    fn answer(headers: &[(&str, &str)]) -> Answer {
        Answer { status: 429, headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(), body: Vec::new() }
    }

    #[test]
    fn retry_after_in_all_its_forms() {
        let seconds = |text: &str| retry_after(&answer(&[("date", NOW), ("retry-after", text)])).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("Mon, 23 Nov 2026 10:00:30 GMT"), Some(30), "by the answer's own date");
        assert_eq!(seconds("Mon, 23 Nov 2026 09:00:00 GMT"), Some(0), "a date that has passed");
        assert_eq!(seconds("-5"), None);
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds(""), None);
        assert_eq!(seconds("99999999999999999999999"), Some(FOR_EVER));
        assert_eq!(seconds("Fri, 31 Dec 9999 23:59:59 GMT"), Some(FOR_EVER));
        assert_eq!(retry_after(&answer(&[])), None);
    }

    #[test]
    fn the_rate_is_told_against_the_date() {
        let told = |headers: &[(&str, &str)]| rate(&answer(headers)).map(|r| (r.limit, r.remaining, r.reset));
        let epoch = httpdate::parse_http_date(NOW).unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let soon = (epoch + 12).to_string();
        let rate = [("date", NOW), ("x-ratelimit-limit", "75"), ("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", soon.as_str())];
        assert_eq!(told(&rate), Some((Some(75), 3, Some(Reset::At(epoch + 12)))));
        assert_eq!(super::rate(&answer(&rate)).unwrap().date, Some(epoch * 1000));
        assert_eq!(reset(&answer(&rate)), Some(Duration::from_secs(12)));
        assert_eq!(told(&rate[..3]), Some((Some(75), 3, None)));
        assert_eq!(told(&[("x-ratelimit-remaining", "9"), ("x-ratelimit-remaining", "2")]), Some((None, 2, None)), "the lowest counts");
        let from_now = [("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "20")];
        assert_eq!((told(&from_now), reset(&answer(&from_now))), (Some((None, 1, Some(Reset::In(20)))), Some(Duration::from_secs(20))));
        assert_eq!(told(&[("x-ratelimit-limit", "75")]), None);
        assert_eq!(told(&[("x-ratelimit-remaining", "-1")]), None);
        let most = [("x-ratelimit-limit", "4294967296"), ("x-ratelimit-remaining", "4294967295")];
        assert_eq!(told(&most), Some((Some(MOST_REQUESTS), MOST_REQUESTS, None)), "numbers that could not be added to");
    }

    #[test]
    fn the_next_page_is_found() {
        let next = |link: &str| next_path(&answer(&[("link", link)]), "https://gateway.example/customer/v3");
        let found = Some("/x?cursor=1,2".to_owned());
        assert_eq!(next(r#"<https://a.example/v3/x?cursor=1,2>; rel="next""#), found);
        assert_eq!(
            next(r#"<https://a.example/v3/p>; rel="prev"; title="a, <b>; rel=next", </v3/x?cursor=1,2>; title="x"; REL=next"#),
            found
        );
        assert_eq!(next(r#"</v3/x?cursor=1,2>; rel="last next""#), found);
        assert_eq!(next(r#"<https://a.example/v3/p>; rel="prev""#), None);
        assert_eq!(next(r#"<https://a.example/v1/p>; rel="next""#), None, "another version");
        assert_eq!(next("<https://a.example/v3/p"), None);
        assert_eq!(next(""), None);
        assert_eq!(next(r#"<https://u:p@b.example/v3/p>; rel="next""#), Some("/p".to_owned()), "its host and its credentials are left out");
    }
}
