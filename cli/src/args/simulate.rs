//! Arguments of `simulate`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// For how long: 1 to 100
    #[arg(long, value_name = "N")]
    pub(crate) years: u16,
    /// Keys of this application only, and Root
    #[arg(long, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Key policy in TOML; without it that of the store, or the default one when there is no store
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) policy: Option<PathBuf>,
    /// When it begins  [default: now]
    #[arg(long, value_name = "RFC3339")]
    pub(crate) start: Option<String>,
    /// Certificates are asked for every so many days
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) every_days: u16,
    /// Root is asked for too, not only renewed when a key below needs it
    #[arg(long)]
    pub(crate) ask_root: bool,
    /// Rules of the Java service to follow: root-only-on-request, same-day-collision, two-current-fails, stale-cache,
    /// symmetric-not-renewed, no-renew-in-pre-expiry; or all, which is all but the last
    #[arg(long, value_name = "RULE,…", value_delimiter = ',')]
    pub(crate) upstream: Vec<String>,
    /// What is rotated and revoked when, in TOML
    #[arg(long, value_name = "FILE.toml", conflicts_with = "random")]
    pub(crate) events: Option<PathBuf>,
    /// Random rotations and revocations, the same for the same seed
    #[arg(long, value_name = "SEED")]
    pub(crate) random: Option<u64>,
    /// Draw it: an SVG file, `-` for stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Replace the SVG file if it exists
    #[arg(long)]
    pub(crate) force_overwrite: bool,
}
