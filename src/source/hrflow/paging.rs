//! Whether a list was read completely: an empty page, or too few rows, do not end it if HrFlow says that
//! there is more.

use super::answer::Page;
use serde_json::Value;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

/// The passes through one list. It keeps eight bytes of each row.
#[derive(Debug, Default)]
pub(super) struct Paging {
    /// The rows that were given, in this pass and those before it.
    given: HashSet<u64>,
    hasher: RandomState,
    /// What answers of earlier passes said last. It holds until an answer of this pass says something.
    total_before: Option<u64>,
    last_before: Option<u64>,
    pass: Pass,
}

/// What the answers of one pass said so far.
#[derive(Debug, Default)]
struct Pass {
    number: u64,
    last: Option<u64>,
    total: Option<u64>,
    moved: bool,
    shrank: bool,
    /// The first page that stayed empty, and how many did.
    empty: Option<u64>,
    empties: u32,
}

#[derive(Debug, PartialEq)]
pub(super) enum End {
    Whole,
    /// The list became shorter during the pass: rows after a removed one may have moved to a page that was
    /// read already.
    Shrank,
    /// Rows are missing, in words.
    Gap(String),
}

impl Paging {
    pub fn begin(&mut self) {
        let before = std::mem::take(&mut self.pass);
        if before.shrank {
            // Removed rows do not count any more, so no row counts until it is seen again.
            self.given.clear();
        }
        self.total_before = before.total.or(self.total_before);
        self.last_before = before.last.or(self.last_before);
    }

    /// Whether a page is empty although there are rows that were not given. Without a total, a page before the last one is never empty.
    pub fn is_gap(&self, number: u64, page: &Page) -> bool {
        let (total, last) = (self.total().max(page.total), self.last().max(page.last));
        page.rows.is_empty()
            && match total {
                Some(total) => self.count() < total,
                None => !page.has_data || last.is_some_and(|last| number < last),
            }
    }

    /// Counts a page, and returns the number of the next one. If any page gave the last page's number, that
    /// ends the list, else the first empty page does. A second page that stays empty ends it too: HrFlow has
    /// a problem.
    pub fn take(&mut self, number: u64, page: &Page) -> Option<u64> {
        let is_gap = self.is_gap(number, page);
        self.pass.number = number;
        if is_gap {
            // An empty page's total is not believed if it is less than an earlier one.
            self.pass.total = self.total().max(page.total);
            self.pass.last = self.last().max(page.last);
            self.pass.empty.get_or_insert(number);
            self.pass.empties += 1;
        } else {
            self.told(page.total);
            self.pass.last = page.last.or(self.pass.last);
        }
        for (index, row) in page.rows.iter().enumerate() {
            let known = match row.as_ref().ok().and_then(identity) {
                Some(identity) => self.hasher.hash_one(identity),
                None => self.hasher.hash_one((number, index)),
            };
            self.given.insert(known);
        }
        let is_more = match self.last() {
            Some(last) => number < last && self.pass.empties < 2,
            None => !page.rows.is_empty(),
        };
        is_more.then_some(number + 1)
    }

    fn told(&mut self, total: Option<u64>) {
        let Some(told) = total else { return };
        if self.total_before.take().is_some_and(|before| told < before) {
            self.given.clear();
        }
        if let Some(known) = self.pass.total {
            self.pass.moved |= told != known;
            self.pass.shrank |= told < known;
        }
        self.pass.total = Some(told);
    }

    pub fn end(&self) -> End {
        let missing = self.total().map(|total| (total.saturating_sub(self.count()), total));
        let page = self.name(self.pass.empty.unwrap_or(self.pass.number));
        match (self.pass.empty, missing) {
            (Some(_), None) => End::Gap(format!("{page} came back empty, however often it was asked for")),
            (Some(_), Some((missing @ 1.., total))) => {
                End::Gap(format!("{page} came back empty, however often it was asked for: {}", not_given(missing, total)))
            }
            (None, Some((missing @ 1.., total))) if !self.pass.moved => {
                End::Gap(format!("the list ended with {page}: {}", not_given(missing, total)))
            }
            _ if self.pass.shrank => End::Shrank,
            _ => End::Whole,
        }
    }

    /// When no further page is wanted: the total says nothing then.
    pub fn cut(&self) -> End {
        match self.pass.empty {
            Some(number) => End::Gap(format!("{} came back empty, however often it was asked for", self.name(number))),
            None => End::Whole,
        }
    }

    fn name(&self, number: u64) -> String {
        match self.last() {
            Some(last) => format!("page {number} of {last}"),
            None => format!("page {number}"),
        }
    }

    fn total(&self) -> Option<u64> {
        self.pass.total.or(self.total_before)
    }

    fn last(&self) -> Option<u64> {
        self.pass.last.or(self.last_before)
    }

    fn count(&self) -> u64 {
        self.given.len() as u64
    }
}

fn not_given(missing: u64, total: u64) -> String {
    format!("{missing} of {total} profiles {} not given", if missing == 1 { "was" } else { "were" })
}

