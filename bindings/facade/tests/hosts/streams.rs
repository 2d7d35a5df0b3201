//! Pieces, files and the caller's buffer give the same envelopes as one call does.

use std::path::Path;
use std::sync::Arc;

use keymanager_facade::{
    EnvelopeOptions, FilePlaces, KeyManagerHandle, Transferred, encrypt, encrypt_file, encrypt_into, encrypt_stream,
    envelope_len,
};

use crate::lifecycle::{Told, embedded};
use crate::{APP, REFERENCE, number};

const OPTIONS: EnvelopeOptions = EnvelopeOptions { layout: None, aad: Vec::new(), salt: None };

fn ready(folder: &tempfile::TempDir) -> KeyManagerHandle {
    let manager = embedded(folder);
    manager.initialise().unwrap();
    manager.generate_all(None).unwrap();
    manager
}

fn packet(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn pieces_there_and_back() {
    let (keys, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let manager = ready(&keys);
    let output = folder.path().join("packet").to_string_lossy().into_owned();
    let certificate = manager.certificate(APP, REFERENCE).unwrap();
    for (len, size) in [(1, 1), (1000, 7), (200_000, 65_536), (200_000, 200_000)] {
        let packet = packet(len);
        for of_manager in [false, true] {
            let stream = if of_manager {
                manager.encrypt_stream(APP, REFERENCE, &OPTIONS).unwrap()
            } else {
                encrypt_stream(certificate.as_bytes(), &OPTIONS).unwrap()
            };
            let mut envelope = stream.update(b"").unwrap();
            assert!(envelope.is_empty());
            packet.chunks(size).for_each(|piece| envelope.extend(stream.update(piece).unwrap()));
            envelope.extend(stream.finish().unwrap());
            assert_eq!(envelope.len(), envelope_len(&OPTIONS, len).unwrap());
            assert_eq!(manager.decrypt(APP, "", &OPTIONS, &envelope).unwrap(), packet);
            assert_eq!(number(stream.update(b"more")), 1011, "a stream that has ended");
            assert_eq!(number(stream.finish()), 1011);

            let stream = manager.decrypt_stream(APP, "", &OPTIONS, &output, true).unwrap();
            envelope.chunks(size).for_each(|piece| stream.update(piece).unwrap());
            assert!(of_manager || !Path::new(&output).exists() || len > 1, "no name before the tag");
            let transferred = Transferred { bytes_in: envelope.len() as u64, bytes_out: len as u64 };
            assert_eq!(stream.finish().unwrap(), transferred);
            assert_eq!(std::fs::read(&output).unwrap(), packet);
            assert_eq!(number(stream.update(b"more")), 1011);

            let stream = manager.decrypt_stream(APP, "", &OPTIONS, &output, false).unwrap();
            stream.update(&envelope).unwrap();
            assert_eq!(stream.finish().unwrap_err().name, "output_exists");
        }
    }
    assert_eq!(number(encrypt_stream(certificate.as_bytes(), &OPTIONS).unwrap().finish()), 1002, "an empty plaintext");
    assert_eq!(names(folder.path()), ["packet"]);
}

#[test]
fn what_is_wrong_with_a_stream_leaves_no_file() {
    let (keys, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let manager = ready(&keys);
    let output = folder.path().join("packet").to_string_lossy().into_owned();
    let envelope = manager.encrypt(APP, REFERENCE, &OPTIONS, &packet(1000)).unwrap();
    let start = || manager.decrypt_stream(APP, "", &OPTIONS, &output, true).unwrap();

    let stream = start();
    let (last, rest) = envelope.split_last().unwrap();
    stream.update(rest).unwrap();
    stream.update(&[last ^ 1]).unwrap();
    assert_eq!(number(stream.finish()), 6001);
    assert_eq!(number(stream.finish()), 1011);

    let stream = start();
    stream.update(rest).unwrap();
    assert_eq!(number(stream.finish()), 6001, "it ended too early");
    assert_eq!(start().finish().unwrap_err().category, "malformed", "nothing came");
    let stream = start();
    assert_eq!(stream.update(&packet(400)).unwrap_err().category, "malformed");
    assert_eq!(number(stream.update(&envelope)), 1011, "an error ends the stream");
    drop({
        let stream = start();
        stream.update(&envelope).unwrap();
        stream
    });
    let nowhere = folder.path().join("no/such/folder").to_string_lossy().into_owned();
    let stream = manager.decrypt_stream(APP, "", &OPTIONS, &nowhere, true).unwrap();
    assert_eq!(stream.update(&envelope).unwrap_err().name, "file_not_found");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn files_there_and_back() {
    let (keys, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let manager = ready(&keys);
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let places = |input: &str, output: &str| FilePlaces { input: path(input), output: path(output), overwrite: false };
    std::fs::write(path("packet"), packet(300_000)).unwrap();
    let certificate = manager.certificate(APP, REFERENCE).unwrap();
    let told = Arc::new(Told::default());
    let made = encrypt_file(certificate.as_bytes(), &OPTIONS, &places("packet", "one"), Some(Arc::clone(&told) as _));
    assert_eq!(made.unwrap().bytes_in, 300_000);
    assert_eq!(told.said.lock().unwrap().last().unwrap(), &(300_000, Some(300_000), "bytes".to_owned()));
    manager.encrypt_file(APP, REFERENCE, &OPTIONS, &places("packet", "two"), None).unwrap();
    for envelope in ["one", "two"] {
        let back = manager.decrypt_file(APP, "", &OPTIONS, &places(envelope, "back"), None).unwrap();
        assert_eq!(back.bytes_out, 300_000);
        assert_eq!(std::fs::read(path("back")).unwrap(), packet(300_000));
        let again = manager.decrypt_file(APP, "", &OPTIONS, &places(envelope, "back"), None).unwrap_err();
        assert_eq!(again.name, "output_exists");
        std::fs::remove_file(path("back")).unwrap();
    }
    let mut damaged = std::fs::read(path("one")).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(path("damaged"), damaged).unwrap();
    assert_eq!(number(manager.decrypt_file(APP, "", &OPTIONS, &places("damaged", "back"), None)), 6001);
    let cancels = Arc::new(Told { cancel_at: Some(1), ..Told::default() });
    let cancelled = manager.decrypt_file(APP, "", &OPTIONS, &places("two", "back"), Some(cancels)).unwrap_err();
    assert_eq!(cancelled.name, "cancelled");
    let missing = manager.decrypt_file(APP, "", &OPTIONS, &places("missing", "back"), None).unwrap_err();
    assert_eq!(missing.name, "file_not_found");
    std::fs::write(path("empty"), b"").unwrap();
    assert_eq!(number(manager.encrypt_file(APP, REFERENCE, &OPTIONS, &places("empty", "back"), None)), 1002);
    assert_eq!(number(encrypt_file(certificate.as_bytes(), &OPTIONS, &places("empty", "back"), None)), 1002);
    assert_eq!(names(folder.path()), ["damaged", "empty", "one", "packet", "two"]);
}

#[test]
fn into_the_buffer_of_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    let manager = ready(&folder);
    let certificate = manager.certificate(APP, REFERENCE).unwrap();
    let packet = packet(1000);
    let len = envelope_len(&OPTIONS, packet.len()).unwrap();
    assert_eq!(len, encrypt(certificate.as_bytes(), &OPTIONS, &packet).unwrap().len());
    let mut envelope = vec![0; len];
    let short = encrypt_into(certificate.as_bytes(), &OPTIONS, &packet, envelope.get_mut(1..).unwrap()).unwrap_err();
    assert_eq!(short.name, "buffer_too_small");
    assert!(short.detail.contains(&len.to_string()), "{short}");
    assert_eq!(encrypt_into(certificate.as_bytes(), &OPTIONS, &packet, &mut envelope).unwrap(), len);
    let mut plaintext = vec![0xee; len];
    let written = manager.decrypt_into(APP, "", &OPTIONS, &envelope, &mut plaintext).unwrap();
    assert_eq!(plaintext.get(..written), Some(packet.as_slice()));
    assert!(plaintext.iter().skip(written).all(|byte| *byte == 0xee), "what lies behind is not touched");
    let short = manager.decrypt_into(APP, "", &OPTIONS, &envelope, &mut [0; 999]).unwrap_err();
    assert_eq!((short.name.as_str(), short.detail.contains("1000")), ("buffer_too_small", true), "{short}");
    *envelope.last_mut().unwrap() ^= 1;
    plaintext.fill(0);
    assert_eq!(number(manager.decrypt_into(APP, "", &OPTIONS, &envelope, &mut plaintext)), 6001);
    assert!(plaintext.iter().all(|byte| *byte == 0), "no plaintext after an error");
}
