//! A token, how long it lives, and where it waits for whoever needs it next.

use crate::base::secret::Secret;
use crate::net::shared;
use secrecy::zeroize::{Zeroize as _, Zeroizing};
use serde_json::{Value, json};
use std::time::Duration;

/// Renewed this long before its end, so that none ends on the way.
const EARLY: Duration = Duration::from_secs(60);
/// A token that does not say how long it lives: Greenhouse's live an hour.
const LIFE: Duration = Duration::from_secs(3600);
/// No longer than that, whatever it says: a clock may be wrong.
const LONGEST: Duration = Duration::from_secs(86_400);
const VERSION: u64 = 1;

/// What signs requests for a while, and what brings the next one.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub value: Secret,
    /// Milliseconds since the epoch: from then on it is renewed.
    pub until: u64,
    /// Of a person's sign-in alone. Good once.
    pub refresh: Option<Secret>,
}

impl Token {
    /// What a token endpoint answers; none without an access token.
    pub fn told(body: &Value) -> Option<Self> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(Secret::new);
        let life = life(body, jiff::Timestamp::now()).unwrap_or(LIFE);
        let used = life.saturating_sub(EARLY.min(life / 2));
        let until = shared::now() + milliseconds(used);
        Some(Self { value: text("access_token")?, until, refresh: text("refresh_token") })
    }

    pub fn is_good(&self) -> bool {
        let now = shared::now();
        now < self.until && self.until - now <= milliseconds(LONGEST)
    }

    /// As it is kept. A text that is damaged, or of another version, is as good as none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut kept: Value = serde_json::from_slice(bytes).ok()?;
        let token = Self::of_kept(&kept);
        wipe(&mut kept);
        token
    }

    fn of_kept(kept: &Value) -> Option<Self> {
        if kept.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return None;
        }
        let text = |name: &str| kept.get(name).and_then(Value::as_str).map(Secret::new);
        let until = kept.get("until")?.as_u64()?;
        Some(Self { value: text("access_token")?, until, refresh: text("refresh_token") })
    }

    pub fn written(&self) -> Zeroizing<Vec<u8>> {
        let refresh = self.refresh.as_ref().map(Secret::expose);
        let mut kept = json!({
            "version": VERSION, "access_token": self.value.expose(), "until": self.until, "refresh_token": refresh,
        });
        // Growing would leave copies behind; a sign is written as six at most.
        let room = self.value.expose().len() + refresh.map_or(0, str::len);
        let mut bytes = Zeroizing::new(Vec::with_capacity(6 * room + 256));
        // Writing to memory cannot fail.
        let _written = serde_json::to_writer(&mut *bytes, &kept);
        wipe(&mut kept);
        bytes
    }
}

/// Overwrites the texts of a document that held a token.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

/// Source: `docs/greenhouse-api.md`, "Authentication": `expires_in` (seconds), `expires_at` or `expires` (a moment).
fn life(body: &Value, now: jiff::Timestamp) -> Option<Duration> {
    if let Some(seconds) = body.get("expires_in").and_then(number) {
        return Some(Duration::from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64())));
    }
    let at = body.get("expires_at").or_else(|| body.get("expires"))?;
    let at = match number(at) {
        // No moment was so long ago: a life.
        Some(seconds) if seconds < 1e8 => return Some(Duration::from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64()))),
        // Seconds or milliseconds: as seconds, the latter would be in fifty thousand years.
        Some(epoch) if epoch.is_finite() && epoch > 1e11 => jiff::Timestamp::from_millisecond(epoch as i64).ok()?,
        Some(epoch) => jiff::Timestamp::from_second(epoch as i64).ok()?,
        None => at.as_str()?.trim().parse::<jiff::Timestamp>().ok()?,
    };
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default().min(LONGEST))
}

/// A number, or a text that is one.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_lives_in_all_its_forms() {
        let now: jiff::Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let lives = |body: Value| life(&body, now).map(|life| life.as_secs());
        assert_eq!(lives(json!({ "expires_in": 3600 })), Some(3600));
        assert_eq!(lives(json!({ "expires_in": 3599.5 })), Some(3599));
        assert_eq!(lives(json!({ "expires_in": "900" })), Some(900));
        assert_eq!(lives(json!({ "expires_in": -5 })), Some(0));
        assert_eq!(lives(json!({ "expires_in": 1e300 })), Some(86_400));
        assert_eq!(lives(json!({ "expires_at": "2026-11-23T10:30:00Z" })), Some(1800));
        assert_eq!(lives(json!({ "expires_at": "2026-11-23T12:00:00+01:00" })), Some(3600));
        assert_eq!(lives(json!({ "expires_at": now.as_second() + 60 })), Some(60));
        assert_eq!(lives(json!({ "expires_at": (now.as_second() + 60).to_string() })), Some(60));
        assert_eq!(lives(json!({ "expires_at": now.as_millisecond() + 60_000 })), Some(60));
        assert_eq!(lives(json!({ "expires_at": "2026-11-23T09:00:00Z" })), Some(0));
        assert_eq!(lives(json!({ "expires_at": "soon" })), None);
        assert_eq!(lives(json!({ "expires": "2026-11-23T10:30:00Z" })), Some(1800));
        assert_eq!(lives(json!({ "expires": "3600" })), Some(3600));
        assert_eq!(lives(json!({ "expires_in": null })), None);
        assert_eq!(lives(json!({})), None, "an hour is assumed");
    }

    #[test]
    fn it_is_renewed_before_its_end() {
        let good_for = |body: Value| (Token::told(&body).unwrap().until.saturating_sub(shared::now()) + 500) / 1000;
        assert_eq!(good_for(json!({ "access_token": "hush", "expires_in": 3600 })), 3540);
        assert_eq!(good_for(json!({ "access_token": "hush", "expires_in": 40 })), 20);
        assert_eq!(good_for(json!({ "access_token": "hush" })), 3540);
        assert!(!Token::told(&json!({ "access_token": "hush", "expires_in": 0 })).unwrap().is_good());
        assert!(Token::told(&json!({ "access_token": "" })).is_none());
    }

    #[test]
    fn what_it_was_read_from_is_wiped() {
        let mut answer = json!({ "access_token": "hush", "more": [{ "refresh_token": "hush" }], "n": 1 });
        wipe(&mut answer);
        assert_eq!(answer, json!({ "access_token": "", "more": [{ "refresh_token": "" }], "n": 1 }));
    }

    #[test]
    fn it_is_kept_whole_and_does_not_print() {
        let token = Token { value: Secret::new("hush"), until: shared::now() + 5000, refresh: Some(Secret::new("hushhush")) };
        let read = Token::read(&token.written()).unwrap();
        assert_eq!((read.value.expose(), read.until, read.refresh.as_ref().unwrap().expose()), ("hush", token.until, "hushhush"));
        assert!(!format!("{token:?}").contains("hush"));
        for damaged in ["", "{", "{}", r#"{"version":2,"access_token":"hush","until":1}"#, r#"{"version":1,"access_token":"hush"}"#] {
            assert!(Token::read(damaged.as_bytes()).is_none(), "{damaged}");
        }
        // Written under a clock that was years ahead.
        assert!(!Token { until: shared::now() + 400 * 86_400_000, ..token }.is_good());
    }
}
