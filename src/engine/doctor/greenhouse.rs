//! Greenhouse: the credential, who acts, what may be read and written, and the names in the pipeline.

use super::{Finding, Level};
use crate::engine::names;
use crate::greenhouse::auth::Introspection;
use crate::greenhouse::directory::Directory;
use crate::greenhouse::directory::fields::is_key;
use crate::greenhouse::lists::OPTIONS_OPERATION;
use crate::greenhouse::lookup::Blind;
use crate::greenhouse::probe::Probe;
use crate::greenhouse::{Stop, Wire};
use crate::language::compile::Pipeline;
use crate::language::mapping::Named;
use crate::model::named::{Kind, Needs};
use crate::model::settings::{ActingUser, Existing, UnmatchedEducation, WhenChanged};
use crate::net::http::Http;

pub(super) async fn examine(pipeline: &Pipeline, http: &Http) -> Vec<Finding> {
    let wire = match Wire::open_as(&pipeline.destination, http.clone()).await {
        Ok(wire) => wire,
        Err(stop @ Stop::Named(_)) => return vec![Finding::fail("acting user", stop.to_string(), "name a user of this account")],
        Err(stop) => return vec![Finding::refused(&stop)],
    };
    let mut findings = Vec::new();
    let mut rate_limit = None;
    let mut forbidden = Vec::new();
    for (operation, path) in reads(pipeline, &wire) {
        match wire.probe(operation, path).await {
            Ok(Probe { rate_limit: limit, .. }) => {
                if findings.is_empty() {
                    findings.push(Finding::ok("credential", "Greenhouse takes the credential"));
                }
                rate_limit = limit.or(rate_limit);
                findings.push(Finding::ok("permission", format!("may {operation}")));
            }
            // The key is good where it is told what it may not.
            Err(Blind::Forbidden(_)) => {
                if findings.is_empty() {
                    findings.push(Finding::ok("credential", "Greenhouse takes the credential"));
                }
                forbidden.push(operation);
                findings.push(not_allowed(&wire, operation));
            }
            Err(Blind::Unserved(_)) => findings.push(not_served(&wire, operation)),
            // Of one candidate; nothing of the kind is asked here.
            Err(Blind::NotReady | Blind::Missing) => {}
            Err(Blind::Stop(stop)) => {
                findings.push(Finding::refused(&stop));
                return findings;
            }
        }
    }
    let at = findings.len().min(1);
    let user = acting_user(&wire, &forbidden).await;
    findings.splice(at..at, user);
    findings.extend(writing(pipeline, &wire).await);
    findings.extend(in_the_pipeline(pipeline, &wire).await);
    findings.push(pace(&wire, rate_limit));
    findings
}

/// The lists that a run reads.
fn reads(pipeline: &Pipeline, wire: &Wire) -> Vec<(&'static str, &'static str)> {
    wire.reads(pipeline.mapping.needs(), pipeline.mapping.can_set("prospect"))
}

fn not_allowed(wire: &Wire, operation: &'static str) -> Finding {
    let message = format!("may not {operation} (403)");
    let help = match wire.capabilities().lists_need_site_admin {
        true => "give the credential this permission in Greenhouse, and let a Site Admin act: harvest-v3 shows lists to nobody else",
        false => "give the API key this permission in Greenhouse",
    };
    Finding::of_level(if can_miss(wire, operation) { Level::Warn } else { Level::Fail }, "permission", message, help)
}

fn not_served(wire: &Wire, operation: &'static str) -> Finding {
    let message = format!("nothing is there at the request to {operation} (404)");
    let help = "check `base_url` of the destination; if it is a gateway, let it pass this request on too";
    Finding::of_level(if can_miss(wire, operation) { Level::Warn } else { Level::Fail }, "permission", message, help)
}

/// Educations can go into a note, and who makes everybody anew looks for nobody.
fn can_miss(wire: &Wire, operation: &str) -> bool {
    ["list schools", "list degrees", "list disciplines", OPTIONS_OPERATION].contains(&operation)
        || wire.settings().existing == Existing::Create
}

