//! `destination:` → [`settings::Greenhouse`].

use super::context::{Context, at};
use super::{auth, source};
use crate::candidate::is_email;
use crate::diagnostic::{Code, Diagnostic};
use crate::pipeline::destination::{self as raw, Destination, Greenhouse};
use crate::pipeline::scope::Namespace;
use crate::pipeline::walk;
use crate::settings::{self, Api};
use crate::tree::{Kind, Tree};
use std::time::Duration;

/// Source: the Greenhouse reference.
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
    /// Whether all of it is there: else nobody can say what the mapping lacks.
    pub whole: bool,
    pub api: Api,
    pub without_email: settings::WithoutEmail,
}

pub(super) fn compile(tree: &Tree, context: &mut Context<'_>) -> Compiled {
    let (tree, whole) = source::resolved(tree, "greenhouse", Namespace::Destination, context);
    let clean = source::walked(&tree, "destination", context);
    let block = tree.get("greenhouse").cloned();
    let word = |key| block.as_ref().and_then(|block| block.get(key)).and_then(Tree::as_text);
    let api = if word("api") == Some("harvest-v1") { Api::HarvestV1 } else { Api::HarvestV3 };
    let without_email =
        if word("without_email") == Some("create") { settings::WithoutEmail::Create } else { settings::WithoutEmail::Invalid };
    let settings = match (clean && whole, &block) {
        (true, Some(block)) => {
            let raw: Option<Destination> = walk::read(&tree, context.sink);
            raw.and_then(|raw| greenhouse(&raw.greenhouse?, block, api, without_email, context))
        }
        _ => None,
    };
    Compiled { settings, whole: whole && block.is_some(), block, api, without_email }
}

fn greenhouse(
    raw: &Greenhouse,
    tree: &Tree,
    api: Api,
    without_email: settings::WithoutEmail,
    context: &mut Context<'_>,
) -> Option<settings::Greenhouse> {
    warn(raw, tree, context);
    let auth = auth::compile(&raw.auth, at(tree, "auth")?, api, context);
    let base_url = base_url(tree, api, context);
    let on_behalf_of = on_behalf_of(tree, api, context);
    let settle = match at(tree, "settle") {
        Some(written) => context.duration(written, "settle"),
        None => Some(SETTLE),
    };
    let hosts = hosts(&raw.attachments.hosts, tree, context);
    let headers = context.headers(&raw.headers, at(tree, "headers"), TAKEN);
    let account = raw.account.clone().or_else(|| context.workspace.account.clone()).unwrap_or_else(|| ACCOUNT.to_owned());
    Some(settings::Greenhouse {
        api,
        base_url: base_url?,
        headers,
        account,
        auth: auth?,
        on_behalf_of: on_behalf_of?,
        existing: match raw.existing {
            raw::Existing::Apply => settings::Existing::Apply,
            raw::Existing::Update => settings::Existing::Update,
            raw::Existing::Skip => settings::Existing::Skip,
            raw::Existing::Create => settings::Existing::Create,
        },
        when_changed: match raw.when_changed {
            raw::WhenChanged::Ignore => settings::WhenChanged::Ignore,
            raw::WhenChanged::Update => settings::WhenChanged::Update,
        },
        when_archived: match raw.when_archived {
            raw::WhenArchived::Skip => settings::WhenArchived::Skip,
            raw::WhenArchived::Push => settings::WhenArchived::Push,
        },
        without_email,
        ambiguous: match raw.ambiguous {
            raw::Ambiguous::Uncertain => settings::Ambiguous::Uncertain,
            raw::Ambiguous::Oldest => settings::Ambiguous::Oldest,
        },
        unmatched_education: match raw.unmatched_education {
            raw::UnmatchedEducation::Note => settings::UnmatchedEducation::Note,
            raw::UnmatchedEducation::LeaveOut => settings::UnmatchedEducation::LeaveOut,
            raw::UnmatchedEducation::Invalid => settings::UnmatchedEducation::Invalid,
        },
        attachments: settings::Attachments {
            send: match raw.attachments.send {
                raw::Send::Url => settings::Send::Url,
                raw::Send::Content => settings::Send::Content,
            },
            hosts: hosts?,
        },
        settle: settle?,
    })
}

/// Settings that are allowed, and likely to be regretted.
fn warn(raw: &Greenhouse, tree: &Tree, context: &mut Context<'_>) {
    if let (raw::Api::HarvestV1, Some(api)) = (raw.api, at(tree, "api")) {
        let message = "Greenhouse announced that harvest-v1 would end on 2026-08-31, and that day has passed";
        context.warning(
            Code::EndOfLife,
            api,
            message,
            "move to `api: harvest-v3` with `auth: oauth_client`, unless a proxy still speaks harvest-v1",
        );
    }
    let token_tells =
        raw.api == raw::Api::HarvestV3 && (raw.auth.access_token.is_some() || raw.auth.header.is_some() || raw.auth.oauth_user.is_some());
    if let (true, Some(user)) = (token_tells, at(tree, "on_behalf_of")) {
        let message = "harvest-v3 takes the acting user from the token, so `on_behalf_of` does not change who acts here";
        context.warning(
            Code::ConflictingKeys,
            user,
            message,
            "use `auth: oauth_client`, which asks for a token of that user, or leave it out",
        );
    }
    if let (raw::Send::Url, [_, ..], Some(hosts)) = (raw.attachments.send, raw.attachments.hosts.as_slice(), at(tree, "attachments.hosts"))
    {
        let message = "`hosts` changes nothing with `send: url`: Greenhouse fetches the files itself";
        context.warning(Code::ConflictingKeys, hosts, message, "write `send: content` beside it, or leave it out");
    }
    if let (raw::Existing::Create, Some(existing)) = (raw.existing, at(tree, "existing")) {
        let message = "`existing: create` does not look whether a candidate is there already: it makes duplicates";
        context.warning(Code::DuplicateRisk, existing, message, "`existing: apply` looks first");
    }
    if let (raw::WithoutEmail::Create, Some(without)) = (raw.without_email, at(tree, "without_email")) {
        let message = "`without_email: create` makes candidates that no look-up can find again: a lost answer may become a duplicate";
        context.warning(Code::DuplicateRisk, without, message, "`without_email: invalid` reports such profiles instead");
    }
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
        let help = "write the name as it stands in an address, between `https://` and the next `/` or `:`, for example `files.example.org`";
        context.error(Code::UnknownValue, place, "this is not a host's name", help);
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

/// The acting user. `Some(None)`: nobody is named, and nobody need be.
#[expect(clippy::option_option, reason = "the outer one is whether it could be read, the inner one is the setting")]
fn on_behalf_of(tree: &Tree, api: Api, context: &mut Context<'_>) -> Option<Option<settings::ActingUser>> {
    let Some(written) = at(tree, "on_behalf_of") else {
        if api == Api::HarvestV3 {
            return Some(None);
        }
        let place = at(tree, "api").unwrap_or(tree);
        let fault = Diagnostic::error(Code::MissingKey, &place.place, "harvest-v1 needs `on_behalf_of`, the Greenhouse user who acts");
        context.sink.push(fault.help("add `on_behalf_of: 92120`, with that user's id, or their e-mail address"));
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
            context.error(
                Code::WrongType,
                written,
                "`on_behalf_of` is a Greenhouse user's id or e-mail address; this is neither",
                "write `on_behalf_of: 92120`, or `on_behalf_of: recruiting@example.org`",
            );
            None
        }
    }
}
