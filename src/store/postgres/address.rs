//! Addresses: `postgresql://user@host:port/database?sslmode=…` (STO-60 to STO-63).

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// The port of PostgreSQL.
const PORT: u16 = 5432;
/// The longest name that PostgreSQL does not cut off, in bytes.
const MAX_NAME: usize = 63;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsMode {
    /// TLS; the server's certificate is checked, and its name must be that of the address. The default.
    VerifyFull,
    /// TLS with whoever answers: it keeps listeners out, and nobody who can stand between.
    Require,
    /// No TLS: for Unix sockets, and where something else protects the line.
    Disable,
}

impl TlsMode {
    const fn name(self) -> &'static str {
        match self {
            Self::VerifyFull => "verify-full",
            Self::Require => "require",
            Self::Disable => "disable",
        }
    }
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// A name, an address, or the absolute path of a folder of Unix sockets.
    pub(super) name: String,
    pub(super) port: u16,
}

impl Host {
    pub(super) fn is_socket(&self) -> bool {
        self.name.starts_with('/')
    }
}

/// Where a store is and as whom it is used. A password is never part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    pub(super) hosts: Vec<Host>,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) schema: String,
    pub(super) tls: TlsMode,
    pub(super) roots: Option<PathBuf>,
    pub(super) application: String,
    /// What answers is a proxy that gives a session to each transaction (STO-74).
    pub(super) is_shared: bool,
}

impl PostgresAddress {
    /// The schema of a MOSIP key manager.
    pub const SCHEMA: &'static str = "keymgr";

    /// Reads an address as libpq writes it. Several servers, separated by commas, are tried in turn until one takes
    /// writes. Of the parameters, `sslmode` (`verify-full`, the default, `require` or `disable`), `sslrootcert` (a PEM
    /// file, in place of the authorities that the system trusts), `host` (such as a folder of sockets), `port`,
    /// `application_name`, `options=-csearch_path=SCHEMA` and `proxy=transaction` (what answers is a proxy that shares
    /// sessions between transactions) are known.
    ///
    /// # Errors
    /// `invalid_argument`, saying what is wrong; it never repeats the address. A password in it is refused.
    pub fn parse(text: &str) -> Result<Self> {
        let rest = text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"));
        let rest = rest.ok_or_else(|| wrong("begins with postgresql://"))?;
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (user, servers) = match authority.rsplit_once('@') {
            Some((user, servers)) => (user, servers),
            None => ("", authority),
        };
        if user.contains(':') {
            return Err(wrong_with("has a password, where it can be seen", "leave it out and give it apart"));
        }
        let mut address = Self {
            hosts: Vec::new(),
            user: decoded(user)?,
            database: decoded(database)?,
            schema: Self::SCHEMA.to_owned(),
            tls: TlsMode::VerifyFull,
            roots: None,
            application: "keymanager".to_owned(),
            is_shared: false,
        };
        let mut names = servers.to_owned();
        let mut port = None;
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = decoded(value)?;
            match name {
                "sslmode" => address.tls = tls_mode(&value)?,
                "sslrootcert" if !value.is_empty() => address.roots = Some(PathBuf::from(value)),
                "host" if servers.is_empty() => names = value,
                "port" => port = Some(port_number(&value)?),
                "application_name" => address.application = value,
                "options" => address.schema = search_path(&value)?,
                "proxy" if value == "transaction" => address.is_shared = true,
                "proxy" => return Err(wrong("has no proxy but proxy=transaction")),
                "password" | "passfile" | "sslpassword" => {
                    return Err(wrong_with("has a password, where it can be seen", "leave it out and give it apart"));
                }
                // Not even its name is repeated: who knows what was typed there.
                _ => {
                    return Err(wrong_with(
                        "has a parameter that is not known",
                        "sslmode, sslrootcert, host, port, application_name, options and proxy are",
                    ));
                }
            }
        }
        for name in names.split(',').filter(|name| !name.is_empty()) {
            address.hosts.push(host(name, port.unwrap_or(PORT))?);
        }
        address.check()?;
        Ok(address)
    }

    /// The same with a relative `sslrootcert` taken from `folder`.
    #[must_use]
    pub fn relative_to(mut self, folder: &Path) -> Self {
        self.roots = self.roots.map(|path| folder.join(path));
        self
    }

    /// The same with the tables in this schema, such as `ida`.
    ///
    /// # Errors
    /// `invalid_argument` for a name with other characters than letters, digits and `_`.
    pub fn with_schema(mut self, schema: &str) -> Result<Self> {
        self.schema = name_of_schema(schema)?;
        Ok(self)
    }

    /// The schema that the tables are in.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    fn check(&self) -> Result<()> {
        if self.hosts.is_empty() {
            return Err(wrong("names a server: postgresql://USER@HOST/DATABASE"));
        }
        if self.user.is_empty() {
            return Err(wrong("names a user: postgresql://USER@HOST/DATABASE"));
        }
        if self.database.is_empty() || self.database.contains('/') {
            return Err(wrong("names one database: postgresql://USER@HOST/DATABASE"));
        }
        let texts = [&self.user, &self.database, &self.application];
        if texts.iter().any(|text| text.contains('\0') || text.len() > MAX_NAME) {
            return Err(wrong("has names of at most 63 bytes"));
        }
        Ok(())
    }
}

