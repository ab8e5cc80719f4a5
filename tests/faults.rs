//! The fault table: each step of a push × each thing that can go wrong with it. One row a fault, one table a step, the tables beside this file
//! in `faults/snapshots`. A row tells:
//!
//! | column | tells |
//! |---|---|
//! | fault | what went wrong, once where it does not say otherwise; `done` and `not done`: whether Greenhouse did the work all the same |
//! | first run | what it said of the person, the exit code where the run met nobody else; it does not wait for Greenhouse to settle (`--no-wait`) |
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
