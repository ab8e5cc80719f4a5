//! `destination:` → [`settings::Greenhouse`].

use super::context::{Context, at};
use super::{auth, source};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::language::pipeline::scope::Namespace;
use crate::language::pipeline::walk;
use crate::language::yaml::{Kind, Tree};
use crate::model::candidate::is_email;
use crate::model::settings::{self, Api, Attachments, Existing, Send, WithoutEmail};
use std::time::Duration;

/// Source: `docs/greenhouse-api.md`.
const BASE_URL: &str = "https://harvest.greenhouse.io";
const ACCOUNT: &str = "greenhouse";
const SETTLE: Duration = Duration::from_secs(120);
/// Headers that the destination sets itself.
const TAKEN: &[&str] = &["Authorization", "On-Behalf-Of", "Content-Type", "Content-Length", "Host"];

/// What the destination's block says, also where it is not whole: the mapping's part of it is compiled all the same.
pub(super) struct Compiled {
    pub settings: Option<settings::Greenhouse>,
    /// `greenhouse:`, every `$use` resolved.
    pub block: Option<Tree>,
    /// Whether all of it is known: otherwise it is unknown what the mapping lacks.
    pub whole: bool,
    pub api: Api,
    pub without_email: WithoutEmail,
}

pub(super) fn compile(tree: &Tree, context: &mut Context<'_>) -> Compiled {
    let (tree, whole) = source::resolved(tree, "greenhouse", Namespace::Destination, context);
    let clean = source::walked(&tree, "destination", context);
    let block = tree.get("greenhouse").cloned();
    let word = |key| block.as_ref().and_then(|block| block.get(key)).and_then(Tree::as_text);
    let api = if word("api") == Some("harvest-v1") { Api::HarvestV1 } else { Api::HarvestV3 };
    let without_email = if word("without_email") == Some("create") { WithoutEmail::Create } else { WithoutEmail::Invalid };
    let settings = block.as_ref().filter(|_| clean && whole).and_then(|block| greenhouse(block, api, context));
    Compiled { settings, whole: whole && block.is_some(), block, api, without_email }
}

fn greenhouse(tree: &Tree, api: Api, context: &mut Context<'_>) -> Option<settings::Greenhouse> {
    let (existing, without_email) = (context.setting(tree, "existing"), context.setting(tree, "without_email"));
    let attachments: Attachments = context.setting(tree, "attachments");
    warn(tree, api, existing, without_email, &attachments, context);
    let auth = auth::compile(at(tree, "auth")?, api, context);
    let base_url = base_url(tree, api, context);
    let on_behalf_of = on_behalf_of(tree, api, context);
    let settle = match at(tree, "settle") {
        Some(written) => context.duration(written, "settle"),
        None => Some(SETTLE),
    };
    let hosts = hosts(&attachments.hosts, tree, context);
    let headers = context.headers(tree, TAKEN);
    let account: Option<String> = context.setting(tree, "account");
    let account = account.or_else(|| context.workspace.account.clone()).unwrap_or_else(|| ACCOUNT.to_owned());
    Some(settings::Greenhouse {
        api,
        base_url: base_url?,
        headers,
        account,
        auth: auth?,
        on_behalf_of: on_behalf_of?,
        existing,
        when_changed: context.setting(tree, "when_changed"),
        when_archived: context.setting(tree, "when_archived"),
        without_email,
        ambiguous: context.setting(tree, "ambiguous"),
        unmatched_education: context.setting(tree, "unmatched_education"),
        attachments: Attachments { hosts: hosts?, ..attachments },
        settle: settle?,
    })
}

