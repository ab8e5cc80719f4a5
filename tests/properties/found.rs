//! What fuzzing found, each under the name of what was wrong. None is ever taken out.

use super::{headers, ledger, mapping, predicate};

/// A link with a name and a password in it would have been asked with those, in the place of the pipeline's own.
#[test]
fn the_next_page_brings_no_credentials() {
    headers::holds(b"200\nlink: <https://u:p@harvest.example.org/v3>; rel=next");
}

/// A date thousands of years ahead was waited for longer than the largest number of seconds.
#[test]
fn a_wait_until_the_end_of_time_is_bounded() {
    headers::holds(b"503\ndate: Mon, 23 Nov 2026 10:00:00 GMT\nretry-after: Fri, 31 Dec 9999 23:59:59 GMT");
}

/// "The template cannot be read: invalid integer (too large)" were the engine's words.
#[test]
fn numbers_that_no_template_takes_are_told_in_plain_words() {
    for template in ["{{ 9999999999999999999999999999999999999999 }}", "{{ 0b }}", "{{ 1_ }}", "{{ 1e }}"] {
        mapping::holds(format!("{template}\n%%%\n{{\"key\":\"k\"}}").as_bytes());
    }
}

/// The largest number of 32 bits was counted up, and a debug build stopped there.
#[test]
fn a_rate_beyond_all_bounds_can_be_counted_with() {
    for told in
        ["x-ratelimit-remaining: 4294967295", "x-ratelimit-limit: 75\nx-ratelimit-remaining: 4294967295\nx-ratelimit-reset: 1795000012"]
    {
        let answer = format!("200\ndate: Mon, 23 Nov 2026 10:00:00 GMT\n{told}");
        headers::holds([answer.as_str(); 9].join(super::input::CUT).as_bytes());
    }
}

/// SQLite takes the log away from a file that holds nothing, and the ledger was taken for a new one.
#[test]
fn a_ledger_that_is_cut_off_beside_its_log_is_refused() {
    // The file ends at its first byte, or at its second; then the key, too.
    ledger::holds(&[1, 240, 240, 240, 1, 6, 0x83, 0, 0, 5, 0]);
    ledger::holds(&[1, 129, 0, 0, 0, 0]);
    ledger::holds(&[1, 129, 0, 0, 0, 0, 0x83, 0, 0, 5, 0]);
}

/// Walks through what walks had found took minutes.
#[test]
fn a_predicate_ends() {
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    for text in ["@..*..*..*", "@..*[?@..*[?@..*]]", "count(@..*..*..*..*) == 0", "@..*"] {
        predicate::holds(format!("{text}\n%%%\n{{\"key\":\"k\",\"a\":{deep}}}").as_bytes());
    }
}
