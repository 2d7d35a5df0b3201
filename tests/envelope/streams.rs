//! Streams give the same envelopes as whole buffers, and nothing before the tag is good.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keymanager::Error;
use keymanager::envelope::{
    CHUNK_LEN, Layout, OpenOptions, PipedEnvelope, PushedStart, Sealer, SeekableEnvelope, Streamed, parse, sealed_len,
};
use keymanager::error::Code;
use keymanager::file::{AtomicFile, Existing};
use keymanager::progress::{NoProgress, Progress};

use crate::common::{open_options, plaintext, private_key, providers, recipient, seal_options, sealed, writable};

const SIZES: [usize; 8] = [1, 16, 1000, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, CHUNK_LEN + 16, 3 * CHUNK_LEN + 7];

/// Gives at most seven bytes at a time, and an interruption now and then.
struct Dribble<'a>(&'a [u8], Cell<u32>);

impl Read for Dribble<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.1.set(self.1.get() + 1);
        if self.1.get().is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = buf.len().min(7).min(self.0.len());
        buf[..len].copy_from_slice(&self.0[..len]);
        self.0 = &self.0[len..];
        Ok(len)
    }
}

#[test]
fn env_45_a_piece_has_64_kib() {
    assert_eq!(CHUNK_LEN, 65_536);
}

#[test]
fn sealed_in_pieces_opens_whole_and_the_other_way_round() {
    let folder = tempfile::tempdir().unwrap();
    for provider in providers() {
        let (recipient, key) = (recipient(&provider), private_key(&provider));
        for layout in writable() {
            let options = open_options(layout);
            for size in SIZES {
                let plaintext = plaintext(size);
                let sealer = Sealer::start(&provider, provider.random, &recipient, &seal_options(layout)).unwrap();
                let mut streamed = Vec::new();
                let count = sealer.copy(&mut plaintext.as_slice(), &mut streamed, &NoProgress, None).unwrap();
                let total = sealed_len(layout, size).unwrap();
                assert_eq!(count, Streamed { bytes_in: size as u64, bytes_out: total as u64 });
                assert_eq!(streamed.len(), total);
                let parsed = parse(&streamed, &options).unwrap();
                let session_key = parsed.unwrap_session_key(&provider, &key).unwrap();
                assert_eq!(parsed.open(&provider, &session_key).unwrap(), plaintext, "{layout} {size}");

                let (whole, _) = sealed(&provider, layout, &plaintext);
                let mut source = SeekableEnvelope::parse(Cursor::new(&whole), &options).unwrap();
                assert_eq!((source.layout(), source.plaintext_len()), (layout, size as u64));
                assert_eq!(source.thumbprint(), Some(recipient.certificate().thumbprint()));
                let session_key = source.key_block().unwrap_session_key(&provider, &key).unwrap();
                source.authenticate(&provider, &session_key, &NoProgress).unwrap();
                let mut out = Vec::new();
                let count = source.open_to_writer(&provider, &session_key, &mut out, &NoProgress).unwrap();
                assert_eq!(count, Streamed { bytes_in: total as u64, bytes_out: size as u64 });
                assert_eq!(out, plaintext);

                let target = folder.path().join("once");
                let file = AtomicFile::create(&target, provider.random).unwrap();
                let again = source.open_to_file(&provider, &session_key, file, Existing::Replace, &NoProgress).unwrap();
                assert_eq!((again, std::fs::read(&target).unwrap()), (count, plaintext.clone()));

                if layout == Layout::Aad {
                    continue;
                }
                let piped = PipedEnvelope::parse(whole.as_slice(), &options).unwrap();
                assert_eq!((piped.layout(), piped.thumbprint()), (layout, source.thumbprint()));
                let session_key = piped.key_block().unwrap_session_key(&provider, &key).unwrap();
                let file = AtomicFile::create(&target, provider.random).unwrap();
                let again = piped.open_to_file(&provider, &session_key, file, Existing::Replace, &NoProgress).unwrap();
                assert_eq!((again, std::fs::read(&target).unwrap()), (count, plaintext));
            }
        }
    }
}

#[test]
fn a_source_that_dribbles() {
    let folder = tempfile::tempdir().unwrap();
    for provider in providers() {
        let plaintext = plaintext(CHUNK_LEN + 1000);
        let sealer =
            Sealer::start(&provider, provider.random, &recipient(&provider), &seal_options(Layout::Packet)).unwrap();
        let mut envelope = Vec::new();
        sealer.copy(&mut Dribble(&plaintext, Cell::new(0)), &mut envelope, &NoProgress, None).unwrap();
        let piped = PipedEnvelope::parse(Dribble(&envelope, Cell::new(0)), &OpenOptions::default()).unwrap();
        let session_key = piped.key_block().unwrap_session_key(&provider, &private_key(&provider)).unwrap();
        let target = folder.path().join(provider.name);
        let file = AtomicFile::create(&target, provider.random).unwrap();
        piped.open_to_file(&provider, &session_key, file, Existing::Refuse, &NoProgress).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), plaintext);
    }
}

