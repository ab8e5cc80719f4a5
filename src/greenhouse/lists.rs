//! Reads the account's lists, all pages, so that names can be matched. Source: `docs/greenhouse-api.md`, "Lists".

use super::fields::own_options;
use super::lookup::Blind;
use super::rows::text;
use super::version::version;
use super::{Stop, UserError, Wire, rows};
use crate::greenhouse::directory::fields::{Field, is_key, options};
use crate::greenhouse::directory::{Directory, Entry, Fields, List};
use crate::model::named::{Kind, Needs};
use crate::model::settings::{ActingUser, Api, Greenhouse};
use crate::net::http;
use serde_json::Value;

/// Field types whose values are options.
const SELECTS: [&str; 2] = ["single_select", "multi_select"];

/// A Greenhouse user, as far as a pipeline is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    pub id: u64,
    pub name: String,
    pub emails: Vec<String>,
    pub site_admin: bool,
    pub active: bool,
}

/// The operation's name, as permissions call it.
pub fn operation(kind: Kind) -> &'static str {
    match kind {
        Kind::Job => "list jobs",
        Kind::Source => "list sources",
        Kind::Stage => "list job stages",
        Kind::User => "list users",
        Kind::Pool => "list prospect pools",
        Kind::PoolStage => "list prospect pool stages",
        Kind::School => "list schools",
        Kind::Degree => "list degrees",
        Kind::Discipline => "list disciplines",
    }
}

/// What to do where a list is not there at all.
const GATEWAY: &str = "if `base_url` is a gateway, let it pass this request on too";

pub const FIELDS_OPERATION: &str = "list custom fields";
pub const OPTIONS_OPERATION: &str = "list custom field options";

impl Wire {
    /// A way to the account as whom the pipeline names. Where that is an e-mail address, the user is looked up first: in v3 with
    /// a token without `sub`.
    ///
    /// # Errors
    /// A secret that cannot be opened, a list that may not be read, a user who is not there.
    pub async fn open_as(settings: &Greenhouse, http: http::Http) -> Result<Self, Stop> {
        let Some(ActingUser::Email(email)) = &settings.on_behalf_of else { return Self::open(settings, http) };
        let nobody_yet = Greenhouse { on_behalf_of: None, ..settings.clone() };
        let asking = Self::open(&nobody_yet, http.clone())?;
        let user = match asking.user_by_email(email).await {
            Ok(Some(user)) if user.active => user,
            Ok(Some(_)) => return Err(UserError::Deactivated { email: email.clone() }.into()),
            Ok(None) => return Err(UserError::Unknown { email: email.clone() }.into()),
            Err(blind) => return Err(stopped(blind, "`on_behalf_of` is an e-mail address: write the user's id instead, or allow it")),
        };
        Self::open(&Greenhouse { on_behalf_of: Some(ActingUser::Id(user.id)), ..settings.clone() }, http)
    }

    /// What it was opened with; where the acting user was named by e-mail address, with the id.
    pub fn settings(&self) -> &Greenhouse {
        &self.settings
    }

    pub async fn user_by_email(&self, email: &str) -> Result<Option<UserRow>, Blind> {
        let filter = version(self.api()).users_by_email;
        let path = format!("/users?{filter}={}&per_page=500", http::encoded(email));
        let rows = match self.own_list(&path, operation(Kind::User), |_| true).await {
            // v1 answers 404 elsewhere where nobody is meant; of an e-mail address it is not stated.
            Err(Blind::Unserved(_)) if self.api() == Api::HarvestV1 => return Ok(None),
            rows => rows?,
        };
        // A filter can be ignored: only a row that has the address counts.
        let has = |user: &UserRow| user.emails.iter().any(|own| own.eq_ignore_ascii_case(email.trim()));
        Ok(rows.iter().filter_map(user).find(has))
    }

    pub async fn user_by_id(&self, id: u64) -> Result<Option<UserRow>, Blind> {
        let path = (version(self.api()).users_by_id)(id);
        let rows = self.list(&path, operation(Kind::User), |_| true).await?;
        Ok(rows.iter().filter_map(user).find(|user| user.id == id))
    }