/// Identifies a row: source and key. None if it is not a profile.
pub(super) fn identity(row: &Value) -> Option<(&str, &str)> {
    let text = |pointer| row.pointer(pointer).and_then(Value::as_str);
    Some((text("/source_key").or_else(|| text("/source/key")).unwrap_or_default(), text("/key")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Pages in one line each: the rows' keys, then `/last` and `:total` if they are given; `-` is an answer
    /// without data.
    fn page(text: &str) -> Page {
        let (text, total) = text.split_once(':').map_or((text, None), |(text, total)| (text, total.parse().ok()));
        let (keys, last) = text.split_once('/').map_or((text, None), |(text, last)| (text, last.parse().ok()));
        let rows = keys.chars().filter(|key| *key != '-').map(|key| Ok(json!({ "key": key.to_string() }))).collect();
        Page { rows, last, total, has_data: keys != "-", date: None }
    }

    /// The results of the passes; `?` after a page that is requested again.
    fn passes(passes: &[&str]) -> String {
        let mut paging = Paging::default();
        let mut said = Vec::new();
        for pass in passes {
            paging.begin();
            let (mut number, mut asked) = (1, String::new());
            for text in pass.split(' ') {
                let page = page(text);
                let gap = if paging.is_gap(number, &page) { "?" } else { "" };
                asked = format!("{asked}{text}{gap} ");
                match paging.take(number, &page) {
                    Some(next) => number = next,
                    None => break,
                }
            }
            said.push(match paging.end() {
                End::Gap(what) => format!("{asked}→ {what}"),
                end => format!("{asked}→ {end:?}"),
            });
        }
        said.join("\n")
    }

    #[test]
    fn lists_that_are_whole() {
        let cases: [(&str, &[&str]); 12] = [
            ("an empty source", &["/0:0"]),
            ("an empty source with one page", &["/1:0"]),
            ("an empty source that says nothing", &[""]),
            ("a short last page", &["ab/2:3 c/2:3"]),
            ("an empty last page, all being given", &["ab/2:2 /2:2"]),
            ("no meta: the first empty page", &["ab c "]),
            ("a total, and no last page", &["ab:3 c:3 :3"]),
            ("only the first page tells", &["ab/2:3 c"]),
            ("an empty last page without a total", &["ab/2 /2"]),
            ("new ones meanwhile", &["ab/2:3 cd/3:5 e/3:5"]),
            ("the newest moves to the top, and more come", &["ab/2:4 bc/3:5 d/3:5"]),
            ("no data, and nobody there", &["-/0:0"]),
        ];
        let said: Vec<_> = cases.iter().map(|(name, pages)| format!("{name}: {}", passes(pages))).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn lists_with_gaps() {
        let cases: [(&str, &[&str]); 15] = [
            ("empty in the middle", &["ab/3:5 /3:5 e/3:5"]),
            ("empty at first", &["/3:5 cd/3:5 e/3:5"]),
            ("empty at the end", &["ab/2:3 /2:3"]),
            ("null without meta", &["ab/3:5 "]),
            ("without data", &["ab/3:5 - e/3:5"]),
            ("nothing at all", &["-"]),
            ("an empty page that denies the rest", &["ab/3:5 /0:0 e/3:5"]),
            ("no total", &["ab/3 /3 e/3"]),
            ("no last page", &["ab:5 "]),
            ("two that stay empty end the pass", &["ab/9:18 /9:18 /9:18 gh/9:18"]),
            ("the same page again", &["ab/3:5 ab/3:5 ab/3:5"]),
            ("fewer than there are", &["ab/2:4 c/2:4"]),
            ("the next pass is told nothing at all", &["ab/3:5  ef/3:5", "  "]),
            ("the same without a total", &["ab/3  ef/3", "  "]),
            ("the next pass mends it", &["ab/3:5 /3:5 e/3:5", "ab/3:5 cd/3:5 e/3:5"]),
        ];
        let said: Vec<_> = cases.iter().map(|(name, pages)| format!("{name}: {}", passes(pages))).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn lists_that_shrink() {
        let cases: [(&str, &[&str]); 4] = [
            ("one goes, and the next slips past", &["ab/2:4 d/2:3", "bc/2:3 d/2:3"]),
            ("the last page goes", &["ab/2:3 /1:2", "ab/1:2"]),
            ("all go", &["ab/2:3 /0:0", "/0:0"]),
            ("between two passes, and then a gap", &["ab/3:6 /3:6 ef/3:6", "ab/2:4 /2:4"]),
        ];
        let said: Vec<_> = cases.iter().map(|(name, pages)| format!("{name}: {}", passes(pages))).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn a_list_that_is_cut_needs_no_total() {
        let mut paging = Paging::default();
        paging.begin();
        paging.take(1, &page("ab/9:18"));
        assert_eq!(paging.cut(), End::Whole);
        paging.take(2, &page("/9:18"));
        insta::assert_snapshot!(format!("{:?}", paging.cut()), @r#"Gap("page 2 of 9 came back empty, however often it was asked for")"#);
    }
}
