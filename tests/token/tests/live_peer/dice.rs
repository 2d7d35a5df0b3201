//! Choices that can be repeated: SplitMix64 from a printed seed.

use keymanager::random::{RandomSource as _, SystemRandom};

pub(crate) struct Dice(u64);

/// The seed of CI, where the same sequence must pass each time.
const SEED: u64 = 3;

impl Dice {
    /// From `KEYMANAGER_PEER_SEED`: a number, or `new` for one from the system; printed, so that a failure can be repeated.
    pub(crate) fn new() -> Self {
        let seed = match std::env::var("KEYMANAGER_PEER_SEED").as_deref() {
            Err(_) => SEED,
            Ok("new") => {
                let mut bytes = [0; 8];
                SystemRandom.fill(&mut bytes).unwrap();
                u64::from_le_bytes(bytes)
            }
            Ok(text) => text.parse().unwrap(),
        };
        println!("figure: KEYMANAGER_PEER_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub(crate) fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(sides).unwrap()).unwrap()
    }

    pub(crate) fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    pub(crate) fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}