#[test]
fn the_state_machine_by_hand() {
    for provider in providers() {
        for layout in writable() {
            let mut sealer =
                Sealer::start(&provider, provider.random, &recipient(&provider), &seal_options(layout)).unwrap();
            let mut envelope = sealer.head().to_vec();
            for len in [1, 0, 15, 16, 17, 300] {
                let mut piece = plaintext(len);
                sealer.update(&mut piece).unwrap();
                envelope.extend(piece);
            }
            envelope.extend(sealer.finish().unwrap().as_ref());
            let expected: Vec<u8> = [1, 0, 15, 16, 17, 300].into_iter().flat_map(plaintext).collect();
            let options = open_options(layout);
            let parsed = parse(&envelope, &options).unwrap();
            let session_key = parsed.unwrap_session_key(&provider, &private_key(&provider)).unwrap();
            assert_eq!(parsed.open(&provider, &session_key).unwrap(), expected);
        }
    }
}

/// Pushes `envelope` in pieces of `size` bytes into a file.
fn push(
    provider: &keymanager::crypto::CryptoProvider,
    key: &dyn keymanager::crypto::PrivateKey,
    options: &OpenOptions,
    (envelope, size): (&[u8], usize),
    target: &std::path::Path,
) -> keymanager::Result<Streamed> {
    let mut start = PushedStart::new(options.clone());
    let mut rest = envelope;
    while !start.is_whole() && !rest.is_empty() {
        let piece = &rest[..size.min(rest.len())];
        rest = &rest[start.push(piece)..];
    }
    let pushed = start.parse()?;
    let session_key = pushed.key_block().unwrap_session_key(provider, key)?;
    let file = AtomicFile::create(target, provider.random)?;
    let mut opener = pushed.open(provider, &session_key, file)?;
    for piece in rest.chunks(size) {
        opener.update(piece)?;
    }
    opener.finish(Existing::Refuse)
}

#[test]
fn env_46_pieces_of_any_size_are_pushed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    for provider in providers() {
        let key = private_key(&provider);
        for layout in Layout::ALL {
            for len in [1, 15, 16, 17, CHUNK_LEN - 16, CHUNK_LEN, CHUNK_LEN + 17] {
                let plaintext = plaintext(len);
                let (envelope, options) = sealed(&provider, layout, &plaintext);
                for size in [1, 16, 345, 346, 347, 5000, CHUNK_LEN + 16, 1 << 20] {
                    if size == 1 && len > 20 {
                        continue;
                    }
                    let pushed = push(&provider, &key, &options, (&envelope, size), &target);
                    if matches!(layout, Layout::Aad | Layout::NoThumbprint) {
                        assert_eq!(pushed.unwrap_err().code(), Code::Unsupported);
                        continue;
                    }
                    let count = Streamed { bytes_in: envelope.len() as u64, bytes_out: len as u64 };
                    assert_eq!(pushed, Ok(count), "{layout} {len} in pieces of {size}");
                    assert_eq!(std::fs::read(&target).unwrap(), plaintext);
                    std::fs::remove_file(&target).unwrap();
                }
            }
        }
    }
}

#[test]
fn env_46_what_is_pushed_and_damaged_or_cut_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    let provider = &providers()[0];
    let key = private_key(provider);
    let (envelope, options) = sealed(provider, Layout::VerR2, &plaintext(1000));
    for position in [400, 800, envelope.len() - 1] {
        let mut damaged = envelope.clone();
        damaged[position] ^= 1;
        let failed = push(provider, &key, &options, (&damaged, 100), &target);
        assert_eq!(failed, Err(Error::decryption_failed()), "{position}");
    }
    for len in 0..envelope.len() {
        let (cut, key) = (&envelope[..len], SameKey(&key));
        let failed = push(provider, &key, &options, (cut, 100), &target).unwrap_err();
        // As long as the start is not whole the error is that of the whole envelope; then there is one error only.
        let whole = parse(cut, &options).err().filter(|_| len < 346).unwrap_or_else(Error::decryption_failed);
        assert_eq!(failed, whole, "{len}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left");
}

#[test]
fn env_40_an_empty_stream_writes_nothing() {
    for provider in providers() {
        for layout in writable() {
            let start =
                || Sealer::start(&provider, provider.random, &recipient(&provider), &seal_options(layout)).unwrap();
            let mut out = Vec::new();
            let error = start().copy(&mut io::empty(), &mut out, &NoProgress, None).unwrap_err();
            assert_eq!((error.code(), out.len()), (Code::EmptyPlaintext, 0));
            assert_eq!(start().finish().unwrap_err().code(), Code::EmptyPlaintext);
        }
    }
}

