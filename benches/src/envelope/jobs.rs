//! AES-GCM by itself, and whole envelopes.

use std::cell::RefCell;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use keymanager::certificate::Certificate;
use keymanager::crypto::{CryptoProvider, Direction, OaepProfile, PrivateKey as _, SoftwareKey};
use keymanager::envelope::{Layout, OpenOptions, Recipient, SealOptions, parse, seal, seal_into, sealed_len};
use keymanager::secret::{Aes256Key, SecretBytes};

use crate::evp::Evp;
use crate::jdk::Jdk;
use crate::layout::{AAD_AT, DATA_AT, HEADER, KEY_AT, SPLITTER, SPLITTER_AT, TAG_LEN, THUMBPRINT_AT, part};
use crate::{Failure, Stage, vaes_without_avx512};
use keymanager_benches::contest::{Contestant, Goal, Summary, run};
use keymanager_benches::must;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Both providers, ours first.
fn providers() -> [(&'static str, CryptoProvider); 2] {
    [("native", keymanager::crypto::native::provider()), ("rustcrypto", keymanager::crypto::rustcrypto::provider())]
}

/// One-shot against the best of ring, AWS-LC and EVP; incremental and 16-byte nonces against EVP.
pub(crate) fn gcm(stage: &Stage, summary: &mut Summary) -> Result<(), Failure> {
    let (_, provider) = providers().into_iter().next().ok_or("no provider")?;
    let key = Aes256Key::new(SecretBytes::copy_from(&[7; 32]))?;
    let aad = [3u8; 32];
    let mut evp = Evp::new(&stage.certificate_pem, &stage.pkcs8_der)?;
    for size in [64 * KIB, 2 * MIB, 16 * MIB] {
        let plaintext = vec![1u8; size];
        // One buffer for all, so that nobody gets the better pages.
        let buffer = RefCell::new(vec![0u8; size]);
        let ring_key = ring::aead::LessSafeKey::new(
            ring::aead::UnboundKey::new(&ring::aead::AES_256_GCM, &[7; 32]).map_err(|error| error.to_string())?,
        );
        let aws_key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|error| error.to_string())?);
        let label = label(size);
        let who = vec![
            Contestant::here("native", || {
                must(provider.aead.seal_in_place(&key, &[1; 12], &aad, &mut buffer.borrow_mut()));
            }),
            Contestant::here("ring", || {
                let nonce = ring::aead::Nonce::assume_unique_for_key([1; 12]);
                let _tag = must(ring_key.seal_in_place_separate_tag(
                    nonce,
                    ring::aead::Aad::from(&aad),
                    &mut buffer.borrow_mut(),
                ));
            }),
            Contestant::here("aws-lc-rs", || {
                let nonce = Nonce::assume_unique_for_key([1; 12]);
                let _tag = must(aws_key.seal_in_place_separate_tag(nonce, Aad::from(&aad), &mut buffer.borrow_mut()));
            }),
            Contestant::here("openssl-evp", || {
                must(evp.gcm(&[7; 32], &[1; 12], &aad, &plaintext, &mut buffer.borrow_mut()));
            }),
        ];
        let goals = ["ring", "aws-lc-rs", "openssl-evp"].map(|against| Goal { against, at_least: 0.95 });
        run(summary, &format!("gcm-one-shot-{label}"), stage.rounds, who, &goals);
        for (job, nonce) in [("incremental", &[1u8; 12][..]), ("16-byte-iv", &[1; 16][..])] {
            let incremental = job == "incremental";
            let who = vec![
                Contestant::here("native", || {
                    let mut data = buffer.borrow_mut();
                    if incremental {
                        let mut stream = must(provider.aead_stream.start(Direction::Encrypt, &key, nonce, &aad));
                        for piece in data.chunks_mut(64 * KIB) {
                            must(stream.update(piece));
                        }
                        must(stream.finish_seal());
                    } else {
                        must(provider.aead.seal_in_place(&key, nonce, &aad, &mut data));
                    }
                }),
                Contestant::here("openssl-evp", || {
                    must(evp.gcm(&[7; 32], nonce, &aad, &plaintext, &mut buffer.borrow_mut()));
                }),
            ];
            let goals = [Goal { against: "openssl-evp", at_least: 0.97 }];
            run(summary, &format!("gcm-{job}-{label}"), stage.rounds, who, &goals);
        }
    }
    Ok(())
}

