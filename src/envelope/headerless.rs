//! `aad` (A2, ENV-16), `salt` (A3, ENV-17), and both without thumbprint (A0, ENV-18).
//!
//! ```text
//!   0  32 thumbprint ‖ 32 256 wrapped key ‖ 288 14 splitter ‖ 302 n ct ‖ 16 tag ‖ 16 IV      aad
//!   0  32 thumbprint ‖ 32 256 wrapped key ‖ 288 14 splitter ‖ 302 n ct ‖ 16 tag              salt
//!   0 256 wrapped key ‖ 256 14 splitter ‖ 270 … as either                                    no_thumbprint
//! ```
//!
//! Nothing in the bytes tells `aad` from `salt`: the caller's salt decides (ENV-25).

use super::shape::{Aad, Nonce, Shape};

/// IV at the end, caller's AAD.
pub(super) const AAD: Shape = Shape {
    header: false,
    thumbprint: Some(0),
    wrapped_key: 32,
    splitter: 288,
    payload: 302,
    nonce: Nonce::End,
    aad: Aad::Caller,
    drawn: (0, 0),
};

/// Caller's IV and AAD.
pub(super) const SALT: Shape = Shape { nonce: Nonce::Caller, ..AAD };

/// Without thumbprint, IV at the end.
pub(super) const AAD_NO_THUMBPRINT: Shape = Shape {
    header: false,
    thumbprint: None,
    wrapped_key: 0,
    splitter: 256,
    payload: 270,
    nonce: Nonce::End,
    aad: Aad::Caller,
    drawn: (0, 0),
};

/// Without thumbprint, caller's IV.
pub(super) const SALT_NO_THUMBPRINT: Shape = Shape { nonce: Nonce::Caller, ..AAD_NO_THUMBPRINT };
