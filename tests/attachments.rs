//! Files that are fetched and sent: what arrives in Greenhouse, and what is reported if a file does not.

use crate::harness::Office;
use crate::people::profiles;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A host of files on this machine: path → status and text.
#[derive(Clone)]
struct Files {
    port: u16,
    served: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Files {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let files = Self { port: listener.local_addr().unwrap().port(), served: Arc::default(), asked: Arc::default() };
        let host = files.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 2048];
                let read = stream.read(&mut request).unwrap_or_default();
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
                let (status, body) = host.served.lock().unwrap().get(&path).cloned().unwrap_or((404, String::new()));
                host.asked.lock().unwrap().push(path);
                let _gone = write!(stream, "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            }
        });
        files
    }

    fn serve(&self, path: &str, status: u16, text: &str) {
        self.served.lock().unwrap().insert(path.to_owned(), (status, text.to_owned()));
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// One profile with a résumé, to two jobs, a cover letter and an employment.
fn office(files: &Files, resume: &str) -> Office {
    let mut profile = profiles(1).remove(0);
    profile["attachments"] = json!([
        {"type": "original", "original_file_name": "scan.png", "public_url": files.url("/scan")},
        {"type": "resume", "original_file_name": resume, "public_url": files.url("/cv?signature=hush")},
        {"type": "cover", "original_file_name": "letter.txt", "public_url": files.url("/letter")},
    ]);
    files.serve("/letter", 200, "Dear all");
    Office::open(vec![profile])
}

fn content(office: &Office, mut pipeline: Value) -> String {
    pipeline["destination"]["greenhouse"]["attachments"] = json!({"send": "content", "hosts": ["127.0.0.1"]});
    pipeline["destination"]["greenhouse"]["job_ids"] = json!([4001, 4002]);
    office.save(&pipeline)
}

/// Type and name of each file of the one candidate, and how many bytes were sent, or its address.
fn attached(office: &Office) -> Vec<String> {
    let state = office.state();
    let candidate = &state["candidates"][0];
    let mut all: Vec<_> = candidate["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row["type"].as_str().unwrap(), row["filename"].as_str().unwrap()))
        .collect();
    all.sort();
    all
}

/// What was sent to Greenhouse as an attachment.
fn sent(office: &Office) -> Vec<Value> {
    let requests = office.sandbox.requests();
    let is = |request: &&Value| request["service"] == "greenhouse" && request["target"].as_str().unwrap().ends_with("/attachments");
    requests
        .as_array()
        .unwrap()
        .iter()
        .filter(|request| request["method"] == "POST")
        .filter(is)
        .map(|request| request["body"].clone())
        .collect()
}

#[test]
fn a_resume_arrives_whole_on_every_application() {
    for api in ["v3", "v1"] {
        let files = Files::open();
        let office = office(&files, "../cv?.doc");
        files.serve("/cv?signature=hush", 200, "%PDF-1.4 Ada");
        let file = content(&office, if api == "v3" { office.v3("c") } else { office.v1("c") });
        let traced = office.call(&["plan", "--json", &file]);
        assert_eq!((traced.code, files.asked()), (Some(0), 0), "a plan fetches nothing: {}", traced.stderr);
        let run = office.run(&file);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let resumes = if api == "v3" { 2 } else { 1 };
        let mut wanted = vec!["cover_letter letter.txt"];
        wanted.extend(vec!["resume cv_.pdf"; resumes]);
        assert_eq!(attached(&office), wanted);
        assert_eq!(files.asked(), 2, "fetched once each, and the original not at all");
        // v3 takes no `content_type`.
        let kind = if api == "v3" { Value::Null } else { json!("application/pdf") };
        for body in sent(&office).iter().filter(|body| body["type"] == "resume") {
            assert_eq!((&body["content"], &body["content_type"], &body["url"]), (&json!("JVBERi0xLjQgQWRh"), &kind, &Value::Null));
        }
        assert!(!run.stderr.contains("hush") && !run.stdout.contains("hush"));
        let writes = office.writes();
        assert_eq!((office.run(&file).code, office.writes(), files.asked()), (Some(0), writes, 2));
    }
}

#[test]
fn a_file_that_cannot_be_sent_fails_its_own_step_and_is_tried_again() {
    for (status, text, words) in [
        (404, "", "127.0.0.1 does not have it (404)"),
        (200, "{\\rtf1 Ada}", "its kind is rtf, and Greenhouse takes pdf"),
        (200, "<html>Sign in", "its address gives a web page, and not the pdf"),
    ] {
        let files = Files::open();
        let office = office(&files, "cv.pdf");
        files.serve("/cv?signature=hush", status, text);
        let file = content(&office, office.v3("c"));
        let run = office.run(&file);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        let line = run.profiles().into_values().next().unwrap();
        assert_eq!((&line["outcome"], &line["step"]), (&json!("failed"), &json!("attachment")), "{line}");
        assert!(line["reason"].as_str().unwrap().contains(words), "{line}");
        assert!(!line.to_string().contains("hush"));
        // The other steps continued.
        assert_eq!(attached(&office), ["cover_letter letter.txt"]);
        assert_eq!(office.state()["candidates"][0]["applications"].as_array().unwrap().len(), 2);
        // After the fix, the next run adds what is missing, and nothing else.
        files.serve("/cv?signature=hush", 200, "%PDF-1.4 Ada");
        assert_eq!(office.run(&file).outcomes().into_values().collect::<Vec<_>>(), ["created"]);
        assert_eq!(attached(&office), ["cover_letter letter.txt", "resume cv.pdf", "resume cv.pdf"]);
    }
}

#[test]
fn a_kind_that_greenhouse_does_not_take_is_told_by_its_name_too() {
    let files = Files::open();
    let office = office(&files, "cv.odt");
    let mut pipeline = office.v3("c");
    pipeline["destination"]["greenhouse"]["attachments"] = json!({"send": "url"});
    let run = office.run(&office.save(&pipeline));
    let line = run.profiles().into_values().next().unwrap();
    assert!(line["reason"].as_str().unwrap().contains("its kind is odt"), "{line}");
    assert_eq!((attached(&office), files.asked()), (vec!["cover_letter letter.txt".to_owned()], 0));
}

#[test]
fn this_machines_own_network_is_not_asked() {
    let files = Files::open();
    let office = office(&files, "cv.pdf");
    let mut pipeline = office.v3("c");
    pipeline["destination"]["greenhouse"]["attachments"] = json!({"send": "content"});
    let run = office.run(&office.save(&pipeline));
    assert_eq!((run.code, files.asked()), (Some(1), 0), "{}", run.stdout);
    let line = run.profiles().into_values().next().unwrap();
    assert!(line["reason"].as_str().unwrap().contains("only https is fetched"), "{line}");
}

#[test]
fn a_trace_shows_what_would_be_fetched_and_fetches_nothing() {
    let files = Files::open();
    let office = office(&files, "cv.pdf");
    let file = content(&office, office.v3("c"));
    let key = profiles(1)[0]["key"].as_str().unwrap().to_owned();
    let trace = office.call(&["trace", &file, "--profile", &key, "--json", "--show-personal-data"]);
    let story: Value = serde_json::from_str(&trace.stdout).unwrap();
    let is = |request: &&Value| request["url"].as_str().unwrap().ends_with("/v3/attachments");
    let body = &story["requests"].as_array().unwrap().iter().find(is).unwrap()["body"];
    assert_eq!(body["content"], format!("(what is in {}, in base64)", files.url("/cv?signature=hush")));
    assert_eq!((body.get("url"), files.asked()), (None, 0));
}
