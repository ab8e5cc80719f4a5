//! The members that a candidate holds and that can be sent again later, each with what tells whether it has changed. Pure.
//! Source: rule 10 of the delivery design, and the tables of the Greenhouse reference.

use crate::candidate::{Candidate, Contact, SocialMedia, User};
use crate::digest::{Digest, Key};
use crate::settings::Api;
use serde_json::Value;

/// One member that is not blank. What is blank is no member: nothing that Greenhouse holds is cleared because of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Member<'a> {
    Text(&'static str, &'a str),
    Flag(&'static str, bool),
    Contacts(&'static str, &'a [Contact]),
    SocialMedia(&'a [SocialMedia]),
    Tags(&'a [String]),
    /// A custom field: by name_key or id.
    Field(&'a str, &'a Value),
    /// v1: recruiter and coordinator.
    User(&'static str, &'a User),
}

pub const SOCIAL_MEDIA: &str = "social_media_addresses";
pub const TAGS: &str = "tags";

/// Every member of the candidate that the API takes.
pub fn members(candidate: &Candidate, api: Api) -> Vec<Member<'_>> {
    let mut all = vec![Member::Text("first_name", &candidate.first_name), Member::Text("last_name", &candidate.last_name)];
    let mut texts = vec![("company", &candidate.company), ("title", &candidate.title)];
    if api == Api::HarvestV3 {
        texts.push(("preferred_name", &candidate.preferred_name));
    }
    all.extend(texts.into_iter().filter_map(|(name, text)| Some(Member::Text(name, text.as_ref()?))));
    all.retain(|member| !matches!(member, Member::Text(_, text) if text.trim().is_empty()));
    all.extend(candidate.is_private.map(|flag| Member::Flag("is_private", flag)));
    let lists = [
        ("phone_numbers", &candidate.phone_numbers),
        ("addresses", &candidate.addresses),
        ("email_addresses", &candidate.email_addresses),
        ("website_addresses", &candidate.website_addresses),
    ];
    all.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| Member::Contacts(name, list)));
    if !candidate.social_media_addresses.is_empty() {
        all.push(Member::SocialMedia(&candidate.social_media_addresses));
    }
    if !candidate.tags.is_empty() {
        all.push(Member::Tags(&candidate.tags));
    }
    all.extend(candidate.custom_fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| Member::Field(name, value)));
    if api == Api::HarvestV1 {
        let users = [("recruiter", &candidate.recruiter), ("coordinator", &candidate.coordinator)];
        all.extend(users.into_iter().filter_map(|(name, user)| Some(Member::User(name, user.as_ref()?))));
    }
    all
}

impl Member<'_> {
    /// `title`, `custom_fields.level`.
    pub fn name(&self) -> String {
        match self {
            Self::Text(name, _) | Self::Flag(name, _) | Self::Contacts(name, _) | Self::User(name, _) => (*name).to_owned(),
            Self::SocialMedia(_) => SOCIAL_MEDIA.to_owned(),
            Self::Tags(_) => TAGS.to_owned(),
            Self::Field(name, _) => format!("custom_fields.{name}"),
        }
    }

    /// The hash of its value: of a list, of what counts in it, in any order.
    pub fn digest(&self, key: &Key) -> Digest {
        let name = self.name();
        let mut values = match self {
            Self::Text(_, text) => vec![text.trim().to_owned()],
            Self::Flag(_, flag) => vec![flag.to_string()],
            Self::Contacts(list, contacts) => contacts.iter().map(|contact| alike(list, &contact.value)).collect(),
            Self::SocialMedia(list) => list.iter().map(|one| alike(SOCIAL_MEDIA, &one.value)).collect(),
            Self::Tags(tags) => tags.iter().map(|tag| alike(TAGS, tag)).collect(),
            Self::Field(_, value) => vec![value.to_string()],
            Self::User(_, user) => vec![user.id.map(|id| id.to_string()).unwrap_or_default(), user.email.clone().unwrap_or_default()],
        };
        if matches!(self, Self::Contacts(..) | Self::SocialMedia(_) | Self::Tags(_)) {
            values.sort_unstable();
            values.dedup();
        }
        let mut parts = vec!["member", name.as_str()];
        parts.extend(values.iter().map(String::as_str));
        key.digest(&parts)
    }
}

/// What two entries of a list have in common where they are the same to a person: an e-mail in other letters, a phone number
/// written otherwise, a URL with a slash at its end, a tag in other letters.
pub fn alike(list: &str, value: &str) -> String {
    let value = value.trim();
    match list {
        "email_addresses" | TAGS => value.to_lowercase(),
        "website_addresses" | SOCIAL_MEDIA => value.trim_end_matches('/').to_owned(),
        "phone_numbers" => {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            // A Skype name has no digits that could tell it from another.
            if value.chars().any(char::is_alphabetic) || digits.is_empty() { value.to_lowercase() } else { digits }
        }
        _ => value.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
