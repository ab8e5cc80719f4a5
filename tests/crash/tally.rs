//! What happened, counted.

use std::collections::BTreeMap;
use std::time::Instant;

#[derive(Debug)]
pub struct Tally {
    begun: Instant,
    pub rounds: u64,
    pub kills: u64,
    pub runs: u64,
    pub requests: u64,
    pub writes: u64,
    pub people: u64,
    pub lost: u64,
    pub twice: u64,
    /// Of those, the ones that were not reported.
    pub untold: u64,
    /// What can be counted by a word, in tables.
    tables: BTreeMap<&'static str, BTreeMap<String, u64>>,
    pub findings: Vec<String>,
}

impl Tally {
    pub fn new() -> Self {
        let (begun, tables, findings) = (Instant::now(), BTreeMap::new(), Vec::new());
        Self { begun, rounds: 0, kills: 0, runs: 0, requests: 0, writes: 0, people: 0, lost: 0, twice: 0, untold: 0, tables, findings }
    }

    pub fn count(&mut self, table: &'static str, word: impl Into<String>) {
        self.add(table, word, 1);
    }

    pub fn add(&mut self, table: &'static str, word: impl Into<String>, many: u64) {
        *self.tables.entry(table).or_default().entry(word.into()).or_default() += many;
    }

    pub fn merge(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.kills += other.kills;
        self.runs += other.runs;
        self.requests += other.requests;
        self.writes += other.writes;
        self.people += other.people;
        self.lost += other.lost;
        self.twice += other.twice;
        self.untold += other.untold;
        for (table, words) in other.tables {
            words.into_iter().for_each(|(word, number)| self.add(table, word, number));
        }
        self.findings.extend(other.findings);
    }

    pub fn line(&self) -> String {
        let seconds = self.begun.elapsed().as_secs();
        format!("{seconds:>4} s  {} rounds, {} kills, {} runs, {} findings", self.rounds, self.kills, self.runs, self.findings.len())
    }

    /// The table at the end.
    pub fn table(&self) -> String {
        let rows: [(&str, u64); 10] = [
            ("rounds", self.rounds),
            ("people", self.people),
            ("kills", self.kills),
            ("runs", self.runs),
            ("requests", self.requests),
            ("writing requests", self.writes),
            ("lost", self.lost),
            ("twice", self.twice),
            ("twice and not told", self.untold),
            ("seconds", self.begun.elapsed().as_secs()),
        ];
        let mut text: String = rows.iter().map(|(word, number)| format!("{word:<44}{number:>8}\n")).collect();
        for (table, words) in &self.tables {
            text.push_str(&format!("\n{table}\n"));
            text.extend(words.iter().map(|(word, number)| format!("  {word:<42}{number:>8}\n")));
        }
        text
    }
}
