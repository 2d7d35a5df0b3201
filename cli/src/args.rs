//! Arguments: names, options and environment variables of docs/command-line.md.

use std::path::PathBuf;
use std::str::FromStr as _;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use keymanager::envelope::Layout;

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
    /// Record store: sqlite:PATH or memory:  [default: sqlite:keymanager.db]
    #[arg(long, global = true, value_name = "URL", env = "KEYMANAGER_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Master keys: file:PATH  [default: file:keymanager.p12 beside the store]
    #[arg(long, global = true, value_name = "URI", env = "KEYMANAGER_MASTER", hide_env_values = true)]
    pub(crate) master: Option<String>,
    /// File with the passphrase of the master keys, `-` for the first line of stdin; or KEYMANAGER_PASSPHRASE
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Configuration file  [default: keymanager.toml if it is there]
    #[arg(long, global = true, value_name = "PATH", env = "KEYMANAGER_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// Cryptographic provider  [default: native]
    #[arg(long, global = true, value_name = "NAME", env = "KEYMANAGER_PROVIDER", hide_env_values = true)]
    pub(crate) provider: Option<String>,
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
    /// The master key file
    #[command(subcommand)]
    Master(Master),
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

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Every master key that the policy names, or one key
    Generate(Generate),
    /// A list of keys
    List(List),
    /// Root, Module and Base keys as a tree
    Tree(Tree),
    /// One key, by alias or thumbprint
    Show(Show),
    /// The certificate of a key, which is made or renewed if the rules say so
    Certificate(Certificate),
    /// A certification request (PKCS#10) for a key, which is made or renewed if the rules say so
    Csr(Csr),
    /// A certificate that an authority made for the current key, in place of its own
    UploadCertificate(Upload),
    /// The certificate of another domain, in place of the one that is current
    UploadOtherDomain(Upload),
    /// A new key in place of the current one
    Rotate(Scope),
    /// End the current key and make none
    Revoke(Scope),
}

/// What addresses a key.
#[derive(Debug, Args)]
pub(crate) struct Scope {
    /// Application id, such as REGISTRATION
    #[arg(long, value_name = "APP")]
    pub(crate) app: String,
    /// Reference id, such as 10001_110011; without it the master key of the application
    #[arg(long = "ref", value_name = "REF", default_value = "", hide_default_value = true)]
    pub(crate) reference: String,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["all", "app"]))]
pub(crate) struct Generate {
    /// Every master that the policy names, in dependency order; what exists stays
    #[arg(long, conflicts_with_all = ["reference", "kind", "force", "common_name", "organizational_unit", "organization", "location", "state", "country"])]
    pub(crate) all: bool,
    /// Application id
    #[arg(long, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Reference id
    #[arg(long = "ref", value_name = "REF", default_value = "", hide_default_value = true)]
    pub(crate) reference: String,
    /// Kind of key: rsa or aes
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Kind::Rsa)]
    pub(crate) kind: Kind,
    /// Invalidate the current key first
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) subject: Subject,
}

/// The kinds of key of the contract; not every release has all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Rsa,
    EcP256,
    Secp256k1,
    Ed25519,
    Aes,
}

/// Attributes of the subject of a certificate or a request; those left out come from the configuration.
#[derive(Debug, Args)]
#[command(next_help_heading = "Subject")]
pub(crate) struct Subject {
    /// CN
    #[arg(long, value_name = "TEXT")]
    pub(crate) common_name: Option<String>,
    /// OU
    #[arg(long, value_name = "TEXT")]
    pub(crate) organizational_unit: Option<String>,
    /// O
    #[arg(long, value_name = "TEXT")]
    pub(crate) organization: Option<String>,
    /// L
    #[arg(long, value_name = "TEXT")]
    pub(crate) location: Option<String>,
    /// ST
    #[arg(long, value_name = "TEXT")]
    pub(crate) state: Option<String>,
    /// C
    #[arg(long, value_name = "TEXT")]
    pub(crate) country: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Keys of this application only
    #[arg(long, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Keys of this reference id only
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) reference: Option<String>,
    /// Expired and revoked keys too
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// Expired and revoked keys too
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Alias, or certificate thumbprint in hexadecimal
    #[arg(value_name = "ALIAS|THUMBPRINT")]
    pub(crate) key: String,
}

