//! Text positions, diagnostics, secrets, hashes, safe display, confined files. No domain word.

pub mod confined;
pub mod diagnostic;
pub mod digest;
pub mod display;
pub(crate) mod letters;
pub mod place;
pub mod secret;

/// Enums whose values have words, in files, in reports and in the ledger.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$attribute])* #[serde(rename = $word)] $variant),* }

        impl $name {
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.as_str() == word)
            }
        }
    )*};
}
pub(crate) use words;
