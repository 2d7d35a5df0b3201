//! Whether certificates lead to a Root of this hierarchy.

use super::{FindingCode, Severity, Visit, is_bad_row};
use crate::certificate::Certificate;
use crate::error::{Code, Result};
use crate::hierarchy::info::KeyLevel;
use crate::hierarchy::records::Row;
use crate::id::KeyScope;

/// How much longer than its issuer a key may be valid, in seconds.
const SLACK_SECONDS: i64 = 2;

impl Visit<'_> {
    pub(super) fn read_roots(&mut self) -> Result<()> {
        self.roots = match self.hierarchy.roots() {
            Ok(roots) => roots,
            // A damaged row, or a certificate that cannot be read: a finding when its row is read. Until then every
            // self-signed certificate of the backend counts.
            Err(error) if is_bad_row(&error) || error.code() == Code::CertificateUnparsable => self
                .masters
                .iter()
                .filter_map(|(alias, held)| match &held.certificate {
                    Some(Ok(certificate)) if certificate.is_self_issued() => Some((alias.clone(), certificate.clone())),
                    _ => None,
                })
                .collect(),
            Err(error) => return Err(error),
        };
        Ok(())
    }

    pub(super) fn judge_chain(&mut self, row: &Row, level: KeyLevel, certificate: &Certificate) -> Result<()> {
        let provider = self.hierarchy.provider;
        let alias = &row.key.alias.alias;
        match (level, &row.key.stored) {
            (KeyLevel::Root, _) if certificate.is_self_issued() => {
                if certificate.verify_signed_by(&provider, certificate).is_err() {
                    let text = "The Root certificate is not signed by its own key.";
                    self.found(FindingCode::ChainBroken, Some(alias), text.to_owned());
                }
            }
            (KeyLevel::Root, _) => self.unknown_issuer(row, certificate, Severity::Info),
            (KeyLevel::Module, _) | (KeyLevel::Sign, None) => match self.hierarchy.root_of(certificate, &self.roots) {
                Some((_, root)) => {
                    let end = root.not_after();
                    self.judge_end(row, end);
                }
                None if self
                    .roots
                    .iter()
                    .any(|(_, root)| certificate.verify_signed_with(&provider, root.public_key()).is_ok()) =>
                {
                    // The Root got a certificate from elsewhere (HIE-70), and another name with it.
                    let text = format!(
                        "The certificate names `{}` as its issuer. That Root's key has signed it, and has another \
                         name now: its certificate was replaced. Who verifies needs the former one.",
                        certificate.issuer_text()
                    );
                    self.found_at(FindingCode::IssuerUnknown, Severity::Info, Some(alias), text);
                }
                None if self.roots.iter().any(|(_, root)| root.subject_der() == certificate.issuer_der()) => {
                    let text = "The certificate names the Root as its issuer, and no Root key has signed it.";
                    self.found(FindingCode::ChainBroken, Some(alias), text.to_owned());
                }
                None => self.unknown_issuer(row, certificate, Severity::Warning),
            },
            (KeyLevel::Base | KeyLevel::Sign, Some(stored)) => {
                // Without a readable certificate of the master, the findings about the master say what is wrong.
                let Some(Some(Ok(master))) = self.master(&stored.master)?.map(|held| held.certificate.clone()) else {
                    return Ok(());
                };
                if certificate.verify_signed_by(&provider, &master).is_ok() {
                    return Ok(());
                }
                // A key that was wrapped again keeps the certificate that a former Module key signed.
                let (signed, all_here) = self.former_issuer(row, certificate)?;
                if signed {
                    return Ok(());
                }
                if certificate.issuer_der() == master.subject_der() && all_here {
                    let text = format!(
                        "The certificate names the master key {} as its issuer, and that key has not signed it.",
                        stored.master
                    );
                    self.found(FindingCode::ChainBroken, Some(alias), text);
                } else {
                    self.unknown_issuer(row, certificate, Severity::Info);
                }
            }
            (KeyLevel::Base, None) | (KeyLevel::Symmetric | KeyLevel::OtherDomain, _) => {}
        }
        Ok(())
    }

    /// Whether one of the Module keys of the application signed the certificate, and whether all of them are in the
    /// backend, where they can be asked.
    fn former_issuer(&mut self, row: &Row, certificate: &Certificate) -> Result<(bool, bool)> {
        let hierarchy = self.hierarchy;
        let modules = match hierarchy.keys_of(&KeyScope::master(row.key.alias.scope.app.clone())) {
            Ok(modules) => modules,
            // The damaged row has a finding of its own.
            Err(error) if is_bad_row(&error) => return Ok((false, false)),
            Err(error) => return Err(error),
        };
        let mut all_here = true;
        for module in modules {
            match self.master(&module.key.alias.alias)?.and_then(|held| held.certificate.as_ref()) {
                Some(Ok(held)) if certificate.verify_signed_by(&hierarchy.provider, held).is_ok() => {
                    return Ok((true, all_here));
                }
                Some(Ok(_)) => {}
                _ => all_here = false,
            }
        }
        Ok((false, all_here))
    }

    /// A Root or a Base key may have been certified by an authority elsewhere; a Module key rarely is.
    fn unknown_issuer(&mut self, row: &Row, certificate: &Certificate, severity: Severity) {
        let text = format!(
            "The certificate was issued by `{}`, which is no key of this hierarchy: an authority elsewhere, or a Root \
             whose record is lost.",
            certificate.issuer_text()
        );
        self.found_at(FindingCode::IssuerUnknown, severity, Some(&row.key.alias.alias), text);
    }

    fn judge_end(&mut self, row: &Row, root_ends: crate::time::Timestamp) {
        let now = self.hierarchy.now();
        let Some(expires) = row.key.alias.expires else { return };
        if expires > now && expires > root_ends.plus_seconds(SLACK_SECONDS) {
            let text = format!(
                "The key of {} is valid until {expires}, and the Root that signed it only until {root_ends}.",
                row.key.alias.scope
            );
            self.found(FindingCode::OutlivesIssuer, Some(&row.key.alias.alias), text);
        }
    }
}
