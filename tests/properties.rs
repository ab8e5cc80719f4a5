//! What holds for any input, held twice: here with what is generated from fixed seeds, and in `tests/fuzz` with what a fuzzer comes upon. Each
//! property is one function from bytes, in a file of its own; what was found is a named case in `found`.

mod anonymous;
mod found;
mod generated;
mod greenhouse;
mod headers;
mod hrflow;
mod input;
mod ledger;
mod mapping;
mod pipeline;
mod plan;
mod predicate;
mod strategies;

pub use pipeline::{drawn, speaks_plainly};

type Property = fn(&[u8]);

/// Every property under its target's name.
const ALL: [(&str, Property); 9] = [
    ("anonymous", anonymous::holds),
    ("greenhouse", greenhouse::holds),
    ("headers", headers::holds),
    ("hrflow", hrflow::holds),
    ("ledger", ledger::holds),
    ("mapping", mapping::holds),
    ("pipeline", pipeline::holds),
    ("plan", plan::holds),
    ("predicate", predicate::holds),
];

/// What the fuzzer begins with, whole and cut in the middle.
#[test]
fn each_holds_for_its_seeds() {
    for (name, holds) in ALL {
        let mut seeds: Vec<_> = glob::glob(&format!("tests/fuzz/seeds/{name}/*")).unwrap().map(Result::unwrap).collect();
        seeds.sort();
        assert!(seeds.len() > 1, "{name} has no seeds");
        for seed in seeds {
            let bytes = std::fs::read(seed).unwrap();
            holds(&bytes);
            holds(&bytes[..bytes.len() / 2]);
        }
    }
}

#[test]
fn each_is_a_target() {
    let manifest = std::fs::read_to_string("tests/fuzz/Cargo.toml").unwrap();
    let targets: Vec<_> = manifest.lines().filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix(".rs\"")).collect();
    assert_eq!(targets, ALL.map(|(name, _)| name));
    for name in targets {
        let text = std::fs::read_to_string(format!("tests/fuzz/targets/{name}.rs")).unwrap();
        assert!(text.contains(&format!("hireline_fuzz::{name}::holds")), "{text}");
    }
}

/// The same crates on both sides: what fuzzing finds is true of what is built.
#[test]
fn both_are_built_from_the_same_crates() {
    let versions = |file: &str| {
        let text = std::fs::read_to_string(file).unwrap();
        let packages: std::collections::BTreeSet<String> =
            text.split("[[package]]").skip(1).map(|package| package.lines().skip(1).take(2).collect::<Vec<_>>().join(" ")).collect();
        packages
    };
    let (own, fuzzed) = (versions("Cargo.lock"), versions("tests/fuzz/Cargo.lock"));
    let extra: Vec<_> = fuzzed
        .difference(&own)
        .filter(|package| !["hireline-fuzz", "libfuzzer-sys", "arbitrary", "jobserver"].iter().any(|name| package.contains(name)))
        .collect();
    assert!(extra.is_empty(), "tests/fuzz/Cargo.lock is behind Cargo.lock: {extra:?}; copy it there, and build once");
}
