//! A partner's sign-in: `hireline login`, what is stored, and runs that use it.

use crate::harness::{Ended, Office, finish};
use crate::people::profiles;
use hireline::sandbox::{CLIENT_ID, CLIENT_SECRET, Settings};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

fn office(settings: Settings) -> (Office, String) {
    let office = Office::with(Settings { profiles: profiles(3), ..settings });
    let file = office.save(&pipeline(&office, "partner"));
    (office, file)
}

fn pipeline(office: &Office, name: &str) -> Value {
    let mut pipeline = office.v3(name);
    let greenhouse = &mut pipeline["destination"]["greenhouse"];
    greenhouse["auth"] = json!({"oauth_user": {
        "client_id": {"env": "CLIENT_ID"},
        "client_secret": {"env": "CLIENT_SECRET"},
        "authorize_url": office.sandbox.authorize_url(),
        "token_url": office.sandbox.token_url(),
        "scopes": ["harvest:candidates:create", "harvest:candidates:list"],
    }});
    greenhouse.as_object_mut().unwrap().remove("on_behalf_of");
    pipeline
}

/// A login that waits, and the address that it printed.
struct Waiting {
    child: Child,
    address: String,
    said: String,
    stdout: BufReader<std::process::ChildStdout>,
}

fn begin(office: &Office, file: &str) -> Waiting {
    let mut command = office.command(&["login", "--no-browser", file]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let (mut said, mut address) = (String::new(), String::new());
    while address.is_empty() {
        let mut line = String::new();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "it ended before it printed an address: {said}");
        said.push_str(&line);
        address = line.trim().strip_prefix("http").map(|rest| format!("http{rest}")).unwrap_or_default();
    }
    Waiting { child, address, said, stdout }
}

impl Waiting {
    fn end(mut self) -> Ended {
        self.stdout.read_to_string(&mut self.said).unwrap();
        let ended = self.child.wait_with_output().unwrap();
        Ended { code: ended.status.code(), stdout: self.said, stderr: String::from_utf8(ended.stderr).unwrap() }
    }
}

/// Asks for an address as a browser does; gives the answer with its headers.
fn browse(address: &str) -> String {
    let (host, target) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET /{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Where the sign-in page sends the browser once the person has consented.
fn consent(address: &str) -> String {
    let answer = browse(address);
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{answer}"));
    location.trim().to_owned()
}

fn signed_in(office: &Office, file: &str) -> Ended {
    let waiting = begin(office, file);
    let page = browse(&consent(&waiting.address));
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("You can close this page"), "{page}");
    waiting.end()
}

fn logins(office: &Office) -> Vec<PathBuf> {
    let below = office.folder().join(".state/logins");
    let entries = std::fs::read_dir(below).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|kind| kind == "login")).collect()
}

fn grants(office: &Office) -> Vec<String> {
    let requests = office.sandbox.requests();
    let of = |request: &Value| request["body"]["grant_type"].as_str().map(str::to_owned);
    requests.as_array().unwrap().iter().filter_map(of).collect()
}

#[test]
fn a_person_signs_in_once_and_runs_go_on_with_it() {
    let (office, file) = office(Settings::default());
    let before = office.run(&file);
    assert_eq!(before.code, Some(3));
    assert!(before.stderr.contains("run `hireline login`"), "{}", before.stderr);
    let ended = signed_in(&office, &file);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("signed in"), "{}", ended.stdout);
    assert_eq!(office.run(&file).counts()["created"], 3);
    assert_eq!(office.call(&["plan", "--json", &file]).counts()["unchanged"], 3);
    assert_eq!(grants(&office), ["authorization_code"], "the token is good for an hour");
    let kept = &logins(&office)[0];
    let text = std::fs::read_to_string(kept).unwrap();
    assert!(text.contains("sandbox-refresh-") && !text.contains(CLIENT_SECRET) && !text.contains(CLIENT_ID));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let out = office.call(&["logout", &file]);
    assert!(out.code == Some(0) && logins(&office).is_empty(), "{}", out.stdout);
    assert_eq!(office.call(&["run", "--ledger", "new.db", &file]).code, Some(3));
}

#[test]
fn two_processes_renew_a_sign_in_once() {
    let (office, file) = office(Settings { token_lifetime: Duration::from_secs(600), ..Settings::default() });
    assert_eq!(signed_in(&office, &file).code, Some(0));
    let other = office.save(&pipeline(&office, "second"));
    // What is kept is over: both have to renew it, and its refresh token is good once.
    let kept = &logins(&office)[0];
    let mut token: Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
    token["until"] = json!(1);
    std::fs::write(kept, token.to_string()).unwrap();
    office.sandbox.revoke_tokens();
    let running = [office.spawn(&["run", "--json", &file]), office.spawn(&["run", "--json", &other])];
    for ended in running.map(crate::harness::Running::end) {
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    assert_eq!(grants(&office), ["authorization_code", "refresh_token"]);
}

#[test]
fn what_is_pasted_will_do_and_what_is_foreign_will_not() {
    let (office, file) = office(Settings::default());
    let mut waiting = begin(&office, &file);
    let back = consent(&waiting.address);
    // Another page, or a guessed request: the login still waits.
    let host = back.split('?').next().unwrap();
    assert!(browse(&format!("{host}?code=guessed&state=guessed")).starts_with("HTTP/1.1 404"));
    assert!(browse(&format!("{host}favicon.ico")).starts_with("HTTP/1.1 404"));
    writeln!(waiting.child.stdin.take().unwrap(), "\nhttp://127.0.0.1:1/?code=x&state=y\n{back}").unwrap();
    let ended = waiting.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("does not answer the sign-in that was begun here"), "{}", ended.stderr);
    assert!(!ended.stdout.contains("sandbox-code") && !ended.stderr.contains("sandbox-code"));
}

#[test]
fn a_sign_in_that_is_refused_or_taken_back_is_told() {
    let (office, file) = self::office(Settings { consents: false, ..Settings::default() });
    let waiting = begin(&office, &file);
    browse(&consent(&waiting.address));
    let ended = waiting.end();
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains("the sign-in was refused (access_denied): nothing is kept"), "{}", ended.stderr);
    assert!(logins(&office).is_empty());
    let (office, file) = self::office(Settings::default());
    signed_in(&office, &file);
    office.sandbox.revoke_tokens();
    office.sandbox.revoke_sign_ins();
    let ended = office.run(&file);
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains("Run `hireline login` again"), "{}", ended.stderr);
}

#[test]
fn a_pipeline_that_signs_in_otherwise_needs_nobody() {
    let office = Office::open(Vec::new());
    let file = office.save(&office.v3("client"));
    let ended = finish(office.command(&["login", &file]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("no pipeline here has `auth: oauth_user`"), "{}", ended.stderr);
}

#[test]
fn in_the_sandbox_nobody_needs_to_sign_in() {
    let (office, file) = office(Settings::default());
    office.write("partner/fixtures/one.json", &profiles(1)[0].to_string());
    assert_eq!(office.call(&["run", "--sandbox", "--json", &file]).counts()["created"], 1);
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    let (mut office, file) = office(Settings::default());
    for name in ["CLIENT_ID", "CLIENT_SECRET", "HRFLOW_API_KEY"] {
        office.env(name, "");
    }
    let ended = office.run(&file);
    assert_eq!(ended.code, Some(3));
    let words = "the environment variable HRFLOW_API_KEY, the environment variable CLIENT_ID, the environment variable CLIENT_SECRET: each is empty";
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
}
