//! Whether a reading call is tried again, and when: a decision with a reason, and no clock.

use super::{Answer, Fault, headers};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub tries: u32,
    /// The first wait; each further one is twice as long.
    pub first_wait: Duration,
    pub longest_wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Take,
    Again {
        after: Duration,
        reason: &'static str,
    },
    /// The wait that was asked for is longer than a run may take.
    TooLong(Duration),
}

/// `tried` counts the tries so far, this one too. `chance` is between 0 and 1, and spreads the waits so that many callers do not come back at
/// the same moment.
pub fn decide(came: &Result<Answer, Fault>, tried: u32, patience: Patience, chance: f64) -> Decision {
    let (reason, told) = match came {
        Ok(answer) if answer.status == 429 => ("the host asks for a slower pace", requested_wait(answer)),
        Ok(answer) if answer.status >= 500 => ("the host has a fault of its own", headers::retry_after(answer)),
        Ok(_) | Err(Fault::TooLong(_) | Fault::Oversized(_) | Fault::Stopped) => return Decision::Take,
        Err(Fault::NotSent(_)) => ("no connection was made", None),
        Err(Fault::Lost(_)) => ("the connection broke off", None),
    };
    if let Some(told) = told.filter(|told| *told > patience.longest_wait) {
        return Decision::TooLong(told);
    }
    if tried >= patience.tries {
        return Decision::Take;
    }
    let backoff = patience.first_wait.saturating_mul(1 << (tried - 1).min(16)).min(patience.longest_wait);
    let after = match told {
        // A little after the moment that the host named, never before it.
        Some(told) => told + patience.first_wait.mul_f64(chance),
        None => backoff.mul_f64(0.5 + chance / 2.0),
    };
    Decision::Again { after, reason }
}

pub fn requested_wait(answer: &Answer) -> Option<Duration> {
    headers::retry_after(answer).or_else(|| headers::reset(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { tries: 4, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(300) };

    fn came(status: u16, headers: &[(&str, &str)]) -> Result<Answer, Fault> {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Ok(Answer { status, headers, body: Vec::new() })
    }

    #[test]
    fn what_is_tried_again() {
        let say = |came: &Result<Answer, Fault>, tried| match decide(came, tried, PATIENCE, 1.0) {
            Decision::Take => "taken".to_owned(),
            Decision::Again { after, reason } => format!("again after {} s: {reason}", after.as_secs_f64()),
            Decision::TooLong(wait) => format!("too long: {} s", wait.as_secs()),
        };
        let cases = [
            ("200", came(200, &[]), 1),
            ("302", came(302, &[]), 1),
            ("404", came(404, &[]), 1),
            ("503, first", came(503, &[]), 1),
            ("503, second", came(503, &[]), 2),
            ("503, third", came(503, &[]), 3),
            ("503, last", came(503, &[]), 4),
            ("503 that says when", came(503, &[("retry-after", "9")]), 1),
            ("503 that says never", came(503, &[("retry-after", "301")]), 1),
            ("429", came(429, &[]), 1),
            ("429 that says when", came(429, &[("retry-after", "9")]), 1),
            ("429 with a reset", came(429, &[("x-ratelimit-reset", "7")]), 1),
            ("429 with a negative wait", came(429, &[("retry-after", "-9")]), 1),
            ("429, last", came(429, &[("retry-after", "9")]), 4),
            ("429 that says tomorrow", came(429, &[("retry-after", "86400")]), 4),
            ("no connection", Err(Fault::NotSent(String::new())), 1),
            ("lost", Err(Fault::Lost(String::new())), 2),
            ("oversized", Err(Fault::Oversized(String::new())), 1),
            ("lost, last", Err(Fault::Lost(String::new())), 4),
        ];
        let table: String = cases.iter().map(|(name, came, tried)| format!("{name}: {}\n", say(came, *tried))).collect();
        insta::assert_snapshot!("decisions", table);
    }

    #[test]
    fn waits_are_spread_and_never_before_what_was_told() {
        let after = |came: &Result<Answer, Fault>, chance| match decide(came, 1, PATIENCE, chance) {
            Decision::Again { after, .. } => after.as_millis(),
            other => panic!("{other:?}"),
        };
        assert_eq!((after(&came(503, &[]), 0.0), after(&came(503, &[]), 1.0)), (500, 1000));
        let told = came(429, &[("retry-after", "9")]);
        assert_eq!((after(&told, 0.0), after(&told, 1.0)), (9000, 10_000));
    }
}
