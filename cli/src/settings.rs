//! Where the command line works: an option beats the environment, which beats `keymanager.toml`.

use std::path::{Path, PathBuf};

use keymanager::Code;
use keymanager::audit::AuditFailure;
use keymanager::config::Config;
use keymanager::crypto::CryptoProvider;
use keymanager::file::file_failed;
use keymanager::master::TokenUri;
use keymanager::store::postgres::PostgresAddress;

use crate::args::{Global, OnAuditFailure};
use crate::audit::AuditPlace;
use crate::output::Failure;
use crate::passphrase::Source;

/// The store file when none is named.
const DEFAULT_STORE: &str = "keymanager.db";
/// The key file when none is named, beside the store.
const DEFAULT_MASTER: &str = "keymanager.p12";
/// The configuration file when none is named.
const DEFAULT_CONFIG: &str = "keymanager.toml";
/// The environment variable that holds the passphrase of the master keys.
const PASSPHRASE: &str = "KEYMANAGER_PASSPHRASE";
/// The environment variable that holds the passphrase of the master keys that `--to` names.
const TO_PASSPHRASE: &str = "KEYMANAGER_TO_PASSPHRASE";
/// The environment variable that holds the password of the database.
const STORE_PASSWORD: &str = "KEYMANAGER_STORE_PASSWORD";
/// The environment variable that holds the new passphrase of `master passphrase`.
const NEW_PASSPHRASE: &str = "KEYMANAGER_NEW_PASSPHRASE";

/// A record store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreUrl {
    /// `sqlite:PATH`
    Sqlite(PathBuf),
    /// `postgresql://…`
    Postgres(Box<PostgresAddress>),
    /// `memory:`
    Memory,
}

impl StoreUrl {
    fn parse(text: &str, folder: &Path) -> Result<Self, Failure> {
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        match scheme {
            "sqlite" if !rest.is_empty() => Ok(Self::Sqlite(folder.join(rest))),
            "memory" if rest.is_empty() => Ok(Self::Memory),
            "postgres" | "postgresql" => {
                Ok(Self::Postgres(Box::new(PostgresAddress::parse(text)?.relative_to(folder))))
            }
            _ => Err(Failure::new(Code::InvalidArgument, format!("{text} is not the address of a store"))
                .with_next("Give sqlite:PATH, postgresql://USER@HOST/DATABASE or memory:.")),
        }
    }
}

impl StoreUrl {
    /// The store that an argument names.
    pub(crate) fn given(text: &str) -> Result<Self, Failure> {
        Self::parse(text, Path::new(""))
    }

    /// The file of the store, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) | Self::Memory => None,
        }
    }
}

impl std::fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(address) => address.fmt(f),
            Self::Memory => f.write_str("memory:"),
        }
    }
}

/// Master keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MasterUri {
    /// `file:PATH`
    File(PathBuf),
    /// `pkcs11:…`
    Token(Box<TokenUri>),
}

impl MasterUri {
    fn parse(text: &str, folder: &Path) -> Result<Self, Failure> {
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        match scheme {
            "file" if !rest.is_empty() => Ok(Self::File(folder.join(rest))),
            "pkcs11" => {
                let mut uri = TokenUri::parse(text)?;
                uri.pin_source = uri.pin_source.map(|path| folder.join(path));
                Ok(Self::Token(Box::new(uri)))
            }
            _ => Err(Failure::new(Code::InvalidArgument, "the address of the master keys is not understood")
                .with_next("Give file:PATH, or pkcs11:token=LABEL?module-path=PATH.")),
        }
    }

    /// The key file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Token(_) => None,
        }
    }

    fn pin_source(&self) -> Option<PathBuf> {
        match self {
            Self::File(_) => None,
            Self::Token(uri) => uri.pin_source.clone(),
        }
    }
}

impl std::fmt::Display for MasterUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Token(uri) => uri.fmt(f),
        }
    }
}

/// Everything that is set, wherever it was.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) store: StoreUrl,
    pub(crate) store_password: Source,
    /// A replica of the database.
    pub(crate) store_read_from: Option<PostgresAddress>,
    pub(crate) master: MasterUri,
    pub(crate) passphrase: Source,
    pub(crate) config: Config,
    pub(crate) provider: CryptoProvider,
    pub(crate) audit: Option<AuditPlace>,
    allow_readable: Vec<PathBuf>,
}

impl Settings {
    /// Reads the configuration file and puts options and environment above it.
    pub(crate) fn new(options: &Global) -> Result<Self, Failure> {
        let file = ConfigFile::find(options)?;
        let places = &file.config.places;
        let here = Path::new("");
        let store = match (given(&options.store), &places.store) {
            (Some(text), _) => StoreUrl::parse(text, here)?,
            (None, Some(text)) => StoreUrl::parse(text, &file.folder)?,
            (None, None) => StoreUrl::Sqlite(PathBuf::from(DEFAULT_STORE)),
        };
        // An address that names a schema beats the key.
        let in_schema = |address: PostgresAddress| match &places.schema {
            Some(schema) if address.schema() == PostgresAddress::SCHEMA => address.with_schema(schema),
            _ => Ok(address),
        };
        let store = match store {
            StoreUrl::Postgres(address) => StoreUrl::Postgres(Box::new(in_schema(*address)?)),
            store => store,
        };
        let replica = match (given(&options.store_read_from), &places.store_read_from) {
            (Some(text), _) => Some(PostgresAddress::parse(text)?),
            (None, Some(text)) => Some(PostgresAddress::parse(text)?.relative_to(&file.folder)),
            (None, None) => None,
        };
        let store_read_from = replica.map(in_schema).transpose()?;
        let in_file = places.store_password_file.as_ref().map(|path| file.folder.join(path));
        let store_password =
            source(options.store_password_file.as_deref(), STORE_PASSWORD, in_file, &options.allow_readable);
        let master = match (given(&options.master), &places.master) {
            (Some(text), _) => MasterUri::parse(text, here)?,
            (None, Some(text)) => MasterUri::parse(text, &file.folder)?,
            (None, None) => MasterUri::File(match &store {
                StoreUrl::Sqlite(path) => path.with_file_name(DEFAULT_MASTER),
                StoreUrl::Postgres(_) | StoreUrl::Memory => PathBuf::from(DEFAULT_MASTER),
            }),
        };
        let in_file = places.passphrase_file.as_ref().map(|path| file.folder.join(path));
        let in_file = master.pin_source().or(in_file);
        let passphrase = source(options.passphrase_file.as_deref(), PASSPHRASE, in_file, &options.allow_readable);
        let provider = provider(given(&options.provider).or(places.provider.as_deref()))?;
        let allow_readable = options.allow_readable.clone();
        let audit = audit(options, &file)?;
        let config = file.config;
        Ok(Self { store, store_password, store_read_from, master, passphrase, config, provider, audit, allow_readable })
    }

