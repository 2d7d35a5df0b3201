//! What a failure of PostgreSQL means for the caller, and whether the call is worth another try.

use std::error::Error as _;
use std::io;

use super::line::Broke;
use crate::error::{Code, Error};

/// What can be done after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing: another try would end in the same way, or what has happened is not known.
    Final,
    /// The connection is of no use any more. Nothing that was not committed has happened.
    Broken,
    /// The server did not answer: every connection to it is of no use any more, and another try would wait as long.
    Silent,
    /// The server rolled back and asks for another try.
    Repeat,
    /// The tables changed under prepared statements.
    Stale,
}

/// The error of `doing` that PostgreSQL refused, and its fate. The SQLSTATE is kept; the server's text is not, since it
/// may hold values.
pub(super) fn failed(doing: &str, broke: &Broke) -> (Error, Fate) {
    let error = match broke {
        Broke::Told(error) => error,
        Broke::Silent(limit) => {
            let why = format!(
                "the server did not answer within {} ms; see whether it hangs, or name one that takes writes",
                limit.as_millis()
            );
            return (Error::new(Code::StoreUnavailable, format!("cannot {doing}: {why}")), Fate::Silent);
        }
        Broke::NoMeans(kind) => {
            let why = format!("this process has no means left for a connection: {kind}");
            return (Error::new(Code::StoreUnavailable, format!("cannot {doing}: {why}")), Fate::Final);
        }
    };
    let Some(state) = error.code() else { return without_state(doing, error) };
    let state = state.code();
    let (code, why) = meaning(state);
    (Error::new(code, format!("cannot {doing}: {why} (SQLSTATE {state})")), fate(state))
}

fn fate(state: &str) -> Fate {
    match state {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Fate::Repeat,
        // feature_not_supported: "cached plan must not change result type"
        "0A000" => Fate::Stale,
        // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle sessions that are ended
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Fate::Broken,
        _ if state.starts_with("08") => Fate::Broken,
        _ => Fate::Final,
    }
}

fn meaning(state: &str) -> (Code, &'static str) {
    match state {
        "23505" => (Code::StoreDuplicate, "the id or a unique value exists already"),
        "25006" => (
            Code::StoreReadOnly,
            "the server takes no writes: it is a standby, or the database is read-only; name the primary",
        ),
        "28P01" => {
            (Code::StoreUnavailable, "the server refused the password of this user: correct the password or the user")
        }
        _ if state.starts_with("28") => (
            Code::StoreUnavailable,
            "the server refused this user: correct user, password or sslmode, or have pg_hba.conf let it in",
        ),
        "3D000" => (Code::StoreUnavailable, "there is no such database on this server: correct its name, or create it"),
        "3F000" | "42P01" => (
            Code::StoreUnavailable,
            "a table is missing: correct database and schema, or have the owner of the schema prepare the store",
        ),
        "42703" => (Code::StoreUnavailable, "a column is missing: the tables are not those of a key manager"),
        "42501" => (
            Code::StoreUnavailable,
            "this user lacks a permission: grant it USAGE on the schema and SELECT, INSERT, UPDATE, DELETE on its tables",
        ),
        "22001" | "22003" => (Code::InvalidArgument, "a value is too long for its column in this database"),
        "55P03" => (Code::StoreUnavailable, "others kept the rows for too long"),
        "57014" => (Code::StoreUnavailable, "the server took longer than allowed"),
        "40001" | "40P01" => (Code::StoreUnavailable, "others changed the same rows at once, time and again"),
        "53300" => {
            (Code::StoreUnavailable, "the server has no connection left: lower the number here, or raise it there")
        }
        "53100" => (Code::StoreUnavailable, "the server's disk is full"),
        "53200" => (Code::StoreUnavailable, "the server is out of memory"),
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => {
            (Code::StoreUnavailable, "the server is shutting down, starting, or ended the session")
        }
        // Another try could run what somebody else prepared under the same name.
        "26000" | "42P05" => (
            Code::StoreUnavailable,
            "sessions are shared between transactions, by a proxy: say so with proxy=transaction in the address",
        ),
        "0A000" => (Code::StoreUnavailable, "the tables changed meanwhile, time and again"),
        "XX001" | "XX002" => (Code::RecordDamaged, "the server found damaged data"),
        _ if state.starts_with("08") => (Code::StoreUnavailable, "the connection to the server was lost"),
        _ if state.starts_with("23") => (Code::StoreUnavailable, "a constraint of the tables forbids it"),
        _ if state.starts_with("42") => (Code::StoreUnavailable, "the tables are not those of a key manager"),
        _ => (Code::StoreUnavailable, "PostgreSQL failed"),
    }
}

/// A failure that the server did not name: of the connection, of TLS, or on this side.
fn without_state(doing: &str, error: &tokio_postgres::Error) -> (Error, Fate) {
    let unavailable = |why: String| Error::new(Code::StoreUnavailable, format!("cannot {doing}: {why}"));
    // The texts of the driver itself; they have no values in them, and only words in them are looked for.
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        if let Some(tls) = next.downcast_ref::<rustls::Error>() {
            return (unavailable(tls_failure(tls)), Fate::Final);
        }
        if let Some(inner) = next.downcast_ref::<io::Error>() {
            if let Some(tls) = inner.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                return (unavailable(tls_failure(tls)), Fate::Final);
            }
            // The kind only: its text may hold what the server sent.
            return (unavailable(format!("the connection failed: {}", inner.kind())), Fate::Broken);
        }
        text.push_str(&next.to_string());
        cause = next.source();
    }
    if text.contains("TLS") {
        let why = "the server does not speak TLS: have it speak TLS, or allow a plain line with sslmode=disable";
        return (unavailable(why.to_owned()), Fate::Final);
    }
    if text.contains("password") || text.contains("authentication") {
        let why = "the server wants a password, or a way to log in that this user was not given";
        return (unavailable(why.to_owned()), Fate::Final);
    }
    if error.is_closed() || text.contains("connect") || text.contains("communicating") {
        return (unavailable("the connection to the server was lost".to_owned()), Fate::Broken);
    }
    (unavailable("unexpected answer from PostgreSQL".to_owned()), Fate::Broken)
}

fn tls_failure(error: &rustls::Error) -> String {
    use rustls::CertificateError;
    let why = match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => {
                "no known authority issued its certificate: name the file of the authority with sslrootcert"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another name: address the server by the name in its certificate"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired",
            _ => "its certificate is not accepted",
        },
        _ => "TLS could not be agreed upon",
    };
    format!("the server cannot be trusted: {why}")
}
