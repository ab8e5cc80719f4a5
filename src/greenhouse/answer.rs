//! An answer to a changing request as the event that it means. Pure. Source: `docs/delivery.md`, R2.

use super::v1;
use super::version::version;
use crate::delivery::action::{Action, Event, NotDone, Refusal};
use crate::model::settings::Api;
use crate::model::step::Step;
use crate::net::http::Answer;
use serde_json::Value;

/// What the answer means for the action's steps.
pub fn event(api: Api, action: &Action<'_>, answer: &Answer) -> Event {
    match answer.status {
        200..=299 => accepted(api, action, answer),
        401 => Event::NotDone(NotDone::Unauthorized),
        429 => Event::NotDone(NotDone::TooManyRequests),
        400 | 403 | 404 | 422 => match answer.json().as_ref().and_then(|body| refusal(answer.status, body)) {
            Some(refusal) => Event::Refused(refusal),
            None => Event::Lost(format!("answered {} without Greenhouse's JSON: something on the way did, not Greenhouse", answer.status)),
        },
        300..=399 => Event::Lost(format!("answered {} (a redirect, which a changing request never follows)", answer.status)),
        status => Event::Lost(format!("answered {status}")),
    }
}

fn accepted(api: Api, action: &Action<'_>, answer: &Answer) -> Event {
    let unreadable = || Event::Lost(format!("answered {} with a body that cannot be read", answer.status));
    let delayed = answer.status == 202;
    let Some(body) = answer.json() else {
        // v1 answers some children with nothing to read; they are made all the same.
        return match (api, action) {
            (_, Action::CreateCandidate { .. } | Action::CreateApplication { .. } | Action::CreateProspect { .. }) => unreadable(),
            _ if answer.body.is_empty() => Event::Accepted { id: None, others: Vec::new(), delayed },
            _ => unreadable(),
        };
    };
    match action {
        Action::CreateCandidate { candidate } => match id_of(&body, "candidate") {
            None => unreadable(),
            Some(id) => {
                let first = candidate.applications.first().and_then(|application| application.job_id);
                let first = first.map(|job| Step::Application { job }).or_else(|| candidate.prospect.as_ref().map(|_| Step::Prospect));
                let others = (version(api).created_applications)(&body, first);
                Event::Accepted { id: Some(id), others, delayed }
            }
        },
        Action::CreateApplication { .. } | Action::CreateProspect { .. } => match id_of(&body, "application") {
            None => unreadable(),
            id => Event::Accepted { id, others: Vec::new(), delayed },
        },
        _ => {
            let names = ["attachment", "candidate_employment", "employment", "candidate_education", "education", "note"];
            // v1's own sample of a changed candidate is a list of one.
            let names = names.into_iter().chain(matches!(action, Action::UpdateCandidate { .. }).then_some("candidate"));
            let made = body.as_array().and_then(|rows| rows.first()).unwrap_or(&body);
            let is_v1_attachment = api == Api::HarvestV1 && matches!(action, Action::CreateAttachment { .. });
            match names.into_iter().find_map(|name| id_of(made, name)) {
                // Whatever answered, it does not say that it created anything.
                None if !(is_v1_attachment && v1::is_created_attachment(&body, delayed)) => unreadable(),
                id => Event::Accepted { id, others: Vec::new(), delayed },
            }
        }
    }
}

/// `{"candidate": {"id": 1}}` (v3's create), or `{"id": 1}`.
fn id_of(body: &Value, name: &str) -> Option<u64> {
    match body.get(name) {
        Some(inner) => inner.get("id").and_then(Value::as_u64),
        None => body.get("id").and_then(Value::as_u64),
    }
}

/// Greenhouse's errors come as `{"message", "errors": […]}`, and any part can be missing. An error is a text, in v1 `{message, field}`,
/// in v3 `{FIELD: words}`. Source: `docs/greenhouse-api.md`, "Errors".
fn refusal(status: u16, body: &Value) -> Option<Refusal> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let errors = body.get("errors").and_then(Value::as_array);
    let general = body.get("message").or_else(|| body.get("error")).and_then(text);
    if errors.is_none() && general.is_none() {
        return None;
    }
    // A member's name and nothing else: Greenhouse could repeat here what it was sent.
    let is_name = |name: &String| name.len() <= 80 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c));
    let mut field = None;
    let mut words: Vec<String> = Vec::new();
    for error in errors.into_iter().flatten() {
        match (error, error.get("message").and_then(text)) {
            (_, Some(message)) => {
                field = field.or_else(|| error.get("field").and_then(text).filter(is_name));
                words.push(message);
            }
            (Value::Object(members), None) => {
                for (name, said) in members {
                    field = field.or_else(|| Some(name.clone()).filter(is_name));
                    words.push(format!("{name} {}", in_words(said)));
                }
            }
            (error, None) => words.extend(text(error)),
        }
    }
    let message = if words.is_empty() { general.unwrap_or_default() } else { words.join("; ") };
    Some(Refusal { status, message, field })
}

