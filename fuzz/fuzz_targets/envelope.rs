//! The envelope parser and the parser of wrapped private keys: no input makes them panic, and what was parsed lies in
//! the input where the layout says.
#![no_main]

use keymanager::envelope::{Layout, OpenOptions, WrappedPrivateKey, parse};
use libfuzzer_sys::fuzz_target;

const LAYOUTS: [Layout; 7] = [
    Layout::VerR2,
    Layout::VerR2NoThumbprint,
    Layout::Packet,
    Layout::PacketNoThumbprint,
    Layout::Aad,
    Layout::Salt,
    Layout::NoThumbprint,
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, envelope)) = data.split_first() else { return };
    let mut options = OpenOptions::default();
    if choice & 1 != 0 {
        options.accept = LAYOUTS.to_vec();
    }
    if choice & 2 != 0 {
        options.salt = Some(vec![0; usize::from(choice >> 4) + 1]);
    }
    if choice & 4 != 0 {
        options.aad = b"context".to_vec();
    }
    if choice & 8 != 0 {
        options.layout = LAYOUTS.get(usize::from(choice >> 5)).copied();
    }
    if let Ok(parsed) = parse(envelope, &options) {
        assert_eq!(parsed.wrapped_key.len(), 256);
        assert!(parsed.ciphertext.len() + 256 + 14 + 16 <= envelope.len());
        let inside = envelope.as_ptr_range();
        assert!(parsed.ciphertext.is_empty() || inside.contains(&parsed.ciphertext.as_ptr()));
        assert!(options.layout.is_none_or(|layout| layout == parsed.layout));
    }
    if let Ok(text) = std::str::from_utf8(envelope) {
        let _ = WrappedPrivateKey::parse(text);
    }
});
