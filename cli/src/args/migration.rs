//! Arguments of what moves records: `store` and `backup`.

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
