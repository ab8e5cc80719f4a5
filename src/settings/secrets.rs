//! Which secrets a setting names, so that what is missing can be told all at once.

use super::{Auth, Greenhouse, HeaderValue, Source};
use crate::secret::SecretRef;

impl Source {
    pub fn secrets(&self) -> Vec<&SecretRef> {
        match self {
            Self::Hrflow(hrflow) => [&hrflow.api_key, &hrflow.user_email].into_iter().chain(of_headers(&hrflow.headers)).collect(),
            Self::Files(_) => Vec::new(),
        }
    }
}

impl Greenhouse {
    pub fn secrets(&self) -> Vec<&SecretRef> {
        self.auth.secrets().into_iter().chain(of_headers(&self.headers)).collect()
    }
}

impl Auth {
    fn secrets(&self) -> Vec<&SecretRef> {
        match self {
            Self::OauthClient { client_id, client_secret, .. } => vec![client_id, client_secret],
            Self::OauthUser(user) => vec![&user.client_id, &user.client_secret],
            Self::OauthPassword { client_id, client_secret, username, password, .. } => vec![client_id, client_secret, username, password],
            Self::ApiKey(secret) | Self::Header { value: secret, .. } | Self::AccessToken(secret) => vec![secret],
        }
    }
}

fn of_headers(headers: &[(String, HeaderValue)]) -> impl Iterator<Item = &SecretRef> {
    headers.iter().filter_map(|(_, value)| match value {
        HeaderValue::Secret(secret) => Some(secret),
        HeaderValue::Text(_) => None,
    })
}
