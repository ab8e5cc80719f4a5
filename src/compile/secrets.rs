//! Secrets by where they are to be had. Nothing is opened here.

use super::context::Context;
use crate::diagnostic::Code;
use crate::pipeline::secret::Secret;
use crate::secret::SecretRef;
use crate::tree::Tree;

impl Context<'_> {
    pub(super) fn secret(&mut self, secret: &Secret, tree: &Tree) -> Option<SecretRef> {
        let reference = secret.reference()?;
        match &reference {
            SecretRef::Env(name) => {
                let place = tree.get("env").unwrap_or(tree);
                if !is_variable(name) || looks_like_a_key(name) {
                    let help = "write the name of the variable, for example `env: HRFLOW_API_KEY`; if this was a secret and the file was shared, change it";
                    self.error(
                        Code::SecretInFile,
                        place,
                        "`env` is the name of an environment variable; this is not one, and might be a secret",
                        help,
                    );
                    return None;
                }
                if self.loader.unset_variables && std::env::var_os(name).is_none_or(|value| value.is_empty()) {
                    // Once a variable, wherever in the file it is named again.
                    if self.unset.insert(name.clone()) {
                        let message = format!("the environment variable {name} is not set here");
                        self.warning(Code::SecretUnavailable, place, message, "set it where hireline runs; `check` does not need it");
                    }
                }
            }
            SecretRef::File(path) if path.as_os_str().is_empty() => {
                self.error(
                    Code::UnknownValue,
                    tree,
                    "`file` names no file",
                    "write the path of a file that holds the secret and nothing else",
                );
                return None;
            }
            SecretRef::Command(words) if words.first().is_none_or(|program| program.trim().is_empty()) => {
                self.error(Code::UnknownValue, tree, "`command` names no program", "write `command: [program, argument]`");
                return None;
            }
            SecretRef::File(_) | SecretRef::Command(_) | SecretRef::Sandbox(_) => {}
        }
        Some(reference)
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// HrFlow's keys have the shape of a variable's name. Source: the HrFlow reference, "API".
fn looks_like_a_key(name: &str) -> bool {
    let key = ["ask_", "askr_", "askw_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    key.is_some_and(|key| key.len() == 32 && key.chars().all(|c| c.is_ascii_hexdigit()))
}
