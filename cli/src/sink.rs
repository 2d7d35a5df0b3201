//! Outputs: a file that appears whole or not at all, standard output, or a device.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use keymanager::file::{AtomicFile, Existing};
use keymanager::random::RandomSource;
use keymanager::{Code, Error};

use crate::output::Failure;
use crate::signals::{Registration, guarded_file};

/// Where an output goes. Made before the work begins, so that what cannot be written is refused early.
#[derive(Debug)]
pub(crate) struct Target {
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stdout,
    /// A pipe or device that exists: nothing can be renamed over it.
    Device,
    File(Existing),
}

impl Target {
    /// Looks at the path: `-` is standard output; a file that exists is refused without `force`.
    pub(crate) fn new(path: &Path, force: bool) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self { path: path.to_path_buf(), kind: Kind::Stdout });
        }
        let existing = if force { Existing::Replace } else { Existing::Refuse };
        let Ok(metadata) = std::fs::metadata(path) else {
            return Ok(Self { path: path.to_path_buf(), kind: Kind::File(existing) });
        };
        if metadata.is_dir() {
            return Err(Failure::new(Code::FileFailed, format!("cannot write {}: it is a folder", path.display())));
        }
        if !metadata.is_file() {
            return Ok(Self { path: path.to_path_buf(), kind: Kind::Device });
        }
        if !force {
            return Err(Failure::new(Code::OutputExists, format!("{} exists already", path.display()))
                .with_next("Choose another name, or pass --force-overwrite."));
        }
        // Where the path is a link, the file it names is replaced, not the link.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        Ok(Self { path, kind: Kind::File(existing) })
    }

    /// Whether it is standard output.
    pub(crate) fn is_stdout(&self) -> bool {
        self.kind == Kind::Stdout
    }

    /// Whether it is a file, of which nothing is seen before it is whole.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File(_))
    }

    /// Opens it.
    pub(crate) fn open(self, random: &dyn RandomSource) -> Result<Sink, Failure> {
        let writer = match self.kind {
            Kind::Stdout => Writer::Stdout(io::stdout()),
            Kind::Device => {
                let file = File::options().write(true).open(&self.path);
                Writer::Device(file.map_err(|error| cannot_write(&self.path, &error))?)
            }
            Kind::File(existing) => {
                let (file, registration) = guarded_file(&self.path, random).map_err(output_missing)?;
                Writer::File(file, existing, registration)
            }
        };
        Ok(Sink { writer, path: self.path, written: 0, failed: None })
    }

    /// The file that gets its name at the end, for whoever writes it; none when the target is not one.
    pub(crate) fn atomic_file(
        &self,
        random: &dyn RandomSource,
    ) -> Result<Option<(AtomicFile, Existing, Registration)>, Failure> {
        let Kind::File(existing) = self.kind else { return Ok(None) };
        let (file, registration) = guarded_file(&self.path, random).map_err(output_missing)?;
        Ok(Some((file, existing, registration)))
    }

    /// Writes `bytes` and nothing else.
    pub(crate) fn write(self, random: &dyn RandomSource, bytes: &[u8]) -> Result<(), Failure> {
        let mut sink = self.open(random)?;
        let result = sink.write_all(bytes);
        sink.check(result)?;
        sink.commit()?;
        Ok(())
    }
}

/// An output that is open.
#[derive(Debug)]
pub(crate) struct Sink {
    writer: Writer,
    path: PathBuf,
    written: u64,
    failed: Option<io::Error>,
}

#[derive(Debug)]
enum Writer {
    Stdout(io::Stdout),
    Device(File),
    File(AtomicFile, Existing, Registration),
}

impl Sink {
    /// What a failed write is called; a failure that passed through a reader of another layer is told as what it was.
    pub(crate) fn check<T>(&mut self, result: io::Result<T>) -> Result<T, Failure> {
        result.map_err(|error| self.failure(&error))
    }

    /// The failure of the output itself, if writing to it failed; `other` if not.
    pub(crate) fn blame(&mut self, other: Failure) -> Failure {
        match self.failed.take() {
            Some(error) => self.failure(&error),
            None => other,
        }
    }

    /// Makes the output appear; the number of bytes written.
    pub(crate) fn commit(mut self) -> Result<u64, Failure> {
        let flushed = self.flush();
        self.check(flushed)?;
        match self.writer {
            Writer::Stdout(_) | Writer::Device(_) => {}
            Writer::File(file, existing, _registration) => file.commit(existing)?,
        }
        Ok(self.written)
    }

    fn failure(&self, error: &io::Error) -> Failure {
        match self.writer {
            Writer::Stdout(_) => Failure::stdout(error),
            Writer::Device(_) | Writer::File(..) => cannot_write(&self.path, error),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = match &mut self.writer {
            Writer::Stdout(stdout) => stdout.write(bytes),
            Writer::Device(file) => file.write(bytes),
            Writer::File(file, ..) => file.write(bytes),
        };
        match &result {
            Ok(count) => self.written = self.written.saturating_add(u64::try_from(*count).unwrap_or(u64::MAX)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.failed = Some(copy(error)),
        }
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.writer {
            Writer::Stdout(stdout) => stdout.flush(),
            Writer::Device(file) => file.flush(),
            Writer::File(file, ..) => file.flush(),
        };
        if let Err(error) = &result {
            self.failed = Some(copy(error));
        }
        result
    }
}

fn copy(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// A missing folder is an output that cannot be written, not an input that is not there.
fn output_missing(error: Error) -> Failure {
    let code = if error.code() == Code::FileNotFound { Code::FileFailed } else { error.code() };
    Failure::new(code, error.detail().to_owned())
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Code::FileFailed, format!("cannot write {}: {error}", path.display()))
}
