//! Arguments of `encrypt`, `decrypt` and `inspect`.

use std::path::PathBuf;
use std::str::FromStr as _;

use clap::Args;
use keymanager::envelope::Layout;

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