/// Whole `ver_r2` envelopes into the caller's buffer.
pub(crate) fn envelopes(stage: &Stage, summary: &mut Summary) -> Result<(), Failure> {
    let higher = vaes_without_avx512().is_some();
    let sizes: &[(usize, f64)] = &[
        (KIB, if higher { 1.4 } else { 1.0 }),
        (100 * KIB, if higher { 1.5 } else { 1.0 }),
        (2 * MIB, if higher { 1.7 } else { 1.0 }),
        (100 * MIB, if higher { 1.7 } else { 1.0 }),
    ];
    for (size, goal) in sizes.iter().copied() {
        if stage.quick && size > 2 * MIB {
            continue;
        }
        let rounds = stage.rounds;
        encrypt(stage, summary, size, goal, rounds)?;
        decrypt(stage, summary, size, higher, rounds)?;
    }
    Ok(())
}

fn encrypt(stage: &Stage, summary: &mut Summary, size: usize, goal: f64, rounds: usize) -> Result<(), Failure> {
    let plaintext = vec![5u8; size];
    let out = RefCell::new(vec![0u8; sealed_len(Layout::VerR2, size).ok_or("too large")?]);
    let options = SealOptions::default();
    let mut evp = Evp::new(&stage.certificate_pem, &stage.pkcs8_der)?;
    let crates = Crates::new(stage)?;
    let cold = RefCell::new(Jdk::start(&stage.certificate_path, &stage.key_path, size)?);
    let job = format!("encrypt-{}", label(size));
    cold_line(summary, &job, &cold, "seal", size)?;
    let mut who = Vec::new();
    for (name, provider) in providers() {
        let certificate = Certificate::parse(&provider, &stage.certificate_pem)?;
        let now = certificate.not_before();
        let recipient = Recipient::new(&provider, certificate, now)?;
        let (out, plaintext, options) = (&out, &plaintext, &options);
        who.push(Contestant::here(name, move || {
            must(seal_into(&provider, provider.random, &recipient, options, plaintext, &mut out.borrow_mut()));
        }));
    }
    who.push(Contestant::here("openssl-evp", || must(evp.seal(&plaintext, &mut out.borrow_mut()))));
    who.push(Contestant::here("sum-of-parts", || crates.seal(&plaintext, &mut out.borrow_mut())));
    who.push(Contestant::elsewhere("jdk-warm", |count| must(cold.borrow_mut().time("seal", count))));
    let goals = [Goal { against: "openssl-evp", at_least: goal }, Goal { against: "sum-of-parts", at_least: 0.95 }];
    run(summary, &job, rounds, who, &goals);
    Ok(())
}

fn decrypt(stage: &Stage, summary: &mut Summary, size: usize, higher: bool, rounds: usize) -> Result<(), Failure> {
    let plaintext = vec![5u8; size];
    let out = RefCell::new(vec![0u8; size]);
    let (_, native) = providers().into_iter().next().ok_or("no provider")?;
    let certificate = Certificate::parse(&native, &stage.certificate_pem)?;
    let now = certificate.not_before();
    let recipient = Recipient::new(&native, certificate, now)?;
    let envelope = seal(&native, native.random, &recipient, &SealOptions::default(), &plaintext)?;
    let open_options = OpenOptions::default();
    let mut evp = Evp::new(&stage.certificate_pem, &stage.pkcs8_der)?;
    let jdk = RefCell::new(Jdk::start(&stage.certificate_path, &stage.key_path, size)?);
    let job = format!("decrypt-{}", label(size));
    cold_line(summary, &job, &jdk, "open", size)?;
    let pkcs8 = SecretBytes::copy_from(&stage.pkcs8_der);
    let raw_key = native.rsa.import_private(&pkcs8)?;
    let block =
        raw_key.decrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, envelope.get(KEY_AT..SPLITTER_AT).unwrap_or_default());
    must(block);
    let mut who = Vec::new();
    for (name, provider) in providers() {
        let key = SoftwareKey::from_pkcs8(&provider, &pkcs8)?;
        must(key.decrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, envelope.get(KEY_AT..SPLITTER_AT).unwrap_or_default()));
        let (out, envelope, open_options) = (&out, &envelope, &open_options);
        who.push(Contestant::here(name, move || {
            let parsed = must(parse(envelope, open_options));
            let session_key = must(parsed.unwrap_session_key(&provider, &key));
            must(parsed.open_into(&provider, &session_key, &mut out.borrow_mut()));
        }));
    }
    who.push(Contestant::here("openssl-evp", || must(evp.open(&envelope, &mut out.borrow_mut()))));
    let wrapped = envelope.get(KEY_AT..SPLITTER_AT).unwrap_or_default();
    who.push(Contestant::here("raw-rsa", || {
        must(raw_key.raw_private(wrapped));
    }));
    who.push(Contestant::elsewhere("jdk-warm", |count| must(jdk.borrow_mut().time("open", count))));
    let mut goals = Vec::new();
    if size == KIB {
        goals.push(Goal { against: "raw-rsa", at_least: 0.97 });
    }
    if size >= 2 * MIB {
        goals.push(Goal { against: "openssl-evp", at_least: if higher { 1.2 } else { 0.98 } });
    }
    run(summary, &job, rounds, who, &goals);
    Ok(())
}

