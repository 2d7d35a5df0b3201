//! Temporary files that a crash left beside the store, the key file, or an output (KEY-15, STO-5, CLI-3).

use std::path::Path;

use super::{FindingCode, Visit};
use crate::error::Result;
use crate::file::{AtomicFile, file_failed};
use crate::time::Timestamp;

/// What SQLite puts behind the name of a temporary store.
const BESIDE: [&str; 4] = ["", "-journal", "-wal", "-shm"];
/// A file that was changed within this time may belong to a process at work, in seconds.
const AT_WORK_SECONDS: i64 = 3600;

const REPAIR: &str = "Removes the file, if it was last changed more than an hour ago.";

impl Visit<'_> {
    pub(super) fn look_for_files(&mut self) -> Result<()> {
        let mut folders = self.options.folders.clone();
        folders.sort();
        folders.dedup();
        folders.iter().try_for_each(|folder| self.look_into(folder))
    }

    fn look_into(&mut self, folder: &Path) -> Result<()> {
        self.advance("files")?;
        let failed = |error: std::io::Error| file_failed("read", folder, &error);
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let temporary =
                BESIDE.iter().any(|end| name.strip_suffix(end).is_some_and(|name| name.ends_with(AtomicFile::SUFFIX)));
            if temporary && entry.file_type().map_err(failed)?.is_file() {
                paths.push(entry.path());
            }
        }
        paths.sort();
        for path in paths {
            let now = self.hierarchy.now();
            let text = format!(
                "{} is the temporary file of a write that did not end: a process is at work, or a crash left it. \
                 Secrets in it are encrypted, unless it was a decrypted output.",
                path.display()
            );
            self.mend(FindingCode::TemporaryFile, None, text, REPAIR, |_| remove_if_old(&path, now))?;
        }
        Ok(())
    }
}

fn remove_if_old(path: &Path, now: Timestamp) -> Result<bool> {
    let failed = |error: std::io::Error| file_failed("remove", path, &error);
    let changed = std::fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).map_err(failed)?;
    // A time before 1970 is old.
    let seconds = changed.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let changed = Timestamp::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
    if changed.plus_seconds(AT_WORK_SECONDS) > now {
        return Ok(false);
    }
    std::fs::remove_file(path).map_err(failed)?;
    Ok(true)
}
