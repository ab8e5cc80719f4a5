//! What people in Greenhouse do meanwhile, by hand: they add somebody, merge two, delete one.

use super::call::Call;
use super::store::Table;
use super::world::World;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recruiter {
    /// A second candidate of the same person: the same name, e-mails and phones.
    Adds,
    /// A candidate is merged into another, and is gone: its applications are the other's.
    Merges,
    /// A candidate is erased with all that hangs on it.
    Deletes,
}

/// Does it to `candidate`, or to the newest; says whom it is about afterwards. Merges `into` another, or into one that is added for it.
pub(super) fn acts(world: &mut World, does: Recruiter, candidate: Option<u64>, into: Option<u64>) -> Option<u64> {
    let candidate = match candidate {
        Some(id) => Some(world.store.candidate(id)?.id),
        None => world.store.table(Table::Candidates).newest_first().next().map(|row| row.id),
    };
    match does {
        Recruiter::Adds => Some(add(world, candidate)),
        Recruiter::Merges => {
            let secondary = candidate?;
            let primary = match into {
                Some(id) => world.store.candidate(id).filter(|row| row.id != secondary)?.id,
                None => add(world, candidate),
            };
            world.store.merge(primary, secondary);
            Some(primary)
        }
        Recruiter::Deletes => {
            let id = candidate?;
            world.store.erase(id).then_some(id)
        }
    }
}

fn add(world: &mut World, like: Option<u64>) -> u64 {
    const KEPT: [&str; 4] = ["first_name", "last_name", "email_addresses", "phone_numbers"];
    let mut fields: Map<String, Value> = like.and_then(|id| world.store.candidate(id)).map_or_else(
        || Map::from_iter([("first_name".to_owned(), json!("Robin")), ("last_name".to_owned(), json!("Walkin"))]),
        |row| {
            row.fields.iter().filter(|(name, _)| KEPT.contains(&name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect()
        },
    );
    fields.insert("custom_fields".into(), json!({}));
    world.store.table_mut(Table::Candidates).insert(fields, &Call::of_recruiter()).id
}
