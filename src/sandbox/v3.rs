//! Harvest v3: signing in and writing. Source: `docs/greenhouse-api.md`.

mod filters;
mod list;
mod organisation; // its lists
mod read;

use super::call::{Answered, Call, Content, Reply};
use super::custom_fields::archived;
use super::greenhouse::{VISIBILITIES, application, apply, checked, closed_person, content, copy, day, not_found, ok, person, refusal};
use super::organisation::List;
use super::store::Table;
use super::token::{Grant, is_outside};
use super::validate::{Fault, Field, Rule, check, closed, exactly_one, fault, may, must};
use super::world::World;
use super::{Lists, seed};
use crate::model::settings::Api;
use axum::http::Method;
use serde_json::{Map, Value, json};

pub(super) fn answer(world: &mut World, call: &Call, path: &[&str]) -> Answered {
    let actor = actor(world, call)?;
    match (&call.method, path) {
        (&Method::GET, [resource]) => {
            let resource = list::Resource::named(resource).ok_or_else(not_found)?;
            if actor.site_admin {
                return list::list(world, call, resource);
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
    let unauthorized = || Reply::json(401, json!({"message": "Unauthorized", "errors": ["The access token is not valid."]}));
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

/// Checks the body of something that belongs to a candidate; gives the members that the table names.
fn child(world: &World, table: &[Field], body: &Map<String, Value>, faults: &mut Vec<Fault>) -> Map<String, Value> {
    faults.extend(check(table, body, false));
    faults.extend(closed(table.iter().map(|field| field.name), body, ""));
    faults.extend(candidate_fault(world, body, "candidate_id"));
    copy(table, body)
}

fn create(world: &mut World, call: &Call) -> Answered {
    let (fields, asked) = checked(Api::HarvestV3, call, |body, faults| {
        faults.extend(closed_person(body, &["application"]));
        faults.extend(archived(body));
        let (mut fields, changes) = person(Api::HarvestV3, body, false, faults);
        apply(changes, &mut fields);
        let asked = match body.get("application") {
            None => None,
            Some(Value::Object(asked)) => {
                let mut own = Vec::new();
                let linked = application(Api::HarvestV3, world, asked, &mut own);
                faults.extend(own.into_iter().map(|f| fault(format!("application.{}", f.field), f.message)));
                Some(linked)
            }
            Some(_) => {
                faults.push(fault("application", "must be one object"));
                None
            }
        };
        (fields, asked)
    })?;
    let row = world.store.table_mut(Table::Candidates).insert(fields, call);
    let made = asked.map(|mut asked| {
        asked.insert("candidate_id".into(), json!(row.id));
        let row = world.store.table_mut(Table::Applications).insert(asked, call);
        read::application(&row)
    });
    ok(201, json!({"candidate": read::candidate(&row), "application": made}))
}

fn patch(world: &mut World, call: &Call, id: &str) -> Answered {
    let id = candidate_at(world, id)?;
    let (fields, changes, replaces) = checked(Api::HarvestV3, call, |body, faults| {
        faults.extend(closed_person(body, &[]));
        faults.extend(archived(body));
        let (fields, changes) = person(Api::HarvestV3, body, true, faults);
        (fields, changes, body.contains_key("custom_fields"))
    })?;
    let changed = world.store.table_mut(Table::Candidates).update(id, call, |row| {
        row.extend(fields);
        // Source: `docs/greenhouse-api.md`, "Versions".
        if replaces {
            row.insert("custom_fields".into(), json!({}));
            apply(changes, row);
        }
    });
    ok(200, read::candidate(changed.ok_or_else(not_found)?))
}

/// Assumed: that it exists, and answers 204, is known from one client.
fn delete(world: &mut World, id: &str) -> Answered {
    let id = candidate_at(world, id)?;
    world.store.erase(id);
    Ok(Reply { status: 204, headers: Vec::new(), content: Content::Empty })
}

fn merge(world: &mut World, call: &Call, id: &str) -> Answered {
    const SECONDARY: &str = "secondary_candidate_id";
    let primary = candidate_at(world, id)?;
    let secondary = checked(Api::HarvestV3, call, |body, faults| {
        faults.extend(check(&[must(SECONDARY, Rule::Id)], body, false));
        faults.extend(candidate_fault(world, body, SECONDARY));
        body.get(SECONDARY).and_then(Value::as_u64).filter(|secondary| *secondary != primary)
    })?;
    world.store.merge(primary, secondary.ok_or_else(|| refusal(Api::HarvestV3, SECONDARY, "must be another candidate"))?);
    ok(200, read::candidate(world.store.candidate(primary).ok_or_else(not_found)?))
}

fn apply_to(world: &mut World, call: &Call) -> Answered {
    const CANDIDATE: &[Field] = &[must("candidate_id", Rule::Id)];
    let fields = checked(Api::HarvestV3, call, |body, faults| {
        faults.extend(check(CANDIDATE, body, false));
        faults.extend(candidate_fault(world, body, "candidate_id"));
        let mut rest = body.clone();
        rest.shift_remove("candidate_id");
        let mut fields = application(Api::HarvestV3, world, &rest, faults);
        fields.extend(copy(CANDIDATE, body));
        fields
    })?;
    let row = world.store.table_mut(Table::Applications).insert(fields, call);
    ok(201, read::application(&row))
}

/// Source: `docs/greenhouse-api.md`, "Attachments".
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
    let fields = checked(Api::HarvestV3, call, |body, faults| {
        let mut fields = child(world, ATTACHMENT, body, faults);
        faults.extend(exactly_one(body, "content", "url"));
        let application = body.get("application_id").and_then(Value::as_u64);
        let owner = application.and_then(|id| world.store.table(Table::Applications).get(id)?.id_of("candidate_id"));
        if application.is_some() && owner.is_none() {
            faults.push(fault("application_id", "is not an application"));
        }
        fields.shift_remove("content");
        fields.entry("visibility").or_insert_with(|| json!("private"));
        fields.extend(content(body));
        fields.insert("candidate_id".into(), json!(owner));
        fields
    })?;
    let row = world.store.attach(fields, call);
    ok(201, read::attachment(world, &row))
}

const EDUCATION: &[Field] = &[
    must("candidate_id", Rule::Id),
    may("school_name_custom_field_option_id", Rule::Id),
    may("degree_custom_field_option_id", Rule::Id),
    may("discipline_custom_field_option_id", Rule::Id),
    may("start_date", Rule::Date),
    may("start_date_month", Rule::Month),
    may("start_date_year", Rule::Year),
    may("end_date", Rule::Date),
    may("end_date_month", Rule::Month),
    may("end_date_year", Rule::Year),
];

fn educate(world: &mut World, call: &Call) -> Answered {
    let fields = checked(Api::HarvestV3, call, |body, faults| {
        let mut given = child(world, EDUCATION, body, faults);
        let mut fields: Map<String, Value> = given.shift_remove_entry("candidate_id").into_iter().collect();
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
        fields.insert("start_date".into(), day(body, "start"));
        fields.insert("end_date".into(), day(body, "end"));
        fields
    })?;
    let row = world.store.table_mut(Table::Educations).insert(fields, call);
    ok(201, read::education(&row))
}

const EMPLOYMENT: &[Field] = &[
    must("candidate_id", Rule::Id),
    must("company_name", Rule::Text),
    must("title", Rule::Text),
    must("start_date", Rule::Date),
    may("end_date", Rule::Date),
];

fn employ(world: &mut World, call: &Call) -> Answered {
    let fields = checked(Api::HarvestV3, call, |body, faults| child(world, EMPLOYMENT, body, faults))?;
    let row = world.store.table_mut(Table::Employments).insert(fields, call);
    ok(201, read::employment(&row))
}

/// All four must be sent. Source: `docs/greenhouse-api.md`, "Notes".
const NOTE: &[Field] = &[
    must("candidate_id", Rule::Id),
    must("body", Rule::Text),
    must("note_type", Rule::OneOf(&["NOTE"])),
    must("visibility", Rule::OneOf(VISIBILITIES)),
    // Assumed: one client sends them.
    may("user_id", Rule::Id),
    may("application_id", Rule::Id),
];

/// A note for an id that is no candidate is created all the same. Source: `docs/greenhouse-api.md`, "Notes".
fn note(world: &mut World, call: &Call, actor: &Actor) -> Answered {
    let mut fields = checked(Api::HarvestV3, call, |body, faults| {
        faults.extend(check(NOTE, body, false));
        faults.extend(closed(NOTE.iter().map(|field| field.name), body, ""));
        if body.get("user_id").and_then(Value::as_u64).is_some_and(|id| seed::user(id).is_none()) {
            faults.push(fault("user_id", "is not a user"));
        }
        copy(NOTE, body)
    })?;
    fields.entry("user_id").or_insert_with(|| json!(actor.id));
    let row = world.store.table_mut(Table::Notes).insert(fields, call);
    ok(201, read::note(&row))
}
