#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hireline_fuzz::mapping::holds(bytes));
