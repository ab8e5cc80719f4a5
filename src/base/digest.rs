//! Hashes that reveal nothing without the key. Everything that the ledger keeps of a person is one of these.
//! Source: `docs/delivery.md`, "The rules".

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// The version of what goes into a hash; a change of it makes all older hashes differ, so it is part of each.
const VERSION: &[u8] = b"1";

/// The key below every hash, 32 random bytes. Kept next to the ledger, never in it.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash of some parts; where one part ends and the next begins counts, so ("ab", "c") and ("a", "bc") differ.
    pub fn digest(&self, parts: &[&str]) -> Digest {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("HMAC takes a key of any length"),
        };
        mac.update(VERSION);
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let mut short = [0; 16];
        short.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        Digest(short)
    }

    /// The hash of an e-mail address as people compare them: without regard to case, to compatible letters, and to how the domain is
    /// written (`münchen.example`, `xn--mnchen-3ya.example`).
    pub fn email(&self, address: &str) -> Digest {
        let address = address.trim();
        if address.is_ascii() {
            return self.digest(&["email", &address.to_lowercase()]);
        }
        let plain: String = address.nfkc().collect::<String>().to_lowercase();
        let ascii = plain.rsplit_once('@').and_then(|(local, domain)| Some(format!("{local}@{}", idna::domain_to_ascii(domain).ok()?)));
        self.digest(&["email", &ascii.unwrap_or(plain)])
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// 128 bits of an HMAC-SHA256, written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The reverse of its text; none for anything but 32 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 16];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_the_parts_and_their_borders_count() {
        let (one, two) = (Key::new([1; 32]), Key::new([2; 32]));
        assert_ne!(one.digest(&["ab", "c"]), one.digest(&["a", "bc"]));
        assert_ne!(one.digest(&["a"]), two.digest(&["a"]));
        assert_eq!(one.email(" Ada@Example.org"), one.email("ada@example.org"));
        assert_eq!(one.email("ada@München.example"), one.email("ada@xn--mnchen-3ya.example"));
        assert_eq!(one.email("zo\u{e9}@example.org"), one.email("ZOE\u{301}@example.org"));
    }

    #[test]
    fn a_digest_reads_back() {
        let digest = Key::new([7; 32]).digest(&["x"]);
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse("nonsense"), None);
        assert_eq!(Digest::parse(&"é".repeat(16)), None);
    }
}