    /// The same with store and key file under their usual names in `folder`.
    pub(crate) fn in_folder(&self, folder: &Path, passphrase: Source) -> Self {
        Self {
            store: StoreUrl::Sqlite(folder.join(DEFAULT_STORE)),
            store_password: Source::Terminal,
            store_read_from: None,
            master: MasterUri::File(folder.join(DEFAULT_MASTER)),
            passphrase,
            config: self.config.clone(),
            provider: self.provider,
            audit: self.audit.clone(),
            allow_readable: self.allow_readable.clone(),
        }
    }

    /// Where the new passphrase of `master passphrase` comes from.
    pub(crate) fn new_passphrase(&self, file: Option<&Path>) -> Source {
        source(file, NEW_PASSPHRASE, None, &self.allow_readable)
    }

    /// Other master keys, and where their secret comes from.
    pub(crate) fn other_master(&self, uri: &str, secret: Option<&Path>) -> Result<(MasterUri, Source), Failure> {
        let uri = MasterUri::parse(uri, Path::new(""))?;
        let passphrase = source(secret, TO_PASSPHRASE, uri.pin_source(), &self.allow_readable);
        Ok((uri, passphrase))
    }

    /// Whether this file may be readable by others.
    pub(crate) fn allows_readable(&self, path: &Path) -> bool {
        names(&self.allow_readable, path)
    }
}

/// The provider of that name.
fn provider(name: Option<&str>) -> Result<CryptoProvider, Failure> {
    match name {
        None | Some("native") => Ok(keymanager::crypto::native::provider()),
        Some("rustcrypto") => Ok(keymanager::crypto::rustcrypto::provider()),
        Some(other) => Err(Failure::new(Code::InvalidArgument, format!("there is no provider {other}"))
            .with_next("Choose native or rustcrypto.")),
    }
}

/// The audit file, if there is one.
fn audit(options: &Global, file: &ConfigFile) -> Result<Option<AuditPlace>, Failure> {
    let section = file.config.audit.as_ref();
    let option = options.audit_file.as_ref().filter(|path| !path.as_os_str().is_empty());
    let Some(path) = option.cloned().or_else(|| section.map(|section| file.folder.join(&section.file))) else {
        if options.audit_failure.is_some() {
            let text = "--audit-failure needs an audit file";
            return Err(Failure::new(Code::InvalidArgument, text).with_next("Name one with --audit-file."));
        }
        return Ok(None);
    };
    let on_failure = match (options.audit_failure, section) {
        (Some(OnAuditFailure::Continue), _) => AuditFailure::Continue,
        (Some(OnAuditFailure::Stop), _) | (None, None) => AuditFailure::Stop,
        (None, Some(section)) if section.stop_on_failure => AuditFailure::Stop,
        (None, Some(_)) => AuditFailure::Continue,
    };
    let sync = section.is_none_or(|section| section.sync);
    Ok(Some(AuditPlace { file: path, on_failure, sync }))
}

fn source(
    option: Option<&Path>,
    variable: &'static str,
    in_file: Option<PathBuf>,
    allow_readable: &[PathBuf],
) -> Source {
    let file = |path: PathBuf| Source::File { allow_readable: names(allow_readable, &path), path };
    match option {
        Some(path) if path == Path::new("-") => Source::Stdin,
        Some(path) => file(path.to_path_buf()),
        None if std::env::var_os(variable).is_some_and(|value| !value.is_empty()) => Source::Environment(variable),
        None => in_file.map_or(Source::Terminal, file),
    }
}

fn names(list: &[PathBuf], path: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    list.iter().any(|named| named == path || (real(named).is_some() && real(named) == real(path)))
}

/// An empty value, such as that of an environment variable set to nothing, is none.
fn given(option: &Option<String>) -> Option<&str> {
    option.as_deref().filter(|text| !text.is_empty())
}

/// `keymanager.toml`, and the folder that relative paths in it start from: its own.
#[derive(Debug, Default)]
struct ConfigFile {
    folder: PathBuf,
    config: Config,
}

impl ConfigFile {
    fn find(options: &Global) -> Result<Self, Failure> {
        let named = options.config.as_deref().filter(|path| !path.as_os_str().is_empty());
        let path = named.unwrap_or(Path::new(DEFAULT_CONFIG));
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let config = Config::from_toml(&text).map_err(|error| error.context(path.display()))?;
                Ok(Self { folder: path.parent().map(Path::to_path_buf).unwrap_or_default(), config })
            }
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(file_failed("read", path, &error).into()),
        }
    }
}
