//! v1 writes schools, degrees and disciplines by id and reads them by name: its lists tell which is which.
//! Source: `docs/greenhouse-api.md`, "Educations".

use crate::greenhouse::Wire;
use crate::greenhouse::lookup::Blind;
use crate::greenhouse::rows::{number, text};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Ids by name, of each list.
#[derive(Debug, Default)]
pub(in crate::greenhouse) struct Lists(Vec<(Member, HashMap<String, u64>)>);

/// What a row reads, and what is written for it.
type Member = (&'static str, &'static str);

const LISTS: [(&str, Member); 3] = [
    ("/schools?per_page=500", ("school_name", "school_id")),
    ("/degrees?per_page=500", ("degree", "degree_id")),
    ("/disciplines?per_page=500", ("discipline", "discipline_id")),
];

impl Wire {
    /// Read once a run, where somebody who is there has an education.
    pub(super) async fn education_lists(&self) -> Result<&Lists, Blind> {
        let read = || async {
            let mut lists = Lists::default();
            for (path, member) in LISTS {
                let rows = self.list(path, "list schools, degrees and disciplines", |_| true).await?;
                let named = rows.iter().filter_map(|row| Some((text(row, "name")?.to_owned(), number(row, "id")?)));
                lists.0.push((member, named.collect()));
            }
            Ok::<_, Blind>(lists)
        };
        self.education_lists.get_or_try_init(read).await
    }
}

impl Lists {
    /// Adds to a row the ids of what it names.
    pub(super) fn name_ids(&self, row: &mut Value) {
        for ((name, id), ids) in &self.0 {
            let known = text(row, name).and_then(|name| ids.get(name)).copied();
            if let (Some(known), Value::Object(row)) = (known, &mut *row) {
                row.insert((*id).to_owned(), json!(known));
            }
        }
    }
}
