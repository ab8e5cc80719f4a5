//! The kinds of text that a candidate holds, each with the pattern that says the same to a JSON Schema.

use jiff::{Timestamp, civil};

pub const NOT_BLANK: &str = r"\S";
/// The calendar itself (no 30th of February) is the schema's `format`.
pub const DATE: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
pub const DATE_TIME: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
pub const EMAIL: &str = r#"^[^\s@<>(),;:"\[\]\\]+@[^\s@<>(),;:"\[\]\\.]+(\.[^\s@<>(),;:"\[\]\\.]+)+$"#;
pub const EMAIL_LENGTH: usize = 254;
pub const URL: &str = r"^https?://\S+$";

/// The alphabet of RFC 4648 with its padding, on one line.
pub const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$";

/// YYYY-MM-DD or RFC 3339, a day that the calendar has.
pub fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !bytes.is_ascii() || bytes.len() < 10 || !day_looks_right(bytes) {
        return false;
    }
    let (day, time) = text.split_at(10);
    day.parse::<civil::Date>().is_ok() && (time.is_empty() || (time_looks_right(time.as_bytes()) && text.parse::<Timestamp>().is_ok()))
}

fn day_looks_right(bytes: &[u8]) -> bool {
    bytes.iter().take(10).enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() })
}

/// `T15:25:07`, a fraction of up to nine digits, then `Z` or `+00:00`.
fn time_looks_right(bytes: &[u8]) -> bool {
    let Some((clock, rest)) = bytes.split_at_checked(9) else { return false };
    let fits = |pattern: &[u8], bytes: &[u8]| {
        pattern.len() == bytes.len() && pattern.iter().zip(bytes).all(|(p, b)| if *p == b'0' { b.is_ascii_digit() } else { p == b })
    };
    let below = |bytes: Option<&[u8]>, limit: &[u8]| bytes.is_some_and(|bytes| bytes < limit);
    let clock_fits =
        fits(b"T00:00:00", clock) && below(clock.get(1..3), b"24") && below(clock.get(4..6), b"60") && below(clock.get(7..9), b"60");
    let zone = match rest.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
        _ => rest,
    };
    let offset = |sign: &[u8]| fits(sign, zone) && below(zone.get(1..3), b"24") && below(zone.get(4..6), b"60");
    clock_fits && (zone == b"Z" || offset(b"+00:00") || offset(b"-00:00"))
}

/// One `@`, no white space, a domain with a dot. What a mail server would say only a mail server knows.
pub fn is_email(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || r#"@<>(),;:"[]\"#.contains(c));
    let Some((local, domain)) = text.split_once('@') else { return false };
    text.chars().count() <= EMAIL_LENGTH && plain(local) && domain.contains('.') && domain.split('.').all(plain)
}

/// What can be read back as bytes: Greenhouse keeps other text as a file that nobody can open.
pub fn is_base64(text: &str) -> bool {
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    !text.is_empty() && text.len().is_multiple_of(4) && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// An address as a request can carry it: spaces, other letters and signs that no address has are percent-encoded; what is encoded stays.
/// None where it is no address of the web.
pub fn web_address(text: &str) -> Option<String> {
    let text = text.trim();
    let is_scheme = |scheme: &&str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let scheme = ["https://", "http://"].into_iter().find(is_scheme)?;
    let rest = text.get(scheme.len()..)?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let has_no_meaning = |c: char| c.is_whitespace() || c.is_control() || r#""<>\^`{|}"#.contains(c);
    if host.is_empty() || host.contains(has_no_meaning) {
        return None;
    }
    // Letters outside of ASCII in a host's name are written in punycode; this also knows which hosts and ports cannot be.
    let known = url::Url::parse(&format!("{scheme}{host}")).ok()?;
    let host = if host.is_ascii() { host.to_owned() } else { known[url::Position::BeforeUsername..url::Position::AfterPort].to_owned() };
    let mut address = format!("{scheme}{host}");
    for (at, c) in path.char_indices() {
        let is_encoded = || path.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match c {
            '\t' | '\n' | '\r' => {}
            '%' if !is_encoded() => address.push_str("%25"),
            c if c.is_ascii() && !has_no_meaning(c) => address.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| address.push_str(&format!("%{byte:02X}"))),
        }
    }
    Some(address)
}

pub fn is_url(text: &str) -> bool {
    web_address(text).is_some() && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_one_that_a_request_can_carry() {
        let rows = [
            "https://files.example.org/cv.pdf?sign=a%2Fb+c&d=e'f#1",
            " HTTPS://files.example.org/Ada Lovelace/CV Zélie \"2026\".pdf ",
            "https://files.example.org/100%/a%20b/%zz",
            "https://files.example.org/a\n b?q=<x>|y[]",
            "http://[::1]:8080",
            "https://exämple.org:8443/é",
            "https:///cv.pdf",
            "https://files.example.org:99999/cv.pdf",
            "https://files.example.org\\cv.pdf",
            "https://files example.org/cv.pdf",
            "https://",
            "ftp://files.example.org/cv.pdf",
            "//files.example.org/cv.pdf",
            "cv.pdf",
        ];
        let told = rows.map(|text| format!("{text:?}: {}\n", web_address(text).as_deref().unwrap_or("-"))).concat();
        insta::assert_snapshot!(told, @r#"
        "https://files.example.org/cv.pdf?sign=a%2Fb+c&d=e'f#1": https://files.example.org/cv.pdf?sign=a%2Fb+c&d=e'f#1
        " HTTPS://files.example.org/Ada Lovelace/CV Zélie \"2026\".pdf ": https://files.example.org/Ada%20Lovelace/CV%20Z%C3%A9lie%20%222026%22.pdf
        "https://files.example.org/100%/a%20b/%zz": https://files.example.org/100%25/a%20b/%25zz
        "https://files.example.org/a\n b?q=<x>|y[]": https://files.example.org/a%20b?q=%3Cx%3E%7Cy[]
        "http://[::1]:8080": http://[::1]:8080
        "https://exämple.org:8443/é": https://xn--exmple-cua.org:8443/%C3%A9
        "https:///cv.pdf": -
        "https://files.example.org:99999/cv.pdf": -
        "https://files.example.org\\cv.pdf": -
        "https://files example.org/cv.pdf": -
        "https://": -
        "ftp://files.example.org/cv.pdf": -
        "//files.example.org/cv.pdf": -
        "cv.pdf": -
        "#);
        for made in rows.into_iter().filter_map(web_address) {
            assert!(is_url(&made) && web_address(&made).as_deref() == Some(&made), "{made}");
        }
    }
}
