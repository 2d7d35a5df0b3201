//! Arguments of what moves records: `store` and `backup`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Report;

#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    /// Every record of one store into another, compared in the end; goes on where it was interrupted
    Copy(StoreCopy),
}

#[derive(Debug, Args)]
pub(crate) struct StoreCopy {
    /// The store to read  [default: the one in use]
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
    /// The store to write to; an SQLite file that does not exist is made
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// End at the first row that cannot be understood
    #[arg(long)]
    pub(crate) stop_at_damaged: bool,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Sign the row of this alias or application as it is now, although its MAC does not fit or its certificate is from
    /// elsewhere; may be repeated
    #[arg(long, value_name = "ALIAS|APP")]
    pub(crate) accept: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    /// Store and key file into one archive, read back row by row
    Create(BackupArchive),
    /// Look at an archive: signature, digests, every row
    Verify(BackupArchive),
    /// Put an archive back where --store and --master say, and nothing is
    Restore(BackupRestore),
}

#[derive(Debug, Args)]
pub(crate) struct BackupArchive {
    /// The archive
    #[arg(value_name = "FILE.tar")]
    pub(crate) archive: PathBuf,
    /// Open every key of it with the master keys in use
    #[arg(long)]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupRestore {
    /// The archive
    #[arg(value_name = "FILE.tar")]
    pub(crate) archive: PathBuf,
}
