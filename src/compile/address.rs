//! Addresses, headers' names and durations: texts with rules of their own.

use super::context::Context;
use crate::diagnostic::Code;
use crate::pipeline::secret::TextOrSecret;
use crate::settings::HeaderValue;
use crate::tree::{Kind, Tree};
use std::collections::BTreeMap;
use std::time::Duration;
use url::{Host, Url};

/// `settle` is at most a day: a person is parked that long.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Context<'_> {
    /// A base or token address: https, or plain http on this machine only; without a slash at its end. `None` where it is refused.
    pub(super) fn address(&mut self, tree: &Tree, key: &str) -> Option<String> {
        let written = tree.as_text()?.trim();
        let Ok(url) = Url::parse(written) else {
            self.error(
                Code::UnknownValue,
                tree,
                format!("`{key}` is not an address"),
                "write it whole, for example `https://gateway.example.org`",
            );
            return None;
        };
        // The address itself is not repeated: a password may stand in it.
        if !url.username().is_empty() || url.password().is_some() {
            self.error(
                Code::SecretInFile,
                tree,
                format!("`{key}` holds a user or a password"),
                "write the address without them; `auth:` and `headers:` take secrets",
            );
            return None;
        }
        if url.query().is_some() || url.fragment().is_some() {
            self.error(Code::UnknownValue, tree, format!("`{key}` has a `?` or a `#` in it"), "write the address without what follows it");
            return None;
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                let help = format!(
                    "write `https://{}`; plain http is for this machine only (127.0.0.1, localhost)",
                    written.trim_start_matches("http://")
                );
                self.error(
                    Code::PlainHttp,
                    tree,
                    format!("`{key}` is plain http: people's data and secrets would go out in the clear"),
                    help,
                );
                return None;
            }
            _ => {
                self.error(Code::UnknownValue, tree, format!("`{key}` is not an https address"), "write it as `https://…`");
                return None;
            }
        }
        Some(written.trim_end_matches('/').to_owned())
    }

    /// `headers:`, with names that HTTP takes, and no secret written out.
    pub(super) fn headers(
        &mut self,
        headers: &BTreeMap<String, TextOrSecret>,
        tree: Option<&Tree>,
        taken: &[&str],
    ) -> Vec<(String, HeaderValue)> {
        let mut list = Vec::new();
        // In the order in which they were written.
        for entry in tree.and_then(Tree::as_map).unwrap_or_default() {
            let key = Tree { place: entry.key_place.clone(), kind: Kind::Null };
            if !self.header_name(&key, &entry.key) {
                continue;
            }
            if let Some(owner) = taken.iter().find(|name| name.eq_ignore_ascii_case(&entry.key)) {
                self.error(
                    Code::ConflictingKeys,
                    &key,
                    format!("`{owner}` is a header that hireline sets itself"),
                    "take it out here; `auth:`, `api_key:` and `on_behalf_of:` set it",
                );
                continue;
            }
            match headers.get(&entry.key) {
                Some(TextOrSecret::Text(text)) => list.extend(self.plain_header(&entry.key, text, &entry.value)),
                Some(TextOrSecret::Secret(secret)) => {
                    if let Some(secret) = self.secret(secret, &entry.value) {
                        list.push((entry.key.clone(), HeaderValue::Secret(secret)));
                    }
                }
                None => {}
            }
        }
        list
    }

    fn plain_header(&mut self, name: &str, text: &str, tree: &Tree) -> Option<(String, HeaderValue)> {
        let folded = name.to_ascii_lowercase();
        if ["key", "token", "secret", "password", "authorization", "cookie"].iter().any(|word| folded.contains(word)) {
            let variable = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let help = format!("write `{name}: {{ env: {variable} }}`, and set that variable where hireline runs");
            self.error(Code::SecretInFile, tree, format!("the header `{name}` is a secret, and secrets are not written into files"), help);
            return None;
        }
        if !text.chars().all(|c| matches!(c, ' '..='~')) {
            self.error(
                Code::UnknownValue,
                tree,
                format!("the header `{name}` has a character that HTTP does not take"),
                "write it in ASCII, on one line",
            );
            return None;
        }
        Some((name.to_owned(), HeaderValue::Text(text.to_owned())))
    }

    pub(super) fn header_name(&mut self, tree: &Tree, name: &str) -> bool {
        let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        if !good {
            self.error(
                Code::UnknownValue,
                tree,
                "this is not the name of a header",
                "a header's name has letters, digits and hyphens, for example `X-API-KEY`",
            );
        }
        good
    }

    /// `120s`, `2m`, `1h`, or a number of seconds.
    pub(super) fn duration(&mut self, tree: &Tree, key: &str) -> Option<Duration> {
        let found = match &tree.kind {
            Kind::Number(number) => number.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            Kind::Text(text) => parse_duration(&text.value),
            _ => None,
        };
        match found {
            Some(duration) if duration <= LONGEST => Some(duration),
            Some(_) => {
                self.error(Code::WrongType, tree, format!("`{key}` is at most a day"), format!("write `{key}: 120s`"));
                None
            }
            None => {
                self.error(
                    Code::WrongType,
                    tree,
                    format!("`{key}` is a duration; this is none"),
                    format!("write seconds, minutes or hours: `{key}: 120s`, `{key}: 2m`"),
                );
                None
            }
        }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim() {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 60 * 60,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
