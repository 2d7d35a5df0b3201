//! Arguments of `keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
    /// Keys made ahead of time for each application: how many are ready, and more of them
    Pool(Pool),
    /// Wrap again all that the Module keys of an application wrap, to the current one or to one in another master backend
    Rewrap(Rewrap),
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
    /// Reference id; signing keys on curves have one of their own
    #[arg(long = "ref", value_name = "REF", default_value = "", hide_default_value = true)]
    pub(crate) reference: String,
    /// Kind of key; ec-p256, secp256k1 and ed25519 are signing keys
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Kind::Rsa)]
    pub(crate) kind: Kind,
    /// Invalidate the current key first
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) subject: Subject,
}

/// The kinds of key.
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
pub(crate) struct Pool {
    /// Pools of this application only
    #[arg(long, value_name = "APP")]
    pub(crate) app: Option<String>,
    /// Make keys until N are ready; without N, as many as `key_pool` in the configuration says. Without --app, for every
    /// application that has a Module key
    #[arg(long, value_name = "N", num_args = 0..=1)]
    pub(crate) fill: Option<Option<u32>>,
}

#[derive(Debug, Args)]
pub(crate) struct Rewrap {
    /// Application id
    #[arg(long, value_name = "APP")]
    pub(crate) app: String,
    /// Master keys that hold the new Module key; without it those in use
    #[arg(long, value_name = "URI")]
    pub(crate) to: Option<String>,
    /// File with the passphrase or PIN of --to, `-` for the next line of stdin; or KEYMANAGER_TO_PASSPHRASE
    #[arg(long, value_name = "PATH", requires = "to")]
    pub(crate) to_passphrase_file: Option<PathBuf>,
    /// Alias of the new Module key  [default: the current one]
    #[arg(long, value_name = "ALIAS")]
    pub(crate) module: Option<String>,
    /// End at the first key that cannot be wrapped again
    #[arg(long)]
    pub(crate) stop_at_damaged: bool,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// The signed report of long work.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// File for the signed report; FILE.sig and FILE.pem beside it get its signature and certificate
    #[arg(long = "report", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Replace the files of the report if they exist
    #[arg(long, requires = "file")]
    pub(crate) force_overwrite: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Upload {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// The certificate in PEM or DER; `-` is stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}
