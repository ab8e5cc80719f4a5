//! Any headers of an answer: when to come back, how fast to go, where the next page is.

use super::input;
use hireline::fuzzing::{FIRST_WAIT, Host, LONGEST_WAIT, Next, next, retry_after};
use hireline::http::{Answer, next_link, next_page};
use std::time::Duration;
use url::Url;

const ASKED: &str = "https://harvest.example.org/v3/candidates?per_page=2";
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
    for tried in [1, 2, 4, 5, u32::MAX] {
        for chance in [0.0, 1.0] {
            match next(answer, tried, chance) {
                Next::Taken => {}
                Next::Again { after } => {
                    assert!(answer.status == 429 || answer.status >= 500, "{} is tried again", answer.status);
                    assert!(after <= LONGEST_WAIT + FIRST_WAIT, "{after:?} is waited");
                    // Asked for by date, the wait hangs on the clock where the answer has no date of its own.
                    let told = retry_after(answer).filter(|_| answer.header("date").is_some());
                    assert!(told.is_none_or(|told| after >= told), "{after:?} is before {told:?}");
                }
                Next::TooLong(wait) => assert!(wait > LONGEST_WAIT, "{wait:?} is not too long"),
            }
        }
    }
}

fn stays_on_its_host(answer: &Answer) {
    let links = || answer.headers.iter().filter(|(name, _)| name == "link");
    for (_, link) in links() {
        let found = next_link(link);
        assert!(found.is_none_or(|found| link.contains(&found)), "an address that the header does not have");
    }
    let Ok(Some(next)) = next_page(answer, ASKED) else { return };
    assert!(links().next().is_some(), "a page that nobody named");
    let (asked, next) = (Url::parse(ASKED).expect("an address"), Url::parse(&next).expect("an address"));
    assert_eq!(asked.origin(), next.origin(), "the next page is elsewhere: {next}");
    assert!(next.username().is_empty() && next.password().is_none(), "the next page brings credentials of its own: {next}");
}

/// A host that is asked one thing after the other, each as soon as it may be.
fn keeps_a_pace(answers: &[Answer]) {
    let (mut host, mut now) = (Host::default(), NOW);
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
            6 => host.lost(leave, index % 2 == 0),
            _ => host.answered(leave, answer, now),
        }
    }
}