/// The first calls of a fresh JVM, against ours in the same moment; the warm figures come from the interleaved run.
fn cold_line(summary: &mut Summary, job: &str, jdk: &RefCell<Jdk>, verb: &str, size: usize) -> Result<(), Failure> {
    let calls = if size > 2 * MIB { 1 } else { 10 };
    let nanos = jdk.borrow_mut().time(verb, calls)?;
    let each = keymanager_benches::contest::as_f64(nanos) / f64::from(calls) / 1e3;
    keymanager_benches::contest::say(&format!("cold {job} jdk first {calls} calls {each:.1} us each"));
    // Warm: small packets compile the cipher for small packets only; for large ones the JVM needs many hundreds of large
    // calls before it uses its compiled cipher.
    jdk.borrow_mut().warm(4, 16 * KIB)?;
    if size >= 2 * MIB {
        jdk.borrow_mut().warm(30, 2 * MIB)?;
    }
    let begun = std::time::Instant::now();
    while begun.elapsed().as_secs_f64() < 2.0 {
        jdk.borrow_mut().time(verb, if size >= 2 * MIB { 2 } else { 200 })?;
    }
    summary.lines.push(format!("cold {job} jdk {each:.1} us"));
    Ok(())
}

/// The best composition of public crates: AWS-LC's OAEP and AEAD, on the caller's buffer.
struct Crates {
    oaep: OaepPublicEncryptingKey,
    thumbprint: [u8; 32],
    random: &'static dyn keymanager::random::RandomSource,
}

impl Crates {
    fn new(stage: &Stage) -> Result<Self, Failure> {
        let (_, native) = providers().into_iter().next().ok_or("no provider")?;
        let certificate = Certificate::parse(&native, &stage.certificate_pem)?;
        let key =
            PublicEncryptingKey::from_der(certificate.public_key().spki_der()).map_err(|error| error.to_string())?;
        Ok(Self {
            oaep: OaepPublicEncryptingKey::new(key).map_err(|error| error.to_string())?,
            thumbprint: *certificate.thumbprint().as_bytes(),
            random: native.random,
        })
    }

    fn seal(&self, plaintext: &[u8], out: &mut [u8]) {
        let mut key = [0; 32];
        must(self.random.fill(&mut key));
        let mut aad = [0; 32];
        must(self.random.fill(&mut aad));
        part(out, 0, HEADER.len()).copy_from_slice(HEADER);
        part(out, THUMBPRINT_AT, 32).copy_from_slice(&self.thumbprint);
        must(self.oaep.encrypt(&OAEP_SHA256_MGF1SHA256, &key, part(out, KEY_AT, 256), None));
        part(out, SPLITTER_AT, SPLITTER.len()).copy_from_slice(SPLITTER);
        part(out, AAD_AT, 32).copy_from_slice(&aad);
        let cipher = LessSafeKey::new(must(UnboundKey::new(&AES_256_GCM, &key)));
        let nonce = must(Nonce::try_assume_unique_for_key(aad.get(..12).unwrap_or_default()));
        let payload = part(out, DATA_AT, plaintext.len());
        payload.copy_from_slice(plaintext);
        let tag = must(cipher.seal_in_place_separate_tag(nonce, Aad::from(&aad), payload));
        part(out, DATA_AT.saturating_add(plaintext.len()), TAG_LEN).copy_from_slice(tag.as_ref());
    }
}

fn label(size: usize) -> String {
    if size >= MIB { format!("{}MiB", size / MIB) } else { format!("{}KiB", size / KIB) }
}
