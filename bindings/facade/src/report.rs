//! What the doctor and the inspector found, as plain records with the members of the command line's JSON.

use keymanager::envelope::inspect;
use keymanager::manager;
use serde::Serialize;

/// What the doctor found (docs/doctor.md).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct DoctorReport {
    /// The findings, in the order in which they were found.
    pub findings: Vec<DoctorFinding>,
    /// What was looked at.
    pub checked: Checked,
}

/// What the doctor looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Checked {
    /// Keys of the store.
    pub records: u64,
    /// Keys of the master backend.
    pub tokens: u64,
}

/// Something that does not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct DoctorFinding {
    /// Its stable name (docs/doctor.md).
    pub code: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// The key it is about.
    pub alias: Option<String>,
    /// What is wrong, and why.
    pub text: String,
    /// What repair does, or would do; None when nothing can be done here.
    pub repair: Option<String>,
    /// Whether it was done.
    pub repaired: bool,
}

impl From<manager::DoctorReport> for DoctorReport {
    fn from(report: manager::DoctorReport) -> Self {
        let findings = report.findings.into_iter().map(|finding| DoctorFinding {
            code: finding.code.as_str().to_owned(),
            severity: finding.severity.as_str().to_owned(),
            alias: finding.alias.map(|alias| alias.to_string()),
            text: finding.text,
            repair: finding.repair,
            repaired: finding.repaired,
        });
        let checked = Checked { records: report.checked.records, tokens: report.checked.tokens };
        Self { findings: findings.collect(), checked }
    }
}

/// What bytes are: an envelope, a certificate, … (docs/envelopes.md, the inspector).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InspectReport {
    /// `envelope`, `wrapped_private_key`, `pin`, `certificate`, `csr`, `bundle`, `key_file`, `unknown`.
    pub kind: String,
    /// The layout of an envelope.
    pub layout: Option<String>,
    /// The size in bytes; of the decoded bytes when the input is text.
    pub size: u64,
    /// The parts, in their order.
    pub fields: Vec<InspectField>,
    /// The thumbprint: of the recipient, or of the certificate itself.
    pub thumbprint: Option<String>,
    /// The names of the fields that the tag vouches for.
    pub authenticated: Vec<String>,
    /// The names of the fields that nothing vouches for.
    pub not_authenticated: Vec<String>,
    /// What to know.
    pub findings: Vec<InspectFinding>,
    /// The given certificate, compared with the recipient.
    pub certificate: Option<InspectCertificate>,
}

/// A part of the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InspectField {
    /// Its name, unique in a report.
    pub name: String,
    /// Where it begins, in bytes; in the decoded bytes when the input is text.
    pub offset: u64,
    /// Its size in bytes.
    pub length: u64,
    /// Its value where that is short and tells something: text, or base64url.
    pub value: Option<String>,
    /// What it is.
    pub note: String,
}

/// Something to know about the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InspectFinding {
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// A stable name.
    pub code: String,
    /// A sentence.
    pub text: String,
}

/// The given certificate, compared with the recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InspectCertificate {
    /// Whether its thumbprint is the recipient's; None when the bytes name no recipient.
    pub matches: Option<bool>,
    /// Its subject (RFC 4514).
    pub subject: String,
    /// Its notAfter (RFC 3339).
    pub not_after: String,
    /// Whole days left; negative once it has expired.
    pub days_left: i64,
}

impl From<inspect::Report> for InspectReport {
    fn from(report: inspect::Report) -> Self {
        let names = |names: &[&'static str]| names.iter().map(|name| (*name).to_owned()).collect();
        let fields = report.fields.into_iter().map(|field| InspectField {
            name: field.name.to_owned(),
            offset: field.offset,
            length: field.length,
            value: field.value,
            note: field.note,
        });
        let findings = report.findings.into_iter().map(|finding| InspectFinding {
            severity: finding.severity.as_str().to_owned(),
            code: finding.code.to_owned(),
            text: finding.text,
        });
        let certificate = report.certificate.map(|check| InspectCertificate {
            matches: check.matches,
            subject: check.subject,
            not_after: check.not_after,
            days_left: check.days_left,
        });
        Self {
            kind: report.kind.as_str().to_owned(),
            layout: report.layout.map(|layout| layout.as_str().to_owned()),
            size: report.size,
            fields: fields.collect(),
            thumbprint: report.thumbprint,
            authenticated: names(&report.authenticated),
            not_authenticated: names(&report.not_authenticated),
            findings: findings.collect(),
            certificate,
        }
    }
}
