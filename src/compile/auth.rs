//! `auth:` → [`settings::Auth`]: each way of signing goes with some of the APIs.

use super::context::{Context, at};
use crate::diagnostic::Code;
use crate::pipeline::destination::{Auth, OauthClient, OauthPassword, OauthUser, Scheme};
use crate::settings::{self, Api};
use crate::tree::Tree;

/// Source: the Greenhouse reference, "Harvest v3", Auth.
const TOKEN_URL: &str = "https://auth.greenhouse.io/token";
const AUTHORIZE_URL: &str = "https://auth.greenhouse.io/authorize";

/// Every way of signing, in the order in which they are offered.
pub const WAYS: [&str; 6] = ["oauth_client", "oauth_user", "api_key", "oauth_password", "access_token", "header"];

/// Which APIs a way of signing goes with. Source: "Destination" of the pipeline's design. A header and a token from outside go with both: a
/// proxy may stand before either; an API key and a password grant are the older API's.
pub fn goes_with(way: &str) -> &'static [Api] {
    match way {
        "oauth_client" | "oauth_user" => &[Api::HarvestV3],
        "api_key" | "oauth_password" => &[Api::HarvestV1],
        _ => &[Api::HarvestV1, Api::HarvestV3],
    }
}

pub(super) fn compile(raw: &Auth, tree: &Tree, api: Api, context: &mut Context<'_>) -> Option<settings::Auth> {
    let entry = tree.as_map()?.first()?;
    let (way, block) = (entry.key.as_str(), &entry.value);
    if !goes_with(way).contains(&api) {
        let key = Tree { place: entry.key_place.clone(), kind: crate::tree::Kind::Null };
        let fitting: Vec<String> = WAYS.iter().filter(|other| goes_with(other).contains(&api)).map(|other| format!("`{other}`")).collect();
        let help = format!("{} takes {}", api.as_str(), fitting.join(", "));
        context.error(Code::WrongAuth, &key, format!("`{way}` does not go with {}", api.as_str()), help);
        return None;
    }
    match raw {
        Auth { oauth_client: Some(client), .. } => oauth_client(client, block, context),
        Auth { api_key: Some(key), .. } => context.secret(key, block).map(settings::Auth::ApiKey),
        Auth { access_token: Some(token), .. } => context.secret(token, block).map(settings::Auth::AccessToken),
        Auth { oauth_password: Some(password), .. } => oauth_password(password, block, context),
        Auth { header: Some(header), .. } => {
            let good = context.header_name(at(block, "name")?, &header.name);
            let value = context.secret(&header.value, at(block, "value")?)?;
            good.then(|| settings::Auth::Header { name: header.name.clone(), value })
        }
        Auth { oauth_user: Some(user), .. } => oauth_user(user, block, context),
        _ => None,
    }
}

fn oauth_client(raw: &OauthClient, tree: &Tree, context: &mut Context<'_>) -> Option<settings::Auth> {
    let client_id = context.secret(&raw.client_id, at(tree, "client_id")?);
    let client_secret = context.secret(&raw.client_secret, at(tree, "client_secret")?);
    let token_url = match at(tree, "token_url") {
        Some(written) => context.address(written, "token_url"),
        None => Some(TOKEN_URL.to_owned()),
    };
    Some(settings::Auth::OauthClient { client_id: client_id?, client_secret: client_secret?, token_url: token_url? })
}

fn oauth_user(raw: &OauthUser, tree: &Tree, context: &mut Context<'_>) -> Option<settings::Auth> {
    let client_id = context.secret(&raw.client_id, at(tree, "client_id")?);
    let client_secret = context.secret(&raw.client_secret, at(tree, "client_secret")?);
    let mut address = |key: &str, usual: &str| match at(tree, key) {
        Some(written) => context.address(written, key),
        None => Some(usual.to_owned()),
    };
    let (authorize_url, token_url) = (address("authorize_url", AUTHORIZE_URL), address("token_url", TOKEN_URL));
    let redirect_port = raw.redirect_port;
    if let (Some(0..1024), Some(written)) = (redirect_port, at(tree, "redirect_port")) {
        context.error(
            Code::UnknownValue,
            written,
            "`redirect_port` is a port from 1024 to 65535",
            "write one that nothing else listens on, for example 8914",
        );
        return None;
    }
    Some(settings::Auth::OauthUser(settings::OauthUser {
        client_id: client_id?,
        client_secret: client_secret?,
        authorize_url: authorize_url?,
        token_url: token_url?,
        scopes: raw.scopes.clone(),
        redirect_port,
    }))
}

fn oauth_password(raw: &OauthPassword, tree: &Tree, context: &mut Context<'_>) -> Option<settings::Auth> {
    let token_url = context.address(at(tree, "token_url")?, "token_url");
    let client_id = context.secret(&raw.client_id, at(tree, "client_id")?);
    let client_secret = context.secret(&raw.client_secret, at(tree, "client_secret")?);
    let username = context.secret(&raw.username, at(tree, "username")?);
    let password = context.secret(&raw.password, at(tree, "password")?);
    Some(settings::Auth::OauthPassword {
        token_url: token_url?,
        client_id: client_id?,
        client_secret: client_secret?,
        username: username?,
        password: password?,
        scheme: match raw.scheme {
            Scheme::Bearer => settings::Scheme::Bearer,
            Scheme::OAuth => settings::Scheme::OAuth,
        },
    })
}
