//! The envelope jobs, side by side with the best alternatives, in one interleaved run.
//!
//! Every line is `ratio JOB OURS/CONTESTANT MEDIAN goal G`: how many times faster ours is, the median over the rounds,
//! in CPU time of the thread; or `limit JOB FIGURE UNIT goal G`: a figure that must not be above the goal.
//! `--quick` makes seven rounds and leaves the largest sizes out; the figures are then only a hint.

mod evp;
mod fetch;
mod jdk;
mod jobs;
mod layout;
mod memory;

use std::path::PathBuf;

use keymanager_benches::Failure;
use keymanager_benches::contest::{Summary, say};

/// What every job works on.
pub(crate) struct Stage {
    pub(crate) certificate_pem: Vec<u8>,
    pub(crate) certificate_path: PathBuf,
    pub(crate) pkcs8_der: Vec<u8>,
    pub(crate) key_path: PathBuf,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
}

impl Stage {
    fn new(quick: bool) -> Result<Self, Failure> {
        let vectors = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors"));
        let certificate_path = vectors.join("mosip/derived/derived-test-cert.pem");
        let key_path = vectors.join("keys/derived-test-rsa2048.der");
        Ok(Self {
            certificate_pem: std::fs::read(&certificate_path)?,
            certificate_path,
            pkcs8_der: std::fs::read(&key_path)?,
            key_path,
            rounds: if quick { 7 } else { 21 },
            quick,
        })
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, rest @ ..] = arguments.as_slice()
        && mode == "--child"
    {
        return memory::child(rest);
    }
    let stage = Stage::new(arguments.iter().any(|argument| argument == "--quick"))?;
    say(&format!("{} rounds, {}", stage.rounds, cpu()));
    let mut summary = Summary::default();
    jobs::gcm(&stage, &mut summary)?;
    jobs::envelopes(&stage, &mut summary)?;
    fetch::run(&stage, &mut summary)?;
    memory::run(&stage, &mut summary)?;
    say("");
    for line in &summary.lines {
        say(line);
    }
    say(&format!("\n{} figures, {} goals missed", summary.lines.len(), summary.missed.len()));
    for line in &summary.missed {
        say(&format!("missed: {line}"));
    }
    Ok(())
}

/// What this processor has of the instructions that decide which AES-GCM is fastest.
fn cpu() -> String {
    let has_avx512 = vaes_without_avx512().is_none();
    let what = if has_avx512 { "with AVX-512 or without VAES" } else { "VAES without AVX-512" };
    format!("processor {what}")
}

/// Some on the processors for which the goals against EVP are higher.
pub(crate) fn vaes_without_avx512() -> Option<()> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("vaes") && !std::arch::is_x86_feature_detected!("avx512f") {
        return Some(());
    }
    None
}
