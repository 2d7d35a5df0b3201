//! `packet` (ENV-14), both layers of a registration packet, and its legacy form without thumbprint (ENV-15).
//!
//! ```text
//!   0  12 nonce ‖ 12 32 AAD ‖ 44 32 thumbprint ‖ 76 256 wrapped key ‖ 332 14 splitter ‖ 346 n ct ‖ 16 tag
//!   0  12 nonce ‖ 12 32 AAD ‖ 44 256 wrapped key ‖ 300 14 splitter ‖ 314 n ct ‖ 16 tag
//! ```
//!
//! The packet library puts nonce and AAD before what the key manager made with them as `salt` and `aad`: from offset 44
//! on, a packet is a `salt` envelope.

use super::shape::{Aad, Nonce, Shape};

/// With thumbprint.
pub(super) const SHAPE: Shape = Shape {
    header: false,
    thumbprint: Some(44),
    wrapped_key: 76,
    splitter: 332,
    payload: 346,
    nonce: Nonce::At(0),
    aad: Aad::At(12),
    drawn: (0, 44),
};

/// Without thumbprint, as version 1.1.3 wrote it.
pub(super) const SHAPE_NO_THUMBPRINT: Shape = Shape {
    header: false,
    thumbprint: None,
    wrapped_key: 44,
    splitter: 300,
    payload: 314,
    nonce: Nonce::At(0),
    aad: Aad::At(12),
    drawn: (0, 44),
};
