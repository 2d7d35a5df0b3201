//! Passphrases: from a file, standard input, the environment or the terminal; never an argument, never printed.

use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use keymanager::Code;
use keymanager::file::{check_private, file_failed};
use keymanager::secret::{Passphrase, SecretBytes};
use zeroize::Zeroizing;

use crate::input;
use crate::output::Failure;
use crate::signals;

/// Where a passphrase comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The first line of a file.
    File {
        /// The file.
        path: PathBuf,
        /// It may be readable by others.
        allow_readable: bool,
    },
    /// The next line of standard input.
    Stdin,
    /// An environment variable that is set.
    Environment(&'static str),
    /// The terminal, if there is one.
    Terminal,
}

impl Source {
    /// The passphrase of something that exists.
    pub(crate) fn read(&self, of: &str) -> Result<Passphrase, Failure> {
        self.obtain(&format!("Passphrase of {of}: "), None, "--passphrase-file", "KEYMANAGER_PASSPHRASE")
    }

    /// The passphrase of what `--to` names.
    pub(crate) fn read_other(&self, of: &str) -> Result<Passphrase, Failure> {
        self.obtain(&format!("Passphrase of {of}: "), None, "--to-passphrase-file", "KEYMANAGER_TO_PASSPHRASE")
    }

    /// The password of a database; none where none is named: it is never asked for.
    pub(crate) fn read_for_database(&self) -> Result<Option<SecretBytes>, Failure> {
        if *self == Self::Terminal {
            return Ok(None);
        }
        let secret = self.obtain("", None, "--store-password-file", "KEYMANAGER_STORE_PASSWORD")?;
        Ok(Some(SecretBytes::copy_from(secret.expose())))
    }

    /// A new passphrase: asked twice on a terminal.
    pub(crate) fn read_new(&self, of: &str) -> Result<Passphrase, Failure> {
        let again = Some("The same again: ");
        self.obtain(&format!("New passphrase of {of}: "), again, "--passphrase-file", "KEYMANAGER_PASSPHRASE")
    }

    /// The passphrase that takes the place of another: asked twice on a terminal.
    pub(crate) fn read_changed(&self, of: &str) -> Result<Passphrase, Failure> {
        let again = Some("The same again: ");
        self.obtain(&format!("New passphrase of {of}: "), again, "--new-passphrase-file", "KEYMANAGER_NEW_PASSPHRASE")
    }

    fn obtain(&self, prompt: &str, again: Option<&str>, option: &str, variable: &str) -> Result<Passphrase, Failure> {
        let missing = || {
            Failure::new(Code::InvalidPassphrase, "no passphrase was given, and there is no terminal to ask on")
                .with_next(format!("Name a file with {option} PATH (`-` is a line of stdin), or set {variable}."))
        };
        let bytes = match self {
            Self::File { path, allow_readable } => from_file(path, *allow_readable)?,
            Self::Stdin => {
                let failed = |error: io::Error| file_failed("read", Path::new("standard input"), &error);
                first_line(&mut input::stdin()?).map_err(failed)?
            }
            Self::Environment(name) => {
                use std::os::unix::ffi::OsStringExt as _;
                SecretBytes::from_vec(std::env::var_os(name).unwrap_or_default().into_vec())
            }
            Self::Terminal => {
                let first = ask(prompt).ok_or_else(missing)?;
                if let Some(again) = again
                    && !first.ct_eq(&ask(again).ok_or_else(missing)?)
                {
                    return Err(Failure::new(Code::InvalidPassphrase, "the two passphrases are not the same")
                        .with_next("Try again."));
                }
                first
            }
        };
        Ok(Passphrase::new(bytes)?)
    }
}

fn from_file(path: &Path, allow_readable: bool) -> Result<SecretBytes, Failure> {
    if !allow_readable {
        check_private(path).map_err(|error| readable(error.into(), path))?;
    }
    let failed = |error: io::Error| file_failed("read", path, &error);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    Ok(first_line(&mut file).map_err(failed)?)
}

/// Says how a file that others can read is accepted.
pub(crate) fn readable(failure: Failure, path: &Path) -> Failure {
    if failure.code() != Code::FilePermissions {
        return failure;
    }
    let path = path.display();
    failure.with_next(format!("Run `chmod 600 {path}`, or accept it as it is with `--allow-readable {path}`."))
}

/// The bytes before the first line end, read one by one so that what follows stays where it is.
fn first_line(reader: &mut impl Read) -> io::Result<SecretBytes> {
    let mut line = Zeroizing::new(Vec::with_capacity(Passphrase::MAX_LEN.saturating_add(2)));
    let mut byte = Zeroizing::new([0u8; 1]);
    while line.len() < line.capacity() && input::read_full(reader, byte.as_mut_slice())? == 1 {
        match byte.as_slice() {
            [b'\n'] => break,
            other => line.extend_from_slice(other),
        }
    }
    let end = if line.last() == Some(&b'\r') { line.len().saturating_sub(1) } else { line.len() };
    Ok(SecretBytes::copy_from(line.get(..end).unwrap_or_default()))
}

/// Asks on the terminal without echo; none without a terminal.
fn ask(prompt: &str) -> Option<SecretBytes> {
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        return None;
    }
    // A line of progress may stand where the question goes.
    let dumb = std::env::var_os("TERM").is_none_or(|value| value == "dumb");
    let prompt = if dumb { prompt.to_owned() } else { format!("\r\x1b[2K{prompt}") };
    signals::ask(|| rpassword::prompt_password(prompt)).map(|text| SecretBytes::from_vec(text.into_bytes())).ok()
}
