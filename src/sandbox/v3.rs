//! Harvest v3: signing in and writing. Source: the Greenhouse reference, "Harvest v3".

use super::call::{Answered, Call, Content, Reply};
use super::greenhouse::{Api, VISIBILITIES, application, apply, body, content, copy, day, not_found, ok, person, refusal, refuse};
use super::organisation::List;
use super::prospects::REFERRERS;
use super::store::Table;
use super::token::{Grant, is_outside};
use super::validate::{Fault, Field, Rule, check, exactly_one, fault, may, must};
use super::world::World;
use super::{Lists, clients, seed, v3_list, v3_read};
use axum::http::Method;
use serde_json::{Map, Value, json};

pub(super) fn answer(world: &mut World, call: &Call, path: &[&str]) -> Answered {
    let actor = actor(world, call)?;
    if world.settings.as_clients_say {
        clients::refuse(call, path)?;
    }
    match (&call.method, path) {
        (&Method::GET, [resource]) => {
            let resource = v3_list::Resource::named(resource).ok_or_else(not_found)?;
            if actor.site_admin {
                return v3_list::list(world, call, resource);
            }
            match world.settings.lists_without_site_admin {
                Lists::Forbidden => Err(Reply::message(403, "You do not have permission to access this resource")),
                Lists::Empty => ok(200, json!([])),
            }
        }
        (&Method::POST, ["candidates"]) => create(world, call),
        (&Method::PATCH, ["candidates", id]) => patch(world, call, id),
        (&Method::DELETE, ["candidates", id]) => delete(world, id),
        (&Method::POST, ["candidates", id, "merge"]) => merge(world, call, id),
        (&Method::POST, ["applications"]) => apply_to(world, call),
        (&Method::POST, ["attachments"]) => attach(world, call),
        (&Method::POST, ["candidate_educations"]) => educate(world, call),
        (&Method::POST, ["candidate_employments"]) => employ(world, call),
        (&Method::POST, ["notes"]) => note(world, call, &actor),
        _ => Err(not_found()),
    }
}

/// Who acts: the token's subject.
struct Actor {
    id: u64,
    site_admin: bool,
}

fn actor(world: &World, call: &Call) -> Result<Actor, Reply> {
    let unauthorized = || Reply::message(401, "Unauthorized");
    let token = call.token(&["bearer"]).ok_or_else(unauthorized)?;
    let subject = match world.tokens.grant(token, call.at) {
        Some(Grant::ClientCredentials { subject }) => subject,
        None if is_outside(token) => seed::SERVICE_USER,
        Some(Grant::Password) | None => return Err(unauthorized()),
    };
    let site_admin = world.settings.site_admin && seed::user(subject).is_some_and(|user| user.site_admin);
    Ok(Actor { id: subject, site_admin })
}

/// A path's candidate, or 404.
fn candidate_at(world: &World, id: &str) -> Result<u64, Reply> {
    id.parse().ok().filter(|id| world.store.candidate(*id).is_some()).ok_or_else(not_found)
}

/// A body's candidate: one that is not there is a fault of the body.
fn candidate_fault(world: &World, body: &Map<String, Value>, name: &str) -> Option<Fault> {
    let id = body.get(name)?.as_u64()?;
    world.store.candidate(id).is_none().then(|| fault(name, "is not a candidate"))
}

fn create(world: &mut World, call: &Call) -> Answered {
    let body = body(call)?;
    let mut faults = Vec::new();
    let (mut fields, changes) = person(Api::V3, &body, false, &mut faults);
    if body.get("applications").and_then(Value::as_array).is_some_and(|list| list.len() > 1) {
        faults.push(fault("applications", "at most one application, as `application`"));
    }
    let asked = match body.get("application") {
        None => None,
        Some(Value::Object(asked)) => {
            let mut own = Vec::new();
            let linked = linked(world, asked, &mut own);
            faults.extend(own.into_iter().map(|f| fault(format!("application.{}", f.field), f.message)));
            Some(linked)
        }
        Some(_) => {
            faults.push(fault("application", "must be one object"));
            None
        }
    };
    refuse(Api::V3, faults)?;
    apply(changes, &mut fields);
    let row = world.store.table_mut(Table::Candidates).insert(fields, call);
    let made = asked.map(|mut asked| {
        asked.insert("candidate_id".into(), json!(row.id));
        let row = world.store.table_mut(Table::Applications).insert(asked, call);
        v3_read::application(world, &row)
    });
    ok(201, json!({"candidate": v3_read::candidate(&row), "application": made}))
}

