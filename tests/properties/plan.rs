//! Any bytes as a plan: only the lines that were written are agreed to.

use super::input;
use hireline::base::digest::Key;
use hireline::engine::plan::Pin;
use hireline::engine::plan::file::{Agreed, Writer};
use hireline::language::compile::{Loader, Pipeline};
use hireline::model::outcome::Outcome;
use std::fs;
use std::sync::OnceLock;

/// Byte 0: 0 for the rest being the file, else the rest are changes of the plan that was written: a place in two bytes and a value each.
pub fn holds(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let (pipeline, whole) = written();
    let mut file = if *kind == 0 { rest.to_vec() } else { whole.clone() };
    if *kind != 0 {
        for change in rest.chunks_exact(3) {
            let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % file.len().max(1);
            match change[2] {
                0 => file.truncate(place),
                1 => drop((place < file.len()).then(|| file.remove(place))),
                value => file.get_mut(place).into_iter().for_each(|byte| *byte = value),
            }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("p.plan");
    fs::write(&path, &file).expect("a file");
    let (said, meant) = (sealed(&file), sealed(whole));
    match Agreed::read(&path, pipeline, &key()) {
        Ok(agreed) => {
            assert_eq!(said, meant, "a plan is agreed to that nobody wrote");
            assert_eq!(agreed.keys().count(), 2);
        }
        Err(error) => {
            assert_ne!(said, meant, "the plan that was written is refused");
            let words = error.to_string().replace(&*folder.path().to_string_lossy(), "");
            assert!(input::machine_words(&words, &String::from_utf8_lossy(&file)).is_empty(), "{words}");
        }
    }
    assert_eq!(fs::read(&path).expect("a file"), file, "reading has changed it");
}

/// The lines under the seal; of the seal, which is the last line, the value counts and not its formatting.
fn sealed(bytes: &[u8]) -> Option<(Vec<String>, serde_json::Value)> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let seal = serde_json::from_str(&lines.pop()?).ok()?;
    Some((lines, seal))
}

fn key() -> Key {
    Key::new([7; 32])
}

fn written() -> &'static (Pipeline, Vec<u8>) {
    static WRITTEN: OnceLock<(Pipeline, Vec<u8>)> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let (source, path) = (folder.path().join("a.yaml"), folder.path().join("p.plan"));
        fs::write(&source, input::BUILT_IN).expect("a file");
        let pipeline = Loader::default().load(&[source]).pipelines.into_iter().next().expect("one pipeline");
        let mut writer = Writer::begin(&path, &pipeline, &key()).expect("a plan");
        for name in ["ada", "mary"] {
            let hash = |what: &str| key().digest(&[what, name]).to_string();
            let pin = Pin {
                source_key: "source".to_owned(),
                profile_key: name.to_owned(),
                outcome: Outcome::Created,
                profile: hash("profile"),
                person: hash("person"),
                requests: hash("requests"),
                after_another: false,
            };
            writer.add(&pin).expect("a line");
        }
        writer.end().expect("a plan");
        (pipeline, fs::read(&path).expect("a plan"))
    })
}
