//! Addresses: what may be requested, and how a query is encoded.

use super::Fault;
use reqwest::Url;
use std::fmt::Write as _;
use std::net::IpAddr;

/// Redirects that a reading call follows, within its host.
pub const MOST_REDIRECTS: usize = 5;

/// One component of a query, percent-encoded: everything except letters, digits and `-._~`. A `+` in an
/// e-mail address becomes `%2B`.
pub fn encoded(text: &str) -> String {
    // Growing would leave copies behind, and a text may be a secret.
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `url` with these parameters, encoded, in this order.
pub fn with_query<'a>(url: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = url.to_owned();
    for (name, value) in parameters {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&encoded(name));
        out.push('=');
        out.push_str(&encoded(value));
    }
    out
}

/// For logs: the query may hold an e-mail address, and a password may precede the host.
pub(super) fn without_query(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

/// A request's address after the check: https, or plain http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub url: Url,
    /// Host and port, which share a rate limit.
    pub host: String,
}

impl Target {
    pub fn of(url: &str) -> Result<Self, Fault> {
        let refuse = |why: &str| Err(Fault::NotSent(format!("{} {why}", without_query(url))));
        let Ok(url) = Url::parse(url) else { return refuse("is not an address: it needs a scheme and a host, as in https://example.org") };
        let Some(host) = url.host_str() else { return refuse("names no host") };
        let plain_may_pass = is_loopback(host);
        match url.scheme() {
            "https" => {}
            "http" if plain_may_pass => {}
            "http" => return refuse("is plain http, which would show everything on the way: write https"),
            _ => return refuse("is neither https nor http"),
        }
        let host = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        Ok(Self { url, host })
    }

    pub fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The target of a redirect. None if it leaves the host, because credentials stay with it, or brings its
    /// own credentials, which would replace the request's.
    pub fn redirected(&self, location: &str) -> Option<Self> {
        let url = self.url.join(location).ok()?;
        let host = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
        let signed = |url: &Url| (url.username().to_owned(), url.password().map(str::to_owned));
        (url.scheme() == self.url.scheme() && host == self.host && signed(&url) == signed(&self.url)).then_some(Self { url, host })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_with_scheme_host_and_port() {
        let target = Target::of("https://harvest.example.org/v3/users?page=1").unwrap();
        let leads = |location: &str| target.redirected(location).map(|to| to.url.to_string());
        assert_eq!(leads("/v3/other").as_deref(), Some("https://harvest.example.org/v3/other"));
        assert_eq!(leads("https://harvest.example.org:443/x").as_deref(), Some("https://harvest.example.org/x"));
        for elsewhere in [
            "http://harvest.example.org/x",
            "http://harvest.example.org:443/x",
            "https://harvest.example.org:8443/x",
            "https://example.org/x",
            "https://harvest.example.org.evil.example/x",
            "https://harvest.example.org@evil.example/x",
            "//evil.example/x",
            "\\\\evil.example\\x",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            assert_eq!(leads(elsewhere), None, "{elsewhere}");
        }
    }
}
