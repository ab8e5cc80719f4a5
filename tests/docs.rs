//! The README and the handbook say nothing that is not so: every file in them is compiled, every command in them is run.
//!
//! The words after a fenced block's backticks say what is done with it:
//!
//! | block | what is done |
//! |---|---|
//! | `yaml` | a whole file, or some sections of a pipeline: they are put into a small pipeline. Must compile without an error |
//! | `yaml NAME.yaml` | a file that the reader writes: it is written, for the commands below it, and must compile |
//! | `yaml wrong` | must not compile; the `text` block after it is what `check` says |
//! | `yaml warned` | compiles, with the warnings in the `text` block after it |
//! | `console` | `$ hireline …` is run in a copy of `pipelines/`; what it prints is compared, and so is its exit code: 0, or what the block shows below `$ echo $?` |
//! | `console repository` | the same, in a git repository whose `main` holds the copy; other commands than `hireline` are run by the shell |
//! | `yaml ci` | a CI job: must be YAML, and each `hireline` in it a verb with options that exist |
//! | `yaml alerts` | rules for Prometheus: must be YAML, and each metric in them one of the program's |
//! | `console sandbox` | `hireline sandbox …` is started; the `curl` lines below it are asked of it |
//! | `json` | must be JSON, or JSON lines; with a name it is written |
//! | `json profile`, `json gives` | what the `yaml` block before `gives` makes of the page's profile; `text gives`: why it makes nothing |
//! | `yaml example`, `sh example` | of a code's page: `tests/explain.rs` holds it |
//! | `sh` | each `hireline` in it is a verb with options that exist |

mod blocks;
mod commands;
mod files;
mod filled;
mod generated;
mod links;
mod operated;
mod prose;
