//! `source:` → [`settings::Source`].

use super::context::{Context, at};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::pipeline::scope::{Namespace, normalised, within};
use crate::pipeline::source::{Hrflow, Profiles, Source};
use crate::pipeline::{schema, walk};
use crate::settings;
use crate::tree::{Entry, Kind, Tree};
use crate::yaml::to_json;
use std::path::{Path, PathBuf};

/// Source: the HrFlow reference, "API".
const BASE_URL: &str = "https://api.hrflow.ai/v1";
const PAGE_SIZE: u32 = 30;
/// Headers that the source sets itself.
const TAKEN: &[&str] = &["X-API-KEY", "X-USER-EMAIL", "Content-Type", "Content-Length", "Host"];

/// The source, with its definition (every `$use` resolved) for the pipeline's reading.
pub(super) fn compile(tree: &Tree, context: &mut Context<'_>) -> Option<(settings::Source, Tree)> {
    let (tree, whole) = resolved(tree, "hrflow", Namespace::Source, context);
    if !walked(&tree, "source", context) || !whole {
        return None;
    }
    let raw: Source = walk::read(&tree, context.sink)?;
    let source = match (raw.hrflow, raw.files) {
        (Some(raw), _) => settings::Source::Hrflow(Box::new(hrflow(&raw, at(&tree, "hrflow")?, context)?)),
        (_, Some(raw)) => settings::Source::Files(files(&raw.path, at(&tree, "files.path")?, context)?),
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

/// Walks a section that may hold keys from libraries. Their faults are told where the library is checked, in its own words, once.
pub(super) fn walked(tree: &Tree, section: &str, context: &mut Context<'_>) -> bool {
    let mut faults = Sink::default();
    let clean = walk::Walk::new(&schema::PIPELINE, &mut faults).section(tree, section);
    let own = |fault: &Diagnostic| fault.place.as_ref().is_none_or(|place| place.path() == tree.place.path());
    faults.into_sorted().into_iter().filter(own).for_each(|fault| context.sink.push(fault));
    clean
}

fn hrflow(raw: &Hrflow, tree: &Tree, context: &mut Context<'_>) -> Option<settings::Hrflow> {
    let api_key = context.secret(&raw.api_key, at(tree, "api_key")?);
    let user_email = context.secret(&raw.user_email, at(tree, "user_email")?);
    let base_url = match at(tree, "base_url") {
        Some(written) => context.address(written, "base_url"),
        None => Some(BASE_URL.to_owned()),
    };
    let headers = context.headers(&raw.headers, at(tree, "headers"), TAKEN);
    for item in at(tree, "source_keys").and_then(Tree::as_list).unwrap_or_default() {
        if item.as_text().is_some_and(|key| key.trim().is_empty()) {
            context.error(Code::UnknownValue, item, "this key is blank", "take it out, or write the key of an HrFlow source");
        }
    }
    let search = at(tree, "search").and_then(|search| to_json(search).as_object().cloned()).filter(|search| !search.is_empty());
    search_keys(tree, context);
    let profiles = match &raw.profiles {
        Profiles::All => settings::Profiles::All,
        Profiles::Changed => {
            if let (Some(_), Some(search), Some(profiles)) = (&search, at(tree, "search"), at(tree, "profiles")) {
                let message =
                    "`profiles: changed` cannot be searched: HrFlow's searching endpoint is not read from where the last run stopped";
                let fault =
                    Diagnostic::error(Code::ConflictingKeys, &search.place, message).related(&profiles.place, "changed is asked here");
                context.sink.push(fault.help("write `profiles: all` beside `search`, or say the same with `filters`"));
            }
            settings::Profiles::Changed
        }
        Profiles::Named(named) => {
            if let (Some(search), Some(profiles)) = (at(tree, "search"), at(tree, "profiles")) {
                let fault =
                    Diagnostic::error(Code::ConflictingKeys, &search.place, "`search` and a list of `profiles` both choose the profiles");
                context.sink.push(fault.related(&profiles.place, "chosen here").help("keep one of the two"));
            }
            match (&named.keys, &named.references) {
                (Some(keys), _) => settings::Profiles::Keys(keys.clone()),
                (_, references) => settings::Profiles::References(references.clone()?),
            }
        }
    };
    Some(settings::Hrflow {
        api_key: api_key?,
        user_email: user_email?,
        base_url: base_url?,
        headers,
        source_keys: raw.source_keys.clone(),
        profiles,
        page_size: raw.page_size.unwrap_or(PAGE_SIZE),
        search,
    })
}

/// Parameters of the searching endpoint that hireline sets itself: dropped without a word, they would read other profiles than were meant.
fn search_keys(tree: &Tree, context: &mut Context<'_>) {
    const OWN: &[(&str, &str)] = &[
        ("page", "take it out: every page is read; a run's number of profiles is `limits: { max_profiles: 500 }`"),
        ("limit", "write `page_size` beside `search` for the profiles a page"),
        ("source_keys", "write `source_keys` beside `search`"),
        ("sort_by", "take it out: the order in which profiles are read is hireline's own"),
        ("order_by", "take it out: the order in which profiles are read is hireline's own"),
        ("return_profile", "take it out: whole profiles are always read"),
    ];
    for entry in at(tree, "search").and_then(Tree::as_map).unwrap_or_default() {
        if let Some((name, help)) = OWN.iter().find(|(name, _)| *name == entry.key) {
            let fault = Diagnostic::error(Code::ConflictingKeys, &entry.key_place, format!("`search` takes no `{name}`"));
            context.sink.push(fault.help(*help));
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
        context.error(
            Code::UnknownValue,
            tree,
            "this path leaves the workspace",
            "copy the files into the workspace, or give them on standard input with `path: \"-\"`",
        );
        return None;
    };
    let whole = normalised(&fixed.join(pattern));
    let path = whole.to_str().unwrap_or_default().to_owned();
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