#[derive(Debug, Args)]
pub(crate) struct Certificate {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Output file; stdout without it
    #[arg(long, short, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
    /// The certificates above it too, leaf first
    #[arg(long)]
    pub(crate) chain: bool,
    /// Every certificate the key ever had, newest last
    #[arg(long, conflicts_with = "chain")]
    pub(crate) all: bool,
    /// DER instead of PEM
    #[arg(long, conflicts_with_all = ["chain", "all"])]
    pub(crate) der: bool,
    /// Replace the output file if it exists
    #[arg(long)]
    pub(crate) force_overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Csr {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Output file; stdout without it
    #[arg(long, short, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
    /// DER instead of PEM
    #[arg(long)]
    pub(crate) der: bool,
    /// Replace the output file if it exists
    #[arg(long)]
    pub(crate) force_overwrite: bool,
    #[command(flatten)]
    pub(crate) subject: Subject,
}

#[derive(Debug, Args)]
pub(crate) struct Upload {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// The certificate in PEM or DER; `-` is stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Every policy
    List,
    /// The policy of an application
    Show {
        /// Application id
        #[arg(value_name = "APP")]
        app: String,
    },
    /// Set the policy of an application; what is left out stays
    Set(PolicySet),
}

#[derive(Debug, Args)]
pub(crate) struct PolicySet {
    /// Application id
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    /// How long a key is valid, days
    #[arg(long, value_name = "N")]
    pub(crate) validity_days: Option<i16>,
    /// How many days before its end a key is renewed
    #[arg(long, value_name = "N")]
    pub(crate) pre_expire_days: Option<i16>,
    /// Whether keys may be made under it
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    pub(crate) active: Option<bool>,
    /// Users who may decrypt: names with commas between, or NA for everybody
    #[arg(long, value_name = "USER,…")]
    pub(crate) access: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("recipient").required(true).args(["app", "certificate"]))]
pub(crate) struct Encrypt {
    /// Application id of the recipient key
    #[arg(long, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Reference id of the recipient key
    #[arg(
        long = "ref",
        value_name = "REF",
        default_value = "",
        hide_default_value = true,
        conflicts_with = "certificate"
    )]
    pub(crate) reference: String,
    /// Certificate of the recipient in PEM or DER; needs neither store nor master keys
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Layout: ver_r2, packet, aad or salt  [default: ver_r2]
    #[arg(long, value_name = "LAYOUT", value_parser = Layout::from_str)]
    pub(crate) layout: Option<Layout>,
    /// File with the additional authenticated data, for the layouts aad and salt
    #[arg(long, value_name = "FILE")]
    pub(crate) aad: Option<PathBuf>,
    /// The IV in hexadecimal, for the layout salt
    #[arg(long, value_name = "HEX")]
    pub(crate) salt: Option<String>,
    /// Write base64url text
    #[arg(long)]
    pub(crate) armor: bool,
    /// File to encrypt, `-` for stdin
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// Output file, `-` for stdout
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Replace the output file if it exists
    #[arg(long)]
    pub(crate) force_overwrite: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("key").required(true).args(["app", "private_key"]))]
pub(crate) struct Decrypt {
    /// Application id of the key
    #[arg(long, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Reference id of the key; needed for envelopes without thumbprint only
    #[arg(
        long = "ref",
        value_name = "REF",
        default_value = "",
        hide_default_value = true,
        conflicts_with = "private_key"
    )]
    pub(crate) reference: String,
    /// The user who decrypts, for applications whose policy names those who may
    #[arg(long, value_name = "NAME", conflicts_with = "private_key")]
    pub(crate) user: Option<String>,
    /// Private key in PEM or DER; needs neither store nor master keys
    #[arg(long, value_name = "FILE")]
    pub(crate) private_key: Option<PathBuf>,
    /// Certificate of the private key; without it the thumbprint is not checked
    #[arg(long, value_name = "FILE", requires = "private_key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Layout, when two readings fit
    #[arg(long, value_name = "LAYOUT", value_parser = Layout::from_str)]
    pub(crate) layout: Option<Layout>,
    /// Legacy layouts to accept too: ver_r2_no_thumbprint, packet_no_thumbprint, no_thumbprint
    #[arg(long, value_name = "LAYOUT,…", value_delimiter = ',', value_parser = Layout::from_str)]
    pub(crate) accept: Vec<Layout>,
    /// File with the additional authenticated data
    #[arg(long, value_name = "FILE")]
    pub(crate) aad: Option<PathBuf>,
    /// The IV in hexadecimal
    #[arg(long, value_name = "HEX")]
    pub(crate) salt: Option<String>,
    /// Read base64url text
    #[arg(long)]
    pub(crate) dearmor: bool,
    /// File to decrypt, `-` for stdin
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// Output file, `-` for stdout
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Replace the output file if it exists
    #[arg(long)]
    pub(crate) force_overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// File to explain, `-` for stdin
    #[arg(value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Certificate that the envelope may be for
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
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
