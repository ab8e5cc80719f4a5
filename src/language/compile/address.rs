//! Addresses, headers' names and durations: texts with rules of their own.

use super::context::Context;
use crate::base::diagnostic::Code;
use crate::base::secret::SecretRef;
use crate::language::yaml::{Kind, Tree};
use crate::model::settings::HeaderValue;
use std::time::Duration;
use url::{Host, Url};

/// `settle` is at most a day: a person is parked that long.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Context<'_> {
    /// A base or token address: https, or plain http on this machine only; without a slash at its end. `None`
    /// if it is refused.
    pub(super) fn address(&mut self, tree: &Tree, key: &str) -> Option<String> {
        let written = tree.as_text()?.trim();
        match refused_address(written) {
            None => Some(written.trim_end_matches('/').to_owned()),
            Some((code, message, help)) => {
                self.error(code, tree, format!("`{key}` {message}"), help);
                None
            }
        }
    }

    /// The address under a key, or the usual one.
    pub(super) fn address_or(&mut self, tree: &Tree, key: &str, usual: &str) -> Option<String> {
        match tree.get(key) {
            Some(written) => self.address(written, key),
            None => Some(usual.to_owned()),
        }
    }

    /// `headers:`, with names that HTTP takes, and no secret written out; in the order in which they were written.
    pub(super) fn headers(&mut self, tree: &Tree, taken: &[&str]) -> Vec<(String, HeaderValue)> {
        let mut list = Vec::new();
        for entry in tree.entries_of("headers") {
            let key = entry.key_tree();
            if !self.header_name(&key, &entry.key) {
                continue;
            }
            if let Some(owner) = taken.iter().find(|name| name.eq_ignore_ascii_case(&entry.key)) {
                let message = format!("`{owner}` is a header that hireline sets");
                self.error(Code::ConflictingKeys, &key, message, "remove it here; `auth:`, `api_key:` and `on_behalf_of:` set it");
                continue;
            }
            let value = match entry.value.as_text() {
                Some(text) => self.plain_header(&entry.key, text, &entry.value),
                None => self.secret(&entry.value).map(HeaderValue::Secret),
            };
            list.extend(value.map(|value| (entry.key.clone(), value)));
        }
        list
    }

    fn plain_header(&mut self, name: &str, text: &str, tree: &Tree) -> Option<HeaderValue> {
        let folded = name.to_ascii_lowercase();
        if ["key", "token", "secret", "password", "authorization", "cookie"].iter().any(|word| folded.contains(word)) {
            let variable = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let help = format!("write `{name}: {{ env: {variable} }}`, and set that variable where hireline runs");
            self.error(Code::SecretInFile, tree, format!("the header `{name}` is a secret, and secrets are not written into files"), help);
            return None;
        }
        if !text.chars().all(|c| matches!(c, ' '..='~')) {
            let message = format!("the header `{name}` has a character that HTTP does not allow");
            self.error(Code::UnknownValue, tree, message, "write it in ASCII, on one line");
            return None;
        }
        Some(HeaderValue::Text(text.to_owned()))
    }

    pub(super) fn header_name(&mut self, tree: &Tree, name: &str) -> bool {
        let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        if !good {
            let help = "a header's name has letters, digits and hyphens, for example `X-API-KEY`";
            self.error(Code::UnknownValue, tree, "this is not the name of a header", help);
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
        let (message, help) = match found {
            Some(duration) if duration <= LONGEST => return Some(duration),
            Some(_) => (format!("`{key}` is at most a day"), format!("write `{key}: 120s`")),
            None => (format!("`{key}` must be a duration"), format!("write seconds, minutes or hours: `{key}: 120s`, `{key}: 2m`")),
        };
        self.error(Code::WrongType, tree, message, help);
        None
    }
}

/// What is wrong with an address, and what to do. The address itself is not repeated: a password may be in
/// it.
fn refused_address(written: &str) -> Option<(Code, &'static str, String)> {
    let Ok(url) = Url::parse(written) else {
        let help = "write it in full, for example `https://gateway.example.org`";
        return Some((Code::UnknownValue, "is not an address", help.to_owned()));
    };
    if !url.username().is_empty() || url.password().is_some() {
        let help = "write the address without them; `auth:` and `headers:` take secrets";
        return Some((Code::SecretInFile, "holds a user or a password", help.to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        let help = "write the address without it and without what follows it";
        return Some((Code::UnknownValue, "has a `?` or a `#` in it", help.to_owned()));
    }
    match url.scheme() {
        "https" => None,
        "http" if is_loopback(&url) => None,
        "http" => {
            let rest = written.trim_start_matches("http://");
            let help = format!("write `https://{rest}`; plain http is allowed for this machine only (127.0.0.1, localhost)");
            Some((Code::PlainHttp, "is plain http: personal data and secrets would be sent unencrypted", help))
        }
        _ => Some((Code::UnknownValue, "is not an https address", "write it as `https://…`".to_owned())),
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

impl Context<'_> {
    pub(super) fn secret_at(&mut self, tree: &Tree, key: &str) -> Option<SecretRef> {
        self.secret(tree.get(key)?)
    }

    /// A block with one of `env`, `file` and `command`; nothing for a block that the walk refused already.
    pub(super) fn secret(&mut self, tree: &Tree) -> Option<SecretRef> {
        if let Some(place) = tree.get("env") {
            let name = place.as_text()?;
            if !is_variable(name) || looks_like_a_key(name) {
                let message = "`env` is the name of an environment variable; this is not one, and might be a secret";
                let help = "write the name of the variable, for example `env: HRFLOW_API_KEY`; if this was a secret and the file was shared, change it";
                self.error(Code::SecretInFile, place, message, help);
                return None;
            }
            let unset = self.loader.unset_variables && std::env::var_os(name).is_none_or(|value| value.is_empty());
            // Once a variable, wherever in the file it is named again.
            if unset && self.unset.insert(name.to_owned()) {
                let message = format!("the environment variable {name} is not set here");
                self.warning(Code::SecretUnavailable, place, message, "set it where hireline runs; `check` does not need it");
            }
            return Some(SecretRef::Env(name.to_owned()));
        }
        if let Some(path) = tree.get("file") {
            let path = path.as_text()?;
            if path.is_empty() {
                let help = "write the path of a file that holds the secret and nothing else";
                self.error(Code::UnknownValue, tree, "`file` names no file", help);
                return None;
            }
            return Some(SecretRef::File(path.into()));
        }
        let words: Vec<String> = tree.get("command")?.items().iter().filter_map(Tree::as_text).map(str::to_owned).collect();
        if words.first().is_none_or(|program| program.trim().is_empty()) {
            self.error(Code::UnknownValue, tree, "`command` names no program", "write `command: [program, argument]`");
            return None;
        }
        Some(SecretRef::Command(words))
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// HrFlow's keys have the shape of a variable's name. Source: `docs/hrflow-api.md`, "API".
fn looks_like_a_key(name: &str) -> bool {
    let key = ["ask_", "askr_", "askw_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    key.is_some_and(|key| key.len() == 32 && key.chars().all(|c| c.is_ascii_hexdigit()))
}
