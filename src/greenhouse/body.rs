//! An action as the request that Greenhouse takes, by the candidate's table. Pure.

use super::bare;
use crate::delivery::action::{Action, Id};
use crate::delivery::update::Changes;
use crate::delivery::wanted::kind_sent;
use crate::model::candidate::shape::{
    APPLICATION, ATTACHMENT, CANDIDATE, EDUCATION, EMPLOYMENT, Member, Merge, NOTE, Object, PROSPECT, Shape, Wire,
};
use crate::model::candidate::{Application, Attachment, Candidate, Note, Prospect, document};
use crate::model::settings::{Api, Greenhouse, Send};
use crate::net::http::{Body, Method, Request};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The request, unsigned.
pub fn request(settings: &Greenhouse, action: &Action<'_>) -> Request {
    let (path, body) = match settings.api {
        Api::HarvestV3 => v3(action),
        Api::HarvestV1 => v1(action, settings.acting_user_id()),
    };
    let method = match action {
        Action::UpdateCandidate { .. } => Method::Patch,
        _ => Method::Post,
    };
    bare(settings, method, &path, Body::Json(Value::Object(body)))
}

/// An attachment whose file would be fetched and sent, with words in the place of what is in it; none for any other action.
pub fn to_be_fetched(settings: &Greenhouse, action: &Action<'_>) -> Option<Attachment> {
    let Action::CreateAttachment { attachment, .. } = action else { return None };
    let url = attachment.url.as_ref().filter(|_| settings.attachments.send == Send::Content)?;
    Some(Attachment { url: None, content: Some(format!("(what is in {url}, in base64)")), ..(*attachment).clone() })
}

fn v3(action: &Action<'_>) -> (String, Map<String, Value>) {
    const API: Api = Api::HarvestV3;
    let on = |candidate: &Id, rest: Map<String, Value>| {
        let mut body = Map::from_iter([("candidate_id".to_owned(), json!(candidate))]);
        body.extend(rest);
        body
    };
    match action {
        Action::CreateCandidate { candidate } => {
            let mut body = person(candidate, API);
            let first = candidate.applications.first().map(|first| v3_application(first, candidate));
            let application = first.or_else(|| candidate.prospect.as_ref().map(|prospect| prospected(prospect, json!(true), API)));
            body.extend(application.map(|application| ("application".to_owned(), Value::Object(application))));
            ("/candidates".into(), body)
        }
        Action::UpdateCandidate { candidate, changes } => (format!("/candidates/{candidate}"), changed(changes, API)),
        Action::CreateApplication { candidate, application } => {
            ("/applications".into(), on(candidate, v3_application(application, &Candidate::default())))
        }
        Action::CreateProspect { candidate, prospect } => ("/applications".into(), on(candidate, prospected(prospect, json!(true), API))),
        Action::CreateAttachment { application, attachment, .. } => {
            let mut body: Map<_, _> = application.iter().map(|id| ("application_id".to_owned(), json!(id))).collect();
            body.extend(written(&ATTACHMENT, *attachment, API));
            ("/attachments".into(), body)
        }
        Action::CreateEmployment { candidate, employment } => {
            ("/candidate_employments".into(), on(candidate, written(&EMPLOYMENT, *employment, API)))
        }
        Action::CreateEducation { candidate, education } => {
            ("/candidate_educations".into(), on(candidate, written(&EDUCATION, *education, API)))
        }
        Action::CreateNote { candidate, note } => {
            let mut body = on(candidate, Map::from_iter([("note_type".to_owned(), json!("NOTE"))]));
            body.extend(written(&NOTE, *note, API));
            ("/notes".into(), body)
        }
    }
}

fn v1(action: &Action<'_>, acting_user: Option<u64>) -> (String, Map<String, Value>) {
    const API: Api = Api::HarvestV1;
    let below = |candidate: &Id, what: &str| format!("/candidates/{candidate}/{what}");
    match action {
        Action::CreateCandidate { candidate } => {
            let mut body = person(candidate, API);
            list(&mut body, "educations", candidate.educations.iter().map(|education| written(&EDUCATION, education, API)));
            list(&mut body, "employments", candidate.employments.iter().map(|employment| written(&EMPLOYMENT, employment, API)));
            list(&mut body, "activity_feed_notes", candidate.notes.iter().map(|note| v1_note(note, acting_user)));
            match &candidate.prospect {
                Some(prospect) => {
                    body.insert("application".into(), Value::Object(written(&PROSPECT, prospect, API)));
                    ("/prospects".into(), body)
                }
                None => {
                    list(&mut body, "applications", candidate.applications.iter().map(|one| written(&APPLICATION, one, API)));
                    ("/candidates".into(), body)
                }
            }
        }
        Action::UpdateCandidate { candidate, changes } => (format!("/candidates/{candidate}"), changed(changes, API)),
        // A text, as in Greenhouse's own sample.
        Action::CreateProspect { candidate, prospect } => (below(candidate, "applications"), prospected(prospect, json!("true"), API)),
        Action::CreateApplication { candidate, application } => {
            (below(candidate, "applications"), written(&APPLICATION, *application, API))
        }
        Action::CreateAttachment { candidate, attachment, .. } => {
            let mut body = written(&ATTACHMENT, *attachment, API);
            body.insert("type".into(), json!(kind_sent(&super::v1::CAPABILITIES, attachment)));
            (below(candidate, "attachments"), body)
        }
        Action::CreateEmployment { candidate, employment } => (below(candidate, "employments"), written(&EMPLOYMENT, *employment, API)),
        Action::CreateEducation { candidate, education } => (below(candidate, "educations"), written(&EDUCATION, *education, API)),
        Action::CreateNote { candidate, note } => (below(candidate, "activity_feed/notes"), v1_note(note, acting_user)),
    }
}

