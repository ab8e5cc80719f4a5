//! The fault table: each step of a push × each fault. One row per fault, one table per step, the tables in
//! `faults/snapshots`. The columns:
//!
//! | column | shows |
//! |---|---|
//! | fault | what went wrong, once where it does not say otherwise; `done` and `not done`: whether Greenhouse did the work all the same |
//! | first run | the outcome of the person, the exit code if the run met no other person; it does not wait for Greenhouse to settle (`--no-wait`) |
//! | ledger | the person's steps after it that are not done |
//! | sent | how often the request went out in the first run, and in the next |
//! | next run | what it said, with nothing going wrong any more |
//! | and then | what it took for all to be there: nothing more, or `hireline retry` |
//! | words | what the first run said |
//!
//! Not in the table, and held for every row: in the end Greenhouse has everything, and nothing twice.

mod creates;
mod list;
mod process;
mod reads;
mod sockets;
mod source;
mod steps;
mod table;
mod token;
