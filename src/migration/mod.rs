//! Records that move: from store to store, and into an archive and back (docs/migration.md).

mod copy;
mod digest;

pub use copy::{CopyOptions, CopyReport, TableCopy};

pub(crate) use copy::copy_store;
