//! Which field is treated how: the one table, for the program and for the handbook.

/// What becomes of a field's value. Blank values, true and false keep their shape under each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    /// Numbers and dates stay.
    Kept,
    /// HrFlow's own words stay: hard, soft, resume, linkedin, …
    Type,
    /// One word of an enumeration, or a text that the pipeline's filters name, stays; keys in it are replaced.
    Word,
    /// Stays unless it is long, or has an address or a number in it.
    Term,
    /// A job title: as a term, but replaced by another title.
    Title,
    /// Stays where the pipeline names it.
    SourceKey,
    Country,
    FirstName,
    LastName,
    FullName,
    Email,
    Phone,
    BirthDate,
    Address,
    City,
    /// Digits become other digits, letters other letters.
    Signs,
    Coordinate,
    Company,
    School,
    Text,
    Url,
    FileName,
    Key,
    /// By its shape: an address, a date, a key, a number, a text.
    Unknown,
}

impl Treatment {
    /// What was replaced, counted for people: `3 names`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::FirstName | Self::LastName | Self::FullName => "names",
            Self::Email => "e-mail addresses",
            Self::Phone => "phone numbers",
            Self::BirthDate => "dates of birth",
            Self::Address | Self::City | Self::Signs | Self::Coordinate | Self::Country => "parts of addresses",
            Self::Company => "companies",
            Self::School => "schools",
            Self::Text => "texts",
            Self::Url => "URLs",
            Self::FileName => "file names",
            Self::Key | Self::SourceKey => "keys and references",
            Self::Unknown => "unknown fields",
            Self::Kept | Self::Type | Self::Word | Self::Term | Self::Title => "other values",
        }
    }

    /// For the handbook.
    pub fn about(self) -> &'static str {
        match self {
            Self::Kept => "kept: numbers and dates",
            Self::Type => "kept: HrFlow's own words",
            Self::Word => {
                "kept where it is one word in small or in capital letters, a number, or a text that the pipeline's filters name; keys in it are replaced"
            }
            Self::Term => "kept, unless it is long or has an e-mail address, a URL or a long number in it",
            Self::Title => "kept as a term is; otherwise another title",
            Self::SourceKey => "kept where the pipeline names it; otherwise another key",
            Self::Country => "kept where it is a code of two or three letters; otherwise another place",
            Self::FirstName => "another first name, word by word",
            Self::LastName => "another last name, word by word",
            Self::FullName => "the same other names, in the same order",
            Self::Email => "an address that nobody has; what is no address stays none",
            Self::Phone => "a number of the same country, from those kept for fiction where there are any, written the same way",
            Self::BirthDate => "another day, written the same way; HrFlow's 1969-12-31T23:59:59 stays",
            Self::Address => "another address",
            Self::City => "another place",
            Self::Signs => "other digits for digits, other letters for letters",
            Self::Coordinate => "another place on earth",
            Self::Company => "another company",
            Self::School => "another school",
            Self::Text => "other words of about the same lengths; lines, punctuation and HTML's tags stay, tags without attributes",
            Self::Url => "an address that nobody has, with as many parts and the same ending",
            Self::FileName => "another name with the same ending; `resume`, `original` and the like stay",
            Self::Key => "another key of the same length, hex for hex",
            Self::Unknown => "another value of the same type and shape",
        }
    }
}

/// One row: the fields, by their paths without the lists' positions. `*` stands for any one name.
#[derive(Debug)]
pub struct Row {
    pub fields: &'static [&'static str],
    pub treatment: Treatment,
}

const fn row(treatment: Treatment, fields: &'static [&'static str]) -> Row {
    Row { fields, treatment }
}

