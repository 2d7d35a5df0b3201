//! What the inspector found, as plain data; its JSON is a contract of the command line.

use serde::{Serialize, Serializer};

use crate::envelope::Layout;

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// An envelope of one of the layouts, perhaps damaged.
    Envelope,
    /// A wrapped private key, as `key_store.private_key` has it.
    WrappedPrivateKey,
    /// A box under a PIN; only its size says so.
    Pin,
    /// An X.509 certificate.
    Certificate,
    /// A PKCS#10 certification request.
    Csr,
    /// A PKCS#7 bundle of certificates, perhaps damaged.
    Bundle,
    /// A PKCS#12 key file.
    KeyFile,
    /// Something else.
    Unknown,
}

impl Kind {
    /// The name, with underscores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::WrappedPrivateKey => "wrapped_private_key",
            Self::Pin => "pin",
            Self::Certificate => "certificate",
            Self::Csr => "csr",
            Self::Bundle => "bundle",
            Self::KeyFile => "key_file",
            Self::Unknown => "unknown",
        }
    }
}

/// A part of the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name, unique in a report.
    pub name: &'static str,
    /// Where it begins, in bytes; in the decoded bytes when the input is text.
    pub offset: u64,
    /// Its size in bytes.
    pub length: u64,
    /// Its value where that is short and tells something: text, or base64url.
    pub value: Option<String>,
    /// What it is.
    pub note: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Needs a decision.
    Warning,
    /// Cannot be used as it is.
    Error,
}

impl Severity {
    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something to know about the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable name.
    pub code: &'static str,
    /// A sentence.
    pub text: String,
}

/// The given certificate, compared with the recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateCheck {
    /// Whether its thumbprint is the recipient's; none when the bytes name no recipient.
    pub matches: Option<bool>,
    /// Its subject (RFC 4514).
    pub subject: String,
    /// Its notAfter (RFC 3339).
    pub not_after: String,
    /// Whole days left; negative once it has expired.
    pub days_left: i64,
}

/// What the inspector found. `Display` is for people; the serialised form is the JSON of `keymanager inspect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What the bytes are.
    pub kind: Kind,
    /// The layout of an envelope; none when it is not one, or not a known one.
    #[serde(serialize_with = "layout_name")]
    pub layout: Option<Layout>,
    /// The size in bytes; of the decoded bytes when the input is text.
    pub size: u64,
    /// The parts, in their order.
    pub fields: Vec<Field>,
    /// The thumbprint: of the recipient, or of the certificate itself. Upper-case hexadecimal.
    pub thumbprint: Option<String>,
    /// The names of the fields that the tag vouches for.
    pub authenticated: Vec<&'static str>,
    /// The names of the fields that nothing vouches for.
    pub not_authenticated: Vec<&'static str>,
    /// What to know.
    pub findings: Vec<Finding>,
    /// The given certificate; none when none was given or the kind has no recipient.
    pub certificate: Option<CertificateCheck>,
}

impl Report {
    /// An empty report.
    pub(super) fn new(kind: Kind, size: u64) -> Self {
        Self {
            kind,
            layout: None,
            size,
            fields: Vec::new(),
            thumbprint: None,
            authenticated: Vec::new(),
            not_authenticated: Vec::new(),
            findings: Vec::new(),
            certificate: None,
        }
    }

    /// Adds a finding.
    pub(super) fn find(&mut self, severity: Severity, code: &'static str, text: impl Into<String>) {
        self.findings.push(Finding { severity, code, text: text.into() });
    }

    /// The worst severity found.
    #[must_use]
    pub fn worst(&self) -> Severity {
        self.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info)
    }
}

fn layout_name<S: Serializer>(layout: &Option<Layout>, serializer: S) -> Result<S::Ok, S::Error> {
    layout.map(Layout::as_str).serialize(serializer)
}
