//! Chance that repeats itself: what is drawn for a value depends on the value and a key, and on nothing else.

use crate::base::digest::Key;

/// Gives numbers that look random, and the same ones for the same seed.
#[derive(Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Thrown for a value of a kind, the nth time. Without the key nobody can tell which value it was.
    pub fn for_value(key: &Key, kind: &str, value: &str, attempt: usize) -> Self {
        let digest = key.digest(&["anonymous", kind, value, &attempt.to_string()]).to_string();
        Self { state: u64::from_str_radix(digest.get(..16).unwrap_or_default(), 16).unwrap_or_default() }
    }

    /// SplitMix64. Source: Steele, Lea, Flood, “Fast splittable pseudorandom number generators”, 2014.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or_default()
    }

    /// One of a list; a blank where it is empty.
    pub fn one_of(&mut self, list: &[&'static str]) -> &'static str {
        list.get(self.below(list.len())).copied().unwrap_or_default()
    }

    pub fn digit(&mut self) -> char {
        self.sign_of("0123456789")
    }

    pub fn sign_of(&mut self, signs: &str) -> char {
        signs.chars().nth(self.below(signs.chars().count())).unwrap_or('x')
    }

    /// A word that nobody knows, of that many letters.
    pub fn word(&mut self, letters: usize) -> String {
        let first = self.below(2);
        (0..letters.max(1)).map(|at| self.sign_of(if (at + first).is_multiple_of(2) { "bdfghjklmnprstvwz" } else { "aeiouy" })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_gives_the_same_throws_and_another_key_others() {
        let throws = |key: u8, value: &str| -> Vec<usize> {
            let mut dice = Dice::for_value(&Key::new([key; 32]), "name", value, 0);
            (0..8).map(|_| dice.below(1000)).collect()
        };
        assert_eq!(throws(1, "Ada"), throws(1, "Ada"));
        assert_ne!(throws(1, "Ada"), throws(2, "Ada"));
        assert_ne!(throws(1, "Ada"), throws(1, "Eva"));
    }
}
