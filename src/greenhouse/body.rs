//! An action as the request that Greenhouse takes. Pure. Source: the tables of the Greenhouse reference.

use super::bare;
use crate::candidate::{Application, Attachment, Candidate, Contact, Education, Employment, Note, Prospect, User};
use crate::delivery::action::{Action, Id};
use crate::delivery::update::Changes;
use crate::delivery::wanted::kind_sent;
use crate::http::{Body, Method, Request};
use crate::settings::{Api, Greenhouse, Send};
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
    match action {
        Action::CreateCandidate { candidate } => {
            let mut body = person(candidate, Api::HarvestV3);
            if let Some(first) = candidate.applications.first() {
                body.insert("application".into(), Value::Object(v3_application(first, candidate)));
            } else if let Some(prospect) = &candidate.prospect {
                body.insert("application".into(), Value::Object(prospected(prospect, json!(true))));
            }
            ("/candidates".into(), body)
        }
        Action::UpdateCandidate { candidate, changes } => (format!("/candidates/{candidate}"), changed(changes, Api::HarvestV3)),
        Action::CreateApplication { candidate, application } => {
            let mut body = Map::from_iter([("candidate_id".to_owned(), json!(candidate))]);
            body.extend(v3_application(application, &Candidate::default()));
            ("/applications".into(), body)
        }
        Action::CreateProspect { candidate, prospect } => {
            let mut body = Map::from_iter([("candidate_id".to_owned(), json!(candidate))]);
            body.extend(prospected(prospect, json!(true)));
            ("/applications".into(), body)
        }
        Action::CreateAttachment { application, attachment, .. } => ("/attachments".into(), v3_attachment(*application, attachment)),
        Action::CreateEmployment { candidate, employment } => {
            let mut body = Map::from_iter([("candidate_id".to_owned(), json!(candidate))]);
            body.extend(employed(employment));
            ("/candidate_employments".into(), body)
        }
        Action::CreateEducation { candidate, education } => ("/candidate_educations".into(), v3_education(*candidate, education)),
        Action::CreateNote { candidate, note } => {
            let body = json!({ "candidate_id": candidate, "note_type": "NOTE", "body": note.body, "visibility": note.visibility });
            ("/notes".into(), object(body))
        }
    }
}

fn v1(action: &Action<'_>, acting_user: Option<u64>) -> (String, Map<String, Value>) {
    let below = |candidate: &Id, what: &str| format!("/candidates/{candidate}/{what}");
    match action {
        Action::CreateCandidate { candidate } => {
            let mut body = person(candidate, Api::HarvestV1);
            list(&mut body, "educations", candidate.educations.iter().map(|e| Value::Object(v1_education(e))));
            list(&mut body, "employments", candidate.employments.iter().map(|e| Value::Object(employed(e))));
            list(&mut body, "activity_feed_notes", candidate.notes.iter().map(|note| Value::Object(v1_note(note, acting_user))));
            match &candidate.prospect {
                Some(prospect) => {
                    let mut application = prospected(prospect, Value::Null);
                    application.shift_remove("prospect");
                    body.insert("application".into(), Value::Object(application));
                    ("/prospects".into(), body)
                }
                None => {
                    list(&mut body, "applications", candidate.applications.iter().map(|a| Value::Object(v1_application(a))));
                    ("/candidates".into(), body)
                }
            }
        }
        Action::UpdateCandidate { candidate, changes } => (format!("/candidates/{candidate}"), changed(changes, Api::HarvestV1)),
        // A text, as in Greenhouse's own sample.
        Action::CreateProspect { candidate, prospect } => (below(candidate, "applications"), prospected(prospect, json!("true"))),
        Action::CreateApplication { candidate, application } => (below(candidate, "applications"), v1_application(application)),
        Action::CreateAttachment { candidate, attachment, .. } => (below(candidate, "attachments"), v1_attachment(attachment)),
        Action::CreateEmployment { candidate, employment } => (below(candidate, "employments"), employed(employment)),
        Action::CreateEducation { candidate, education } => (below(candidate, "educations"), v1_education(education)),
        Action::CreateNote { candidate, note } => (below(candidate, "activity_feed/notes"), v1_note(note, acting_user)),
    }
}