#[test]
fn env_44_an_iv_at_the_end_needs_a_source_that_can_seek() {
    for layout in [Layout::Aad, Layout::NoThumbprint] {
        let (envelope, options) = sealed(&providers()[0], layout, b"x");
        let error = PipedEnvelope::parse(envelope.as_slice(), &options).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
        assert!(error.detail().contains("file"), "{error}");
    }
}

#[test]
fn env_42_damage_gives_no_output_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    for provider in providers() {
        let key = private_key(&provider);
        for layout in Layout::ALL {
            let (envelope, options) = sealed(&provider, layout, &plaintext(CHUNK_LEN + 100));
            let payload = envelope.len() - 200;
            for position in [120, payload, envelope.len() - 40, envelope.len() - 1] {
                let mut damaged = envelope.clone();
                damaged[position] ^= 1;
                let mut source = SeekableEnvelope::parse(Cursor::new(&damaged), &options).unwrap();
                let session_key = source.key_block().unwrap_session_key(&provider, &key).unwrap();
                let mut out = Vec::new();
                let failed = source.open_to_writer(&provider, &session_key, &mut out, &NoProgress).unwrap_err();
                assert_eq!((failed, out.len()), (Error::decryption_failed(), 0), "{layout} {position}");
                let file = AtomicFile::create(&target, provider.random).unwrap();
                let failed = source.open_to_file(&provider, &session_key, file, Existing::Refuse, &NoProgress);
                assert_eq!(failed, Err(Error::decryption_failed()));
                if let Ok(piped) = PipedEnvelope::parse(damaged.as_slice(), &options) {
                    let file = AtomicFile::create(&target, provider.random).unwrap();
                    let failed = piped.open_to_file(&provider, &session_key, file, Existing::Refuse, &NoProgress);
                    assert_eq!(failed, Err(Error::decryption_failed()));
                }
            }
            for len in 0..envelope.len().min(400) {
                let cut = &envelope[..len];
                let Ok(piped) = PipedEnvelope::parse(cut, &options) else { continue };
                let session_key = piped.key_block().unwrap_session_key(&provider, &SameKey(&key)).unwrap();
                let file = AtomicFile::create(&target, provider.random).unwrap();
                let failed = piped.open_to_file(&provider, &session_key, file, Existing::Refuse, &NoProgress);
                assert_eq!(failed, Err(Error::decryption_failed()));
            }
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left");
}

/// Truncations in streams do not depend on the session key; a fixed one is quicker than RSA.
#[derive(Debug)]
struct SameKey<'a>(&'a keymanager::crypto::SoftwareKey);

impl keymanager::crypto::PrivateKey for SameKey<'_> {
    fn public_key(&self) -> &keymanager::crypto::PublicKey {
        self.0.public_key()
    }

    fn decrypt_oaep(
        &self,
        _profile: &keymanager::crypto::OaepProfile,
        _ciphertext: &[u8],
    ) -> keymanager::Result<keymanager::secret::SecretBytes> {
        Ok(keymanager::secret::SecretBytes::zeroed(32))
    }

    fn sign(&self, _scheme: keymanager::crypto::SignatureScheme, _message: &[u8]) -> keymanager::Result<Vec<u8>> {
        Err(Error::internal("not needed"))
    }
}

#[test]
fn a_pipe_that_ends_within_the_start_is_too_short_as_the_whole_is() {
    let (envelope, _) = sealed(&providers()[0], Layout::VerR2, b"xyz");
    // Behind the AAD, before the end of what is read at the start.
    let short = &envelope[..343];
    let whole = parse(short, &OpenOptions::default()).unwrap_err();
    let piped = PipedEnvelope::parse(short, &OpenOptions::default()).unwrap_err();
    assert_eq!(piped, whole);
}

#[test]
fn a_stream_parses_as_the_whole_does() {
    let provider = &providers()[0];
    for layout in Layout::ALL {
        let (envelope, options) = sealed(provider, layout, &plaintext(60));
        for len in 0..envelope.len() {
            let whole = parse(&envelope[..len], &options).map(|parsed| parsed.layout);
            let stream = SeekableEnvelope::parse(Cursor::new(&envelope[..len]), &options).map(|source| source.layout());
            assert_eq!(stream, whole, "{layout} cut to {len}");
        }
    }
}

/// Counts, and cancels after some pieces.
#[derive(Default)]
struct Watch {
    pieces: AtomicU64,
    done: AtomicU64,
    cancel_after: u64,
    total_seen: AtomicBool,
}

