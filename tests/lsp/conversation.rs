//! The order of messages, and messages that are invalid.

use super::editor::Editor;
use super::{FILES, workspace};
use serde_json::{Value, json};

#[test]
fn what_the_server_can_do() {
    let editor = workspace();
    insta::assert_json_snapshot!(editor.capabilities);
}

#[test]
fn it_goes_as_agreed_or_says_so() {
    assert_eq!(workspace().leave(), 0);

    let mut without_shutdown = workspace();
    without_shutdown.notify("exit", Value::Null);
    assert_eq!(without_shutdown.end(), 1);

    let mut cut = workspace();
    assert_eq!(cut.end(), 1, "the client went without a word");

    let mut at_once = Editor::silent(&FILES);
    at_once.notify("exit", Value::Null);
    assert_eq!(at_once.end(), 1);
}

#[test]
fn requests_at_the_wrong_time_and_unknown_ones_are_refused() {
    let mut editor = Editor::silent(&FILES);
    let code = |answer: Value| answer["error"]["code"].as_i64();
    assert_eq!(code(editor.request("textDocument/hover", json!({}))), Some(-32002), "before `initialize`");
    assert_eq!(code(editor.request("initialize", json!({"capabilities": {}}))), None);
    assert_eq!(code(editor.request("initialize", json!({"capabilities": {}}))), Some(-32600), "twice");
    assert_eq!(code(editor.request("textDocument/rename", json!({}))), Some(-32601));
    assert_eq!(code(editor.request("textDocument/hover", json!({"textDocument": 7}))), Some(-32602));
    assert_eq!(code(editor.request("shutdown", Value::Null)), None);
    assert_eq!(code(editor.request("textDocument/hover", json!({}))), Some(-32600), "after `shutdown`");
}

#[test]
fn what_is_no_message_is_answered_and_the_next_one_is_read() {
    let mut editor = workspace();
    for garbage in ["{", "[]", "7", "\"\u{fffd}\"", r#"{"jsonrpc":"1.0","id":5,"method":"shutdown"}"#] {
        editor.raw(format!("Content-Length: {}\r\n\r\n{garbage}", garbage.len()).as_bytes());
        let refused = editor.hear(|message| message["id"].is_null() && message.get("error").is_some());
        assert!(matches!(refused["error"]["code"].as_i64(), Some(-32700 | -32600)), "{refused}");
    }
    // Nothing that a notification can say ends the session.
    let uri = editor.uri("acme/platform.yaml");
    for params in [json!(null), json!({}), json!({"textDocument": {"uri": "no uri", "version": 1}, "contentChanges": []})] {
        editor.notify("textDocument/didChange", params);
    }
    let everywhere = json!({"start": {"line": 9, "character": 9}, "end": {"line": 4_000_000_000_u32, "character": 0}});
    editor.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": uri, "version": 1}, "contentChanges": [{"range": everywhere, "text": "x"}]}),
    );
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": "untitled:Untitled-1"}}));
    editor.notify("$/setTrace", json!({"value": "off"}));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_frame_that_cannot_be_followed_ends_the_session() {
    let mut editor = workspace();
    editor.raw(b"Content-Length: 99999999999999999999\r\n\r\n{}");
    assert_eq!(editor.end(), 1);
}