    /// Reads the lists that a pipeline can need, one after the other. Educations can be told in a note: where their lists may not be read,
    /// that is told in the notices, unless `strict`.
    ///
    /// # Errors
    /// A list that may not be read, although names of it have to be found.
    pub async fn directory(&self, needs: &Needs, strict: bool) -> Result<Directory, Stop> {
        let mut directory = Directory::default();
        for kind in &needs.lists {
            let can_miss = kind.has_common_forms() && !strict;
            let blind = match self.read_list(*kind).await {
                Ok(list) if !list.is_empty() => {
                    directory.lists.insert(*kind, list);
                    continue;
                }
                Ok(_) => format!("Greenhouse shows no {} at all", kind.plural()),
                Err(Blind::Stop(stop)) => return Err(stop),
                Err(blind @ Blind::Unserved(_)) => {
                    if !can_miss {
                        return Err(Stop::Unreachable(format!(
                            "{blind}, and the pipeline needs {} by name: {GATEWAY}, or write ids",
                            kind.plural()
                        )));
                    }
                    directory.notices.push(format!("{blind}: {GATEWAY}. Until then every education counts as not in the list"));
                    continue;
                }
                Err(blind) => blind.to_string(),
            };
            let admin = version(self.api()).who_may_list;
            if !can_miss {
                return Err(Stop::Permission(format!("{blind}, and the pipeline needs them by name: {admin}, or write ids")));
            }
            directory.notices.push(format!("{blind}: {admin}. Until then every education counts as not in the list"));
        }
        if !needs.fields.is_empty() {
            self.add_fields(needs, &mut directory).await?;
        }
        Ok(directory)
    }

    async fn add_fields(&self, needs: &Needs, directory: &mut Directory) -> Result<(), Stop> {
        match self.read_fields(&needs.fields).await {
            Ok(fields) => {
                if fields.take_users(needs.fields.iter().map(String::as_str)) && !directory.lists.contains_key(&Kind::User) {
                    let users =
                        self.read_list(Kind::User).await.map_err(|blind| stopped(blind, "a custom field takes a user: allow it"))?;
                    directory.lists.insert(Kind::User, users);
                }
                directory.fields = Some(fields);
                Ok(())
            }
            // Ids and name_keys need no list: they are sent as they are, and Greenhouse judges.
            Err(blind @ (Blind::Forbidden(_) | Blind::Unserved(_))) if needs.fields.iter().all(|key| is_key(key)) => {
                directory.notices.push(format!("{blind}: custom fields are sent as they are written, and not checked before"));
                Ok(())
            }
            Err(blind) => Err(stopped(blind, "the pipeline names custom fields by name: allow it, or write their ids or name_keys")),
        }
    }

    pub async fn read_list(&self, kind: Kind) -> Result<List, Blind> {
        let rows = self.own_list((version(self.api()).list)(kind), operation(kind), |_| true).await?;
        let entries = match (self.api(), kind) {
            (_, Kind::User) => rows.iter().filter_map(user).flat_map(by_email).collect(),
            (Api::HarvestV1, Kind::PoolStage) => rows.iter().flat_map(stages_of).collect(),
            (Api::HarvestV3, Kind::School | Kind::Degree | Kind::Discipline) => one_fields_options(&rows, kind)?,
            _ => rows.iter().filter_map(|row| entry(kind, row)).collect(),
        };
        Ok(List::new(kind, entries))
    }

    /// The custom fields, with the options of those selects that are named.
    pub async fn read_fields(&self, keys: &std::collections::BTreeSet<String>) -> Result<Fields, Blind> {
        let version = version(self.api());
        let rows = self.own_list(version.fields, FIELDS_OPERATION, |_| true).await?;
        let known = Fields::new(rows.iter().filter_map(|row| field(row, Vec::new())).collect());
        let mut used: Vec<u64> = keys.iter().filter_map(|key| known.find(key).ok()).map(|field| field.id).collect();
        used.sort_unstable();
        used.dedup();
        let mut fields = Vec::with_capacity(rows.len());
        for row in &rows {
            let is_select = text(row, "value_type").is_some_and(|kind| SELECTS.contains(&kind));
            let id = row.get("id").and_then(Value::as_u64).unwrap_or_default();
            let options = match version.fields_have_options {
                true => own_options(row),
                false if is_select && used.contains(&id) => self.options(id, text(row, "name_key").unwrap_or_default()).await?,
                false => Vec::new(),
            };
            fields.extend(field(row, options));
        }
        Ok(Fields::new(fields))
    }

