//! The archive as a file: a tar archive (POSIX.1-2017 pax, the ustar header alone) of few files with fixed names, so that
//! `tar -xf` and `sha256sum` are all that an outsider needs (MIG-41).

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::file::file_failed;

/// The size of a header, and what files are padded to, in bytes.
const BLOCK: usize = 512;
/// The largest file that the octal digits of a header tell, in bytes.
const MAX_LEN: u64 = 0o77_777_777_777;
/// The most files that an archive has.
const MAX_FILES: usize = 8;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Where its bytes begin.
    pub(super) offset: u64,
    /// How many they are.
    pub(super) len: u64,
}

/// Appends a file of `len` bytes from `content`.
pub(super) fn append(out: &mut dyn Write, path: &Path, name: &str, len: u64, content: &mut dyn Read) -> Result<()> {
    let failed = |error: std::io::Error| file_failed("write", path, &error);
    if len > MAX_LEN {
        return Err(Error::new(Code::TooLarge, format!("{name} has more than {MAX_LEN} bytes")));
    }
    out.write_all(&header(name, len)?).map_err(failed)?;
    let copied = std::io::copy(&mut content.take(len), out).map_err(failed)?;
    if copied != len {
        return Err(Error::new(Code::FileFailed, format!("{name} became shorter while it was read")));
    }
    let rest = padding(len);
    out.write_all(zeros().get(..rest).unwrap_or_default()).map_err(failed)
}

/// Ends the archive.
pub(super) fn finish(out: &mut dyn Write, path: &Path) -> Result<()> {
    let failed = |error: std::io::Error| file_failed("write", path, &error);
    out.write_all(&zeros()).and_then(|()| out.write_all(&zeros())).and_then(|()| out.flush()).map_err(failed)
}

/// The files of an archive, each header byte by byte as this room writes it, and nothing behind the end.
pub(super) fn entries(file: &mut File, path: &Path) -> Result<Vec<Entry>> {
    let failed = |error: std::io::Error| file_failed("read", path, &error);
    let total = file.metadata().map_err(failed)?.len();
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = 0u64;
    loop {
        file.seek(SeekFrom::Start(at)).map_err(failed)?;
        let mut block = zeros();
        file.read_exact(&mut block).map_err(|_| damaged(path, "it ends too early"))?;
        at = at.saturating_add(BLOCK_LEN);
        if block == zeros() {
            break;
        }
        let (name, len) = parse(&block).ok_or_else(|| damaged(path, "a header is not one of a backup"))?;
        if entries.len() >= MAX_FILES || entries.iter().any(|entry| entry.name == name) {
            return Err(damaged(path, "it has too many files"));
        }
        entries.push(Entry { name, offset: at, len });
        at = at.saturating_add(len).saturating_add(u64::try_from(padding(len)).unwrap_or_default());
        if at > total {
            return Err(damaged(path, "it ends too early"));
        }
    }
    // The end is two blocks of zeros, and then nothing.
    if at.saturating_add(BLOCK_LEN) != total {
        return Err(damaged(path, "there is something behind its end"));
    }
    Ok(entries)
}

/// The error of an archive that is not as it was written.
pub(super) fn damaged(path: &Path, why: &str) -> Error {
    Error::new(Code::BackupDamaged, format!("{}: {why}", path.display()))
}

/// [`BLOCK`], as offsets have it.
const BLOCK_LEN: u64 = 512;

fn zeros() -> [u8; BLOCK] {
    [0; BLOCK]
}

fn padding(len: u64) -> usize {
    let over = usize::try_from(len.checked_rem(BLOCK_LEN).unwrap_or_default()).unwrap_or_default();
    if over == 0 { 0 } else { BLOCK.saturating_sub(over) }
}

/// A header: name, mode 0600, owner 0, size, time 0, checksum, regular file, `ustar`, version 00.
fn header(name: &str, len: u64) -> Result<[u8; BLOCK]> {
    let mut block = zeros();
    let mut put = |at: usize, text: &[u8]| -> Result<()> {
        let place = block.get_mut(at..at.saturating_add(text.len()));
        place.ok_or(Error::internal("a field of a header"))?.copy_from_slice(text);
        Ok(())
    };
    if name.is_empty() || name.len() > 99 {
        return Err(Error::internal("the name of a file in a backup"));
    }
    put(0, name.as_bytes())?;
    put(100, b"0000600\0")?;
    put(108, b"0000000\0")?;
    put(116, b"0000000\0")?;
    put(124, format!("{len:011o}\0").as_bytes())?;
    put(136, b"00000000000\0")?;
    put(148, b"        ")?;
    put(156, b"0")?;
    put(257, b"ustar\x0000")?;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    block.get_mut(148..156).ok_or(Error::internal("a field of a header"))?.copy_from_slice(sum.as_bytes());
    Ok(block)
}

/// Name and size, when the header is what [`header`] makes of them.
fn parse(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let name = block.get(..100)?.split(|byte| *byte == 0).next()?;
    let name = std::str::from_utf8(name).ok()?.to_owned();
    let len = std::str::from_utf8(block.get(124..135)?).ok()?;
    let len = u64::from_str_radix(len, 8).ok()?;
    (header(&name, len).ok()? == *block).then_some((name, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_read_as_it_was_written_and_not_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        let mut bytes = Vec::new();
        for (name, content) in [("one", &b"1"[..]), ("two", &[7; 512]), ("none", b"")] {
            append(&mut bytes, &path, name, content.len() as u64, &mut &content[..]).unwrap();
        }
        finish(&mut bytes, &path).unwrap();
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            entries(&mut File::open(&path).unwrap(), &path)
        };
        let found = read(&bytes).unwrap();
        let found: Vec<_> = found.iter().map(|entry| (entry.name.as_str(), entry.offset, entry.len)).collect();
        assert_eq!(found, [("one", 512, 1), ("two", 1536, 512), ("none", 2560, 0)]);
        for len in 0..bytes.len() {
            assert_eq!(read(&bytes[..len]).unwrap_err().code(), Code::BackupDamaged, "{len}");
        }
        for place in (0..512).chain(1024..1536).chain(2048..bytes.len()) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let answer = read(&changed);
            // What pads a file, and the second block of the end, says nothing.
            assert!(answer.is_err() || changed[place] == 1, "{place}");
        }
        bytes.push(0);
        assert_eq!(read(&bytes).unwrap_err().code(), Code::BackupDamaged);
    }
}