/// Settings that are allowed, and likely to be regretted.
fn warn(tree: &Tree, api: Api, existing: Existing, without_email: WithoutEmail, attachments: &Attachments, context: &mut Context<'_>) {
    let mut warn = |asked: bool, code, key, message, help| {
        if let (true, Some(written)) = (asked, at(tree, key)) {
            context.warning(code, written, message, help);
        }
    };
    warn(
        api == Api::HarvestV1,
        Code::EndOfLife,
        "api",
        "Greenhouse announced that harvest-v1 would end on 2026-08-31, and that day has passed",
        "move to `api: harvest-v3` with `auth: oauth_client`, unless a proxy still speaks harvest-v1",
    );
    let token_tells = api == Api::HarvestV3
        && tree.entries_of("auth").iter().any(|entry| ["access_token", "header", "oauth_user"].contains(&entry.key.as_str()));
    warn(
        token_tells,
        Code::ConflictingKeys,
        "on_behalf_of",
        "harvest-v3 takes the acting user from the token, so `on_behalf_of` does not change who acts here",
        "use `auth: oauth_client`, which asks for a token of that user, or leave it out",
    );
    warn(
        attachments.send == Send::Url && !attachments.hosts.is_empty(),
        Code::ConflictingKeys,
        "attachments.hosts",
        "`hosts` changes nothing with `send: url`: Greenhouse fetches the files itself",
        "add `send: content`, or remove `hosts`",
    );
    warn(
        existing == Existing::Create,
        Code::DuplicateRisk,
        "existing",
        "`existing: create` does not look whether a candidate is there already: it makes duplicates",
        "`existing: apply` looks first",
    );
    warn(
        without_email == WithoutEmail::Create,
        Code::DuplicateRisk,
        "without_email",
        "`without_email: create` makes candidates that no look-up can find again: a lost answer may become a duplicate",
        "`without_email: invalid` reports such profiles instead",
    );
}

/// Names alone: they are compared with the host of an address.
fn hosts(raw: &[String], tree: &Tree, context: &mut Context<'_>) -> Option<Vec<String>> {
    let is_name = |host: &str| {
        let parsed = url::Url::parse(&format!("https://{host}/")).ok();
        parsed.is_some_and(|url| url.host_str().is_some_and(|name| name.eq_ignore_ascii_case(host)))
    };
    let wrong: Vec<_> = (0..raw.len()).filter(|&index| raw.get(index).is_some_and(|host| !is_name(host))).collect();
    let listed = at(tree, "attachments.hosts").and_then(Tree::as_list);
    for index in &wrong {
        let place = listed.and_then(|items| items.get(*index)).unwrap_or(tree);
        let help = "write only the host name of the URL, between `https://` and the next `/` or `:`, for example `files.example.org`";
        context.error(Code::UnknownValue, place, "this is not a host name", help);
    }
    wrong.is_empty().then(|| raw.to_vec())
}

/// Some other API's version at the end would be sent twice, or to the wrong API.
fn base_url(tree: &Tree, api: Api, context: &mut Context<'_>) -> Option<String> {
    let Some(written) = at(tree, "base_url") else { return Some(BASE_URL.to_owned()) };
    let address = context.address(written, "base_url")?;
    let (own, other) = match api {
        Api::HarvestV1 => ("/v1", "/v3"),
        Api::HarvestV3 => ("/v3", "/v1"),
    };
    if address.ends_with(other) {
        let help = format!("write it without `{other}`: hireline adds `{own}` itself");
        context.error(Code::ConflictingKeys, written, format!("`base_url` ends with `{other}`, and `api` is {}", api.as_str()), help);
        return None;
    }
    Some(address.strip_suffix(own).map(str::to_owned).unwrap_or(address))
}

/// The acting user. `Some(None)`: no user is named, and none is needed.
#[expect(clippy::option_option, reason = "the outer one is whether it could be read, the inner one is the setting")]
fn on_behalf_of(tree: &Tree, api: Api, context: &mut Context<'_>) -> Option<Option<settings::ActingUser>> {
    let Some(written) = at(tree, "on_behalf_of") else {
        if api == Api::HarvestV3 {
            return Some(None);
        }
        let place = at(tree, "api").unwrap_or(tree);
        let diagnostic = Diagnostic::error(Code::MissingKey, &place.place, "harvest-v1 needs `on_behalf_of`, the Greenhouse user who acts");
        context.sink.push(diagnostic.help("add `on_behalf_of: 92120`, with that user's id, or their e-mail address"));
        return None;
    };
    match &written.kind {
        Kind::Number(number) => number.as_u64().map(|id| Some(settings::ActingUser::Id(id))),
        Kind::Text(text) if is_email(text.value.trim()) => Some(Some(settings::ActingUser::Email(text.value.trim().to_owned()))),
        Kind::Text(text) if !text.value.trim().is_empty() && text.value.trim().bytes().all(|b| b.is_ascii_digit()) => {
            let help = walk::words::without_quotes("on_behalf_of", text);
            context.error(Code::WrongType, written, "`on_behalf_of` is a whole number; this is a text", help);
            None
        }
        _ => {
            let message = "`on_behalf_of` is a Greenhouse user's id or e-mail address; this is neither";
            context.error(Code::WrongType, written, message, "write `on_behalf_of: 92120`, or `on_behalf_of: recruiting@example.org`");
            None
        }
    }
}
