//! Where tokens wait for whoever needs them next: other tasks, other processes of this machine, the next run.
//! Source: `docs/delivery.md`, R15.

use super::super::Stop;
use super::grant::{Advice, AuthError, Grant};
use super::token::Token;
use crate::base::secret::Secret;
use crate::net::http::{HeaderText, Http};
use crate::net::shared::{Folder, Kept};
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// Another process's renewing is waited for: its bounds on one request, and its tries.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(20);

/// Where a token comes from, and where it is kept.
#[derive(Debug)]
pub(super) enum Origin {
    /// Asked for anew each time. Lives in a file that may be lost; in none where there is no folder for it.
    Client { grant: Grant, kept: Option<Kept> },
    /// From a person's sign-in: each one brings the next.
    Login { grant: Grant, kept: Kept },
}

impl Origin {
    pub fn client(grant: Grant, parts: &[&str]) -> Self {
        let kept = Folder::passing().map(|folder| Kept::new(folder.file(parts, "token")));
        if let Err(why) = &kept {
            tracing::warn!(%why, "the token is kept in this process alone");
        }
        Self::Client { grant, kept: kept.ok() }
    }

    /// A good token that is not the refused one: the one that is kept, or a new one, asked for by one process at a time.
    ///
    /// # Errors
    /// The token endpoint says no, or nothing that can be used; nobody has signed in.
    pub async fn token(&self, http: &Http, refused: Option<&Secret>) -> Result<Token, Stop> {
        let is_good = |token: &Token| token.is_good() && refused.is_none_or(|refused| refused.expose() != token.value.expose());
        let (Self::Client { kept: Some(kept), .. } | Self::Login { kept, .. }) = self else { return self.fetch(http, None).await };
        let begun = Instant::now();
        // Whoever may renew it looks first: somebody may have renewed it just before.
        let (renewing, there) = loop {
            let renewing = kept.try_renew();
            let there = match kept.read() {
                Ok(bytes) => bytes.and_then(|bytes| Token::read(&bytes)),
                Err(_) if matches!(self, Self::Client { .. }) => None,
                Err(error) => return Err(cannot(kept, &error)),
            };
            if let Some(token) = there.as_ref().filter(|token| is_good(token)) {
                return Ok(token.clone());
            }
            match renewing {
                Ok(None) if begun.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
                Ok(renewing) => break (renewing, there),
                Err(_) if matches!(self, Self::Client { .. }) => break (None, there),
                Err(error) => return Err(cannot(kept, &error)),
            }
        };
        if renewing.is_none() && matches!(self, Self::Login { .. }) {
            let words = "another process has been renewing this sign-in for two minutes, and does not end: run again when it has";
            return Err(AuthError::Login(words.into()).into());
        }
        let token = self.fetch(http, there).await?;
        match (kept.write(&token.written()), self) {
            (Ok(()), _) => {}
            (Err(error), Self::Client { .. }) => tracing::warn!(why = %error, "the token is kept in this process alone"),
            (Err(error), Self::Login { .. }) => return Err(lost(kept, &error)),
        }
        Ok(token)
    }

    async fn fetch(&self, http: &Http, there: Option<Token>) -> Result<Token, Stop> {
        match self {
            Self::Client { grant, kept } => {
                let fetched = grant.fetch(http).await;
                if let (Err(_), Some(kept)) = (&fetched, kept) {
                    // What is there is over or refused: it is of no use to anybody.
                    let _another_was_faster = kept.remove();
                }
                fetched.map(|token| Token { refresh: None, ..token })
            }
            Self::Login { grant, .. } => {
                let Some(Token { refresh: Some(refresh), .. }) = there else { return Err(nobody()) };
                let mut grant = grant.clone();
                grant.advice = Advice::Login;
                grant.form = form(&[("grant_type", "refresh_token")]);
                grant.form.push(("refresh_token".into(), HeaderText::Secret(refresh.clone())));
                let token = grant.fetch(http).await?;
                // A server that does not rotate says none: the one that is there stays good. Source: RFC 6749, 6.
                Ok(Token { refresh: token.refresh.or(Some(refresh)), ..token })
            }
        }
    }
}

pub(super) fn form(pairs: &[(&str, &str)]) -> Vec<(String, HeaderText)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), HeaderText::Text((*value).to_owned()))).collect()
}

fn nobody() -> Stop {
    AuthError::Login("there is no sign-in for this pipeline on this machine: run `hireline login` with the pipeline's file".into()).into()
}

fn cannot(kept: &Kept, error: &io::Error) -> Stop {
    AuthError::Login(format!("what is kept of the sign-in cannot be read ({}: {error})", kept.path().display())).into()
}

fn lost(kept: &Kept, error: &io::Error) -> Stop {
    let path = kept.path().display();
    let words = format!(
        "the renewed sign-in cannot be written down ({path}: {error}), and the old one is used up: fix that, then run `hireline login` again"
    );
    AuthError::Login(words).into()
}
