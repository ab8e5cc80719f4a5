//! The words that fictional people, places and texts are made of, and words that identify nobody: one list per file in `words/`.

use super::fold::fold;
use std::sync::LazyLock;

macro_rules! lists {
    ($($(#[$about:meta])* $name:ident = $file:literal;)*) => {
        $($(#[$about])* pub static $name: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!(concat!("words/", $file)).lines().collect());)*
    };
}

lists! {
    FIRST_NAMES = "first_names.txt";
    /// For people whose own name has such letters: these letters are what breaks first.
    ACCENTED_FIRST_NAMES = "accented_first_names.txt";
    LAST_NAMES = "last_names.txt";
    ACCENTED_LAST_NAMES = "accented_last_names.txt";
    COMPANIES = "companies.txt";
    CITIES = "cities.txt";
    ROADS = "roads.txt";
    TITLES = "titles.txt";
    /// For free text.
    WORDS = "words.txt";
    /// Tags of HTML that are kept: `<ada>` is not one.
    HTML_TAGS = "html_tags.txt";
    /// Words in URLs and file names that identify nobody.
    COMMON = "common.txt";
    /// Hosts that many people share.
    SHARED_HOSTS = "shared_hosts.txt";
}

pub const COMPANY_ENDS: &[&str] =
    &["Foods", "Freight", "Instruments", "Labs", "Logistics", "Mills", "Partners", "Robotics", "Software", "Studio", "Systems", "Works"];
pub const SCHOOL_ENDS: &[&str] = &["Academy", "College", "Institute", "Polytechnic", "School", "University"];

/// RFC 2606 and RFC 6761: nobody owns these. The later ones are for people whose own name is part of the earlier ones.
const DOMAINS: [&str; 6] = ["example.org", "example.com", "example.net", "mail.test", "post.invalid", "host.localhost"];

/// The nth, over and over.
pub fn domain(n: usize) -> &'static str {
    DOMAINS.get(n % DOMAINS.len()).copied().unwrap_or_default()
}

/// Whether a text is a name that anybody's file may have: `resume.pdf`.
pub fn is_common(text: &str) -> bool {
    COMMON.contains(&fold(text).as_str())
}
