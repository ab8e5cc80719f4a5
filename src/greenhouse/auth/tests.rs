use super::*;
use crate::net::http::HttpSettings;
use crate::net::http::testing::{Loopback, Reply, json, reply};
use crate::net::shared::{Folder, Kept};
use serde_json::json as value;
use std::sync::Mutex as Blocking;
use std::time::Duration;

fn http() -> Http {
    Http::new(HttpSettings { first_wait: Duration::from_millis(5), ..HttpSettings::default() })
}

fn grant(host: &Loopback) -> Grant {
    Grant { url: host.url("/token"), basic: None, form: form(&[("grant_type", "client_credentials")]), advice: Advice::Client }
}

/// A process: its own signer, and the file that all share.
fn client_of(host: &Loopback, folder: &tempfile::TempDir) -> Signer {
    let folder = Folder::make(folder.path().join("shared")).unwrap();
    let origin = Origin::Client { grant: grant(host), kept: Some(Kept::new(folder.file(&["x"], "token"))) };
    signer(origin)
}

fn login_of(host: &Loopback, folder: &tempfile::TempDir) -> Signer {
    signer(Origin::Login { grant: grant(host), kept: Kept::new(folder.path().join("x.login")) })
}

fn signer(origin: Origin) -> Signer {
    let kind = Kind::Fetched(Box::new(origin), Scheme::Bearer);
    Signer { kind, opened: Vec::new(), credential: None, token: Mutex::default() }
}

async fn header(signer: &Signer) -> Result<HeaderText, String> {
    signer.header(&http()).await.map(|(_, header)| header).map_err(|stop| stop.to_string())
}

async fn signs(signer: &Signer) -> Result<String, String> {
    header(signer).await.map(|header| header.expose().to_owned())
}

