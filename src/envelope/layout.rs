//! The layouts and their names.

use std::fmt;
use std::str::FromStr;

use super::shape::Shape;
use super::{headerless, packet, ver_r2};
use crate::error::{Code, Error};

/// The layouts. Names are those of the command line's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// A1: `VER_R2`, thumbprint, random AAD in the data part whose first 12 bytes are the nonce. The default.
    VerR2,
    /// A1 without thumbprint, written by v1.2.0 under a flag. Read only.
    VerR2NoThumbprint,
    /// The packet layer of the registration client: nonce and AAD before the thumbprint.
    Packet,
    /// The packet layer without thumbprint. Read only.
    PacketNoThumbprint,
    /// A2: thumbprint, caller's AAD, 16-byte IV at the end.
    Aad,
    /// A3: thumbprint, caller's IV (`salt`) and AAD.
    Salt,
    /// A0: no thumbprint, IV at the end or caller's. Read only.
    NoThumbprint,
}

impl Layout {
    /// Every layout, the default first.
    pub const ALL: [Self; 7] = [
        Self::VerR2,
        Self::VerR2NoThumbprint,
        Self::Packet,
        Self::PacketNoThumbprint,
        Self::Aad,
        Self::Salt,
        Self::NoThumbprint,
    ];

    /// The name, with underscores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerR2 => "ver_r2",
            Self::VerR2NoThumbprint => "ver_r2_no_thumbprint",
            Self::Packet => "packet",
            Self::PacketNoThumbprint => "packet_no_thumbprint",
            Self::Aad => "aad",
            Self::Salt => "salt",
            Self::NoThumbprint => "no_thumbprint",
        }
    }

    /// Whether this library writes it. The others are legacy: read only, and only when named (ENV-26).
    #[must_use]
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::VerR2 | Self::Packet | Self::Aad | Self::Salt)
    }

    /// Whether the envelope names its recipient by thumbprint.
    #[must_use]
    pub const fn has_thumbprint(self) -> bool {
        !matches!(self, Self::VerR2NoThumbprint | Self::PacketNoThumbprint | Self::NoThumbprint)
    }

    /// How many bytes an envelope is longer than its plaintext: 318 to 362. For `no_thumbprint` the form with the IV at
    /// its end is meant; with the caller's IV it is 16 bytes less.
    #[must_use]
    pub const fn overhead(self) -> usize {
        let shape = self.shape(false);
        shape.payload.saturating_add(shape.tail_len())
    }

    /// Where the fields lie. `caller_nonce` decides for `no_thumbprint`, which exists in two forms.
    pub(super) const fn shape(self, caller_nonce: bool) -> &'static Shape {
        match self {
            Self::VerR2 => &ver_r2::SHAPE,
            Self::VerR2NoThumbprint => &ver_r2::SHAPE_NO_THUMBPRINT,
            Self::Packet => &packet::SHAPE,
            Self::PacketNoThumbprint => &packet::SHAPE_NO_THUMBPRINT,
            Self::Aad => &headerless::AAD,
            Self::Salt => &headerless::SALT,
            Self::NoThumbprint if caller_nonce => &headerless::SALT_NO_THUMBPRINT,
            Self::NoThumbprint => &headerless::AAD_NO_THUMBPRINT,
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Layout {
    type Err = Error;

    /// The layout of that name; hyphens are accepted for underscores.
    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.replace('-', "_");
        Self::ALL.into_iter().find(|layout| layout.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::new(Code::InvalidArgument, format!("no such layout; the layouts are {names}"))
        })
    }
}

impl serde::Serialize for Layout {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_round() {
        for layout in Layout::ALL {
            assert_eq!(layout.as_str().parse::<Layout>().unwrap(), layout);
            assert_eq!(layout.as_str().replace('_', "-").parse::<Layout>().unwrap(), layout);
            assert_eq!(layout.to_string(), layout.as_str());
        }
        for bad in ["", "VER_R2", "ver r2", "a2"] {
            assert_eq!(bad.parse::<Layout>().unwrap_err().code(), Code::InvalidArgument);
        }
    }

    #[test]
    fn overheads_are_those_of_the_specification() {
        let overheads = Layout::ALL.map(Layout::overhead);
        assert_eq!(overheads, [356, 324, 362, 330, 334, 318, 302]);
    }
}
