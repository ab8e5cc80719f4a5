//! Any answers of Greenhouse's, to each request that changes something, and as the rows of its lists.

use super::input;
use hireline::base::digest::Key;
use hireline::delivery::action::{Action, Event, Id, NotDone};
use hireline::greenhouse::{answer, rows};
use hireline::model::candidate::{Application, Attachment, Candidate, Note, Prospect};
use hireline::model::settings::Api;
use hireline::net::http::Answer;
use serde_json::Value;

/// An answer. See [`input::answer`].
pub fn holds(bytes: &[u8]) {
    let answer = input::answer(&String::from_utf8_lossy(bytes));
    for api in [Api::HarvestV3, Api::HarvestV1] {
        means_one_thing(api, &answer);
    }
    let body = answer.json();
    let listed = body.as_ref().and_then(Value::as_array).map_or_else(|| body.iter().collect(), |rows| rows.iter().collect::<Vec<_>>());
    listed.into_iter().for_each(is_read_as_a_row);
}

fn means_one_thing(api: Api, answer: &Answer) {
    let candidate = Candidate { applications: vec![Application { job_id: Some(7), ..Default::default() }], ..Default::default() };
    let (application, prospect) = (Application { job_id: Some(7), ..Default::default() }, Prospect::default());
    let (attachment, note) = (read::<Attachment>(r#"{"filename": "a.pdf"}"#), read::<Note>(r#"{"body": "b"}"#));
    let id = Id::candidate(71);
    let must_name = [
        Action::CreateCandidate { candidate: &candidate },
        Action::CreateApplication { candidate: id, application: &application },
        Action::CreateProspect { candidate: id, prospect: &prospect },
    ];
    let need_not = [
        Action::CreateAttachment { candidate: id, application: None, attachment: &attachment },
        Action::CreateNote { candidate: id, note: &note },
    ];
    for (action, names) in must_name.iter().map(|action| (action, true)).chain(need_not.iter().map(|action| (action, false))) {
        let event = answer::event(api, action, answer);
        assert_eq!(event, answer::event(api, action, answer), "another time it is another");
        is_rightly(&event, names, answer);
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("a part of a candidate")
}

/// Only what says clearly that it was done, or was not, passes for that: everything else may have been done.
fn is_rightly(event: &Event, must_name: bool, answer: &Answer) {
    let body = String::from_utf8_lossy(&answer.body);
    match event {
        Event::Accepted { id, others, delayed } => {
            assert!((200..300).contains(&answer.status), "{} is no acceptance", answer.status);
            assert_eq!(*delayed, answer.status == 202);
            assert!(id.is_some() || !must_name, "accepted, and nobody knows what");
            for id in id.iter().chain(others.iter().map(|(_, id)| id)) {
                assert!(body.contains(&id.to_string()), "an id that the answer does not have");
            }
        }
        Event::Refused(refusal) => {
            assert!(matches!(answer.status, 400 | 403 | 404 | 422) && answer.json().is_some(), "{} is no refusal", answer.status);
            assert_eq!(refusal.status, answer.status);
            assert!(refusal.field.as_ref().is_none_or(|field| field.len() <= 80 && !field.contains('@')), "a field that is no name");
        }
        Event::NotDone(NotDone::Unauthorized) => assert_eq!(answer.status, 401),
        Event::NotDone(NotDone::TooManyRequests) => assert_eq!(answer.status, 429),
        Event::NotDone(other) => panic!("an answer came, and {other:?} says that nothing was sent"),
        Event::Lost(words) => {
            assert!(!matches!(answer.status, 401 | 429), "{} proves that nothing was done", answer.status);
            // A number of three digits is the status; nothing else of the answer is repeated.
            assert!(words.contains(&answer.status.to_string()) && words.len() < 200, "{words}");
        }
    }
}

fn is_read_as_a_row(row: &Value) {
    let key = Key::new([7; 32]);
    let read = || {
        let listed = rows::attachment(&key, row, Some(7)).into_iter().chain(rows::employment(&key, row)).collect::<Vec<_>>();
        let known: Vec<_> = listed.iter().map(|listed| rows::known(&key, row, listed).is_some()).collect();
        (
            rows::candidate(&key, row),
            rows::application(row),
            rows::listed_application(row),
            rows::candidate_of(row),
            rows::emails(&key, row),
            listed,
            known,
        )
    };
    assert_eq!(format!("{:?}", read()), format!("{:?}", read()), "another time it is another");
    if let Some(application) = rows::application(row) {
        assert_eq!(row.get("id").and_then(Value::as_u64), Some(application.id));
    }
    let has_name = ["first_name", "last_name"].iter().all(|name| row.get(name).is_some_and(Value::is_string));
    assert!(has_name || rows::candidate(&key, row).is_some(), "a row without a name is one that is still being made");
}
