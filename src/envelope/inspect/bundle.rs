//! PKCS#7 bundles of certificates (INS-12).

use super::InspectOptions;
use super::envelope::check;
use super::files::{position, whole};
use super::report::{Field, Kind, Report, Severity};
use crate::certificate::{Certificate, Validity, bundle, chain};
use crate::crypto::CryptoProvider;
use crate::envelope::parse::len_u64;
use crate::error::{Code, Error};

/// pkcs7-signedData as an element of ASN.1: what tells a bundle from other files that begin with a SEQUENCE.
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
/// The longest header of the SEQUENCE around it, in bytes.
const MAX_HEADER_LEN: usize = 6;

/// Whether BER begins as a bundle, and any other signed message, does.
pub(super) fn is_signed_data(ber: &[u8]) -> bool {
    let start = ber.get(..MAX_HEADER_LEN.saturating_add(SIGNED_DATA.len()).min(ber.len())).unwrap_or_default();
    start.windows(SIGNED_DATA.len()).any(|window| window == SIGNED_DATA)
}

/// The report on a bundle of `size` bytes. `ber` is none when the PEM around it could not be decoded.
pub(super) fn report(
    provider: &CryptoProvider,
    ber: Option<&[u8]>,
    size: u64,
    found: Result<Vec<Certificate>, Error>,
    options: &InspectOptions<'_>,
) -> Report {
    let mut report = Report::new(Kind::Bundle, size);
    let certificates = match found {
        Ok(certificates) => certificates,
        Err(error) => {
            report.find(Severity::Error, "bundle", error.detail().to_owned());
            return report;
        }
    };
    if let Some(ber) = ber {
        report.fields.push(whole(ber.len(), &format!("PKCS#7 bundle, certificates: {}", certificates.len())));
    }
    let mut from = 0;
    for (certificate, name) in certificates.iter().zip(NAMES) {
        // They follow each other, so each search ends where it begins.
        let offset = ber.and_then(|ber| position(ber, certificate.der(), from)).unwrap_or(from);
        from = offset.saturating_add(certificate.der().len());
        report.fields.push(Field {
            name,
            offset: len_u64(offset),
            length: len_u64(certificate.der().len()),
            value: Some(certificate.subject_text()).filter(|text| !text.is_empty()),
            note: format!(
                "{}, {} to {}, signed by {}, thumbprint {}",
                certificate.key_algorithm(),
                certificate.not_before(),
                certificate.not_after(),
                certificate.issuer_text(),
                certificate.thumbprint()
            ),
        });
        report.not_authenticated.push(name);
        match certificate.validity(options.now) {
            Validity::Valid { .. } => {}
            Validity::Expired { .. } => {
                let text = format!("{name} expired at {}", certificate.not_after());
                report.find(Severity::Warning, "certificate_expired", text);
            }
            Validity::NotYetValid { .. } => {
                let text = format!("{name} is not valid before {}", certificate.not_before());
                report.find(Severity::Warning, "certificate_not_yet_valid", text);
            }
        }
    }
    judge_chain(provider, &mut report, &certificates);
    if let Some(given) = options.certificate {
        let matches = certificates.iter().any(|certificate| certificate.thumbprint() == given.thumbprint());
        report.certificate = Some(check(given, Some(matches), options.now));
    }
    report
}

/// Whether the first certificate leads to a self-signed one by good signatures. Nothing says that it can be trusted.
fn judge_chain(provider: &CryptoProvider, report: &mut Report, certificates: &[Certificate]) {
    let Some(leaf) = certificates.first() else { return };
    let not_checked = "whether to trust it is for the reader to say: nothing vouches for what is in a bundle";
    match chain(provider, leaf, certificates) {
        Ok(chain) => {
            let text = format!(
                "the first certificate leads to a self-signed one, {} certificate(s) with good signatures; {not_checked}",
                chain.len()
            );
            report.find(Severity::Info, "chain", text);
        }
        Err(error) if error.code() == Code::CertificateNotTrusted => {
            let text = format!("the first certificate leads to no self-signed one in the bundle; {not_checked}");
            report.find(Severity::Warning, "no_chain", text);
        }
        Err(error) => report.find(Severity::Info, "signature_not_checked", error.detail().to_owned()),
    }
}

/// Names of fields are static; a bundle has at most so many certificates ([`bundle::MAX_BUNDLE_CERTIFICATES`]).
const NAMES: [&str; bundle::MAX_BUNDLE_CERTIFICATES] = [
    "certificate_1",
    "certificate_2",
    "certificate_3",
    "certificate_4",
    "certificate_5",
    "certificate_6",
    "certificate_7",
    "certificate_8",
    "certificate_9",
    "certificate_10",
    "certificate_11",
    "certificate_12",
    "certificate_13",
    "certificate_14",
    "certificate_15",
    "certificate_16",
    "certificate_17",
    "certificate_18",
    "certificate_19",
    "certificate_20",
    "certificate_21",
    "certificate_22",
    "certificate_23",
    "certificate_24",
    "certificate_25",
    "certificate_26",
    "certificate_27",
    "certificate_28",
    "certificate_29",
    "certificate_30",
    "certificate_31",
    "certificate_32",
    "certificate_33",
    "certificate_34",
    "certificate_35",
    "certificate_36",
    "certificate_37",
    "certificate_38",
    "certificate_39",
    "certificate_40",
    "certificate_41",
    "certificate_42",
    "certificate_43",
    "certificate_44",
    "certificate_45",
    "certificate_46",
    "certificate_47",
    "certificate_48",
    "certificate_49",
    "certificate_50",
    "certificate_51",
    "certificate_52",
    "certificate_53",
    "certificate_54",
    "certificate_55",
    "certificate_56",
    "certificate_57",
    "certificate_58",
    "certificate_59",
    "certificate_60",
    "certificate_61",
    "certificate_62",
    "certificate_63",
    "certificate_64",
];