/// A part of the candidate under the names of an API.
fn written(object: &Object, part: &impl Serialize, api: Api) -> Map<String, Value> {
    let mut part = document(part);
    let write = |member: &Member| {
        let value = part.get_mut(member.name)?.take();
        match (member.wire(api), &member.shape) {
            (Wire::Name(name), Shape::Object(inner)) => Some((name.to_owned(), Value::Object(written(inner, &value, api)))),
            (Wire::Name(name), _) => Some((name.to_owned(), value)),
            (Wire::Id(name), _) => Some((name.to_owned(), value.get("id")?.clone())),
            (Wire::Absent | Wire::OnApplication(_) | Wire::Elsewhere, _) => None,
        }
    };
    object.members.iter().filter_map(write).collect()
}

/// What is said of the person.
fn person(candidate: &Candidate, api: Api) -> Map<String, Value> {
    let mut body = Map::new();
    for member in CANDIDATE.members {
        match (member.wire(api), member.merge, candidate.get(member.name)) {
            (Wire::Name(_), Merge::CustomFields, _) => custom_fields(&mut body, candidate.custom_fields.iter(), api),
            (Wire::Name(name), _, Some(value)) => drop(body.insert(name.to_owned(), value.clone())),
            _ => {}
        }
    }
    body
}

/// What a PATCH carries: only what changes, lists whole.
fn changed(changes: &Changes, api: Api) -> Map<String, Value> {
    let mut body = Map::new();
    for (name, value) in &changes.members {
        let Some(member) = CANDIDATE.member(name) else { continue };
        let Wire::Name(name) = member.wire(api) else { continue };
        let mut value = value.clone();
        // v1 reads {"id": …} and {"email": …} in a create, and {"user_id": …} in Greenhouse's own sample of a PATCH: both are sent.
        if let (Shape::Object(_), Value::Object(user)) = (&member.shape, &mut value)
            && let Some(id) = user.get("id").cloned()
        {
            user.insert("user_id".into(), id);
        }
        body.insert(name.to_owned(), value);
    }
    custom_fields(&mut body, changes.fields.iter().map(|(name, value)| (name, value)), api);
    body
}

fn custom_fields<'f>(body: &mut Map<String, Value>, fields: impl Iterator<Item = (&'f String, &'f Value)>, api: Api) {
    let id_name = match api {
        Api::HarvestV1 => "id",
        Api::HarvestV3 => "custom_field_id",
    };
    let written = |(name, value): (&String, &Value)| {
        let named = name.parse::<u64>().map_or_else(|_| ("name_key", json!(name)), |id| (id_name, json!(id)));
        let mut field = Map::from_iter([(named.0.to_owned(), named.1)]);
        match (value, api) {
            (Value::Object(with_unit), Api::HarvestV1) if with_unit.contains_key("value") => field.extend(with_unit.clone()),
            (value, Api::HarvestV3) => drop(field.insert("value".into(), v3_value(value))),
            (value, Api::HarvestV1) => drop(field.insert("value".into(), value.clone())),
        }
        field
    };
    list(body, "custom_fields", fields.map(written));
}

/// `{value, unit}` as v3 takes it: `{amount, currency_code}`. Source: `docs/greenhouse-api.md`, "Custom fields".
fn v3_value(value: &Value) -> Value {
    let Some(amount) = value.get("value") else { return value.clone() };
    let number = amount.as_str().and_then(|text| serde_json::from_str::<serde_json::Number>(text.trim()).ok()).map(Value::Number);
    let amount = number.unwrap_or_else(|| amount.clone());
    match value.get("unit") {
        Some(unit) => json!({ "amount": amount, "currency_code": unit }),
        None => amount,
    }
}

