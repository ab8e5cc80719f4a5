//! The control server: what a person or a test looks at and changes. It is no part of either API, and asks for no credential.
//!
//! | request | does |
//! |---|---|
//! | GET /state | all candidates, each with its children |
//! | GET /counts | how many calls came, of each kind and by status, how many were 429, and how full each window was |
//! | GET /requests | every request received, in order, without its secrets |
//! | POST /reset | forgets all that happened; profiles and settings stay |
//! | PUT /profiles | replaces HrFlow's profiles by a JSON array |
//! | POST /candidates | puts a candidate there that somebody else made; the body is v3's, with any number of `applications` |
//! | DELETE /candidates/{id} | erases one |
//! | POST /recruiter | `{"does": "adds", "merges" or "deletes", "candidate": ID, "into": ID}`: somebody does that by hand, to the newest candidate where none is named |
//! | POST /misbehave | adds a fault, written as for `--misbehave`, a [`super::Misbehaviour`], or an array of them; DELETE forgets them |
//! | PUT /chaos | mixed faults from now on: `{"seed": 7, "rate": 0.2, "late_ms": 1000}`; DELETE ends them |
//! | POST /lists | makes lists longer: `{"schools": 1200, "degrees": ["…"]}`, also `disciplines`, `sources` and `jobs`; says the new ids |
//! | POST /revoke | every token that was given out stops being good |

use super::call::{Call, Content, Reply};
use super::chaos::{Chaos, Draws};
use super::greenhouse::{self, apply, refuse};
use super::misbehave::Misbehaviour;
use super::organisation::{Added, List};
use super::recruiter::{self, Recruiter};
use super::store::Table;
use super::validate::{Fault, fault};
use super::world::World;
use crate::model::settings::Api;
use axum::http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let path = call.below("").unwrap_or_default();
    let answered = match (&call.method, path.as_slice()) {
        (&Method::GET, ["state"]) => Ok(Reply::json(200, world.store.state())),
        (&Method::GET, ["counts"]) => Ok(Reply::json(200, world.counted())),
        (&Method::GET, ["requests"]) => Ok(Reply::json(200, world.requests())),
        (&Method::POST, ["reset"]) => {
            world.reset();
            Ok(done())
        }
        (&Method::PUT, ["profiles"]) => read::<Vec<Value>>(call).map(|profiles| {
            world.settings.profiles = profiles;
            done()
        }),
        (&Method::POST, ["candidates"]) => read::<Map<String, Value>>(call)
            .and_then(|body| plant(world, call, &body).map_err(|faults| refuse(Api::HarvestV3, faults).err().unwrap_or_else(done)))
            .map(|id| Reply::json(201, json!({"id": id}))),
        (&Method::DELETE, ["candidates", id]) => match id.parse().is_ok_and(|id| world.store.erase(id)) {
            true => Ok(done()),
            false => Err(greenhouse::not_found()),
        },
        (&Method::POST, ["recruiter"]) => read(call).and_then(|asked| by_hand(world, asked)),
        (&Method::PUT, ["chaos"]) => read::<Chaos>(call).and_then(|chaos| {
            chaos.check().map_err(|why| Reply::message(400, why))?;
            world.chaos = Some(Draws::new(chaos));
            Ok(done())
        }),
        (&Method::DELETE, ["chaos"]) => {
            world.chaos = None;
            Ok(done())
        }
        (&Method::POST, ["misbehave"]) => misbehave(world, call),
        (&Method::DELETE, ["misbehave"]) => {
            world.misbehaviours.clear();
            Ok(done())
        }
        (&Method::POST, ["lists"]) => read::<BTreeMap<List, Added>>(call).map(|added| lengthen(world, added)),
        (&Method::POST, ["revoke"]) => {
            world.tokens.revoke();
            Ok(done())
        }
        _ => Err(greenhouse::not_found()),
    };
    answered.unwrap_or_else(|refusal| refusal)
}

fn done() -> Reply {
    Reply { status: 204, headers: Vec::new(), content: Content::Empty }
}

fn read<T: serde::de::DeserializeOwned>(call: &Call) -> Result<T, Reply> {
    serde_json::from_slice(&call.body).map_err(|error| Reply::message(400, &format!("the body cannot be read: {error}")))
}

fn lengthen(world: &mut World, added: BTreeMap<List, Added>) -> Reply {
    let organisation = &mut world.settings.organisation;
    let ids = added.into_iter().map(|(list, added)| (list, organisation.add(list, added.names(list))));
    Reply::json(201, json!(ids.collect::<BTreeMap<_, _>>()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    does: Recruiter,
    candidate: Option<u64>,
    into: Option<u64>,
}

fn by_hand(world: &mut World, asked: ByHand) -> Result<Reply, Reply> {
    let about = recruiter::acts(world, asked.does, asked.candidate, asked.into).ok_or_else(greenhouse::not_found)?;
    Ok(Reply::json(200, json!({"id": about})))
}

/// One fault or an array of them, each as for `--misbehave` or by its members.
fn misbehave(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let items = match read(call)? {
        Value::Array(items) => items,
        one => vec![one],
    };
    let faults = items.into_iter().map(|item| match item {
        Value::String(text) => text.parse(),
        item => {
            let read: Misbehaviour = serde_json::from_value(item).map_err(|error| format!("the body cannot be read: {error}"))?;
            read.check().map_err(str::to_owned).map(|()| read)
        }
    });
    world.misbehaviours.extend(faults.collect::<Result<Vec<_>, String>>().map_err(|why| Reply::message(400, &why))?);
    Ok(done())
}

/// Puts a candidate there; says its id.
pub(super) fn plant(world: &mut World, call: &Call, body: &Map<String, Value>) -> Result<u64, Vec<Fault>> {
    let mut faults = Vec::new();
    let (mut fields, changes) = greenhouse::person(Api::HarvestV3, body, false, &mut faults);
    let mut applications = Vec::new();
    for item in body.get("applications").and_then(Value::as_array).into_iter().flatten() {
        match item.as_object() {
            Some(item) => {
                let mut asked = item.clone();
                let status = asked.shift_remove("status");
                let mut made = greenhouse::application(Api::HarvestV3, world, &asked, &mut faults);
                made.extend(status.map(|status| ("status".to_owned(), status)));
                applications.push(made);
            }
            None => faults.push(fault("applications", "must be objects")),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    apply(changes, &mut fields);
    let id = world.store.table_mut(Table::Candidates).insert(fields, call).id;
    for mut application in applications {
        application.insert("candidate_id".into(), json!(id));
        world.store.table_mut(Table::Applications).insert(application, call);
    }
    Ok(id)
}
