//! When a process is killed: at a random time, or at an event.

use crate::dice::Dice;
use crate::harness::{Ended, Office, Running};
use hireline::sandbox::{Misbehaviour, Service};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It may end.
    Never,
    After(Duration),
    /// When Greenhouse has received so many more writing requests.
    Received(u64),
    /// When Greenhouse has received that many more, and holds the last one's answer back.
    Held(u64),
    /// By its own hand, at the Nth event of a kind: see the shim.
    Own(&'static str, u64),
}

/// What a process does at its own hand: between the intent and the request, and in the ledger's own writing.
const OWN: [(&str, u64); 5] = [("before-send", 14), ("after-send", 14), ("before-sync", 30), ("after-sync", 30), ("mid-write", 60)];
/// An event that does not come: then it is killed all the same.
const PATIENCE: Duration = Duration::from_millis(2500);

impl Moment {
    pub fn draw(dice: &mut Dice) -> Self {
        match dice.within(0, 10) {
            0..=2 => Self::After(Duration::from_millis(dice.within(20, 1400))),
            3 => Self::Received(dice.within(1, 12)),
            4 => Self::Held(dice.within(1, 10)),
            _ if cfg!(target_os = "linux") => {
                let (kind, most) = *dice.of_these(&OWN);
                Self::Own(kind, dice.within(1, most))
            }
            _ => Self::Received(dice.within(1, 12)),
        }
    }

    /// What the final table calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "not at all",
            Self::After(_) => "at a random time",
            Self::Received(_) => "after the nth writing request",
            Self::Held(_) => "while an answer is held back",
            Self::Own("before-send", _) => "between intent and request",
            Self::Own("after-send", _) => "right after a request left",
            Self::Own("before-sync", _) => "before a flush of the ledger",
            Self::Own("after-sync", _) => "after a flush of the ledger",
            Self::Own(..) => "in the middle of a write to the ledger",
        }
    }

    /// What has to be arranged before the process starts.
    pub fn arrange(self, office: &Office, command: &mut Command, shim: Option<&Path>, ledger: &Path) {
        match self {
            Self::Held(number) => {
                let held = Misbehaviour {
                    service: Some(Service::Greenhouse),
                    method: Some("write".into()),
                    skip: u32::try_from(number - 1).unwrap(),
                    delay_ms: 1000,
                    ..Misbehaviour::default()
                };
                office.sandbox.misbehave(held).unwrap();
            }
            Self::Own(kind, number) => {
                #[cfg(target_os = "linux")]
                if let Some(shim) = shim {
                    crate::shim::behind(command, shim, ledger);
                    command.env("HIRELINE_SHIM_KILL", format!("{kind}:{number}"));
                }
                #[cfg(not(target_os = "linux"))]
                let _ = (kind, number, command, shim, ledger);
            }
            Self::Never | Self::After(_) | Self::Received(_) => {}
        }
    }

    fn has_come(self, begun: Instant, received: u64) -> bool {
        match self {
            Self::Never => false,
            Self::After(time) => begun.elapsed() >= time,
            Self::Received(number) | Self::Held(number) => received >= number || begun.elapsed() >= PATIENCE,
            Self::Own(..) => begun.elapsed() >= PATIENCE,
        }
    }
}

/// Waits for the processes, and kills each at its moment.
pub fn watch(office: &Office, mut processes: Vec<(Running, Moment)>) -> Vec<(Ended, Moment)> {
    let (begun, writes) = (Instant::now(), office.writes());
    let mut over = vec![false; processes.len()];
    while over.iter().any(|over| !over) {
        for ((process, moment), over) in processes.iter_mut().zip(&mut over) {
            if !*over && process.child.try_wait().unwrap().is_some() {
                *over = true;
            } else if !*over && moment.has_come(begun, office.writes() - writes) {
                // An error says that it has ended.
                drop(process.child.kill());
                *over = true;
            }
            assert!(begun.elapsed() < Duration::from_secs(90), "a process does not end");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    processes.into_iter().map(|(process, moment)| (process.end(), moment)).collect()
}
