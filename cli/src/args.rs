//! Arguments: names, options and environment variables of docs/command-line.md.

mod envelope;
mod keys;
mod migration;
mod policy;
mod simulate;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use envelope::{Decrypt, Encrypt, Inspect};
pub(crate) use keys::{
    Certificate, Csr, Generate, Keys, Kind, List, Pool, Report, Rewrap, Scope, Show, Subject, Tree, Upload,
};
pub(crate) use migration::{Backup, BackupArchive, BackupRestore, Migrate, Store, StoreCopy};
pub(crate) use policy::{Policy, PolicySet};
pub(crate) use simulate::Simulate;

const HELP: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Keys and envelopes of national-ID programmes: Root, Module and Base keys, packets encrypted to them and opened again
#[derive(Debug, Parser)]
#[command(name = "keymanager", bin_name = "keymanager", disable_version_flag = true, styles = HELP, max_term_width = 110)]
#[command(
    after_help = "Start with `keymanager quickstart`. An option beats its environment variable, which beats keymanager.toml."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Record store: sqlite:PATH, postgresql://USER@HOST/DATABASE or memory:  [default: sqlite:keymanager.db]
    #[arg(long, global = true, value_name = "URL", env = "KEYMANAGER_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// File with the password of the database, `-` for a line of stdin; or KEYMANAGER_STORE_PASSWORD
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) store_password_file: Option<PathBuf>,
    /// Replica of the database that may be asked for the keys that open envelopes: postgresql://…
    #[arg(long, global = true, value_name = "URL", env = "KEYMANAGER_STORE_READ_FROM", hide_env_values = true)]
    pub(crate) store_read_from: Option<String>,
    /// Master keys: file:PATH or pkcs11:token=LABEL?module-path=PATH  [default: file:keymanager.p12 beside the store]
    #[arg(long, global = true, value_name = "URI", env = "KEYMANAGER_MASTER", hide_env_values = true)]
    pub(crate) master: Option<String>,
    /// File with the passphrase of the master keys or the PIN, `-` for the first line of stdin; or KEYMANAGER_PASSPHRASE
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Configuration file  [default: keymanager.toml if it is there]
    #[arg(long, global = true, value_name = "PATH", env = "KEYMANAGER_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// Cryptographic provider  [default: native]
    #[arg(long, global = true, value_name = "NAME", env = "KEYMANAGER_PROVIDER", hide_env_values = true)]
    pub(crate) provider: Option<String>,
    /// File of JSON lines that every operation on keys is recorded in  [default: none]
    #[arg(long, global = true, value_name = "PATH", env = "KEYMANAGER_AUDIT_FILE", hide_env_values = true)]
    pub(crate) audit_file: Option<PathBuf>,
    /// When it cannot be recorded  [default: stop]
    #[arg(long, global = true, value_enum, value_name = "WHAT")]
    pub(crate) audit_failure: Option<OnAuditFailure>,
    /// Accept this store, key or passphrase file although others can read it; may be repeated
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) allow_readable: Vec<PathBuf>,
    /// One JSON document on stdout and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No remarks, no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Progress of long work
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) progress: When,
    /// Colour
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
    /// Pretend that it is this time; refused unless KEYMANAGER_ALLOW_FAKE_CLOCK=1
    #[arg(long, global = true, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
    /// Logs on stderr; -vv for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Whether to do something on a terminal only, or never. (Values without a text of their own keep the help short.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Never,
}

/// What an audit file that cannot be written leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnAuditFailure {
    Stop,
    Continue,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The main job in one go: keys, a packet encrypted, decrypted, compared and explained
    Quickstart(Quickstart),
    /// Make an empty store with the default key policy, and an empty master key file
    Init(Init),
    /// Keys: generate, list, show, certificate, rotate, revoke
    #[command(subcommand)]
    Keys(Keys),
    /// Key policy of the applications
    #[command(subcommand)]
    Policy(Policy),
    /// Encrypt to a key of the store, or to a certificate
    Encrypt(Encrypt),
    /// Decrypt with a key of the store, or with a private key file
    Decrypt(Decrypt),
    /// Explain an envelope, wrapped key, certificate or key file; needs no key
    Inspect(Inspect),
    /// Store and master keys against each other: what does not fit, why, and what repair would do
    Doctor(Doctor),
    /// Make our own tables in the store, and sign rows that have no MAC
    Migrate(Migrate),
    /// Backups of store and key file
    #[command(subcommand)]
    Backup(Backup),
    /// Record stores
    #[command(subcommand)]
    Store(Store),
    /// The master key file
    #[command(subcommand)]
    Master(Master),
    /// The token that holds the master keys
    #[command(subcommand)]
    Hsm(Hsm),
    /// The configuration file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Run the key policy over years: days without a key, days with two, and a picture of it
    Simulate(Simulate),
    /// Completions for a shell, on stdout
    Completions(Completions),
    /// The version, the provider and what is compiled in
    Version,
}

#[derive(Debug, Args)]
pub(crate) struct Quickstart {
    /// Folder to work in
    #[arg(long, value_name = "DIR", default_value = "./keymanager-quickstart")]
    pub(crate) dir: PathBuf,
    /// File to encrypt instead of the sample packet
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Key policy in TOML, instead of the default one
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) policy: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Do what is said under repair
    #[arg(long)]
    pub(crate) repair: bool,
    /// Remove this master key, which no record names, for good; may be repeated
    #[arg(long, value_name = "ALIAS", requires = "repair")]
    pub(crate) remove: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Master {
    /// Change the passphrase of the key file, and its PBKDF2 cost
    Passphrase(MasterPassphrase),
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Hsm {
    /// Try what the token can do, look at its objects, and say how to configure it; leaves nothing behind
    Probe,
    /// Do one real operation
    Health,
}

#[derive(Debug, Args)]
pub(crate) struct MasterPassphrase {
    /// File with the new passphrase, `-` for the next line of stdin; or KEYMANAGER_NEW_PASSPHRASE
    #[arg(long, value_name = "PATH")]
    pub(crate) new_passphrase_file: Option<PathBuf>,
    /// PBKDF2 iterations of the new file
    #[arg(long, value_name = "N")]
    pub(crate) iterations: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Make keymanager.toml from the properties of a Java deployment
    Import(ConfigImport),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigImport {
    /// The properties, `-` for stdin
    #[arg(value_name = "application.properties")]
    pub(crate) input: PathBuf,
    /// Output file, `-` for stdout
    #[arg(long, short, value_name = "FILE", default_value = "keymanager.toml")]
    pub(crate) output: PathBuf,
    /// Replace the output file if it exists
    #[arg(long)]
    pub(crate) force_overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_enum, value_name = "bash|zsh|fish")]
    pub(crate) shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}
