//! Choices that can be repeated: SplitMix64 from a printed seed.

use keymanager::random::{RandomSource as _, SystemRandom};

pub(crate) struct Dice(u64);

impl Dice {
    /// From `KEYMANAGER_RACES_SEED`, else from the system; printed, so that a failure can be repeated.
    pub(crate) fn new() -> Self {
        let seed = std::env::var("KEYMANAGER_RACES_SEED").map_or_else(
            |_| {
                let mut bytes = [0; 8];
                SystemRandom.fill(&mut bytes).unwrap();
                u64::from_le_bytes(bytes)
            },
            |text| text.parse().unwrap(),
        );
        println!("KEYMANAGER_RACES_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// From 0 up to, not including, 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub(crate) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.next().is_multiple_of(sides)
    }

    pub(crate) fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[(self.next() % list.len() as u64) as usize]
    }
}