/// An application with v3's own members.
fn linked(world: &World, asked: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    const REFERRER: &[Field] = &[may("referrer_id", Rule::Id)];
    faults.extend(check(REFERRER, asked, false));
    if asked.get("referrer_id").and_then(Value::as_u64).is_some_and(|id| !REFERRERS.iter().any(|known| known.id == id)) {
        faults.push(fault("referrer_id", "is not a referrer"));
    }
    let mut kept = application(Api::V3, world, asked, faults);
    kept.extend(copy(REFERRER, asked));
    kept
}

fn patch(world: &mut World, call: &Call, id: &str) -> Answered {
    let id = candidate_at(world, id)?;
    let body = body(call)?;
    let mut faults = Vec::new();
    let (fields, changes) = person(Api::V3, &body, true, &mut faults);
    refuse(Api::V3, faults)?;
    let changed = world.store.table_mut(Table::Candidates).update(id, call, |row| {
        row.extend(fields);
        // Source: "arrays replace what is there, custom_fields too".
        if body.contains_key("custom_fields") {
            row.insert("custom_fields".into(), json!({}));
            apply(changes, row);
        }
    });
    ok(200, v3_read::candidate(changed.ok_or_else(not_found)?))
}

/// "DELETE /candidates/{id} is said to exist": that it answers 204 is one client's word (D).
fn delete(world: &mut World, id: &str) -> Answered {
    let id = candidate_at(world, id)?;
    world.store.erase(id);
    Ok(Reply { status: 204, headers: Vec::new(), content: Content::Empty })
}

fn merge(world: &mut World, call: &Call, id: &str) -> Answered {
    let primary = candidate_at(world, id)?;
    let body = body(call)?;
    let mut faults = check(&[must("secondary_candidate_id", Rule::Id)], &body, false);
    faults.extend(candidate_fault(world, &body, "secondary_candidate_id"));
    refuse(Api::V3, faults)?;
    let secondary = body.get("secondary_candidate_id").and_then(Value::as_u64).filter(|secondary| *secondary != primary);
    let secondary = secondary.ok_or_else(|| refusal(Api::V3, "secondary_candidate_id", "must be another candidate"))?;
    world.store.merge(primary, secondary);
    let row = world.store.candidate(primary).ok_or_else(not_found)?;
    ok(200, v3_read::candidate(row))
}

fn apply_to(world: &mut World, call: &Call) -> Answered {
    let body = body(call)?;
    let mut faults = check(&[must("candidate_id", Rule::Id)], &body, false);
    faults.extend(candidate_fault(world, &body, "candidate_id"));
    let mut fields = linked(world, &body, &mut faults);
    refuse(Api::V3, faults)?;
    fields.extend(copy(&[must("candidate_id", Rule::Id)], &body));
    let row = world.store.table_mut(Table::Applications).insert(fields, call);
    ok(201, v3_read::application(world, &row))
}

/// Source: "resume, cover_letter, other …"; the others are one client's list (D).
const ATTACHMENT_TYPES: &[&str] = &[
    "resume",
    "cover_letter",
    "other",
    "take_home_test",
    "offer_packet",
    "offer_letter",
    "signed_offer_letter",
    "form_attachment",
    "midfunnel_agreement",
    "automated_agreement",
];

const ATTACHMENT: &[Field] = &[
    must("application_id", Rule::Id),
    must("filename", Rule::Text),
    must("type", Rule::OneOf(ATTACHMENT_TYPES)),
    may("content", Rule::Base64),
    may("url", Rule::Text),
    may("visibility", Rule::OneOf(VISIBILITIES)),
];

