//! A client: encrypts a file to a certificate. No store, no token.
//!
//! `cargo run --example encrypt_with_certificate -- CERTIFICATE INPUT OUTPUT`
#![allow(clippy::print_stdout, reason = "an example shows what it did")]

use std::path::Path;
use std::sync::Arc;

use keymanager::encryptor::Encryptor;
use keymanager::envelope::{SealOptions, Sealer};
use keymanager::file::{AtomicFile, Existing};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::time::SystemClock;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [certificate, input, output] = arguments.as_slice() else {
        return Err("usage: encrypt_with_certificate CERTIFICATE INPUT OUTPUT".into());
    };
    let provider = keymanager::crypto::native::provider();
    let encryptor = Encryptor::builder().provider(provider).clock(Arc::new(SystemClock)).build()?;
    // Refuses a certificate that is expired, not yet valid, or has another key than RSA-2048.
    let recipient = encryptor.recipient(&std::fs::read(certificate)?)?;

    // In pieces, so that the size of the file does not matter; the output appears whole or not at all.
    let sealer = Sealer::start(&provider, &SystemRandom, &recipient, &SealOptions::default())?;
    let mut file = AtomicFile::create(Path::new(output), &SystemRandom)?;
    let streamed = sealer.copy(&mut std::fs::File::open(input)?, &mut file, &NoProgress, None)?;
    file.commit(Existing::Refuse)?;
    println!(
        "{} bytes in, {} bytes out, for {}",
        streamed.bytes_in,
        streamed.bytes_out,
        recipient.certificate().thumbprint()
    );
    Ok(())
}