/// One text, or several.
fn in_words(said: &Value) -> String {
    match said {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::action::Id;
    use crate::model::candidate::{Application, Candidate};

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn each_answer_to_a_create_means_one_thing() {
        let candidate = Candidate { applications: vec![Application { job_id: Some(7), ..Default::default() }], ..Default::default() };
        let create = Action::CreateCandidate { candidate: &candidate };
        let rows = [
            (Api::HarvestV3, 201, r#"{"candidate": {"id": 1}, "application": {"id": 2}}"#),
            (Api::HarvestV3, 201, r#"{"candidate": {"id": 1}, "application": null}"#),
            (Api::HarvestV3, 201, r#"{"candidate": {}}"#),
            (Api::HarvestV1, 200, r#"{"id": 1, "applications": [{"id": 2, "jobs": [{"id": 7}]}]}"#),
            (Api::HarvestV1, 202, r#"{"id": 1, "application_ids": [2]}"#),
            (Api::HarvestV1, 200, "<html>"),
            (Api::HarvestV1, 200, ""),
            (Api::HarvestV3, 422, r#"{"message": "Validation error", "errors": [{"message": "is bad", "field": "type"}]}"#),
            (Api::HarvestV3, 422, r#"{"errors": ["first", {"message": "second"}]}"#),
            (Api::HarvestV3, 422, r#"{"errors": [{"message": "is bad", "field": "email ada@example.org"}]}"#),
            (Api::HarvestV3, 422, r#"{"message": "Unprocessable Content", "errors": [{"title": "is too long"}]}"#),
            (Api::HarvestV3, 422, r#"{"errors": ["text", {"tags": ["is bad", "is worse"], "title": 5}]}"#),
            (Api::HarvestV3, 403, r#"{"message": "no"}"#),
            (Api::HarvestV3, 403, "<html>blocked</html>"),
            (Api::HarvestV3, 422, r#"{"ok": true}"#),
            (Api::HarvestV3, 401, ""),
            (Api::HarvestV3, 429, ""),
            (Api::HarvestV3, 408, ""),
            (Api::HarvestV3, 302, ""),
            (Api::HarvestV3, 503, r#"{"message": "later"}"#),
        ];
        let told: Vec<_> = rows
            .iter()
            .map(|(api, status, body)| format!("{} {status} {body}\n    {:?}", api.as_str(), event(*api, &create, &answer(*status, body))))
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn an_attachment_needs_no_id() {
        let attachment = crate::model::candidate::Attachment {
            kind: "resume".into(),
            filename: "cv.pdf".into(),
            url: None,
            content: None,
            content_type: None,
            visibility: None,
        };
        let attach = Action::CreateAttachment { candidate: Id::Known(1), application: None, attachment: &attachment };
        let echoed = answer(200, r#"{"filename": "cv.pdf", "type": "resume"}"#);
        assert_eq!(event(Api::HarvestV1, &attach, &echoed), Event::Accepted { id: None, others: Vec::new(), delayed: false });
        let lost = Event::Lost("answered 200 with a body that cannot be read".into());
        assert_eq!(event(Api::HarvestV3, &attach, &echoed), lost, "v3 tells its id");
        let made = event(Api::HarvestV1, &attach, &answer(202, "{}"));
        assert_eq!(made, Event::Accepted { id: None, others: Vec::new(), delayed: true });
        for (api, status, body) in [
            (Api::HarvestV1, 200, "[]"),
            (Api::HarvestV1, 200, "{}"),
            (Api::HarvestV1, 200, r#"{"ok": true}"#),
            (Api::HarvestV3, 201, r#"{"filename": "cv.pdf"}"#),
            (Api::HarvestV3, 201, "7"),
        ] {
            assert!(matches!(event(api, &attach, &answer(status, body)), Event::Lost(_)), "{body}");
        }
    }

    /// A gateway can answer 2xx with JSON of its own. What was taken for done on such a word would be lost.
    #[test]
    fn what_hangs_on_a_candidate_is_made_where_its_id_is_told() {
        let note = crate::model::candidate::Note { body: "Knows much.".into(), visibility: "private".into() };
        let add = Action::CreateNote { candidate: Id::Known(1), note: &note };
        for api in [Api::HarvestV3, Api::HarvestV1] {
            for body in ["{}", r#"{"message": "accepted"}"#, r#"{"candidate_id": 1}"#, "[]", "null"] {
                let told = event(api, &add, &answer(202, body));
                assert_eq!(told, Event::Lost("answered 202 with a body that cannot be read".into()), "{body}");
            }
            let made = Event::Accepted { id: Some(7), others: Vec::new(), delayed: false };
            assert_eq!(event(api, &add, &answer(201, r#"{"id": 7}"#)), made);
            assert_eq!(event(api, &add, &answer(200, "")), Event::Accepted { id: None, others: Vec::new(), delayed: false });
        }
    }
}
