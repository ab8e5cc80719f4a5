//! Custom fields, one of each type at least. Source for the types: `docs/greenhouse-api.md`, "Custom fields".

use crate::model::settings::Api;

#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct CustomField {
    pub id: u64,
    pub name: &'static str,
    pub name_key: &'static str,
    /// candidate, application or job: what it belongs to. `standard` are those of educations.
    pub belongs: &'static str,
    /// The `value_type` of its list.
    pub kind: &'static str,
    pub active: bool,
    /// Of a select. The lists for educations are longer than that: see `Organisation`.
    pub options: &'static [(u64, &'static str)],
}

impl CustomField {
    /// The `type` with which a value reads back: what v1's lists call yes_no is a boolean there. Source: Greenhouse's own v1 samples.
    pub fn read_type(&self, api: Api) -> &'static str {
        if api == Api::HarvestV1 && self.kind == "yes_no" { "boolean" } else { self.kind }
    }

    /// Whether a value can be written to it.
    pub fn is_open_to(&self, belongs: &str) -> bool {
        self.active && self.belongs == belongs
    }
}

const fn of(belongs: &'static str, id: u64, name: &'static str, name_key: &'static str, kind: &'static str) -> CustomField {
    CustomField { id, name, name_key, belongs, kind, active: true, options: &[] }
}

const fn field(id: u64, name: &'static str, name_key: &'static str, kind: &'static str) -> CustomField {
    of("candidate", id, name, name_key, kind)
}

impl CustomField {
    const fn options(mut self, options: &'static [(u64, &'static str)]) -> Self {
        self.options = options;
        self
    }

    const fn inactive(mut self) -> Self {
        self.active = false;
        self
    }
}

const LEVELS: &[(u64, &str)] = &[(601, "junior"), (602, "senior"), (603, "staff"), ARCHIVED];
/// An option that is not active any more. Candidates can have it, and it cannot be written.
pub(in crate::sandbox) const ARCHIVED: (u64, &str) = (604, "intern");

pub(in crate::sandbox) fn is_archived(option: u64) -> bool {
    option == ARCHIVED.0
}

const LANGUAGES: &[(u64, &str)] = &[(901, "English"), (902, "French"), (903, "German")];

/// Two of them are called "Region": a name alone does not tell which.
pub(in crate::sandbox) const CUSTOM_FIELDS: [CustomField; 27] = [
    field(5, "HrFlow Key", "hrflow_key", "short_text"),
    field(6, "Level", "level", "single_select").options(LEVELS),
    field(7, "Desired Salary", "desired_salary", "currency"),
    field(8, "Work Remotely", "work_remotely", "yes_no"),
    field(9, "Spoken Languages", "spoken_languages", "multi_select").options(LANGUAGES),
    field(10, "Years of Experience", "years_of_experience", "number"),
    field(11, "Summary", "summary", "long_text"),
    field(12, "Open to Relocation", "relocation", "yes_no"),
    field(13, "Salary Range", "salary_range", "currency_range"),
    field(14, "Weekly Hours", "weekly_hours", "number_range"),
    field(15, "Available From", "available_from", "date"),
    field(16, "Portfolio", "portfolio", "url"),
    field(17, "Sourced By", "sourced_by", "user"),
    field(18, "Fax", "fax", "short_text").inactive(),
    field(19, "Region", "region", "single_select").options(&[(1901, "EMEA"), (1902, "Americas")]),
    field(20, "Region", "region_1", "short_text"),
    field(24, "Cover Note", "cover_note", "rich_text"),
    of("application", 31, "Level", "application_level", "single_select").options(&[(3101, "junior"), (3102, "senior")]),
    of("application", 32, "Visa Needed", "visa_needed", "yes_no"),
    of("application", 33, "Expected Salary", "expected_salary", "currency"),
    of("application", 34, "Why Us", "why_us", "long_text"),
    of("application", 35, "Start Date", "start_date", "date"),
    of("application", 36, "Skills", "skills", "multi_select").options(&[(3601, "Rust"), (3602, "Go")]),
    of("job", 41, "Employment Type", "employment_type", "single_select").options(&[(4101, "Full-time"), (4102, "Part-time")]),
    of("standard", 21, "School Name", "school_name", "single_select"),
    of("standard", 22, "Degree", "degree", "single_select"),
    of("standard", 23, "Discipline", "discipline", "single_select"),
];

pub(in crate::sandbox) fn of_candidates() -> impl Iterator<Item = &'static CustomField> {
    CUSTOM_FIELDS.iter().filter(|field| field.is_open_to("candidate"))
}
