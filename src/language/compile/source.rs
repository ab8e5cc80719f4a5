//! `source:` → [`settings::Source`].

use super::context::{Context, at};
use crate::base::diagnostic::{Code, Diagnostic, Sink};
use crate::language::pipeline::scope::{Namespace, normalised, within};
use crate::language::pipeline::{schema, walk};
use crate::language::yaml::{Entry, Kind, Tree, to_json};
use crate::model::settings;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Source: `docs/hrflow-api.md`, "API".
const BASE_URL: &str = "https://api.hrflow.ai/v1";
const PAGE_SIZE: u32 = 30;
/// A row may be shown later than its `updated_at` says. Source: `docs/delivery.md`, R12.
const OVERLAP: Duration = Duration::from_secs(60 * 60);
/// Headers that the source sets itself.
const TAKEN: &[&str] = &["X-API-KEY", "X-USER-EMAIL", "Content-Type", "Content-Length", "Host"];

/// The source, with its definition (every `$use` resolved) for the pipeline's reading.
pub(super) fn compile(tree: &Tree, context: &mut Context<'_>) -> Option<(settings::Source, Tree)> {
    let (tree, whole) = resolved(tree, "hrflow", Namespace::Source, context);
    if !walked(&tree, "source", context) || !whole {
        return None;
    }
    let source = match (tree.get("hrflow"), at(&tree, "files.path")) {
        (Some(block), _) => settings::Source::Hrflow(Box::new(hrflow(block, context)?)),
        (_, Some(path)) => settings::Source::Files(files(path.as_text()?, path, context)?),
        _ => return None,
    };
    Some((source, tree))
}

/// `source:` or `destination:` with the `$use` of its block resolved, and whether that went well.
pub(super) fn resolved(tree: &Tree, key: &str, namespace: Namespace, context: &mut Context<'_>) -> (Tree, bool) {
    let Some(entries) = tree.as_map() else { return (tree.clone(), true) };
    let mut whole = true;
    let entries = entries.iter().map(|entry| {
        if entry.key != key {
            return entry.clone();
        }
        let block = context.scope.resolve(namespace, &entry.value, context.sink);
        whole &= block.whole;
        Entry { value: block.tree, ..entry.clone() }
    });
    (Tree { place: tree.place.clone(), kind: Kind::Map(entries.collect()) }, whole)
}

/// Walks a section that may hold keys from libraries. Their errors are reported where the library is checked,
/// in its own words, once.
pub(super) fn walked(tree: &Tree, section: &str, context: &mut Context<'_>) -> bool {
    let mut diagnostics = Sink::default();
    let clean = walk::Walk::new(&schema::PIPELINE, &mut diagnostics).section(tree, section);
    let own = |diagnostic: &Diagnostic| diagnostic.place.as_ref().is_none_or(|place| place.path() == tree.place.path());
    diagnostics.into_sorted().into_iter().filter(own).for_each(|diagnostic| context.sink.push(diagnostic));
    clean
}