async fn acting_user(wire: &Wire, forbidden: &[&str]) -> Vec<Finding> {
    const ABOUT: &str = "acting user";
    let Some(ActingUser::Id(id)) = wire.settings().on_behalf_of else {
        let finding = match wire.can_see().await {
            Ok(()) => Finding::ok(ABOUT, "the credential's own user acts, and sees Greenhouse's lists"),
            Err(blind) => site_admin(wire, blind.to_string()),
        };
        return vec![finding];
    };
    if forbidden.contains(&"list users") {
        return vec![site_admin(
            wire,
            format!("user {id} acts, and may not list users: that is no Site Admin, or the permission is missing"),
        )];
    }
    match wire.user_by_id(id).await {
        Ok(Some(user)) if !user.active => {
            vec![Finding::fail(ABOUT, format!("{} ({id}) was deactivated in Greenhouse", user.name), "set `on_behalf_of` to somebody else")]
        }
        Ok(Some(user)) if user.site_admin => vec![Finding::ok(ABOUT, format!("{} ({id}) acts, a Site Admin", user.name))],
        Ok(Some(user)) if !wire.capabilities().lists_need_site_admin => {
            vec![Finding::ok(ABOUT, format!("{} ({id}) acts, no Site Admin: harvest-v1 goes by the key's permissions", user.name))]
        }
        Ok(Some(user)) => vec![site_admin(wire, format!("{} ({id}) acts, and is no Site Admin", user.name))],
        Ok(None) => vec![site_admin(wire, format!("user {id} is not in Greenhouse's list of users, or the list is hidden"))],
        // Signed in before: it was told above.
        Err(Blind::Forbidden(_)) => {
            let help = "the credential needs the permission to list users";
            vec![Finding::warn(ABOUT, format!("user {id} acts; who that is may not be read (403)"), help)]
        }
        Err(blind) => vec![Finding::fail(ABOUT, blind.to_string(), "run doctor again")],
    }
}

/// Without a Site Admin look-ups find nobody. Source: `docs/delivery.md`, R7.
fn site_admin(wire: &Wire, message: String) -> Finding {
    let help = "set `on_behalf_of` to a Site Admin, or make that user one: harvest-v3 shows its lists to nobody else";
    let level = if wire.settings().existing == Existing::Create { Level::Warn } else { Level::Fail };
    Finding::of_level(level, "acting user", message, help)
}

fn pace(wire: &Wire, rate_limit: Option<u32>) -> Finding {
    let window = wire.capabilities().rate_limit.seconds;
    match rate_limit {
        Some(limit) => Finding::ok("pace", format!("Greenhouse allows {limit} requests every {window} s")),
        None => Finding::ok("pace", "Greenhouse does not say how many requests it allows: its answers are obeyed"),
    }
}

async fn in_the_pipeline(pipeline: &Pipeline, wire: &Wire) -> Vec<Finding> {
    let needs = pipeline.mapping.needs();
    let names = pipeline.mapping.names();
    let by_id: Vec<u64> = names.iter().filter_map(|name| if let Named::JobId(id) = name.named { Some(id) } else { None }).collect();
    let mut directory = Directory::default();
    let wanted = needs.lists.iter().copied().chain((!by_id.is_empty()).then_some(Kind::Job));
    for kind in wanted.collect::<std::collections::BTreeSet<_>>() {
        match wire.read_list(kind).await {
            Ok(list) if !list.is_empty() => drop(directory.lists.insert(kind, list)),
            _ => {}
        }
    }
    let mut findings: Vec<Finding> = by_id.into_iter().filter_map(|id| job(&directory, id)).collect();
    if !needs.fields.is_empty() {
        match wire.read_fields(&needs.fields).await {
            Ok(fields) => directory.fields = Some(fields),
            Err(blind) => findings.push(unread_fields(needs, &blind)),
        }
    }
    findings.extend(unread(needs, &directory));
    let faults = names::faults_of(pipeline, &names, &directory, true);
    for name in &names {
        if !faults.iter().any(|fault| fault.place.as_ref() == Some(&name.place)) {
            findings.extend(found(&directory, &name.named));
        }
    }
    findings.extend(faults.into_iter().map(|fault| Finding::of("name", fault)));
    if names.iter().all(|name| !matches!(name.named, Named::JobId(_) | Named::Listed { kind: Kind::Job, .. })) {
        findings
            .push(Finding::ok("job", "the jobs come from each profile, or there are none: they are not known before a profile is read"));
    }
    findings
}

fn unread_fields(needs: &Needs, blind: &Blind) -> Finding {
    let level = if needs.fields.iter().all(|key| is_key(key)) { Level::Warn } else { Level::Fail };
    let help = "allow it, or write name_keys or ids: these are sent as they are";
    Finding::of_level(level, "name", format!("{blind}: custom fields cannot be checked"), help)
}

fn unread(needs: &Needs, directory: &Directory) -> Vec<Finding> {
    let missing = needs.lists.iter().filter(|kind| !directory.lists.contains_key(kind));
    missing
        .map(|kind| {
            let level = if kind.has_common_forms() { Level::Warn } else { Level::Fail };
            let message = format!("Greenhouse shows no {} to this credential: names cannot be matched", kind.plural());
            Finding::of_level(level, "name", message, "see the permissions above, and who acts")
        })
        .collect()
}

fn job(directory: &Directory, id: u64) -> Option<Finding> {
    let jobs = directory.lists.get(&Kind::Job)?;
    Some(match jobs.get(id) {
        Some(job) if job.open => Finding::ok("job", format!("{id} is \"{}\", open", job.name)),
        Some(job) => {
            Finding::fail("job", format!("{id} is \"{}\", and is closed", job.name), "open it again in Greenhouse, or leave it out")
        }
        None => Finding::fail(
            "job",
            format!("{id} is not among Greenhouse's jobs"),
            "check `job_ids`: a job's id stands in its address in Greenhouse",
        ),
    })
}

