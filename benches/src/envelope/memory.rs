//! Peaks of memory and the start of a process, each in a child of its own.

use std::io::{Read, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use keymanager::certificate::Certificate;
use keymanager::crypto::SoftwareKey;
use keymanager::envelope::{OpenOptions, Recipient, SealOptions, Sealer, SeekableEnvelope, parse, seal};
use keymanager::file::{AtomicFile, Existing};
use keymanager::progress::NoProgress;
use keymanager::secret::SecretBytes;

use crate::evp::Evp;
use crate::{Failure, Stage};
use keymanager_benches::contest::{Summary, as_f64, cpu_nanos, median, say};

const MIB: u64 = 1024 * 1024;

/// Runs each child and holds its figure to the goal.
pub(crate) fn run(stage: &Stage, summary: &mut Summary) -> Result<(), Failure> {
    let size = if stage.quick { 16 } else { 100 };
    let folder = tempfile::tempdir()?;
    let child = |job: &str, size: u64| -> Result<f64, Failure> {
        let output = Command::new(std::env::current_exe()?)
            .args(["--child", job, &size.to_string()])
            .args([&stage.certificate_path, &stage.key_path])
            .arg(folder.path())
            .output()?;
        if !output.status.success() {
            return Err(format!("{job}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    let peak = child("seal-stream", size)?;
    summary.limit(&format!("peak-stream-encrypt-{size}MiB"), "MiB", peak, 2.0);
    let peak = child("open-memory", size)?;
    summary.limit(&format!("peak-decrypt-{size}MiB"), "MiB", peak, f64::from(u32::try_from(size)?) + 2.0);
    let peak = child("open-file", size)?;
    summary.limit(&format!("peak-stream-decrypt-{size}MiB"), "MiB", peak, 2.0);
    if !stage.quick {
        let peak = child("seal-stream", 1024)?;
        summary.limit("peak-stream-encrypt-1024MiB", "MiB", peak, 16.0);
    }
    stream_against_evp(stage, summary, usize::try_from(size.saturating_mul(MIB))?)?;
    let mut starts = Vec::new();
    for _ in 0..stage.rounds {
        let begun = Instant::now();
        child("first-envelope", 0)?;
        starts.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    summary.limit("start-to-first-envelope", "ms", median(&starts), 5.0);
    Ok(())
}

/// Streaming in pieces of the library's size against EVP on the whole buffer.
fn stream_against_evp(stage: &Stage, summary: &mut Summary, size: usize) -> Result<(), Failure> {
    let provider = keymanager::crypto::native::provider();
    let certificate = Certificate::parse(&provider, &stage.certificate_pem)?;
    let now = certificate.not_before();
    let recipient = Recipient::new(&provider, certificate, now)?;
    let plaintext = vec![5u8; size];
    let mut out = vec![0u8; size.saturating_add(4096)];
    let mut evp = Evp::new(&stage.certificate_pem, &stage.pkcs8_der)?;
    let mut ratios = Vec::new();
    for _ in 0..stage.rounds {
        let begun = cpu_nanos();
        let sealer = Sealer::start(&provider, provider.random, &recipient, &SealOptions::default())?;
        sealer.copy(&mut plaintext.as_slice(), &mut out.as_mut_slice(), &NoProgress, None)?;
        let ours = cpu_nanos().saturating_sub(begun);
        let begun = cpu_nanos();
        evp.seal(&plaintext, &mut out)?;
        let theirs = cpu_nanos().saturating_sub(begun);
        ratios.push(as_f64(theirs) / as_f64(ours));
    }
    summary.ratio(
        &format!("stream-encrypt-{}MiB", size >> 20),
        "native",
        "openssl-evp-one-shot",
        median(&ratios),
        Some(0.95),
        "",
    );
    Ok(())
}

/// What a child does: one job, and its peak above the start in MiB on standard output.
pub(crate) fn child(arguments: &[String]) -> Result<(), Failure> {
    let [job, size, certificate, key, folder] = arguments else { return Err("a child has five arguments".into()) };
    let size: u64 = size.parse::<u64>()?.saturating_mul(MIB);
    let folder = Path::new(folder);
    let provider = keymanager::crypto::native::provider();
    let certificate = Certificate::parse(&provider, &std::fs::read(certificate)?)?;
    let now = certificate.not_before();
    let recipient = Recipient::new(&provider, certificate, now)?;
    if job == "first-envelope" {
        let envelope = seal(&provider, provider.random, &recipient, &SealOptions::default(), b"first")?;
        say(&format!("{}", envelope.len()));
        return Ok(());
    }
    let key = SoftwareKey::from_pkcs8(&provider, &SecretBytes::from_vec(std::fs::read(key)?))?;
    // One small envelope first, so that one-time initialisation is not counted as a peak of the job.
    let small = seal(&provider, provider.random, &recipient, &SealOptions::default(), b"first")?;
    let options = OpenOptions::default();
    parse(&small, &options)?.unwrap_session_key(&provider, &key)?;
    let sealed = folder.join(format!("sealed-{size}"));
    let seal_all = || -> Result<(), Failure> {
        let mut out = AtomicFile::create(&sealed, provider.random)?;
        let sealer = Sealer::start(&provider, provider.random, &recipient, &SealOptions::default())?;
        sealer.copy(&mut Zeros(size), &mut out, &NoProgress, Some(size))?;
        out.commit(Existing::Replace)?;
        Ok(())
    };
    if job != "seal-stream" && !sealed.exists() {
        seal_all()?;
    }
    let start = reset_peak()?;
    match job.as_str() {
        "seal-stream" => seal_all()?,
        "open-file" => {
            let mut envelope = SeekableEnvelope::parse(std::fs::File::open(&sealed)?, &options)?;
            let session_key = envelope.key_block().unwrap_session_key(&provider, &key)?;
            let out = AtomicFile::create(&folder.join("opened"), provider.random)?;
            envelope.open_to_file(&provider, &session_key, out, Existing::Replace, &NoProgress)?;
        }
        "open-memory" => {
            let mut file = std::fs::File::open(&sealed)?;
            let len = usize::try_from(file.seek(SeekFrom::End(0))?)?;
            file.rewind()?;
            let mut envelope = vec![0; len];
            file.read_exact(&mut envelope)?;
            let mut out = std::io::sink();
            let (layout_options, session_key) = {
                let parsed = parse(&envelope, &options)?;
                (OpenOptions::default(), parsed.unwrap_session_key(&provider, &key)?)
            };
            let range = keymanager::envelope::open_in_place(&provider, &session_key, &mut envelope, &layout_options)?;
            out.write_all(envelope.get(range).unwrap_or_default())?;
        }
        _ => return Err("unknown job".into()),
    }
    let peak = peak()?.saturating_sub(start);
    say(&format!("{:.3}", as_f64(peak) / as_f64(MIB)));
    Ok(())
}

/// So many zero bytes.
struct Zeros(u64);

impl Read for Zeros {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
        if let Some(part) = buffer.get_mut(..count) {
            part.fill(0);
        }
        self.0 = self.0.saturating_sub(u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}

/// Sets the peak of resident memory back to what is resident now, and answers that, in bytes.
fn reset_peak() -> Result<u64, Failure> {
    std::fs::write("/proc/self/clear_refs", "5")?;
    peak()
}

/// The peak of resident memory in bytes.
fn peak() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib.saturating_mul(1024))
}
