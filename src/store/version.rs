//! Record versions: every column of a row as read, one after the other.

use super::Version;

/// Builds a [`Version`] from the columns of a row.
///
/// The token is the row itself in an unambiguous encoding, not a digest of it: comparing two tokens is then the exact,
/// column by column comparison that the contract asks for, and making one costs a copy.
#[derive(Debug, Default)]
pub struct VersionBuilder(Vec<u8>);

impl VersionBuilder {
    /// An empty token with room for `bytes`.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends a column that has no value.
    pub fn null(&mut self) {
        self.0.push(0);
    }

    /// Appends a whole number.
    pub fn integer(&mut self, value: i64) {
        self.0.extend_from_slice(&tagged(1, value.to_be_bytes()));
    }

    /// Appends a floating-point number, bit by bit.
    pub fn real(&mut self, value: f64) {
        self.0.extend_from_slice(&tagged(2, value.to_bits().to_be_bytes()));
    }

    /// Appends text, or what stands where text should be.
    pub fn text(&mut self, value: &[u8]) {
        self.bytes(3, value);
    }

    /// Appends a byte string.
    pub fn blob(&mut self, value: &[u8]) {
        self.bytes(4, value);
    }

    /// The token.
    #[must_use]
    pub fn finish(self) -> Version {
        Version(self.0)
    }

    fn bytes(&mut self, tag: u8, value: &[u8]) {
        // usize has at most 64 bits on every target there is.
        let len = u64::try_from(value.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&tagged(tag, len.to_be_bytes()));
        self.0.extend_from_slice(value);
    }
}

fn tagged(tag: u8, [a, b, c, d, e, f, g, h]: [u8; 8]) -> [u8; 9] {
    [tag, a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(build: impl FnOnce(&mut VersionBuilder)) -> Version {
        let mut builder = VersionBuilder::default();
        build(&mut builder);
        builder.finish()
    }

    #[test]
    fn columns_do_not_run_into_each_other() {
        let tokens = [
            token(|b| b.text(b"ab")),
            token(|b| b.blob(b"ab")),
            token(|b| {
                b.text(b"a");
                b.text(b"b");
            }),
            token(|b| {
                b.text(b"ab");
                b.text(b"");
            }),
            token(|b| {
                b.text(b"ab");
                b.null();
            }),
            token(|b| b.integer(0)),
            token(|b| b.real(0.0)),
            token(VersionBuilder::null),
        ];
        for (at, one) in tokens.iter().enumerate() {
            assert!(!tokens[at + 1..].contains(one), "{at}");
        }
    }
}