    /// The filter may be ignored: a row that says to which field it belongs counts there only. Not every row has to say it.
    pub(super) async fn options(&self, field: u64, name_key: &str) -> Result<Vec<Entry>, Blind> {
        let path = format!("/custom_field_options?custom_field_key={}&per_page=500", http::encoded(name_key));
        let rows = self.own_list(&path, OPTIONS_OPERATION, |_| true).await?;
        let own = |row: &&Value| row.get("custom_field_id").and_then(Value::as_u64).is_none_or(|id| id == field);
        Ok(rows.iter().filter(own).filter_map(|row| entry(Kind::Source, row)).collect())
    }
}

/// What to say where a list that is needed may not be read.
fn stopped(blind: Blind, why: &str) -> Stop {
    match blind {
        Blind::Stop(stop) => stop,
        blind @ Blind::Unserved(_) => Stop::Unreachable(format!("{blind}, and {why}")),
        blind => Stop::Permission(format!("{blind}, and {why}")),
    }
}

/// Schools, degrees and disciplines are options of a field each. Did the answer hold other fields' options too, the filter was ignored.
fn one_fields_options(rows: &[Value], kind: Kind) -> Result<Vec<Entry>, Blind> {
    let field = |row: &Value| row.get("custom_field_id").and_then(Value::as_u64);
    if rows.iter().any(|row| field(row) != rows.first().and_then(field)) {
        return Err(Stop::FilterIgnored { operation: operation(kind) }.into());
    }
    Ok(rows.iter().filter_map(|row| entry(kind, row)).collect())
}

pub(super) fn entry(kind: Kind, row: &Value) -> Option<Entry> {
    let within = match kind {
        Kind::Stage => row.get("job_id").and_then(Value::as_u64),
        Kind::PoolStage => row.get("prospect_pool_id").and_then(Value::as_u64),
        _ => None,
    };
    let open = match kind {
        // A template takes no applications. Source: `docs/greenhouse-api.md`, "Lists".
        Kind::Job => text(row, "status").is_none_or(|status| status == "open") && row.get("is_template") != Some(&Value::Bool(true)),
        _ => row.get("active").and_then(Value::as_bool).unwrap_or(true),
    };
    Some(Entry { id: row.get("id")?.as_u64()?, name: text(row, "name")?.to_owned(), within, open })
}

fn stages_of(pool: &Value) -> Vec<Entry> {
    let within = pool.get("id").and_then(Value::as_u64);
    rows::list(pool, "prospect_stages").filter_map(|row| entry(Kind::Source, row)).map(|entry| Entry { within, ..entry }).collect()
}

fn user(row: &Value) -> Option<UserRow> {
    let flag = |name: &str| row.get(name).and_then(Value::as_bool).unwrap_or(false);
    let primary = ["primary_email", "primary_email_address"].into_iter().filter_map(|name| text(row, name));
    let others = rows::list(row, "emails").filter_map(Value::as_str);
    let mut emails: Vec<String> = primary.chain(others).map(str::to_owned).collect();
    emails.dedup();
    let name = text(row, "name")
        .map(str::to_owned)
        .unwrap_or_else(|| ["first_name", "last_name"].into_iter().filter_map(|name| text(row, name)).collect::<Vec<_>>().join(" "));
    let active = !flag("disabled") && !flag("deactivated");
    Some(UserRow { id: row.get("id")?.as_u64()?, name, emails, site_admin: flag("site_admin"), active })
}

fn by_email(user: UserRow) -> Vec<Entry> {
    let UserRow { id, emails, active, .. } = user;
    emails.into_iter().map(|name| Entry { id, name, within: None, open: active }).collect()
}

/// v1's list is that of candidates alone, and says so in its rows too.
pub(super) fn field(row: &Value, entries: Vec<Entry>) -> Option<Field> {
    Some(Field {
        id: row.get("id")?.as_u64()?,
        name: text(row, "name")?.to_owned(),
        name_key: text(row, "name_key").unwrap_or_default().to_owned(),
        belongs: text(row, "field_type").unwrap_or("candidate").to_owned(),
        kind: text(row, "value_type").unwrap_or_default().to_owned(),
        active: row.get("active").and_then(Value::as_bool).unwrap_or(true),
        options: options(entries),
    })
}
