//! Inputs: a file, or standard input as `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use keymanager::{Code, Result};
use keymanager::{Error, file::file_failed};
use zeroize::Zeroizing;

/// An input that is open.
#[derive(Debug)]
pub(crate) struct Input {
    name: PathBuf,
    file: File,
    len: Option<u64>,
}

impl Input {
    /// Opens a file, or standard input for `-`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self { name: PathBuf::from("standard input"), file: stdin()?, len: None });
        }
        let failed = |error: io::Error| file_failed("read", path, &error);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Error::new(Code::FileFailed, format!("cannot read {}: it is a folder", path.display())));
        }
        let len = metadata.is_file().then_some(metadata.len());
        Ok(Self { name: path.to_path_buf(), file, len })
    }

    /// The size in bytes, if it is a file.
    pub(crate) fn len(&self) -> Option<u64> {
        self.len
    }

    /// The file, which can be read more than once if [`Input::len`] is known.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Everything, at most `limit` bytes; the memory is wiped when dropped.
    pub(crate) fn read_to_end(mut self, limit: u64) -> Result<Zeroizing<Vec<u8>>> {
        let too_large = || Error::new(Code::TooLarge, format!("{} is larger than {limit} bytes", self.name.display()));
        if self.len.is_some_and(|len| len > limit) {
            return Err(too_large());
        }
        // Pieces of fixed size, joined at the end: a vector that grows leaves copies behind.
        let mut pieces: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        let mut total = 0u64;
        loop {
            let rest = self.len.unwrap_or(0).saturating_sub(total).clamp(PIECE, LARGE_PIECE);
            let mut piece = Zeroizing::new(vec![0; usize::try_from(rest).unwrap_or(usize::MAX)]);
            let count =
                read_full(&mut self.file, &mut piece).map_err(|error| file_failed("read", &self.name, &error))?;
            let full = count == piece.len();
            piece.truncate(count);
            total = total.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            if total > limit {
                return Err(too_large());
            }
            pieces.push(piece);
            if !full {
                break;
            }
        }
        let mut whole = Zeroizing::new(Vec::with_capacity(usize::try_from(total).unwrap_or(0)));
        for piece in &pieces {
            whole.extend_from_slice(piece);
        }
        Ok(whole)
    }
}

/// How much is read at once, bytes.
const PIECE: u64 = 64 * 1024;
const LARGE_PIECE: u64 = 64 * 1024 * 1024;

/// The largest file of any kind but data: certificates, keys, AAD, policies. Bytes.
pub(crate) const SMALL: u64 = 1024 * 1024;

/// Standard input without a buffer in between, so that its first line can be a passphrase and the rest data.
pub(crate) fn stdin() -> Result<File> {
    use std::os::fd::AsFd as _;
    let fd = io::stdin().as_fd().try_clone_to_owned();
    Ok(File::from(fd.map_err(|error| file_failed("read", Path::new("standard input"), &error))?))
}

/// Reads until `buffer` is full or the input ends; the number of bytes.
pub(crate) fn read_full(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
