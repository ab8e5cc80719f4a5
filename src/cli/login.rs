//! `hireline login` and `hireline logout`: a partner's sign-in, kept on this machine.

use super::{Failure, Result, compiled, print};
use crate::base::secret::Secret;
use crate::cli::exit;
use crate::greenhouse::auth::login::{NoCode, SignIn, forget};
use crate::language::compile::Pipeline;
use crate::model::settings::{Auth, Greenhouse};
use crate::net::http::{Http, HttpSettings};
use std::io::{BufRead, IsTerminal};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// So long a person may take.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Debug, clap::Args)]
pub(super) struct Login {
    /// The pipeline's file, or a folder of them
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Open no browser: print the address, to be opened anywhere, and take the code, or the address of the page that the browser ends at
    #[arg(long)]
    no_browser: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Logout {
    /// The pipeline's file, or a folder of them
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

pub(super) async fn login(options: &Login) -> Result<u8> {
    for pipeline in with_sign_in(&options.path)? {
        sign_in(&pipeline, options.no_browser).await?;
    }
    Ok(exit::WELL)
}

pub(super) fn logout(options: &Logout) -> Result<u8> {
    for pipeline in with_sign_in(&options.path)? {
        let account = &pipeline.destination.account;
        let words = match forget(&pipeline.destination)? {
            Some(true) => "the sign-in is removed from this machine. Greenhouse knows the consent until somebody takes it back there",
            _ => "nobody was signed in on this machine",
        };
        print::plain(&format!("{account}: {words}"));
    }
    Ok(exit::WELL)
}

/// One pipeline for each sign-in: several may share it.
fn with_sign_in(path: &PathBuf) -> Result<Vec<Pipeline>> {
    let mut pipelines = compiled(std::slice::from_ref(path))?;
    pipelines.retain(|pipeline| matches!(pipeline.destination.auth, Auth::OauthUser(_)));
    let mut seen: Vec<(Auth, String)> = Vec::new();
    pipelines.retain(|pipeline| {
        let own = (pipeline.destination.auth.clone(), pipeline.destination.account.clone());
        let new = !seen.contains(&own);
        seen.push(own);
        new
    });
    if pipelines.is_empty() {
        return Err(Failure::wrong("no pipeline here has `auth: oauth_user`, and only that needs a person to sign in"));
    }
    Ok(pipelines)
}

async fn sign_in(pipeline: &Pipeline, no_browser: bool) -> Result<()> {
    let destination = &pipeline.destination;
    let listener = listen(destination).await?;
    let port = listener.local_addr()?.port();
    let begun = SignIn::begin(destination, &format!("http://127.0.0.1:{port}/"))?;
    let Some(begun) = begun else { return Ok(()) };
    print::plain(&format!("Sign in for {} ({}) at this address:\n\n{}\n", pipeline.id, destination.account, begun.address));
    if !no_browser && open::that_detached(&begun.address).is_err() {
        print::note("no browser could be opened: open the address yourself");
    }
    let pasted = pasted(no_browser);
    let code = tokio::time::timeout(PATIENCE, code(&begun, &listener, pasted)).await;
    let code = code.map_err(|_| Failure::could_not(format!("nobody signed in within {} minutes", PATIENCE.as_secs() / 60)))??;
    let http = Http::new(HttpSettings::default()).telling(|words| print::note(&words));
    begun.finish(&http, &code).await?;
    print::plain(&format!("{}: signed in. It is kept in {}", destination.account, begun.kept_at().display()));
    Ok(())
}

async fn listen(destination: &Greenhouse) -> Result<TcpListener> {
    let port = match &destination.auth {
        Auth::OauthUser(user) => user.redirect_port.unwrap_or(0),
        _ => 0,
    };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        Failure::could_not(format!(
            "port {port} of this machine cannot be listened on ({error}): close what uses it, or set another redirect_port"
        ))
    })
}

/// Waits for the browser, or for a person who pastes what it showed, whichever comes first.
async fn code(begun: &SignIn, listener: &TcpListener, mut pasted: mpsc::Receiver<String>) -> Result<Secret> {
    let mut typing = true;
    loop {
        let found = tokio::select! {
            came = listener.accept() => {
                let (mut stream, _) = came?;
                let found = asked(&mut stream).await.map_or(Err(NoCode::Foreign), |target| begun.code(&target));
                answer(&mut stream, &found).await;
                found
            }
            line = pasted.recv(), if typing => match line {
                Some(line) if line.trim().is_empty() => continue,
                Some(line) => {
                    let found = begun.pasted(&line);
                    if let Err(why @ NoCode::Foreign) = &found {
                        print::note(&why.to_string());
                    }
                    found
                }
                None => {
                    typing = false;
                    continue;
                }
            },
        };
        match found {
            Ok(code) => return Ok(code),
            Err(refused @ NoCode::Refused(_)) => return Err(Failure::could_not(refused)),
            // A favicon, a scanner, another tab: the right one may still come.
            Err(NoCode::Foreign) => {}
        }
    }
}

/// The lines that a person types. A thread of its own: reading a terminal cannot be broken off.
fn pasted(no_browser: bool) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    if no_browser || std::io::stdin().is_terminal() {
        print::note(
            "If the browser runs on another machine, paste here the address of the page that it ends at, also where that page does not load.",
        );
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(std::result::Result::ok) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
    }
    lines
}

/// What a browser asks for: `/?code=…`. None for what is no such request, or takes too long.
async fn asked(stream: &mut TcpStream) -> Option<String> {
    const MOST: u64 = 8 << 10;
    let mut reader = BufReader::new(stream).take(MOST);
    let read = async {
        let (mut first, mut line) = (String::new(), String::new());
        reader.read_line(&mut first).await.ok()?;
        // To the end of the headers: a browser wants to be heard out.
        while reader.read_line(&mut line).await.ok()? > 2 {
            line.clear();
        }
        first.strip_prefix("GET ")?.split(' ').next().map(str::to_owned)
    };
    tokio::time::timeout(Duration::from_secs(5), read).await.ok().flatten()
}

async fn answer(stream: &mut TcpStream, found: &std::result::Result<Secret, NoCode>) {
    let (status, words) = match found {
        Ok(_) => ("200 OK", "Hireline has what it needs. You can close this page."),
        Err(NoCode::Refused(_)) => ("200 OK", "The sign-in was refused. You can close this page."),
        Err(NoCode::Foreign) => ("404 Not Found", "This page does not belong to the sign-in that Hireline waits for."),
    };
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>Hireline</title><p>{words}</p>\n");
    let headers = "Content-Type: text/html; charset=utf-8\r\nConnection: close\r\nReferrer-Policy: no-referrer";
    let text = format!("HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
    let _the_browser_may_have_gone = stream.write_all(text.as_bytes()).await;
    let _as_above = stream.shutdown().await;
}