/// The person's own fields, alike in both APIs but for what the reference tells apart.
fn person(candidate: &Candidate, api: Api) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("first_name".into(), json!(candidate.first_name));
    body.insert("last_name".into(), json!(candidate.last_name));
    some(&mut body, "preferred_name", candidate.preferred_name.as_ref());
    some(&mut body, "company", candidate.company.as_ref());
    some(&mut body, "title", candidate.title.as_ref());
    some(&mut body, private_word(api), candidate.is_private);
    let contact = |contact: &Contact| json!({ "value": contact.value, "type": contact.kind });
    list(&mut body, "phone_numbers", candidate.phone_numbers.iter().map(contact));
    list(&mut body, "addresses", candidate.addresses.iter().map(contact));
    list(&mut body, "email_addresses", candidate.email_addresses.iter().map(contact));
    list(&mut body, "website_addresses", candidate.website_addresses.iter().map(contact));
    list(&mut body, "social_media_addresses", candidate.social_media_addresses.iter().map(|s| json!({ "value": s.value })));
    list(&mut body, "tags", candidate.tags.iter().map(|tag| json!(tag)));
    list(&mut body, "custom_fields", candidate.custom_fields.iter().map(|(name, value)| custom_field(name, value, api)));
    if api == Api::HarvestV1 {
        some(&mut body, "recruiter", candidate.recruiter.as_ref().map(user));
        some(&mut body, "coordinator", candidate.coordinator.as_ref().map(user));
    }
    body
}

/// What a PATCH carries: only what changes, lists whole.
fn changed(changes: &Changes, api: Api) -> Map<String, Value> {
    let named = |name: &String| if name == "is_private" { private_word(api).to_owned() } else { name.clone() };
    let mut body: Map<String, Value> = changes.members.iter().map(|(name, value)| (named(name), value.clone())).collect();
    // v1 reads {"id": …} and {"email": …} in a create, and {"user_id": …} in Greenhouse's own sample of a PATCH: both are sent.
    for user in ["recruiter", "coordinator"] {
        if let Some(Value::Object(member)) = body.get_mut(user)
            && let Some(id) = member.get("id").cloned()
        {
            member.insert("user_id".into(), id);
        }
    }
    list(&mut body, "custom_fields", changes.fields.iter().map(|(name, value)| custom_field(name, value, api)));
    body
}

/// Assumed (D): v3 takes the flag under the name that it reads it by.
fn private_word(api: Api) -> &'static str {
    if api == Api::HarvestV1 { "is_private" } else { "private" }
}

fn custom_field(name: &str, value: &Value, api: Api) -> Value {
    let mut field = Map::new();
    match (name.parse::<u64>(), api) {
        (Ok(id), Api::HarvestV1) => field.insert("id".into(), json!(id)),
        (Ok(id), Api::HarvestV3) => field.insert("custom_field_id".into(), json!(id)),
        (Err(_), _) => field.insert("name_key".into(), json!(name)),
    };
    match value.as_object() {
        Some(with_unit) => field.extend(with_unit.clone()),
        None => {
            field.insert("value".into(), value.clone());
        }
    }
    Value::Object(field)
}

fn user(user: &User) -> Value {
    match (user.id, &user.email) {
        (Some(id), _) => json!({ "id": id }),
        (None, email) => json!({ "email": email }),
    }
}

/// The candidate's recruiter and coordinator moved to the application in v3.
fn v3_application(application: &Application, candidate: &Candidate) -> Map<String, Value> {
    let mut body = Map::new();
    let id = |own: &Option<User>, shared: &Option<User>| own.as_ref().or(shared.as_ref()).and_then(|user| user.id);
    some(&mut body, "job_id", application.job_id);
    some(&mut body, "source_id", application.source_id);
    some(&mut body, "initial_stage_id", application.initial_stage_id);
    some(&mut body, "recruiter_id", id(&application.recruiter, &candidate.recruiter));
    some(&mut body, "coordinator_id", id(&application.coordinator, &candidate.coordinator));
    some(&mut body, "referrer_id", application.referrer.as_ref().and_then(|referrer| referrer.id));
    body
}

fn v1_application(application: &Application) -> Map<String, Value> {
    let mut body = Map::new();
    some(&mut body, "job_id", application.job_id);
    some(&mut body, "source_id", application.source_id);
    some(&mut body, "initial_stage_id", application.initial_stage_id);
    some(&mut body, "recruiter_id", application.recruiter.as_ref().and_then(|user| user.id));
    some(&mut body, "coordinator_id", application.coordinator.as_ref().and_then(|user| user.id));
    if let Some(referrer) = &application.referrer {
        body.insert("referrer".into(), json!({ "type": referrer.kind, "value": referrer.value }));
    }
    body
}

/// A prospect, alike in both APIs but for the flag.
fn prospected(prospect: &Prospect, flag: Value) -> Map<String, Value> {
    let mut body = Map::from_iter([("prospect".to_owned(), flag)]);
    list(&mut body, "job_ids", prospect.job_ids.iter().map(|job| json!(job)));
    some(&mut body, "prospect_pool_id", prospect.pool_id);
    some(&mut body, "prospect_pool_stage_id", prospect.stage_id);
    some(&mut body, "prospect_owner_id", prospect.owner.as_ref().and_then(|user| user.id));
    body
}

