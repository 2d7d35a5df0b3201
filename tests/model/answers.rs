//! Whether what was listed and handed out is what the book says.

use keymanager::id::Alias;
use keymanager::manager::{KeyInfo, KeyLevel};
use keymanager::time::Timestamp;

use crate::foresight::scope_of;
use crate::perform::Reply;
use crate::run::Play;
use crate::steps::Verb;
use crate::support::provider;

impl Play<'_> {
    /// The states of all keys (HIE-15).
    pub fn check_listing(&self, listed: Option<&[KeyInfo]>, now: Timestamp) -> Result<(), String> {
        let Some(listed) = listed else { return Ok(()) };
        if listed.len() != self.book.rows.len() {
            return Err(format!("{} keys are listed of {}", listed.len(), self.book.rows.len()));
        }
        for key in listed {
            let row = self.book.rows.iter().find(|row| row.alias == key.alias.as_str()).unwrap();
            let days = (row.expires.unix_micros() - now.unix_micros()).div_euclid(86_400_000_000);
            let issuer = key.issuer_alias.as_ref().map(Alias::as_str);
            let is_issuer = match row.level {
                KeyLevel::Base | KeyLevel::Sign if row.in_store() => issuer == row.issuer.as_deref(),
                KeyLevel::Module | KeyLevel::Sign => self.is_signer(row.alias.as_str(), issuer),
                _ => issuer.is_none(),
            };
            let expected = (row.level, self.book.state(row, now), Some(days), true);
            if (key.level, key.state, key.days_left, is_issuer) != expected {
                return Err(format!("listed {key:?}, expected {expected:?}"));
            }
        }
        Ok(())
    }

    /// Whether the Root `issuer` signed the certificate of a master; none when no Root did. Roots may share one of the
    /// kept keys; then it is any of them.
    fn is_signer(&self, alias: &str, issuer: Option<&str>) -> bool {
        let own = self.facts.certificate(alias).unwrap();
        let signed = |root: &str| {
            self.facts.certificate(root).is_some_and(|root| own.verify_signed_by(&provider(), &root).is_ok())
        };
        let mut roots = self.book.rows.iter().filter(|row| row.level == KeyLevel::Root);
        match issuer {
            Some(issuer) => roots.any(|row| row.alias == issuer) && signed(issuer),
            None => !roots.any(|row| signed(&row.alias)),
        }
    }

    /// A chain begins with the current certificate and goes as far up as signatures lead; a scope has all certificates
    /// it ever showed last; a request is made by its key.
    pub fn check_certificates(&self, verb: &Verb, reply: &Reply, now: Timestamp) -> Result<(), String> {
        if let (Some(request), Ok(keys)) = (&reply.request, &reply.outcome) {
            let certificate = self.facts.certificate(keys[0].0.as_str()).unwrap();
            if request.verify(&provider()).is_err() || request.public_key() != certificate.public_key() {
                return Err("the request is not one of the key".to_owned());
            }
        }
        let Some(certificates) = &reply.certificates else { return Ok(()) };
        let found: Vec<_> = certificates.iter().map(|certificate| Some(certificate.thumbprint())).collect();
        if let Verb::Certificates(scope) = verb {
            let rows = self.book.ordered(&scope_of(*scope));
            let pairs = rows.iter().filter(|row| row.level != KeyLevel::Symmetric);
            let expected: Vec<_> = pairs.map(|row| row.shown()).collect();
            return if found == expected { Ok(()) } else { Err(format!("found {found:?}, expected {expected:?}")) };
        }
        if let (Verb::Object { .. }, Ok(keys)) = (verb, &reply.outcome) {
            let row = self.book.rows.iter().find(|row| row.alias == keys[0].0.as_str()).unwrap();
            let expected = [row.shown()];
            return if found == expected { Ok(()) } else { Err(format!("found {found:?}, expected {expected:?}")) };
        }
        let Verb::Chain(scope) = verb else { return Ok(()) };
        let row = self.book.current(&scope_of(*scope), now).unwrap();
        let mut last = self.facts.certificate(&row.alias).unwrap();
        let mut expected = vec![row.shown()];
        let is_under_module = row.in_store() && row.level != KeyLevel::OtherDomain;
        let above = row.issuer.as_deref().filter(|_| is_under_module);
        let above = above.and_then(|alias| self.facts.certificate(alias));
        let is_alone = above.as_ref().is_some_and(|above| last.verify_signed_by(&provider(), above).is_err());
        if let Some(above) = above.filter(|_| !is_alone) {
            expected.push(Some(above.thumbprint()));
            last = above;
        }
        let roots = self.book.rows.iter().filter(|row| row.level == KeyLevel::Root);
        let signers: Vec<_> = roots
            .filter_map(|row| self.facts.certificate(&row.alias))
            .filter(|root| !is_alone && last.verify_signed_by(&provider(), root).is_ok())
            .map(|root| Some(root.thumbprint()))
            .collect();
        let top = found.get(expected.len()).copied().unwrap_or_else(|| Some(last.thumbprint()));
        let is_whole = if signers.is_empty() { top == Some(last.thumbprint()) } else { signers.contains(&top) };
        expected.extend(found.get(expected.len()).map(|_| top));
        if found != expected || !is_whole {
            return Err(format!("the chain {found:?}, expected {expected:?} with one of {signers:?} above"));
        }
        Ok(())
    }
}
