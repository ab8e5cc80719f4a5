//! What a power cut would have left: the shim's log, replayed onto a disk of our own.
//!
//! What was synced is there. What was written since may be there or not, each write by itself: a disk orders them as it likes. A name is
//! in its folder as the folder was when it was last synced.

use std::collections::BTreeMap;
use std::path::Path;

/// One record of the shim's log. Source: `struct record` in `tests/shim/shim.c`.
#[derive(Debug)]
pub struct Record {
    pub kind: char,
    inode: u64,
    offset: usize,
    pub bytes: Vec<u8>,
}

const HEAD: usize = 32;

pub fn records(log: &[u8]) -> Vec<Record> {
    let number = |at: usize| u64::from_ne_bytes(log[at..at + 8].try_into().unwrap());
    let mut records = Vec::new();
    let mut at = 0;
    while at + HEAD <= log.len() {
        let length = usize::try_from(number(at + 24)).unwrap();
        let bytes = log[at + HEAD..at + HEAD + length].to_vec();
        let offset = usize::try_from(number(at + 16)).unwrap();
        records.push(Record { kind: char::from(log[at]), inode: number(at + 8), offset, bytes });
        at += HEAD + length;
    }
    assert_eq!(at, log.len(), "the log ends in the middle of a record");
    records
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Change {
    fn onto(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write(offset, bytes) => {
                file.resize(file.len().max(offset + bytes.len()), 0);
                file[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
            Self::Truncate(length) => file.resize(*length, 0),
        }
    }
}

#[derive(Debug, Default, Clone)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

/// A number is reused when its file is gone: the second part makes it unique.
type Inode = (u64, u64);

#[derive(Debug, Default)]
pub struct Disk {
    files: BTreeMap<Inode, File>,
    generations: BTreeMap<u64, u64>,
    /// As they were when the folder was last synced.
    names: BTreeMap<String, Inode>,
    pub syncs: u64,
}

/// What of the unsynced is there after the cut.
#[derive(Debug, Clone, Copy)]
pub enum Left {
    Nothing,
    /// Each write or not, by this number.
    Some(u64),
}

impl Disk {
    pub fn take(&mut self, record: &Record) {
        let inode = (record.inode, *self.generations.get(&record.inode).unwrap_or(&0));
        match record.kind {
            'W' => self.files.entry(inode).or_default().since.push(Change::Write(record.offset, record.bytes.clone())),
            'T' => self.files.entry(inode).or_default().since.push(Change::Truncate(record.offset)),
            'S' => {
                self.syncs += 1;
                let file = self.files.entry(inode).or_default();
                for change in std::mem::take(&mut file.since) {
                    change.onto(&mut file.synced);
                }
            }
            'U' => *self.generations.entry(record.inode).or_default() += 1,
            'D' => {
                let text = String::from_utf8(record.bytes.clone()).unwrap();
                let name = |line: &str| {
                    let (name, number) = line.rsplit_once(' ').unwrap();
                    let number: u64 = number.parse().unwrap();
                    (name.to_owned(), (number, *self.generations.get(&number).unwrap_or(&0)))
                };
                self.names = text.lines().map(name).collect();
            }
            _ => {}
        }
    }

    /// The folder after a power cut, into an empty one.
    pub fn after_the_cut(&self, left: Left, folder: &Path) {
        for (name, inode) in &self.names {
            let file = self.files.get(inode).cloned().unwrap_or_default();
            let mut bytes = file.synced;
            for (at, change) in file.since.iter().enumerate() {
                if let Left::Some(number) = left
                    && number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(at as u32 % 64) & 1 == 1
                {
                    change.onto(&mut bytes);
                }
            }
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }
}