fn v3_attachment(application: Option<Id>, attachment: &Attachment) -> Map<String, Value> {
    let mut body = Map::new();
    some(&mut body, "application_id", application);
    body.insert("filename".into(), json!(attachment.filename));
    body.insert("type".into(), json!(attachment.kind));
    some(&mut body, "url", attachment.url.as_ref());
    some(&mut body, "content", attachment.content.as_ref());
    some(&mut body, "content_type", attachment.content_type.as_ref().filter(|_| attachment.content.is_some()));
    some(&mut body, "visibility", attachment.visibility.as_ref());
    body
}

fn v1_attachment(attachment: &Attachment) -> Map<String, Value> {
    let mut body = Map::new();
    let kind = kind_sent(Api::HarvestV1, attachment);
    body.insert("filename".into(), json!(attachment.filename));
    body.insert("type".into(), json!(kind));
    some(&mut body, "url", attachment.url.as_ref());
    some(&mut body, "content", attachment.content.as_ref());
    some(&mut body, "content_type", attachment.content_type.as_ref());
    body
}

fn employed(employment: &Employment) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("company_name".into(), json!(employment.company_name));
    body.insert("title".into(), json!(employment.title));
    body.insert("start_date".into(), json!(employment.start_date));
    some(&mut body, "end_date", employment.end_date.as_ref());
    body
}

fn v1_education(education: &Education) -> Map<String, Value> {
    let mut body = Map::new();
    some(&mut body, "school_id", education.school_id);
    some(&mut body, "discipline_id", education.discipline_id);
    some(&mut body, "degree_id", education.degree_id);
    some(&mut body, "start_date", education.start_date.as_ref());
    some(&mut body, "end_date", education.end_date.as_ref());
    body
}

fn v3_education(candidate: Id, education: &Education) -> Map<String, Value> {
    let mut body = Map::from_iter([("candidate_id".to_owned(), json!(candidate))]);
    some(&mut body, "school_name_custom_field_option_id", education.school_id);
    some(&mut body, "degree_custom_field_option_id", education.degree_id);
    some(&mut body, "discipline_custom_field_option_id", education.discipline_id);
    some(&mut body, "start_date", education.start_date.as_ref());
    some(&mut body, "end_date", education.end_date.as_ref());
    body
}

fn v1_note(note: &Note, acting_user: Option<u64>) -> Map<String, Value> {
    let mut body = Map::new();
    some(&mut body, "user_id", acting_user);
    body.insert("body".into(), json!(note.body));
    body.insert("visibility".into(), json!(note.visibility));
    body
}

fn some<T: serde::Serialize>(body: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value {
        body.insert(name.into(), json!(value));
    }
}

/// An empty list is left out: it would clear what is there.
fn list(body: &mut Map<String, Value>, name: &str, items: impl Iterator<Item = Value>) {
    let items: Vec<_> = items.collect();
    if !items.is_empty() {
        body.insert(name.into(), Value::Array(items));
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(api: Api, action: &Action<'_>) -> String {
        let (path, body) = match api {
            Api::HarvestV3 => v3(action),
            Api::HarvestV1 => v1(action, Some(92120)),
        };
        format!("{} {path}\n  {}", api.as_str(), Value::Object(body))
    }

    /// Lists go whole, scalars alone; v3 has its own word for the flag, v1 for who looks after the candidate.
    #[test]
    fn an_update_carries_what_changes() {
        let members = json!({"title": "Engineer", "is_private": true, "tags": ["hrflow"], "recruiter": {"id": 7}});
        let currency = json!({"value": 5000, "unit": "EUR"});
        let fields = vec![("6".to_owned(), json!(602)), ("desired_salary".to_owned(), currency)];
        let changes = Changes { members: object(members), fields, ..Changes::default() };
        let update = Action::UpdateCandidate { candidate: Id::Known(57), changes };
        insta::assert_snapshot!(format!("{}\n{}", told(Api::HarvestV3, &update), told(Api::HarvestV1, &update)), @r#"
        harvest-v3 /candidates/57
          {"title":"Engineer","private":true,"tags":["hrflow"],"recruiter":{"id":7,"user_id":7},"custom_fields":[{"custom_field_id":6,"value":602},{"name_key":"desired_salary","value":5000,"unit":"EUR"}]}
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
        let candidate =
            Candidate { first_name: "Ada".into(), last_name: "Example".into(), prospect: Some(prospect.clone()), ..Default::default() };
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
