//! Which field is treated how: the one table, for the program and for the handbook.

use std::sync::LazyLock;

macro_rules! treatments {
    ($($name:ident: $words:literal, $about:literal;)*) => {
        /// What becomes of a field's value. Blank values, true and false keep their shape under each of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Treatment { $($name,)* }

        impl Treatment {
            fn named(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }

            /// What was replaced, counted for people: `3 names`.
            pub fn in_words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }

            /// For the handbook.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

treatments! {
    Kept: "other values", "kept: numbers and dates";
    Type: "other values", "kept: HrFlow's own words";
    Word: "other values", "kept where it is one word in small or in capital letters, a number, or a text that the pipeline's filters name; keys in it are replaced";
    Term: "other values", "kept, unless it is long or has an e-mail address, a URL or a long number in it";
    Title: "other values", "kept as a term is; otherwise another title";
    SourceKey: "keys and references", "kept where the pipeline names it; otherwise another key";
    Country: "parts of addresses", "kept where it is a code of two or three letters; otherwise another place";
    FirstName: "names", "another first name, word by word";
    LastName: "names", "another last name, word by word";
    FullName: "names", "the same other names, in the same order";
    Email: "e-mail addresses", "an address that nobody has; what is no address stays none";
    Phone: "phone numbers", "a number of the same country, from those kept for fiction where there are any, written the same way";
    BirthDate: "dates of birth", "another day, written the same way; HrFlow's 1969-12-31T23:59:59 stays";
    Address: "parts of addresses", "another address";
    City: "parts of addresses", "another place";
    Signs: "parts of addresses", "other digits for digits, other letters for letters";
    Coordinate: "parts of addresses", "another place on earth";
    Company: "companies", "another company";
    School: "schools", "another school";
    Text: "texts", "other words of about the same lengths; lines, punctuation and HTML's tags stay, tags without attributes";
    Url: "URLs", "an address that nobody has, with as many parts and the same ending";
    FileName: "file names", "another name with the same ending; `resume`, `original` and the like stay";
    Key: "keys and references", "another key of the same length, hex for hex";
    Unknown: "unknown fields", "another value of the same type and shape";
}

/// One row: the fields, by their paths without the lists' positions. `*` stands for any one name.
#[derive(Debug)]
pub struct Row {
    pub fields: Vec<&'static str>,
    pub treatment: Treatment,
}

/// A line of the file has a treatment, then its fields.
pub static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut words = line.split(' ');
        Some(Row { treatment: Treatment::named(words.next()?)?, fields: words.collect() })
    };
    include_str!("table.txt").lines().filter_map(row).collect()
});

/// By the path's names; what no row names is unknown.
pub fn treatment(path: &[String]) -> Treatment {
    let fits = |field: &str| {
        let names = field.split('.');
        names.clone().count() == path.len() && names.zip(path).all(|(name, part)| name == "*" || name == part)
    };
    TABLE.iter().find(|row| row.fields.iter().any(|field| fits(field))).map_or(Treatment::Unknown, |row| row.treatment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::fields::{PROFILE, Type};

    fn leaves(kind: Type, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        match kind {
            Type::Block(members) => {
                for (name, inner, _) in members {
                    path.push((*name).to_owned());
                    leaves(*inner, path, found);
                    path.pop();
                }
            }
            Type::List(item) => leaves(*item, path, found),
            Type::Scalar => found.push(path.clone()),
            Type::Open => {}
        }
    }

    /// A field that HrFlow adds, and that somebody writes down in the profile's table, is not forgotten here.
    #[test]
    fn every_field_that_is_known_has_its_row() {
        let mut found = Vec::new();
        leaves(*PROFILE, &mut Vec::new(), &mut found);
        assert!(found.len() > 100);
        let forgotten: Vec<_> = found.iter().filter(|path| treatment(path) == Treatment::Unknown).map(|path| path.join(".")).collect();
        assert!(forgotten.is_empty(), "{forgotten:?}");
    }
}
