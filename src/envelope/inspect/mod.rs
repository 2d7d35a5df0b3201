//! The inspector: explains envelopes and the files around them, without any key (docs/envelopes.md, INS-…).

mod bundle;
mod display;
mod envelope;
mod files;
mod report;
mod view;

use std::io::{Read, Seek, SeekFrom};

pub use report::{CertificateCheck, Field, Finding, Kind, Report, Severity};

use super::stream::fill;
use crate::certificate::Certificate;
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};
use crate::time::Timestamp;
use view::{Form, TAIL_LEN, View};

/// How much of the start of a file is looked at, in bytes; beyond it only the last 128 (INS-2).
pub const SCAN_LEN: usize = 4 * 1024 * 1024;

/// What the inspector is told besides the bytes.
#[derive(Debug, Clone, Copy)]
pub struct InspectOptions<'a> {
    /// A certificate to compare with the recipient.
    pub certificate: Option<&'a Certificate>,
    /// The time to judge validity by.
    pub now: Timestamp,
}

/// Explains `bytes`. It never fails: what it does not know is of the kind `unknown`, with the reasons (INS-1).
#[must_use]
pub fn inspect(provider: &CryptoProvider, bytes: &[u8], options: &InspectOptions<'_>) -> Report {
    let tail = bytes.get(bytes.len().saturating_sub(TAIL_LEN)..).unwrap_or_default();
    let head = bytes.get(..bytes.len().min(SCAN_LEN)).unwrap_or_default();
    explain(provider, View { head, tail, total: super::parse::len_u64(bytes.len()) }, options)
}

/// Explains a source that can seek, without reading more of it than [`SCAN_LEN`] bytes and its end.
///
/// # Errors
/// `file_failed`.
pub fn inspect_source<S: Read + Seek>(
    provider: &CryptoProvider,
    mut source: S,
    options: &InspectOptions<'_>,
) -> Result<Report> {
    let failed = |error: std::io::Error| Error::new(Code::FileFailed, format!("cannot seek in the input: {error}"));
    let total = source.seek(SeekFrom::End(0)).map_err(failed)?;
    source.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut head = vec![0; usize::try_from(total).unwrap_or(usize::MAX).min(SCAN_LEN)];
    let count = fill(&mut source, &mut head)?;
    head.truncate(count);
    let tail_len = usize::try_from(total).unwrap_or(usize::MAX).min(TAIL_LEN);
    let mut tail = vec![0; tail_len];
    source.seek(SeekFrom::Start(total.saturating_sub(super::parse::len_u64(tail_len)))).map_err(failed)?;
    let count = fill(&mut source, &mut tail)?;
    tail.truncate(count);
    Ok(explain(provider, View { head: &head, tail: &tail, total }, options))
}

/// Tries the kinds in the order of how sure their marks are: an envelope's header and splitter, ASN.1, then text.
fn explain(provider: &CryptoProvider, view: View<'_>, options: &InspectOptions<'_>) -> Report {
    if let Some(report) = envelope::recognise(view, Form::Binary, options) {
        return report;
    }
    if let Some(report) = files::recognise(provider, view, options) {
        return report;
    }
    if let Some(armor) = view::Armor::decode(view) {
        let mut report = explain_text(provider, &armor, options);
        report.findings.splice(0..0, armor.findings());
        return report;
    }
    envelope::unknown(view, Form::Binary)
}

/// What the bytes of base64 text are.
fn explain_text(provider: &CryptoProvider, armor: &view::Armor, options: &InspectOptions<'_>) -> Report {
    let view = armor.view();
    envelope::recognise(view, Form::Text, options)
        .or_else(|| files::recognise(provider, view, options))
        .or_else(|| envelope::pin_box(view))
        .unwrap_or_else(|| envelope::unknown(view, Form::Text))
}
