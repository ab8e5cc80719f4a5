//! What was last sent to Greenhouse for a person: a hash a member.
//! Source: delivery design, "The ledger's rows" and rule 10.

use super::store::Store;
use crate::digest::Digest;
use crate::step::Members;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// The version of what goes into a member's hash. A row of another version is as good as none: what it says cannot be compared.
const VERSION: u32 = 1;

/// As a column holds it.
pub(super) fn written(members: &Members) -> String {
    let texts: BTreeMap<&str, String> = members.iter().map(|(member, hash)| (member.as_str(), hash.to_string())).collect();
    serde_json::to_string(&texts).unwrap_or_default()
}

fn read(text: &str) -> rusqlite::Result<Members> {
    let strange = || rusqlite::Error::FromSqlConversionFailure(0, Type::Text, "not a hash a member".into());
    let texts: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| strange())?;
    texts.into_iter().map(|(member, hash)| Digest::parse(&hash).map(|hash| (member, hash)).ok_or_else(strange)).collect()
}

/// What a request carried; empty where the column is.
pub(super) fn optional(row: &Row<'_>, column: usize) -> rusqlite::Result<Members> {
    row.get::<_, Option<String>>(column)?.map_or_else(|| Ok(Members::new()), |text| read(&text))
}

impl Store {
    pub fn sent(&self, person: i64) -> rusqlite::Result<Option<Members>> {
        let mut statement = self.connection.prepare_cached("SELECT members FROM sent WHERE person = ?1 AND version = ?2")?;
        let text: Option<String> = statement.query_row(params![person, VERSION], |row| row.get(0)).optional()?;
        text.map(|text| read(&text)).transpose()
    }

    /// Writes members over what was last sent of them.
    pub fn remember(&self, person: i64, members: Members) -> rusqlite::Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        let mut all = self.sent(person)?.unwrap_or_default();
        all.extend(members);
        let sql = "INSERT OR REPLACE INTO sent (person, version, members) VALUES (?1, ?2, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![person, VERSION, written(&all)]).map(drop)
    }

    /// A step is done, so what its request carried was sent.
    pub fn remember_request_of(&self, person: i64, step: &str) -> rusqlite::Result<()> {
        let sql = "SELECT action.number, action.members FROM action WHERE person = ?1 AND members IS NOT NULL AND number = \
                   (SELECT action FROM step WHERE person = ?1 AND step = ?2 ORDER BY attempt DESC LIMIT 1)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let request: Option<(i64, String)> = statement.query_row(params![person, step], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((number, text)) = request else { return Ok(()) };
        self.remember(person, read(&text)?)?;
        let sql = "UPDATE action SET members = NULL WHERE person = ?1 AND number = ?2";
        self.connection.prepare_cached(sql)?.execute(params![person, number]).map(drop)
    }
}
