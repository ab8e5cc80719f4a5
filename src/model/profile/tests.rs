use super::*;
use proptest::prelude::*;
use serde_json::json;

fn normalised(members: Value) -> String {
    let mut document = json!({ "key": "k" });
    document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let mut profile = Profile::from_document(document).unwrap();
    profile.document.as_object_mut().unwrap().shift_remove("key");
    profile.document.to_string()
}

#[test]
fn what_is_blank_goes_from_the_leaves_up() {
    insta::assert_snapshot!(normalised(json!({
        "null": null, "empty": "", "white": " \t\n", "unicode white": "\u{a0}\u{2003}\u{3000}", "list": [], "object": {},
        "nested": { "a": [{ "b": [null, "", { "c": " " }] }] },
        "items": [null, "kept", "", { "name": "kept", "value": null }, [[]]],
        "zero": 0, "false": false, "text": " kept as it is ",
    })), @r#"{"items":["kept",{"name":"kept"}],"zero":0,"false":false,"text":"kept as it is"}"#);
}

#[test]
fn urls_have_one_shape() {
    let urls = |urls: Value| normalised(json!({ "info": { "urls": urls } }));
    insta::assert_snapshot!(urls(json!([
        { "type": "from_resume", "url": ["https://a.example", "", "https://b.example", null] },
        { "type": "linkedin", "url": "https://c.example" },
        { "type": "twitter", "url": "" }, { "type": "facebook", "url": null }, { "type": "github", "url": [] }, { "type": "other" },
        "https://d.example", null, 7,
    ])), @r#"{"info":{"urls":[{"type":"from_resume","url":"https://a.example"},{"type":"from_resume","url":"https://b.example"},{"type":"linkedin","url":"https://c.example"},{"url":"https://d.example"}]}}"#);
    insta::assert_snapshot!(urls(json!({ "from_resume": ["https://a.example"], "linkedin": "https://c.example", "github": null, "twitter": [] })),
        @r#"{"info":{"urls":[{"type":"from_resume","url":"https://a.example"},{"type":"linkedin","url":"https://c.example"}]}}"#);
    for none in [json!(null), json!([]), json!({}), json!([{ "type": "github", "url": null }]), json!("")] {
        assert_eq!(urls(none), "{}");
    }
}

#[test]
fn the_sentinel_goes_and_dates_keep_their_text() {
    insta::assert_snapshot!(normalised(json!({
        "experiences": [
            { "title": "plain", "date_end": "1969-12-31T23:59:59" },
            { "title": "with an offset", "date_end": "1969-12-31T23:59:59+0000" },
            { "title": "with a colon", "date_end": "1969-12-31T23:59:59+00:00" },
            { "title": "UTC", "date_end": "1969-12-31T23:59:59Z" },
            { "title": "with a space", "date_end": "1969-12-31 23:59:59" },
            { "title": "with a fraction", "date_end": "1969-12-31T23:59:59.000+0000" },
            { "title": "real", "date_end": "2020-12-31T23:59:59+0000" },
        ],
        "archived_at": "1969-12-31T23:59:59",
        "info": { "date_birth": "1969-12-31" },
        "text": "1969-12-31T23:59:59",
    })), @r#"{"experiences":[{"title":"plain"},{"title":"with an offset"},{"title":"with a colon"},{"title":"UTC"},{"title":"with a space"},{"title":"with a fraction"},{"title":"real","date_end":"2020-12-31T23:59:59+0000"}],"info":{"date_birth":"1969-12-31"},"text":"1969-12-31T23:59:59"}"#);
}

#[test]
fn keys_are_taken_from_where_they_stand() {
    let keys = |document: Value| Profile::from_document(document).map(|p| (p.key, p.source_key, p.updated_at));
    let key = "k".to_owned();
    assert_eq!(keys(json!({ "key": "k", "source_key": "s", "source": { "key": "t" } })), Ok((key.clone(), "s".into(), None)));
    assert_eq!(keys(json!({ "key": "k", "source_key": null, "source": { "key": "t" } })), Ok((key.clone(), "t".into(), None)));
    let updated = "2026-06-20T15:25:07+0000";
    assert_eq!(keys(json!({ "key": "k", "updated_at": updated })), Ok((key, String::new(), Some(updated.into()))));
}

#[test]
fn what_is_no_profile_says_why() {
    let why = |document: Value| Profile::from_document(document).unwrap_err().to_string();
    insta::assert_snapshot!(why(json!([1])), @"a profile is an object, and this is a list");
    insta::assert_snapshot!(why(json!("ada@example.org")), @"a profile is an object, and this is a text");
    insta::assert_snapshot!(why(json!({ "info": {} })), @"the profile has no key: a text under `key` is needed, by which it is known from run to run");
    insta::assert_snapshot!(why(json!({ "key": " " })), @"the profile has no key: a text under `key` is needed, by which it is known from run to run");
    insta::assert_snapshot!(why(json!({ "key": 7 })), @"the profile's `key` is a number, and must be a text");
    let deep = (0..200).fold(json!("x"), |inner, _| json!([inner]));
    insta::assert_snapshot!(why(json!({ "key": "k", "deep": deep })), @"lists and objects stand in each other more than 128 levels deep");
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["", " ", "\u{a0}", "text", "1969-12-31T23:59:59"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let name = prop::sample::select(vec!["a", "urls", "info", "date_end", "type", "url"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..5).prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

fn holds_blank(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| is_blank(item) || holds_blank(item)),
        Value::Object(members) => members.values().any(|member| is_blank(member) || holds_blank(member)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_blank_is_left_and_a_second_time_changes_nothing(info in anything(), rest in anything()) {
        let once = Profile::from_document(json!({ "key": "k", "info": info, "rest": rest })).unwrap();
        prop_assert!(!holds_blank(&once.document), "{}", once.document);
        let again = Profile::from_document(once.document.clone()).unwrap();
        prop_assert_eq!(once, again);
    }
}
