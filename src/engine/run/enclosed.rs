//! A file on its way: before an attachment is intended, it is judged, and, where the pipeline sends what is in it, fetched.
//! What cannot be had or is not taken stands in the way of its own step alone, and nothing is sent. Source: `docs/delivery.md`, R8.

use crate::delivery::action::Action;
use crate::delivery::wanted::is_resume;
use crate::model::candidate::Attachment;
use crate::model::settings::{Attachments, Send};
use crate::net::fetch::{Bounds, FetchError, Fetched, Fetcher, Kind, NAMES};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::OwnedSemaphorePermit;

#[derive(Debug)]
pub(crate) struct Enclosures {
    send: Send,
    fetcher: Fetcher,
}

/// A file that was fetched, with its share of the memory; a résumé goes on several applications.
#[derive(Debug)]
pub(crate) struct Enclosed {
    url: String,
    attachment: Attachment,
    _share: OwnedSemaphorePermit,
}

impl Enclosures {
    pub fn new(settings: &Attachments) -> Self {
        Self { send: settings.send, fetcher: Fetcher::new(&settings.hosts, Bounds::default()) }
    }

    /// Checks an attachment's file, and fetches it where its content is sent. `held` is what this push fetched last.
    /// Errors: why the file cannot be sent.
    pub async fn fetch(&self, attachment: &Attachment, held: &mut Option<Enclosed>) -> Result<(), String> {
        if let Err(kind) = Kind::of_name(&attachment.filename) {
            return Err(not_taken(&kind));
        }
        if let (Send::Content, Some(url)) = (self.send, &attachment.url)
            && held.as_ref().is_none_or(|held| !held.is_of(attachment))
        {
            // Given back before more is asked for.
            *held = None;
            let fetched = self.fetcher.fetch(url).await.map_err(|error| cannot_be_had(&error))?;
            *held = Some(enclosed(url, attachment, fetched)?);
        }
        Ok(())
    }
}

impl Enclosed {
    fn is_of(&self, attachment: &Attachment) -> bool {
        Some(&self.url) == attachment.url.as_ref() && self.attachment.kind == attachment.kind
    }

    /// The action with the file in it, where the file is the action's.
    pub fn enclosed<'a>(&'a self, action: &Action<'a>) -> Option<Action<'a>> {
        match action {
            Action::CreateAttachment { candidate, application, attachment } if self.is_of(attachment) => {
                Some(Action::CreateAttachment { candidate: *candidate, application: *application, attachment: &self.attachment })
            }
            _ => None,
        }
    }
}

/// The file's bytes decide; its name has to agree.
fn enclosed(url: &str, attachment: &Attachment, fetched: Fetched) -> Result<Enclosed, String> {
    let kind = Kind::of_bytes(&fetched.bytes).map_err(not_taken)?;
    let named = Kind::of_name(&attachment.filename).ok().flatten();
    if let (Kind::Html | Kind::Text, Some(other)) = (kind, named)
        && !matches!(other, Kind::Html | Kind::Text)
    {
        let page = if kind == Kind::Html { "a web page" } else { "a text" };
        let promised = other.extension();
        return Err(format!(
            "the file cannot be sent: its address gives {page}, and not the {promised} that its name promises. A link that is over often does"
        ));
    }
    let mut sent = Attachment { url: None, content_type: Some(kind.content_type().to_owned()), ..attachment.clone() };
    // Greenhouse knows any other attachment again by its name, so only a résumé's is made to fit.
    if named != Some(kind) && is_resume(&attachment.kind) {
        let stem = match named {
            Some(_) => attachment.filename.rsplit_once('.').map_or(attachment.filename.as_str(), |(stem, _)| stem),
            None => &attachment.filename,
        };
        sent.filename = format!("{stem}.{}", kind.extension());
    }
    sent.content = Some(STANDARD.encode(&fetched.bytes));
    Ok(Enclosed { url: url.to_owned(), attachment: sent, _share: fetched.share })
}

fn cannot_be_had(error: &FetchError) -> String {
    format!("the file cannot be fetched: {error}")
}

fn not_taken(kind: &str) -> String {
    format!(
        "the file cannot be sent: its kind is {kind}, and Greenhouse takes {NAMES}. Leave it out in the mapping (`$when`), or have it converted in HrFlow"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::action::Id;
    use crate::net::http::testing::{Loopback, reply};

    fn attachment(filename: &str, kind: &str, url: &str) -> Attachment {
        serde_json::from_value(serde_json::json!({ "filename": filename, "type": kind, "url": url })).unwrap()
    }

    fn enclosures(send: Send) -> Enclosures {
        Enclosures::new(&Attachments { send, hosts: vec!["127.0.0.1".into()] })
    }

    /// What would be sent: name, type and text; or why nothing is.
    async fn sent(send: Send, filename: &str, kind: &str, served: &str) -> String {
        let host = Loopback::script(vec![reply(200, &[("content-type", "application/octet-stream")], served)]).await;
        let attachment = attachment(filename, kind, &host.url("/file?key=hush"));
        let action = Action::CreateAttachment { candidate: Id::Known(1), application: None, attachment: &attachment };
        let mut held = None;
        if let Err(why) = enclosures(send).fetch(&attachment, &mut held).await {
            return why;
        }
        let enclosed = held.as_ref().and_then(|held| held.enclosed(&action));
        let Action::CreateAttachment { attachment, .. } = enclosed.as_ref().unwrap_or(&action) else { unreachable!() };
        format!(
            "{} | {} | {}",
            attachment.filename,
            attachment.content_type.as_deref().unwrap_or("-"),
            attachment.content.as_ref().map_or("as its address".into(), |c| String::from_utf8(STANDARD.decode(c).unwrap()).unwrap())
        )
    }

    #[tokio::test]
    async fn what_is_sent_and_what_is_told_instead() {
        let cases = [
            (Send::Content, "cv.pdf", "resume", "%PDF-1.4 one"),
            (Send::Content, "cv", "resume", "%PDF-1.4 two"),
            (Send::Content, "cv.doc", "resume", "%PDF-1.4 three"),
            (Send::Content, "letter.doc", "cover_letter", "%PDF-1.4 four"),
            (Send::Content, "Dr. Lovelace", "resume", "Ada Lovelace"),
            (Send::Content, "cv.pdf", "resume", "<!doctype html><p>This link is over"),
            (Send::Content, "cv.html", "resume", "<!doctype html><p>Ada"),
            (Send::Content, "cv.doc", "resume", "{\\rtf1 Ada}"),
            (Send::Content, "cv.odt", "resume", "PK"),
            (Send::Content, "cv.pdf", "resume", ""),
            (Send::Url, "cv.pdf", "resume", "%PDF-1.4"),
            (Send::Url, "cv", "resume", "%PDF-1.4"),
            (Send::Url, "cv.RTF", "resume", "{\\rtf1 Ada}"),
        ];
        let mut told = String::new();
        for (send, filename, kind, served) in cases {
            told.push_str(&format!("{send:?} {filename} ({kind}): {}\n", sent(send, filename, kind, served).await));
        }
        assert!(!told.contains("hush"));
        insta::assert_snapshot!(told);
    }

    #[tokio::test]
    async fn a_resume_for_several_applications_is_fetched_once() {
        let host = Loopback::script(vec![reply(200, &[], "%PDF-1.4")]).await;
        let attachment = attachment("cv.pdf", "resume", &host.url("/cv"));
        let (enclosures, mut held) = (enclosures(Send::Content), None);
        for _ in 0..3 {
            enclosures.fetch(&attachment, &mut held).await.unwrap();
        }
        assert_eq!(host.requests().len(), 1);
    }
}