fn attach(world: &mut World, call: &Call) -> Answered {
    let body = body(call)?;
    let mut faults = check(ATTACHMENT, &body, false);
    faults.extend(exactly_one(&body, "content", "url"));
    let application = body.get("application_id").and_then(Value::as_u64);
    let owner = application.and_then(|id| world.store.table(Table::Applications).get(id)?.id_of("candidate_id"));
    if application.is_some() && owner.is_none() {
        faults.push(fault("application_id", "is not an application"));
    }
    refuse(Api::V3, faults)?;
    let mut fields = copy(ATTACHMENT, &body);
    fields.shift_remove("content");
    fields.entry("visibility").or_insert_with(|| json!("private"));
    fields.extend(content(&body));
    fields.insert("candidate_id".into(), json!(owner));
    let row = world.store.attach(fields, call);
    ok(201, v3_read::attachment(world, &row))
}

const EDUCATION: &[Field] = &[
    must("candidate_id", Rule::Id),
    may("school_name_custom_field_option_id", Rule::Id),
    may("degree_custom_field_option_id", Rule::Id),
    may("discipline_custom_field_option_id", Rule::Id),
    may("start_date", Rule::Date),
    may("start_month", Rule::Month),
    may("start_year", Rule::Year),
    may("end_date", Rule::Date),
    may("end_month", Rule::Month),
    may("end_year", Rule::Year),
];

fn educate(world: &mut World, call: &Call) -> Answered {
    let body = body(call)?;
    let mut faults = check(EDUCATION, &body, false);
    faults.extend(candidate_fault(world, &body, "candidate_id"));
    let mut fields = copy(&[must("candidate_id", Rule::Id)], &body);
    for (name, kept, list) in [
        ("school_name_custom_field_option_id", "school_id", List::Schools),
        ("degree_custom_field_option_id", "degree_id", List::Degrees),
        ("discipline_custom_field_option_id", "discipline_id", List::Disciplines),
    ] {
        let Some(id) = body.get(name).and_then(Value::as_u64) else { continue };
        if !world.settings.organisation.knows(list, id) {
            faults.push(fault(name, "is not an option of its list"));
        }
        fields.insert(kept.into(), json!(id));
    }
    refuse(Api::V3, faults)?;
    fields.insert("start_date".into(), day(&body, "start"));
    fields.insert("end_date".into(), day(&body, "end"));
    let row = world.store.table_mut(Table::Educations).insert(fields, call);
    ok(201, v3_read::education(&row))
}

const EMPLOYMENT: &[Field] = &[
    must("candidate_id", Rule::Id),
    must("company_name", Rule::Text),
    must("title", Rule::Text),
    must("start_date", Rule::Date),
    may("end_date", Rule::Date),
];

fn employ(world: &mut World, call: &Call) -> Answered {
    let body = body(call)?;
    let mut faults = check(EMPLOYMENT, &body, false);
    faults.extend(candidate_fault(world, &body, "candidate_id"));
    refuse(Api::V3, faults)?;
    let row = world.store.table_mut(Table::Employments).insert(copy(EMPLOYMENT, &body), call);
    ok(201, v3_read::employment(&row))
}

const NOTE: &[Field] = &[
    must("candidate_id", Rule::Id),
    must("body", Rule::Text),
    // One client names the author (D).
    may("user_id", Rule::Id),
    may("note_type", Rule::OneOf(&["NOTE"])),
    may("visibility", Rule::OneOf(VISIBILITIES)),
];

fn note(world: &mut World, call: &Call, actor: &Actor) -> Answered {
    let body = body(call)?;
    let mut faults = check(NOTE, &body, false);
    faults.extend(candidate_fault(world, &body, "candidate_id"));
    if body.get("user_id").and_then(Value::as_u64).is_some_and(|id| seed::user(id).is_none()) {
        faults.push(fault("user_id", "is not a user"));
    }
    refuse(Api::V3, faults)?;
    let mut fields = copy(NOTE, &body);
    fields.entry("note_type").or_insert_with(|| json!("NOTE"));
    fields.entry("visibility").or_insert_with(|| json!("private"));
    fields.entry("user_id").or_insert_with(|| json!(actor.id));
    let row = world.store.table_mut(Table::Notes).insert(fields, call);
    ok(201, v3_read::note(world, &row))
}