/// Tokens `t1`, `t2` and so on; as a sign-in, each refresh token is good once.
async fn endpoint() -> Loopback {
    let count = Blocking::new(0);
    Loopback::answering(move |request| {
        let mut count = count.lock().unwrap();
        if let Some((_, refresh)) = request.split_once("refresh_token=")
            && refresh != format!("r{count}")
        {
            return reply(400, &[], r#"{"error":"invalid_grant"}"#);
        }
        *count += 1;
        json(value!({ "access_token": format!("t{count}"), "expires_in": 3600, "refresh_token": format!("r{count}") }))
    })
    .await
}

#[tokio::test]
async fn many_callers_in_many_processes_fetch_one_token() {
    let (host, folder) = (endpoint().await, tempfile::tempdir().unwrap());
    let processes: Vec<_> = (0..3).map(|_| client_of(&host, &folder)).collect();
    let callers = (0..30).map(|n| signs(&processes[n % 3]));
    for signed in futures_util::future::join_all(callers).await {
        assert_eq!(signed.unwrap(), "Bearer t1");
    }
    assert_eq!(host.requests().len(), 1);
}

#[tokio::test]
async fn a_401_brings_one_new_token_and_only_for_who_has_the_old_one() {
    let (host, folder) = (endpoint().await, tempfile::tempdir().unwrap());
    let (one, other) = (client_of(&host, &folder), client_of(&host, &folder));
    let (old, same) = (header(&one).await.unwrap(), header(&other).await.unwrap());
    assert!(one.refused(&old).await);
    assert_eq!(signs(&one).await.unwrap(), "Bearer t2");
    // Many requests were on their way with the old token: the new one stays.
    assert!(one.refused(&old).await);
    assert_eq!(signs(&one).await.unwrap(), "Bearer t2");
    // Another process hears its 401 later, and takes the current one.
    assert!(other.refused(&same).await);
    assert_eq!(signs(&other).await.unwrap(), "Bearer t2");
    assert_eq!(host.requests().len(), 2);
}

#[tokio::test]
async fn a_token_that_is_over_or_damaged_is_fetched_anew() {
    let (host, folder) = (endpoint().await, tempfile::tempdir().unwrap());
    let file = Folder::make(folder.path().join("shared")).unwrap().file(&["x"], "token");
    let over = value!({ "version": 1, "access_token": "old", "until": shared::now() - 1 }).to_string();
    for (count, text) in [over.as_str(), "{", ""].into_iter().enumerate() {
        std::fs::write(&file, text).unwrap();
        assert_eq!(signs(&client_of(&host, &folder)).await.unwrap(), format!("Bearer t{}", count + 1));
    }
    assert!(!std::fs::read_to_string(&file).unwrap().contains("old"));
    // Where none can be fetched, what is of no use does not stay.
    let broken = Loopback::script(vec![reply(500, &[], "")]).await;
    std::fs::write(&file, over).unwrap();
    assert!(signs(&client_of(&broken, &folder)).await.is_err());
    assert!(!file.exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_keeps_nobody_from_signing() {
    let (host, folder) = (endpoint().await, tempfile::tempdir().unwrap());
    let kept = Kept::new(folder.path().join("not there").join("x.token"));
    let signer = signer(Origin::Client { grant: grant(&host), kept: Some(kept) });
    assert_eq!(signs(&signer).await.unwrap(), "Bearer t1");
}

#[tokio::test]
async fn a_refresh_token_is_used_once_and_the_next_is_kept_before_the_answer_is_used() {
    let (host, folder) = (endpoint().await, tempfile::tempdir().unwrap());
    let none = signs(&login_of(&host, &folder)).await.unwrap_err();
    insta::assert_snapshot!(none, @"there is no sign-in for this pipeline on this machine: run `hireline login` with the pipeline's file");
    let first = Token { value: Secret::new("t0"), until: 0, refresh: Some(Secret::new("r0")) };
    std::fs::write(folder.path().join("x.login"), &*first.written()).unwrap();
    let processes: Vec<_> = (0..3).map(|_| login_of(&host, &folder)).collect();
    for signed in futures_util::future::join_all((0..12).map(|n| signs(&processes[n % 3]))).await {
        assert_eq!(signed.unwrap(), "Bearer t1");
    }
    let kept = Token::read(&std::fs::read(folder.path().join("x.login")).unwrap()).unwrap();
    assert_eq!((kept.value.expose(), kept.refresh.unwrap().expose()), ("t1", "r1"));
    for next in ["Bearer t2", "Bearer t3"] {
        let header = header(&processes[0]).await.unwrap();
        processes[0].refused(&header).await;
        assert_eq!(signs(&processes[0]).await.unwrap(), next);
    }
    assert_eq!(host.requests().len(), 3);
}

#[tokio::test]
async fn a_sign_in_that_was_taken_back_asks_for_another() {
    let (host, folder) = (endpoint().await, tempfile::tempdir().unwrap());
    let stale = Token { value: Secret::new("t0"), until: 0, refresh: Some(Secret::new("taken back")) };
    std::fs::write(folder.path().join("x.login"), &*stale.written()).unwrap();
    let said = signs(&login_of(&host, &folder)).await.unwrap_err().replace(&host.url("/token"), "[it]");
    insta::assert_snapshot!(said, @"the token endpoint [it] says no (400 invalid_grant): the sign-in that is kept on this machine is over, or was taken back. Run `hireline login` again for this pipeline");
}

#[tokio::test]
async fn whoever_waits_for_a_dead_endpoint_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (told, folder) = (std::sync::Arc::new(Blocking::new(Vec::new())), tempfile::tempdir().unwrap());
    let hear = std::sync::Arc::clone(&told);
    let http = http().telling(move |words| hear.lock().unwrap().push(words));
    let mut host = Loopback::script(vec![Reply::Close]).await;
    host.port = port;
    let stop = client_of(&host, &folder).header(&http).await.unwrap_err().to_string();
    let said = format!("{}\n{stop}", told.lock().unwrap().join("\n")).replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(said, @"
    the token endpoint http://127.0.0.1:PORT/token: no connection was made; trying again, 2 of 3
    the token endpoint http://127.0.0.1:PORT/token: no connection was made; trying again, 3 of 3
    the token endpoint http://127.0.0.1:PORT/token cannot be reached (127.0.0.1:PORT cannot be reached: Connection refused (os error 111)): check token_url and this machine's network, or run again later
    ");
}

#[test]
fn what_is_missing_is_told_at_once() {
    let secret = |name: &str| SecretRef::Env(format!("HIRELINE_NOT_SET_{name}"));
    let all = [secret("A"), secret("B"), SecretRef::File("/not/there".into()), secret("A")];
    insta::assert_snapshot!(crate::base::secret::all_there(&all).unwrap_err(), @"the environment variable HIRELINE_NOT_SET_A, the environment variable HIRELINE_NOT_SET_B: each is not set: set it where hireline runs; the file /not/there cannot be read: entity not found");
    let mut opener = Opener::default();
    assert!(opener.client(&secret("A"), &secret("B")).is_none());
    assert_eq!(opener.errors.len(), 2);
}
