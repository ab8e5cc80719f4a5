//! What a pipeline's fixtures have not shown: filters that always answer alike, templates that give nothing, `$when` that chooses one side,
//! `$each` without an item. Pure.
//!
//! Only what a snapshot holds counts: a filter that is not asked, because an earlier one said no, has said nothing; and nothing of the
//! mapping is shown by a profile that the filters keep out.

use crate::base::place::Place;
use crate::base::words;
use crate::engine::trace::Story;
use crate::language::compile::Pipeline;
use crate::language::mapping::{Answer, Role, Spot};
use crate::model::outcome::Outcome;
use std::collections::HashMap;

/// What the fixtures of one pipeline have shown so far.
#[derive(Debug)]
pub struct Coverage {
    pub fixtures: usize,
    filters: Vec<Filter>,
    spots: Vec<(Spot, Shown)>,
    /// The spots of a place: file, first byte, last byte.
    places: HashMap<(std::path::PathBuf, usize, usize), Vec<usize>>,
}

#[derive(Debug)]
struct Filter {
    name: String,
    text: String,
    place: Place,
    yes: bool,
    no: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Shown {
    /// A template's value, an item of `$each`, a `$when` that held.
    yes: bool,
    /// A `$when` that did not hold.
    no: bool,
}

/// Something that no fixture has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    pub kind: Kind,
    /// The filter's name, or the member.
    pub name: String,
    pub missing: Missing,
    /// As it was written.
    pub written: String,
    pub place: Place,
}

words! {
    Kind { Filter = "filter", Template = "template", When = "when", Each = "each" }
    /// What was never seen of it. Everything: it was never asked.
    Missing { Yes = "yes", No = "no", Value = "value", True = "true", False = "false", Item = "item", Everything = "everything" }
}

/// Of how many things that can be shown so many were. A filter and a `$when` count twice: for each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    pub shown: usize,
    pub of: usize,
}

impl Coverage {
    pub fn new(pipeline: &Pipeline) -> Self {
        let filters = pipeline.filters.list().iter().map(|filter| Filter {
            name: filter.name.clone(),
            text: filter.text.trim().to_owned(),
            place: filter.place.clone(),
            yes: false,
            no: false,
        });
        let spots: Vec<(Spot, Shown)> = pipeline.mapping.spots().into_iter().map(|spot| (spot, Shown::default())).collect();
        let mut places = HashMap::<_, Vec<usize>>::new();
        for (at, (spot, _)) in spots.iter().enumerate() {
            places.entry(key(&spot.place)).or_default().push(at);
        }
        Self { fixtures: 0, filters: filters.collect(), spots, places }
    }

    /// Takes what one fixture shows.
    pub fn add(&mut self, story: &Story) {
        self.fixtures += 1;
        for (filter, judged) in self.filters.iter_mut().zip(&story.filters) {
            filter.yes |= judged.passes;
            filter.no |= !judged.passes;
            // Nobody asks those behind it.
            if !judged.passes {
                return;
            }
        }
        if story.ending.outcome == Outcome::Skipped && story.candidate.is_none() {
            return;
        }
        for field in story.fields.iter().filter(|field| field.value.is_some()) {
            self.show(&field.place, Role::Template, true);
        }
        for decision in &story.decisions {
            match decision.answer {
                Answer::Held(held) => self.show(&decision.place, Role::When, held),
                Answer::Items(items) if items > 0 => self.show(&decision.place, Role::Each, true),
                Answer::Items(_) => {}
            }
        }
    }

    fn show(&mut self, place: &Place, role: Role, yes: bool) {
        for at in self.places.get(&key(place)).into_iter().flatten() {
            if let Some((_, shown)) = self.spots.get_mut(*at).filter(|(spot, _)| spot.role == role) {
                shown.yes |= yes;
                shown.no |= !yes;
            }
        }
    }

    /// What was not shown: the filters in order, then the mapping from its first member to its last.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for filter in &self.filters {
            let missing = match (filter.yes, filter.no) {
                (true, true) => continue,
                (true, false) => Missing::No,
                (false, true) => Missing::Yes,
                (false, false) => Missing::Everything,
            };
            let (name, written, place) = (filter.name.clone(), filter.text.clone(), filter.place.clone());
            gaps.push(Gap { kind: Kind::Filter, name, missing, written, place });
        }
        for (spot, shown) in &self.spots {
            let missing = match (spot.role, shown.yes, shown.no) {
                (Role::Template | Role::Each, true, _) | (Role::When, true, true) => continue,
                (Role::Template, false, _) => Missing::Value,
                (Role::Each, false, _) => Missing::Item,
                (Role::When, true, false) => Missing::False,
                (Role::When, false, true) => Missing::True,
                (Role::When, false, false) => Missing::Everything,
            };
            let (name, written, place) = (spot.member.clone(), spot.written.clone(), spot.place.clone());
            gaps.push(Gap { kind: kind(spot.role), name, missing, written, place });
        }
        gaps
    }

    pub fn total(&self, of: Kind) -> Total {
        let mut total = Total::default();
        let mut add = |sides: &[bool]| {
            total.of += sides.len();
            total.shown += sides.iter().filter(|shown| **shown).count();
        };
        match of {
            Kind::Filter => self.filters.iter().for_each(|filter| add(&[filter.yes, filter.no])),
            _ => self.spots.iter().filter(|(spot, _)| kind(spot.role) == of).for_each(|(spot, shown)| match spot.role {
                Role::When => add(&[shown.yes, shown.no]),
                Role::Template | Role::Each => add(&[shown.yes]),
            }),
        }
        total
    }
}

fn kind(role: Role) -> Kind {
    match role {
        Role::Template => Kind::Template,
        Role::Each => Kind::Each,
        Role::When => Kind::When,
    }
}

fn key(place: &Place) -> (std::path::PathBuf, usize, usize) {
    (place.path().to_owned(), place.start, place.end)
}
