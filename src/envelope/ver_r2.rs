//! `ver_r2` (A1, ENV-10 to ENV-12) and its legacy form without thumbprint (ENV-13).
//!
//! ```text
//!   0   6 VER_R2 ‖ 6 32 thumbprint ‖ 38 256 wrapped key ‖ 294 14 splitter ‖ 308 32 AAD ‖ 340 n ct ‖ 16 tag
//!   0   6 VER_R2 ‖ 6 256 wrapped key ‖ 262 14 splitter ‖ 276 32 AAD ‖ 308 n ct ‖ 16 tag
//! ```
//!
//! The AAD is random, and its first 12 bytes are also the nonce. It lies in the data part, behind the splitter.

use super::shape::{Aad, Nonce, Shape};

/// With thumbprint.
pub(super) const SHAPE: Shape = Shape {
    header: true,
    thumbprint: Some(6),
    wrapped_key: 38,
    splitter: 294,
    payload: 340,
    nonce: Nonce::At(308),
    aad: Aad::At(308),
    drawn: (308, 32),
};

/// Without thumbprint, as v1.2.0 wrote it under a flag.
pub(super) const SHAPE_NO_THUMBPRINT: Shape = Shape {
    header: true,
    thumbprint: None,
    wrapped_key: 6,
    splitter: 262,
    payload: 308,
    nonce: Nonce::At(276),
    aad: Aad::At(276),
    drawn: (276, 32),
};