fn found(directory: &Directory, named: &Named) -> Option<Finding> {
    match named {
        Named::JobId(_) => None,
        Named::Listed { kind, name, .. } => {
            let message = match directory.find(*kind, None, name) {
                Ok(id) => format!("\"{name}\" is the {} {id}", kind.singular()),
                // A stage that several jobs have.
                Err(_) => format!("\"{name}\" is among {}", kind.plural()),
            };
            directory.lists.contains_key(kind).then(|| Finding::ok(if *kind == Kind::Job { "job" } else { "name" }, message))
        }
        Named::Field { key, .. } => {
            let field = directory.fields.as_ref()?.find(key).ok()?;
            Some(Finding::ok("name", format!("the custom field `{key}` is \"{}\" ({}), and takes {}", field.name, field.id, field.takes())))
        }
    }
}

const WRITING: &str = "writing";

/// Where a missing permission is given.
const HELP: &str = "give the credential this permission in Greenhouse; a token that was fetched before is good for an hour at most";

/// One kind of call.
struct Call {
    /// After "may".
    operation: &'static str,
    /// `<resource>:<action>`.
    scope: String,
    /// Some profile may need it; others do not.
    seldom: bool,
}

/// What a run reads and writes, compared with what the token permits, where the authorization server tells.
/// Source: `docs/greenhouse-api.md`, "Permissions": a scope is `harvest:<resource>:<action>`, one for each endpoint.
async fn writing(pipeline: &Pipeline, wire: &Wire) -> Vec<Finding> {
    let granted = match wire.introspect().await {
        Ok(_) if !wire.capabilities().token_tells_permissions => return vec![unknown(None)],
        Ok(Introspection::Active(granted)) => granted,
        Ok(Introspection::Inactive) => {
            return vec![unknown(Some("introspection calls the token inactive that Greenhouse has just given out"))];
        }
        Ok(Introspection::NotAsked) => return vec![unknown(None)],
        Ok(Introspection::NotAnswered(why)) => return vec![unknown(Some(&format!("introspection is not answered: {why}")))],
        Err(stop) => return vec![Finding::refused(&stop)],
    };
    let organization = granted.organization.as_deref().unwrap_or("an organisation that is not named");
    let role = granted.role.as_ref().map_or_else(String::new, |role| format!(", as {role}"));
    let scopes = granted.scopes.len();
    let mut findings = vec![Finding::ok("token", format!("the token is for {organization}{role}, with {scopes} scopes"))];
    let missing = |call: &Call| !granted.scopes.contains(&format!("harvest:{}", call.scope));
    let refusal = |call: &Call| {
        let level = if call.seldom { Level::Warn } else { Level::Fail };
        let message = format!("may not {}: the token has no scope harvest:{}", call.operation, call.scope);
        Finding::of_level(level, WRITING, message, HELP)
    };
    // Which lists may be read was tried, and reported.
    let listed = reads(pipeline, wire).into_iter().map(|(operation, path)| {
        let scope = format!("{}:list", path.trim_start_matches('/'));
        Call { operation, scope, seldom: can_miss(wire, operation) }
    });
    findings.extend(listed.filter(|call| missing(call)).map(|call| refusal(&call)));
    findings.extend(writes(pipeline).iter().map(|call| match missing(call) {
        true => refusal(call),
        false => Finding::ok(WRITING, format!("may {}", call.operation)),
    }));
    findings
}

/// What a run can come to write, in the order in which it would.
fn writes(pipeline: &Pipeline) -> Vec<Call> {
    let destination = &pipeline.destination;
    let sets = |member: &str| pipeline.mapping.can_set(member);
    let updates = destination.existing == Existing::Update || destination.when_changed == WhenChanged::Update;
    let into_a_note = sets("educations") && destination.unmatched_education == UnmatchedEducation::Note;
    let all = [
        (true, "create candidates", "candidates:create"),
        (updates, "change candidates", "candidates:update"),
        (sets("applications") || sets("prospect"), "create applications", "applications:create"),
        (sets("attachments"), "create attachments", "attachments:create"),
        (sets("employments"), "create employments", "candidate_employments:create"),
        (sets("educations"), "create educations", "candidate_educations:create"),
        (sets("notes") || into_a_note, "create notes", "notes:create"),
    ];
    let needed = all.into_iter().filter(|(needed, ..)| *needed);
    let seldom = |scope: &str| scope == "notes:create" && !sets("notes");
    needed.map(|(_, operation, scope)| Call { operation, scope: scope.to_owned(), seldom: seldom(scope) }).collect()
}

/// `why` is a sentence without its end.
fn unknown(why: Option<&str>) -> Finding {
    let known = "whether candidates, applications, attachments and notes may be created is not known before the first write";
    let message = why.map_or_else(|| known.to_owned(), |why| format!("{known}: {why}"));
    Finding::warn(
        WRITING,
        message,
        "try one: hireline run --limit 1. The first answers are watched, and a missing permission stops the run",
    )
}
