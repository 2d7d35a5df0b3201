//! What a side answers, in a form in which answers can be compared.

use std::collections::BTreeMap;

use keymanager::certificate::Certificate;
use keymanager::time::Timestamp;

use crate::support::provider;

/// The answer of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It did it; what it said, field by field.
    Done(BTreeMap<String, String>),
    /// It refused, with this code of the service, or this name where the service has none.
    Failed(String),
}

impl Answer {
    pub(crate) fn done<const N: usize>(fields: [(&str, String); N]) -> Self {
        Self::Done(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        match self {
            Self::Done(fields) => &fields[name],
            Self::Failed(code) => panic!("{name} of {code}"),
        }
    }

    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Done(_) => "ok",
            Self::Failed(code) => code,
        }
    }

    /// The fields of a certificate.
    pub(crate) fn certificate(certificate: &Certificate) -> Self {
        Self::done([
            ("thumbprint", certificate.thumbprint().to_hex()),
            ("subject", certificate.subject_text()),
            ("issuer", certificate.issuer_text()),
            ("serial", certificate.serial()),
            ("from", certificate.not_before().to_rfc3339()),
            ("until", certificate.not_after().to_rfc3339()),
        ])
    }

    /// The same of several.
    pub(crate) fn certificates<'a>(all: impl IntoIterator<Item = &'a Certificate>) -> Self {
        let listed: Vec<String> = all.into_iter().map(|one| one.thumbprint().to_hex()).collect();
        Self::done([("count", listed.len().to_string()), ("thumbprints", listed.join(" "))])
    }
}

pub(crate) fn parsed(pem: &str) -> Certificate {
    Certificate::parse(&provider(), pem.as_bytes()).unwrap()
}

/// A time as Java writes it: seconds and fractions are left out where they are zero.
pub(crate) fn java_time(text: &str) -> Timestamp {
    let text = text.trim_end_matches('Z');
    let text = if text.len() == 16 { format!("{text}:00Z") } else { format!("{text}Z") };
    Timestamp::from_rfc3339(&text).unwrap()
}
