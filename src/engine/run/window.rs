//! What is in flight, bound in number and in bytes: profiles of tens of megabytes must not multiply by `limits.concurrency`.

use crate::model::profile;
use crate::source::Item;

/// Profiles in flight hold about so many bytes; the one that goes beyond is the last until there is less.
pub const IN_FLIGHT: usize = 128 << 20;

#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    items: usize,
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Place(usize);

impl Window {
    pub fn new(concurrency: usize) -> Self {
        Self { most: concurrency, items: 0, bytes: 0 }
    }

    pub fn has_room(&self) -> bool {
        self.items < self.most && self.bytes < IN_FLIGHT
    }

    pub fn take(&mut self, item: &Item) -> Place {
        let weight = match item {
            Item::Profile(profile) => profile::weight(&profile.document),
            _ => 0,
        };
        self.items += 1;
        self.bytes += weight;
        Place(weight)
    }

    pub fn give_back(&mut self, place: Place) {
        self.items -= 1;
        self.bytes -= place.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::Profile;
    use serde_json::json;

    fn item(bytes: usize) -> Item {
        Item::Profile(Profile::from_document(json!({"key": "k", "text": "x".repeat(bytes)})).unwrap())
    }

    #[test]
    fn it_is_full_by_number_or_by_bytes() {
        let mut window = Window::new(3);
        let places: Vec<_> = (0..3).map(|_| window.take(&item(10))).collect();
        assert!(!window.has_room());
        window.give_back(places[0]);
        assert!(window.has_room());
        let large = window.take(&item(IN_FLIGHT));
        places[1..].iter().for_each(|place| window.give_back(*place));
        assert!(!window.has_room(), "one that is larger than all is alone");
        window.give_back(large);
        assert!(window.has_room() && window.bytes == 0 && window.items == 0);
    }
}