/// v3 has the candidate's recruiter and coordinator on the application.
fn v3_application(application: &Application, candidate: &Candidate) -> Map<String, Value> {
    let mut body = written(&APPLICATION, application, Api::HarvestV3);
    for member in CANDIDATE.members {
        if let Wire::OnApplication(name) = member.v3
            && let Some(id) = candidate.get(member.name).and_then(|user| user.get("id"))
        {
            body.entry(name).or_insert_with(|| id.clone());
        }
    }
    body
}

fn prospected(prospect: &Prospect, flag: Value, api: Api) -> Map<String, Value> {
    let mut body = Map::from_iter([("prospect".to_owned(), flag)]);
    body.extend(written(&PROSPECT, prospect, api));
    body
}

fn v1_note(note: &Note, acting_user: Option<u64>) -> Map<String, Value> {
    let mut body: Map<_, _> = acting_user.iter().map(|id| ("user_id".to_owned(), json!(id))).collect();
    body.extend(written(&NOTE, note, Api::HarvestV1));
    body
}

/// An empty list is left out: it would clear what is there.
fn list(body: &mut Map<String, Value>, name: &str, items: impl Iterator<Item = Map<String, Value>>) {
    let items: Vec<_> = items.map(Value::Object).collect();
    if !items.is_empty() {
        body.insert(name.into(), Value::Array(items));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::candidate::User;

    fn told(api: Api, action: &Action<'_>) -> String {
        let (path, body) = match api {
            Api::HarvestV3 => v3(action),
            Api::HarvestV1 => v1(action, Some(92120)),
        };
        format!("{} {path}\n  {}", api.as_str(), Value::Object(body))
    }

    /// Lists go whole, scalars alone; v3 has its own form of an amount, v1 has the candidate's recruiter.
    #[test]
    fn an_update_carries_what_changes() {
        let members = json!({"title": "Engineer", "is_private": true, "tags": ["hrflow"], "recruiter": {"id": 7}});
        let currency = json!({"value": 5000, "unit": "EUR"});
        let fields = vec![("6".to_owned(), json!(602)), ("desired_salary".to_owned(), currency)];
        let changes = Changes { members: members.as_object().unwrap().clone(), fields, ..Changes::default() };
        let update = Action::UpdateCandidate { candidate: Id::Known(57), changes };
        insta::assert_snapshot!(format!("{}\n{}", told(Api::HarvestV3, &update), told(Api::HarvestV1, &update)), @r#"
        harvest-v3 /candidates/57
          {"title":"Engineer","is_private":true,"tags":["hrflow"],"custom_fields":[{"custom_field_id":6,"value":602},{"name_key":"desired_salary","value":{"amount":5000,"currency_code":"EUR"}}]}
        harvest-v1 /candidates/57
          {"title":"Engineer","is_private":true,"tags":["hrflow"],"recruiter":{"id":7,"user_id":7},"custom_fields":[{"id":6,"value":602},{"name_key":"desired_salary","value":5000,"unit":"EUR"}]}
        "#);
    }

    #[test]
    fn a_prospect_comes_along_or_alone() {
        let prospect = Prospect {
            job_ids: vec![4001],
            pool_id: Some(7),
            stage_id: Some(71),
            owner: Some(User { id: Some(92120), email: None }),
            ..Prospect::default()
        };
        let ada = Candidate::from_document(json!({"first_name": "Ada", "last_name": "Example"})).unwrap();
        let candidate = Candidate { prospect: Some(prospect.clone()), ..ada };
        let create = Action::CreateCandidate { candidate: &candidate };
        let alone = Action::CreateProspect { candidate: Id::Known(57), prospect: &prospect };
        let all = [&create, &alone].into_iter().flat_map(|action| [told(Api::HarvestV3, action), told(Api::HarvestV1, action)]);
        insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n"), @r#"
        harvest-v3 /candidates
          {"first_name":"Ada","last_name":"Example","application":{"prospect":true,"job_ids":[4001],"prospect_pool_id":7,"prospect_pool_stage_id":71,"prospect_owner_id":92120}}
        harvest-v1 /prospects
          {"first_name":"Ada","last_name":"Example","application":{"job_ids":[4001],"prospect_pool_id":7,"prospect_pool_stage_id":71,"prospect_owner_id":92120}}
        harvest-v3 /applications
          {"candidate_id":57,"prospect":true,"job_ids":[4001],"prospect_pool_id":7,"prospect_pool_stage_id":71,"prospect_owner_id":92120}
        harvest-v1 /candidates/57/applications
          {"prospect":"true","job_ids":[4001],"prospect_pool_id":7,"prospect_pool_stage_id":71,"prospect_owner_id":92120}
        "#);
    }
}
