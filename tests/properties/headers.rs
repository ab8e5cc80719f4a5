//! Any headers of an answer: when to come back, how fast to go, where the next page is.

use super::input;
use hireline::fuzzing::{Decision, Pace, Patience, decide, rate, requested_wait, retry_after};
use hireline::net::http::{Answer, next_path};
use std::time::Duration;
use url::Url;

const BASE: &str = "https://harvest.example.org/v3";
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest that a call may be told to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
const NOW: u64 = 1_795_000_000_000;
/// No host is believed to want more.
const LONGEST_PAUSE: u64 = 24 * 3_600_000;

/// Sections: an answer each. See [`input::answer`].
pub fn holds(bytes: &[u8]) {
    // Headers' bytes beyond ASCII reach us as whatever can be read of them.
    let text = String::from_utf8_lossy(bytes);
    let answers: Vec<Answer> = input::sections(&text, 1).into_iter().take(20).map(input::answer).collect();
    for answer in &answers {
        waits_within_bounds(answer);
        stays_on_its_host(answer);
    }
    keeps_a_pace(&answers);
}

fn waits_within_bounds(answer: &Answer) {
    assert!(retry_after(answer).is_none_or(|wait| wait <= Duration::from_secs(u64::from(u32::MAX))), "a wait beyond all bounds");
    let patience = Patience { tries: 4, first_wait: FIRST_WAIT, longest_wait: LONGEST_WAIT };
    for tried in [1, 2, 4, 5, u32::MAX] {
        for chance in [0.0, 1.0] {
            match decide(&Ok(answer.clone()), tried, patience, chance) {
                Decision::Take => {}
                Decision::Again { after, .. } => {
                    assert!(answer.status == 429 || answer.status >= 500, "{} is tried again", answer.status);
                    assert!(after <= LONGEST_WAIT + FIRST_WAIT, "{after:?} is waited");
                    // For a wait given as a date, this machine's clock counts if the answer has no date.
                    let told = retry_after(answer).filter(|_| answer.header("date").is_some());
                    assert!(told.is_none_or(|told| after >= told), "{after:?} is before {told:?}");
                }
                Decision::TooLong(wait) => assert!(wait > LONGEST_WAIT, "{wait:?} is not too long"),
            }
        }
    }
}

fn stays_on_its_host(answer: &Answer) {
    let Some(path) = next_path(answer, BASE) else { return };
    let mut links = answer.headers.iter().filter(|(name, _)| name == "link");
    assert!(links.any(|(_, link)| link.contains(&path)), "a page that no header names");
    let (base, next) = (Url::parse(BASE).expect("an address"), Url::parse(&format!("{BASE}{path}")));
    // What is no address at all is not asked.
    let Ok(next) = next else { return };
    assert_eq!(base.origin(), next.origin(), "the next page is elsewhere: {next}");
    assert!(next.username().is_empty() && next.password().is_none(), "the next page brings credentials of its own: {next}");
}

/// A host that is asked one thing after the other, each as soon as it may be.
fn keeps_a_pace(answers: &[Answer]) {
    let (mut host, mut now) = (Pace::default(), NOW);
    for (index, answer) in answers.iter().enumerate() {
        let mut leave = host.depart(now);
        // A pause ends; then what was learnt of the window counts, and that ends too.
        for _ in 0..4 {
            let Err(until) = leave else { break };
            assert!(until > now, "told to wait until {until}, at {now}");
            assert!(until - now <= LONGEST_PAUSE, "told to wait for {} ms", until - now);
            now = until;
            leave = host.depart(now);
        }
        let leave = leave.expect("nobody waits for ever");
        now += 40;
        match index % 7 {
            6 => host.forgo(leave, index % 2 == 0),
            _ => {
                let wait = (answer.status == 429).then(|| requested_wait(answer).unwrap_or(FIRST_WAIT));
                host.answered(leave, rate(answer), wait, now);
            }
        }
    }
}
