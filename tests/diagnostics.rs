//! Wrong files and what their authors are told. Each file in `invalid/` holds one mistake; its snapshot is what `check` shows.

use hireline::compile;
use hireline::report::diagnostics::{Style, human};
use std::path::Path;

#[test]
fn every_mistake_is_told_where_it_is() {
    insta::glob!("invalid/*.yaml", |path| {
        if path.ends_with("hireline.yaml") {
            return;
        }
        let shown = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let loaded = compile::load(&[shown.to_owned()]);
        let text = human(&loaded.diagnostics, Style::default());
        assert!(!text.contains("hunter2") && !text.contains("0123456789abcdef"), "a secret is shown:\n{text}");
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, input_file => "" }, {
            insta::assert_snapshot!(text);
        });
    });
}
