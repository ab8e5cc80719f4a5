//! `auth:` → [`settings::Auth`]: each way of signing goes with some of the APIs.

use super::context::{Context, at};
use crate::base::diagnostic::Code;
use crate::language::yaml::Tree;
use crate::model::settings::{self, Api};

/// Source: `docs/greenhouse-api.md`.
const TOKEN_URL: &str = "https://auth.greenhouse.io/token";
const AUTHORIZE_URL: &str = "https://auth.greenhouse.io/authorize";

/// Every way of signing, in the order in which they are offered.
pub const WAYS: [&str; 6] = ["oauth_client", "oauth_user", "api_key", "oauth_password", "access_token", "header"];

/// Which APIs a way of signing goes with. Source: `docs/signing-in.md`. A header and a token from outside go
/// with both: a proxy may be in front of either; an API key and a password grant are the older API's.
pub fn goes_with(way: &str) -> &'static [Api] {
    match way {
        "oauth_client" | "oauth_user" => &[Api::HarvestV3],
        "api_key" | "oauth_password" => &[Api::HarvestV1],
        _ => &[Api::HarvestV1, Api::HarvestV3],
    }
}

pub(super) fn compile(tree: &Tree, api: Api, context: &mut Context<'_>) -> Option<settings::Auth> {
    let entry = tree.as_map()?.first()?;
    let (way, block) = (entry.key.as_str(), &entry.value);
    if !goes_with(way).contains(&api) {
        let fitting: Vec<String> = WAYS.iter().filter(|other| goes_with(other).contains(&api)).map(|other| format!("`{other}`")).collect();
        let help = format!("{} takes {}", api.as_str(), fitting.join(", "));
        context.error(Code::WrongAuth, &entry.key_tree(), format!("`{way}` does not go with {}", api.as_str()), help);
        return None;
    }
    match way {
        "api_key" => context.secret(block).map(settings::Auth::ApiKey),
        "access_token" => context.secret(block).map(settings::Auth::AccessToken),
        "header" => {
            let name = at(block, "name")?;
            let good = context.header_name(name, name.as_text()?);
            let value = context.secret_at(block, "value")?;
            good.then_some(settings::Auth::Header { name: name.as_text()?.to_owned(), value })
        }
        "oauth_password" => {
            let token_url = context.address(at(block, "token_url")?, "token_url");
            let [client_id, client_secret] = client(block, context);
            let [username, password] = ["username", "password"].map(|key| context.secret_at(block, key));
            Some(settings::Auth::OauthPassword {
                token_url: token_url?,
                client_id: client_id?,
                client_secret: client_secret?,
                username: username?,
                password: password?,
                scheme: context.setting(block, "scheme"),
            })
        }
        "oauth_client" => {
            let [client_id, client_secret] = client(block, context);
            let token_url = context.address_or(block, "token_url", TOKEN_URL)?;
            Some(settings::Auth::OauthClient { client_id: client_id?, client_secret: client_secret?, token_url })
        }
        "oauth_user" => oauth_user(block, context),
        _ => None,
    }
}

fn client(block: &Tree, context: &mut Context<'_>) -> [Option<crate::base::secret::SecretRef>; 2] {
    ["client_id", "client_secret"].map(|key| context.secret_at(block, key))
}

fn oauth_user(block: &Tree, context: &mut Context<'_>) -> Option<settings::Auth> {
    let [client_id, client_secret] = client(block, context);
    let authorize_url = context.address_or(block, "authorize_url", AUTHORIZE_URL);
    let token_url = context.address_or(block, "token_url", TOKEN_URL);
    let redirect_port = context.setting(block, "redirect_port");
    if let (Some(0..1024), Some(written)) = (redirect_port, at(block, "redirect_port")) {
        let message = "`redirect_port` is a port from 1024 to 65535";
        context.error(Code::UnknownValue, written, message, "write one that nothing else listens on, for example 8914");
        return None;
    }
    Some(settings::Auth::OauthUser(settings::OauthUser {
        client_id: client_id?,
        client_secret: client_secret?,
        authorize_url: authorize_url?,
        token_url: token_url?,
        scopes: context.setting(block, "scopes"),
        redirect_port,
    }))
}