fn hrflow(tree: &Tree, context: &mut Context<'_>) -> Option<settings::Hrflow> {
    let [api_key, user_email] = ["api_key", "user_email"].map(|key| context.secret_at(tree, key));
    let base_url = context.address_or(tree, "base_url", BASE_URL);
    let headers = context.headers(tree, TAKEN);
    for item in at(tree, "source_keys").map_or(&[][..], Tree::items) {
        if item.as_text().is_some_and(|key| key.trim().is_empty()) {
            context.error(Code::UnknownValue, item, "this key is blank", "remove it, or write the key of an HrFlow source");
        }
    }
    let search = at(tree, "search").and_then(|search| to_json(search).as_object().cloned()).filter(|search| !search.is_empty());
    search_keys(tree, context);
    let conflict = |sink: &mut Sink, message: &str, related: &str, help: &str| {
        if let (Some(search), Some(profiles)) = (at(tree, "search"), at(tree, "profiles")) {
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, &search.place, message);
            sink.push(diagnostic.related(&profiles.place, related).help(help));
        }
    };
    let profiles = match at(tree, "profiles") {
        None => settings::Profiles::All,
        Some(written) if written.as_text() == Some("all") => settings::Profiles::All,
        Some(written) if written.as_text().is_some() || written.get("changed").is_some() => {
            if search.is_some() {
                let message =
                    "`profiles: changed` cannot be searched: HrFlow's searching endpoint is not read from where the last run stopped";
                let help = "write `profiles: all` with `search`, or use `filters` instead";
                conflict(context.sink, message, "changed is asked here", help);
            }
            let overlap = match at(written, "changed.overlap") {
                Some(overlap) => context.duration(overlap, "overlap")?,
                None => OVERLAP,
            };
            settings::Profiles::Changed { overlap }
        }
        Some(named) => {
            let message = "`search` and a list of `profiles` both choose the profiles";
            conflict(context.sink, message, "chosen here", "keep one of the two");
            match named.get("keys") {
                Some(_) => settings::Profiles::Keys(context.setting(named, "keys")),
                None => settings::Profiles::References(context.setting(named, "references")),
            }
        }
    };
    Some(settings::Hrflow {
        api_key: api_key?,
        user_email: user_email?,
        base_url: base_url?,
        headers,
        source_keys: context.setting(tree, "source_keys"),
        profiles,
        page_size: context.setting::<Option<u32>>(tree, "page_size").unwrap_or(PAGE_SIZE),
        search,
    })
}

/// Parameters of the searching endpoint that hireline sets itself: dropped without a word, they would read other profiles than were meant.
fn search_keys(tree: &Tree, context: &mut Context<'_>) {
    const OWN: &[(&str, &str)] = &[
        ("page", "remove it: every page is read; a run's number of profiles is `limits: { max_profiles: 500 }`"),
        ("limit", "write `page_size` next to `search`: profiles per page"),
        ("source_keys", "write `source_keys` next to `search`"),
        ("sort_by", "remove it: hireline chooses the order in which profiles are read"),
        ("order_by", "remove it: hireline chooses the order in which profiles are read"),
        ("return_profile", "remove it: whole profiles are always read"),
    ];
    for entry in tree.entries_of("search") {
        if let Some((name, help)) = OWN.iter().find(|(name, _)| *name == entry.key) {
            context.sink.error(Code::ConflictingKeys, &entry.key_place, format!("`search` takes no `{name}`"), *help);
        }
    }
}

fn files(path: &str, tree: &Tree, context: &mut Context<'_>) -> Option<settings::Files> {
    if path == "-" {
        return Some(settings::Files::named("-"));
    }
    let folder = tree.place.path().parent().unwrap_or(Path::new("")).to_owned();
    // The part before the first star is a place on the disk; the rest may not climb.
    let (fixed, pattern): (PathBuf, PathBuf) = split_pattern(path);
    let climbs = pattern.components().any(|part| part == std::path::Component::ParentDir);
    let root = context.workspace.root.clone();
    let inside = fixed.to_str().and_then(|fixed| within(&folder, &root, fixed));
    let (Some(fixed), false) = (inside, climbs) else {
        let help = "copy the files into the workspace, or give them on standard input with `path: \"-\"`";
        context.error(Code::UnknownValue, tree, "this path leaves the workspace", help);
        return None;
    };
    let Some(path) = normalised(&fixed.join(pattern)).to_str().map(str::to_owned) else {
        let help = "rename the workspace's folders, or give the files on standard input with `path: \"-\"`";
        context.error(Code::UnknownValue, tree, "this path is not UTF-8 text", help);
        return None;
    };
    Some(settings::Files { path, within: Some(context.workspace.bounds.clone()) })
}

fn split_pattern(path: &str) -> (PathBuf, PathBuf) {
    let mut fixed = PathBuf::new();
    let mut pattern = PathBuf::new();
    for part in Path::new(path).components() {
        let starred = part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
        if starred || !pattern.as_os_str().is_empty() { pattern.push(part) } else { fixed.push(part) }
    }
    (fixed, pattern)
}