impl Progress for Watch {
    fn advance(&self, done: u64, total: Option<u64>, _what: &str) {
        self.pieces.fetch_add(1, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
        self.total_seen.store(total.is_some(), Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.cancel_after != 0 && self.pieces.load(Ordering::Relaxed) >= self.cancel_after
    }
}

#[test]
fn progress_is_told_and_can_cancel() {
    let folder = tempfile::tempdir().unwrap();
    for provider in providers() {
        let size = 5 * CHUNK_LEN + 3;
        let start =
            || Sealer::start(&provider, provider.random, &recipient(&provider), &seal_options(Layout::VerR2)).unwrap();
        let (watch, mut envelope) = (Watch::default(), Vec::new());
        start().copy(&mut plaintext(size).as_slice(), &mut envelope, &watch, Some(size as u64)).unwrap();
        assert_eq!((watch.pieces.into_inner(), watch.done.into_inner()), (6, size as u64));
        assert!(watch.total_seen.into_inner());
        let stop = || Watch { cancel_after: 2, ..Watch::default() };
        let error = start().copy(&mut plaintext(size).as_slice(), &mut io::sink(), &stop(), None).unwrap_err();
        assert_eq!(error.code(), Code::Cancelled);

        let mut source = SeekableEnvelope::parse(Cursor::new(&envelope), &OpenOptions::default()).unwrap();
        let session_key = source.key_block().unwrap_session_key(&provider, &private_key(&provider)).unwrap();
        assert_eq!(source.authenticate(&provider, &session_key, &stop()).unwrap_err().code(), Code::Cancelled);
        let file = || AtomicFile::create(&folder.path().join("out"), provider.random).unwrap();
        let piped = PipedEnvelope::parse(envelope.as_slice(), &OpenOptions::default()).unwrap();
        let error = piped.open_to_file(&provider, &session_key, file(), Existing::Refuse, &stop()).unwrap_err();
        assert_eq!(error.code(), Code::Cancelled);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// A sink that fails when it is full.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let len = buf.len().min(self.0);
        self.0 -= len;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told() {
    let provider = &providers()[0];
    for room in [0, 100, 340, 5000] {
        let sealer =
            Sealer::start(provider, provider.random, &recipient(provider), &seal_options(Layout::VerR2)).unwrap();
        let error = sealer.copy(&mut plaintext(9000).as_slice(), &mut Full(room), &NoProgress, None).unwrap_err();
        assert_eq!(error.code(), Code::FileFailed);
    }
}

/// A source that another process changes or cuts once all of it was read twice: when it was parsed, and when its tag
/// was checked.
struct Changing {
    bytes: Cursor<Vec<u8>>,
    passes: u32,
    change: fn(&mut Vec<u8>),
}

impl Read for Changing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buf)
    }
}

impl io::Seek for Changing {
    fn seek(&mut self, position: io::SeekFrom) -> io::Result<u64> {
        // Parsing seeks to the end, the start and the tail; then each pass seeks once.
        self.passes += 1;
        if self.passes == 5 {
            (self.change)(self.bytes.get_mut());
        }
        self.bytes.seek(position)
    }
}

#[test]
fn env_43_a_source_that_changes_between_the_passes_is_found_out() {
    let changes: [fn(&mut Vec<u8>); 3] = [|bytes| bytes[400] ^= 1, |bytes| bytes.truncate(1000), |_| {}];
    for provider in providers() {
        let (envelope, options) = sealed(&provider, Layout::VerR2, &plaintext(2000));
        for (index, change) in changes.into_iter().enumerate() {
            let source = Changing { bytes: Cursor::new(envelope.clone()), passes: 0, change };
            let mut source = SeekableEnvelope::parse(source, &options).unwrap();
            let session_key = source.key_block().unwrap_session_key(&provider, &private_key(&provider)).unwrap();
            let opened = source.open_to_writer(&provider, &session_key, &mut io::sink(), &NoProgress);
            if index < 2 {
                assert_eq!(opened, Err(Error::decryption_failed()));
            } else {
                assert_eq!(opened.unwrap().bytes_out, 2000);
            }
        }
    }
}

#[test]
fn a_failed_stream_cannot_go_on() {
    let provider = &providers()[0];
    let sealer = Sealer::start(provider, provider.random, &recipient(provider), &seal_options(Layout::VerR2)).unwrap();
    assert!(!format!("{sealer:?}").contains("key"));
    let error = sealer.copy(&mut Broken, &mut Vec::new(), &NoProgress, None).unwrap_err();
    assert_eq!(error.code(), Code::FileFailed);
    let error = PipedEnvelope::parse(Broken, &OpenOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::FileFailed);
}

/// A source that cannot be read.
#[derive(Debug)]
struct Broken;

impl Read for Broken {
    fn read(&mut self, _buf: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}
