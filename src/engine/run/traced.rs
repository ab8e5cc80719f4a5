//! What the log is told of a run: a span for it, one a profile, one a step, each with an event at its end that says what came and how long it
//! took. Keys, ids, states and this program's own words; nothing of a profile.

use super::{End, RunError, Summary, World};
use crate::delivery::action::{Event, NotDone};
use crate::language::compile::Pipeline;
use crate::ledger::Settlement;
use crate::model::step::Step;
use crate::net::http::{Service, seconds as seconds_of};
use crate::source::Item;
use std::time::{Duration, Instant};
use tracing::Span;
use tracing::field::Empty;

pub(super) fn run(pipeline: &Pipeline, run: &str) -> Span {
    let (pipeline, account) = (&pipeline.id, &pipeline.destination.account);
    let span = tracing::info_span!("run", pipeline, account, run);
    span.in_scope(|| tracing::info!("run begins"));
    span
}

pub(super) fn run_ended(span: &Span, summary: &Summary, error: Option<&RunError>) {
    let counts: Vec<String> = summary.counts.iter().map(|(outcome, n)| format!("{outcome} {n}")).collect();
    let (counts, seconds) = (counts.join(", "), seconds_of(Duration::try_from_secs_f64(summary.seconds).unwrap_or_default()));
    let stopped = summary.stopped.as_deref();
    span.in_scope(|| match error {
        None => tracing::info!(counts, stopped, seconds, "run ended"),
        Some(error) => tracing::error!(counts, %error, seconds, "run could not go on"),
    });
}

/// Around everything that happens for one profile: its key is HrFlow's, and no personal data.
pub(super) fn profile(item: &Item) -> Span {
    tracing::info_span!("profile", key = key_of(item))
}

fn key_of(item: &Item) -> &str {
    match item {
        Item::Profile(profile) => &profile.key,
        Item::Missing { by: "key", value, .. } => value,
        // A reference is the customer's own word for somebody, and where an input stands may name somebody too.
        Item::Missing { .. } | Item::PassedOver { .. } | Item::Cursor(_) => "",
        Item::Unreadable { key, .. } => key.as_deref().unwrap_or_default(),
    }
}

pub(super) async fn to_its_end(way: impl Future<Output = End>) -> End {
    let begun = Instant::now();
    let end = way.await;
    let seconds = seconds_of(begun.elapsed());
    match &end {
        End::Ended { ending, .. } => {
            let (outcome, candidate, step) = (ending.outcome.as_str(), ending.candidate_id, ending.step.as_deref());
            tracing::info!(outcome, candidate, step, seconds, "profile ended");
        }
        End::Parked { until, .. } => {
            let until = until.map(tracing::field::display);
            tracing::info!(until, seconds, "profile waits");
        }
        End::Over { .. } => tracing::info!(seconds, "profile is left: limits.max_profiles"),
        End::Stopped { error, .. } => tracing::error!(%error, seconds, "profile is left: the run ends"),
    }
    end
}

/// Around one step, from the file that it needs to what came of it.
pub(super) struct StepSpan {
    pub span: Span,
    begun: Instant,
}

pub(super) fn step(step: Step, operation: &str) -> StepSpan {
    let span = tracing::info_span!("step", step = step.word(), operation, action = Empty, came = Empty);
    StepSpan { span, begun: Instant::now() }
}

impl Drop for StepSpan {
    fn drop(&mut self) {
        let seconds = seconds_of(self.begun.elapsed());
        self.span.in_scope(|| tracing::info!(seconds, "step ended"));
    }
}

/// The id of the request that is about to be sent, by which the ledger knows it.
pub(super) fn intended(action: &str) {
    Span::current().record("action", action);
}

pub(super) fn came(event: &Event) {
    Span::current().record(
        "came",
        match event {
            Event::Accepted { delayed: false, .. } => "accepted",
            Event::Accepted { delayed: true, .. } => "accepted, still being made",
            Event::Refused(_) => "refused",
            Event::NotDone(_) => "not done",
            Event::Lost(_) => "lost",
        },
    );
}

/// A writing request was not done, and is made again.
pub(super) fn again(world: &World<'_>, why: &NotDone) {
    let reason = match why {
        NotDone::Unauthorized => "unauthorized",
        NotDone::TooManyRequests => "rate_limit",
        NotDone::NotSent(_) => "not_sent",
    };
    tracing::debug!(reason, "it is made again");
    world.http.meter().again(Service::Greenhouse.word(), reason);
}

pub(super) fn settled(settlement: &Settlement) {
    let (key, action) = (&settlement.person.profile_key, settlement.action.as_deref());
    for settled in &settlement.steps {
        tracing::info!(key, step = settled.step.word(), action, state = settled.state.as_str(), "an open step was looked for");
    }
}
