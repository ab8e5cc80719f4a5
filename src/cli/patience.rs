//! How long an answer is waited for.

use crate::http::{Http, HttpSettings};
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Patience {
    /// How long an answer of HrFlow or Greenhouse is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 60, env = "HIRELINE_TIMEOUT", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

impl Patience {
    pub fn http(&self) -> Http {
        Http::new(HttpSettings { request_timeout: Duration::from_secs(self.timeout), ..HttpSettings::default() })
    }
}
