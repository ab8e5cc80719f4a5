//! Which file an attachment is: its type, name, size and date, never its URL, which rotates. Pure.
//! Source: `docs/delivery.md`, R10; `docs/hrflow-api.md`, "Profiles".

use crate::base::digest::{Digest, Key};
use crate::model::candidate::{Attachment, web_address};
use serde_json::Value;

/// Of a file that is sent as content: of its bytes. None for one that Greenhouse fetches.
pub fn of_content(key: &Key, attachment: &Attachment) -> Option<Digest> {
    let content = attachment.content.as_deref()?;
    Some(key.digest(&["file", &attachment.kind, &attachment.filename, content]))
}

/// With what the profile says of the file that the URL or the name came from. None where the profile has no such file, or says nothing
/// of it: then nobody can tell whether it has changed.
pub fn of(key: &Key, attachment: &Attachment, profile: &Value) -> Option<Digest> {
    if let Some(content) = of_content(key, attachment) {
        return Some(content);
    }
    let file = file_of(attachment, profile)?;
    let size = file.get("file_size").map(ToString::to_string);
    let date = text(file, "updated_at").or_else(|| text(file, "created_at"));
    let name = text(file, "original_file_name").or_else(|| text(file, "file_name"));
    if size.is_none() && date.is_none() && name.is_none() {
        return None;
    }
    let parts = [name, size, date].map(Option::unwrap_or_default);
    Some(key.digest(&["file", &attachment.kind, &parts[0], &parts[1], &parts[2]]))
}

/// The file of the profile that the URL or the name came from.
pub fn file_of<'p>(attachment: &Attachment, profile: &'p Value) -> Option<&'p Value> {
    let files = || profile.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let without_query = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
    let address = |file: &Value| web_address(&text(file, "public_url")?);
    let url = attachment.url.as_deref();
    let by_url = files().find(|file| url.is_some() && address(file).as_deref() == url);
    let by_path = || files().find(|file| url.map(without_query) == address(file).map(|there| without_query(&there)));
    let by_name = || {
        files().find(|file| {
            [text(file, "file_name"), text(file, "original_file_name")].iter().flatten().any(|name| *name == attachment.filename)
        })
    };
    by_url.or_else(by_path).or_else(by_name)
}

fn text(file: &Value, name: &str) -> Option<String> {
    file.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_is_known_by_name_size_and_date_whatever_its_url() {
        let key = Key::new([5; 32]);
        let sent = |url: &str| Attachment {
            kind: "resume".into(),
            filename: "cv.pdf".into(),
            url: Some(url.into()),
            content: None,
            content_type: None,
            visibility: None,
        };
        let profile = |url: &str, size: u64, updated: &str| {
            json!({"attachments": [
                {"public_url": "https://files.example.org/other", "file_size": 1},
                {"public_url": url, "file_name": "resume", "original_file_name": "cv.pdf", "file_size": size, "updated_at": updated},
            ]})
        };
        let of = |url: &str, size, updated| super::of(&key, &sent(url), &profile(url, size, updated));
        let first = of("https://files.example.org/a?token=1", 10, "2026-01-01");
        assert!(first.is_some());
        assert_eq!(first, of("https://files.example.org/b?token=2", 10, "2026-01-01"), "the URL has rotated");
        assert_ne!(first, of("https://files.example.org/a?token=1", 11, "2026-01-01"), "its size has changed");
        assert_ne!(first, of("https://files.example.org/a?token=1", 10, "2026-01-02"), "its date has changed");
        assert_eq!(
            super::of(
                &key,
                &sent("https://files.example.org/a?token=1"),
                &profile("https://files.example.org/a?token=2", 10, "2026-01-01")
            ),
            first
        );
        let strange = Attachment { filename: "unknown.pdf".into(), ..sent("https://elsewhere.example.org/x") };
        assert_eq!(super::of(&key, &strange, &json!({})), None);
        let content = |bytes: &str| Attachment { url: None, content: Some(bytes.into()), ..sent("") };
        assert_ne!(super::of(&key, &content("YQ=="), &json!({})), super::of(&key, &content("Yg=="), &json!({})));
        assert_eq!(super::of(&key, &content("YQ=="), &json!({})), of_content(&key, &content("YQ==")));
    }
}
