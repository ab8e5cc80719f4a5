//! One thing that may be written where the cursor is.

/// What kind of thing: editors show a sign for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Key,
    Word,
    Name,
    Field,
    Variable,
    Function,
    Keyword,
    File,
    Template,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub label: String,
    pub sort: Sort,
    pub detail: String,
    /// Markdown.
    pub about: String,
    /// What is written, where that is more than the label.
    pub insert: Option<String>,
}

impl Offer {
    pub fn new(label: &str, sort: Sort) -> Self {
        Self { label: label.to_owned(), sort, detail: String::new(), about: String::new(), insert: None }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    #[must_use]
    pub fn about(mut self, about: &str) -> Self {
        about.clone_into(&mut self.about);
        self
    }

    #[must_use]
    pub fn insert(mut self, text: impl Into<String>) -> Self {
        self.insert = Some(text.into());
        self
    }
}