pub const TABLE: &[Row] = &[
    row(Treatment::FirstName, &["info.first_name"]),
    row(Treatment::LastName, &["info.last_name"]),
    row(Treatment::FullName, &["info.full_name"]),
    row(Treatment::Email, &["info.email"]),
    row(Treatment::Phone, &["info.phone"]),
    row(Treatment::BirthDate, &["info.date_birth"]),
    row(Treatment::Address, &["*.location.text", "*.location.fields.text"]),
    row(
        Treatment::City,
        &[
            "*.location.fields.city",
            "*.location.fields.city_district",
            "*.location.fields.country_region",
            "*.location.fields.island",
            "*.location.fields.road",
            "*.location.fields.state",
            "*.location.fields.state_district",
            "*.location.fields.suburb",
            "*.location.fields.world_region",
            "*.location.fields.house",
            "*.location.fields.near",
            "*.location.fields.category",
        ],
    ),
    row(
        Treatment::Signs,
        &[
            "*.location.fields.postcode",
            "*.location.fields.house_number",
            "*.location.fields.po_box",
            "*.location.fields.entrance",
            "*.location.fields.level",
            "*.location.fields.staircase",
            "*.location.fields.unit",
        ],
    ),
    row(Treatment::Country, &["*.location.fields.country"]),
    row(Treatment::Coordinate, &["*.location.lat", "*.location.lng"]),
    row(Treatment::Company, &["experiences.company"]),
    row(Treatment::School, &["educations.school"]),
    row(Treatment::Title, &["experiences.title", "educations.title"]),
    row(
        Treatment::Text,
        &[
            "text",
            "info.summary",
            "*.description",
            "*.tasks",
            "*.tasks.name",
            "*.tasks.value",
            "*.courses.name",
            "*.courses.value",
            "tasks.name",
            "tasks.value",
            "courses.name",
            "courses.value",
            "interests.name",
            "interests.value",
        ],
    ),
    row(Treatment::Url, &["info.picture", "info.urls", "info.urls.url", "attachments.public_url", "*.logo"]),
    row(Treatment::FileName, &["attachments.file_name", "attachments.original_file_name", "attachments.alt"]),
    row(
        Treatment::Key,
        &[
            "key",
            "reference",
            "id",
            "experiences.key",
            "educations.key",
            "labels.board_key",
            "labels.job_key",
            "labels.board.key",
            "labels.job.key",
        ],
    ),
    row(Treatment::SourceKey, &["source_key", "source.key"]),
    row(Treatment::Type, &["info.urls.type", "skills.type", "*.skills.type", "attachments.type", "source.type", "source.subtype"]),
    row(
        Treatment::Word,
        &[
            "source.name",
            "source.environment",
            "archive",
            "text_language",
            "info.gender",
            "info.driving_license",
            "attachments.extension",
            "labels.stage",
            "labels.job_reference",
            "tags.value",
            "metadatas.value",
        ],
    ),
    row(
        Treatment::Term,
        &[
            "tags.name",
            "metadatas.name",
            "skills.name",
            "skills.value",
            "*.skills.name",
            "*.skills.value",
            "languages.name",
            "languages.value",
            "certifications.name",
            "certifications.value",
            "*.certifications.name",
            "*.certifications.value",
        ],
    ),
    row(
        Treatment::Kept,
        &[
            "archived_at",
            "created_at",
            "updated_at",
            "experiences_duration",
            "educations_duration",
            "*.date_start",
            "*.date_end",
            "labels.date_stage",
            "labels.rating",
            "labels.date_rating",
            "attachments.file_size",
            "attachments.created_at",
            "attachments.updated_at",
            "attachments.timestamp",
        ],
    ),
    row(Treatment::Url, &["info.urls.*"]),
];

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
    use crate::profile::fields::{PROFILE, Type};

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
        leaves(PROFILE, &mut Vec::new(), &mut found);
        assert!(found.len() > 100);
        let forgotten: Vec<_> = found.iter().filter(|path| treatment(path) == Treatment::Unknown).map(|path| path.join(".")).collect();
        assert!(forgotten.is_empty(), "{forgotten:?}");
    }
}