/// The address, which has no secret in it.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.hosts.iter().map(|host| format!("{}:{}", host.name, host.port)).collect();
        write!(f, "postgresql://{}@{}/{}", self.user, hosts.join(","), self.database)?;
        let proxy = if self.is_shared { "&proxy=transaction" } else { "" };
        write!(f, "?sslmode={}&schema={}{proxy}", self.tls.name(), self.schema)
    }
}

fn wrong(what: &str) -> Error {
    Error::new(Code::InvalidArgument, format!("the address of a PostgreSQL store {what}"))
}

fn wrong_with(what: &str, next: &str) -> Error {
    wrong(&format!("{what}: {next}"))
}

fn tls_mode(value: &str) -> Result<TlsMode> {
    match value {
        "verify-full" => Ok(TlsMode::VerifyFull),
        "require" => Ok(TlsMode::Require),
        "disable" => Ok(TlsMode::Disable),
        // Whoever stands between decides then whether there is TLS, or which server answers.
        _ => Err(wrong("has one of these sslmodes: verify-full, require, disable")),
    }
}

fn host(text: &str, port: u16) -> Result<Host> {
    let text = decoded(text)?;
    if text.starts_with('/') {
        return Ok(Host { name: text, port });
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (name, rest) = rest.split_once(']').ok_or_else(|| wrong("has a bracket that is not closed"))?;
        let port = rest.strip_prefix(':').map_or(Ok(port), port_number)?;
        return Ok(Host { name: name.to_owned(), port });
    }
    match text.split_once(':') {
        Some((name, number)) => Ok(Host { name: name.to_owned(), port: port_number(number)? }),
        None => Ok(Host { name: text, port }),
    }
}

fn port_number(text: &str) -> Result<u16> {
    text.parse().map_err(|_| wrong("has a port from 1 to 65535"))
}

fn search_path(options: &str) -> Result<String> {
    let name =
        options.trim().strip_prefix("-c").map(str::trim_start).and_then(|rest| rest.strip_prefix("search_path="));
    name_of_schema(name.ok_or_else(|| wrong("has no options but -csearch_path=SCHEMA"))?)
}

fn name_of_schema(name: &str) -> Result<String> {
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if begins && name.len() <= MAX_NAME && letters.all(|next| next.is_ascii_alphanumeric() || next == '_') {
        return Ok(name.to_owned());
    }
    Err(Error::new(Code::InvalidArgument, "the name of a schema has letters, digits and _ only, at most 63"))
}

/// Percent-encoded text.
fn decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.bytes();
    while let Some(byte) = left.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let value = match (digit(left.next()), digit(left.next())) {
            (Some(high), Some(low)) => u8::try_from(high.saturating_mul(16).saturating_add(low)).ok(),
            _ => None,
        };
        bytes.push(value.ok_or_else(|| wrong("has a % without two hexadecimal digits"))?);
    }
    String::from_utf8(bytes).map_err(|_| wrong("is UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let found = PostgresAddress::parse(
            "postgres://key%40mgr@one.example:5433,[::1],two/mosip_keymgr?sslmode=require&sslrootcert=ca.pem\
             &options=-csearch_path%3Dida&application_name=gate&proxy=transaction",
        )
        .unwrap();
        let host = |name: &str, port| Host { name: name.to_owned(), port };
        assert_eq!(found.hosts, [host("one.example", 5433), host("::1", 5432), host("two", 5432)]);
        assert_eq!((found.user.as_str(), found.database.as_str()), ("key@mgr", "mosip_keymgr"));
        assert_eq!((found.tls, found.schema(), found.application.as_str()), (TlsMode::Require, "ida", "gate"));
        assert!(found.is_shared);
        let found = found.relative_to(Path::new("/etc/keymanager"));
        assert_eq!(found.roots, Some(PathBuf::from("/etc/keymanager/ca.pem")));
        let socket = PostgresAddress::parse("postgresql://u@/d?host=/run/postgresql&port=5434").unwrap();
        assert_eq!((socket.hosts, socket.tls), (vec![host("/run/postgresql", 5434)], TlsMode::VerifyFull));
        assert_eq!(PostgresAddress::parse("postgresql://u@%2Frun/d").unwrap().hosts, [host("/run", 5432)]);
        assert_eq!((socket.schema.as_str(), socket.is_shared), ("keymgr", false));
    }

    #[test]
    fn others_are_refused_and_never_repeated() {
        for wrong in [
            "postgresql://u:hunter2@h/d",
            "postgresql://u@h/d?password=hunter2",
            "postgresql://u@h/d?hunter2=1",
            "postgresql://u@h:hunter2/d",
            "postgresql://u@h/d?sslmode=prefer",
            "postgresql://u@h/d?sslmode=verify-ca",
            "postgresql://u@h/d?options=-csearch_path%3Dkeymgr%3Bhunter2",
            "postgresql://u@h/d?options=-cstatement_timeout=1",
            "postgresql://u@h/d?proxy=hunter2",
            "postgresql://u@h/d%4",
            "postgresql://u@[::1/d",
            "postgresql://h/d",
            "postgresql://u@h",
            "postgresql://u@/d",
            "postgresql://u@h/d/e",
            "mysql://u@h/hunter2",
        ] {
            let error = PostgresAddress::parse(wrong).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{wrong}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
