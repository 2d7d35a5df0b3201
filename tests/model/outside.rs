//! What comes from outside, as docs/hierarchy.md §6a has it: certificates for keys that are here, certificates of other
//! domains, requests, and what a crash in the middle of them leaves.

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::manager::KeyLevel;
use keymanager::time::Timestamp;

use crate::book::{Book, Row, Sent};
use crate::foresight::{Answer, Envelope, Lapse, Seer, TOLERANCE_OF_ENDS, is_sign_pair, is_zk};
use crate::making::end_current;
use crate::parcels::Sending;
use crate::steps::Kind;

impl Seer<'_> {
    /// HIE-70, HIE-71.
    pub fn upload(&mut self, scope: &KeyScope, sending: &Sending) -> Result<Answer, Code> {
        if sending.bytes.trim_ascii().is_empty() {
            return Err(Code::InvalidArgument);
        }
        self.to_upload(scope, sending)?;
        self.clear(scope);
        let row = self.to_upload(scope, sending)?;
        let sent = Sent::of(sending.certificate.as_ref().unwrap());
        if !row.in_store() {
            let is_new = Some(sent.thumbprint) != row.thumbprint;
            self.commit(|book| book.row_mut(&row.alias).held = is_new.then_some(sent));
        }
        let now = self.now;
        // The backend answered an error and had done it: what it has is recorded as after a crash.
        let interrupted = self.lapse == Some(Lapse::Attach);
        let expires = if interrupted { self.end_of(&row, sent) } else { sent.end };
        self.commit(|book| record(book, &row.alias, sent, now, expires));
        if interrupted { Err(Code::MasterUnavailable) } else { Ok(vec![(row.alias, false)]) }
    }

    fn to_upload(&self, scope: &KeyScope, sending: &Sending) -> Result<Row, Code> {
        self.active(scope)?;
        let row = self.book().current(scope, self.now).cloned().ok_or(Code::NoUniqueKey)?;
        let certificate = sending.certificate.as_ref().ok_or(Code::CertificateUnparsable)?;
        if matches!(row.level, KeyLevel::OtherDomain | KeyLevel::Symmetric) {
            return Err(Code::AliasNotFound);
        }
        let own = self.facts.certificate(&row.alias).unwrap();
        if own.public_key() != certificate.public_key() {
            return Err(Code::CertificateOfOtherKey);
        }
        Ok(row)
    }

    /// HIE-29, HIE-71: the uploads of a scope that did not get as far as the record.
    pub fn clear(&mut self, scope: &KeyScope) {
        if matches!(&self.lapse, Some(Lapse::Clear(failing)) if failing == scope) {
            return;
        }
        let aliases: Vec<String> =
            self.intents.iter().filter(|(of, _)| of == scope).map(|(_, alias)| alias.to_string()).collect();
        for alias in aliases {
            let Some(row) = self.book().rows.iter().find(|row| row.alias == alias) else { continue };
            let Some(held) = row.held else { continue };
            let (now, expires) = (self.now, self.end_of(row, held));
            self.commit(|book| record(book, &alias, held, now, expires));
        }
    }

    /// When a key ends whose upload is finished later (HIE-71): one that has ended meanwhile does not come back.
    fn end_of(&self, row: &Row, held: Sent) -> Timestamp {
        let ended = row.expires <= self.now.plus_seconds(TOLERANCE_OF_ENDS);
        if ended { row.expires.min(held.end) } else { held.end }
    }

    /// Those of every scope, and pools that are never used any more.
    pub fn clear_all(&mut self) {
        let mut scopes: Vec<KeyScope> = self.intents.iter().map(|(scope, _)| scope.clone()).collect();
        scopes.sort();
        scopes.dedup();
        for scope in scopes {
            self.clear(&scope);
        }
        self.discard_stale();
    }

    /// HIE-75 to HIE-77.
    pub fn other_domain(&mut self, scope: &KeyScope, sending: &Sending) -> Result<Answer, Code> {
        if scope.reference.as_str().trim().is_empty() || sending.bytes.trim_ascii().is_empty() {
            return Err(Code::InvalidArgument);
        }
        if is_sign_pair(scope) {
            return Err(Code::SignPairNotAllowed);
        }
        if Kind::of(scope.reference.as_str()).is_some() {
            return Err(Code::SignReferenceNotAllowed);
        }
        let sent = Sent::of(sending.certificate.as_ref().ok_or(Code::CertificateUnparsable)?);
        let book = self.book();
        let rows = book.ordered(scope);
        match (book.current(scope, self.now), rows.first()) {
            (None, Some(oldest)) if !oldest.in_store() => return Err(Code::OwnKeyExists),
            (Some(row), _) if !row.in_store() => return Err(Code::OtherDomainKeyMissing),
            (Some(row), _) if row.level == KeyLevel::Base => return Err(Code::PrivateKeyHeld),
            (Some(row), _) if row.thumbprint == Some(sent.thumbprint) => return Err(Code::CertificateExists),
            _ => {}
        }
        if rows.iter().any(|row| row.thumbprint == Some(sent.thumbprint) && row.expires == sent.end) {
            return Err(Code::CertificateExists);
        }
        let alias = format!("?{scope}");
        let ident = format!("{}_{}_{}", scope.app, scope.reference, sent.thumbprint);
        let row = Row {
            alias: alias.clone(),
            scope: scope.clone(),
            level: KeyLevel::OtherDomain,
            generated: sent.begin,
            expires: sent.end,
            not_after: Some(sent.end),
            long_ident: book.is_taken(&ident, &alias),
            ident: Some(ident),
            issuer: Some(alias.clone()),
            thumbprint: Some(sent.thumbprint),
            private_key: Some("NA".to_owned()),
            held: None,
            former: std::collections::BTreeSet::new(),
            is_from_pool: false,
        };
        let now = self.now;
        self.commit(|book| {
            end_current(book, scope, now);
            book.rows.push(row);
        });
        // Nothing is generated.
        Ok(vec![(alias, false)])
    }

    /// HIE-80.
    pub fn request(&mut self, scope: &KeyScope) -> Result<Answer, Code> {
        self.active(scope)?;
        if scope.app.as_str().eq_ignore_ascii_case("KERNEL") && is_zk(scope) {
            return Err(Code::CsrNotAllowed);
        }
        let keys = self.certificate(scope)?;
        let level = |alias: &str| self.book().rows.iter().find(|row| row.alias == alias).unwrap().level;
        if keys.iter().any(|(alias, _)| level(alias) == KeyLevel::OtherDomain) {
            return Err(Code::AliasNotFound);
        }
        Ok(keys.into_iter().map(|(alias, _)| (alias, false)).collect())
    }

    /// The rows with the thumbprint of an envelope; former thumbprints count when no key here has it (HIE-73).
    fn named(&self, envelope: &Envelope) -> Vec<&Row> {
        let book = self.book();
        let mut rows: Vec<&Row> = book.rows.iter().filter(|row| row.thumbprint == Some(envelope.thumbprint)).collect();
        if rows.iter().all(|row| row.level == KeyLevel::OtherDomain) {
            rows.extend(book.rows.iter().filter(|row| row.former.contains(&envelope.thumbprint)));
        }
        rows.sort_by(|one, other| (one.generated, &one.alias).cmp(&(other.generated, &other.alias)));
        rows
    }

    /// HIE-41 to HIE-44, after access was decided.
    pub fn open(&self, envelope: &Envelope, scope: &KeyScope) -> Result<Answer, Code> {
        let mut rows = self.named(envelope);
        rows.retain(|row| row.scope.app == scope.app);
        prefer_ours(&mut rows);
        let narrow: Vec<&Row> = rows.iter().copied().filter(|row| row.scope == *scope).collect();
        if rows.len() > 1 && !narrow.is_empty() {
            rows = narrow;
        }
        let Some(last) = rows.last() else { return Err(Code::ThumbprintOtherApplication) };
        let of_one = |row: &&Row| row.level == KeyLevel::OtherDomain && row.scope == last.scope;
        if rows.len() > 1 && !rows.iter().all(of_one) {
            return Err(Code::ThumbprintAmbiguous);
        }
        match last.level {
            KeyLevel::OtherDomain => Err(Code::PrivateKeyNotHere),
            _ => Ok(vec![(last.alias.clone(), false)]),
        }
    }

    pub fn find(&self, envelope: &Envelope) -> Result<Answer, Code> {
        let mut rows = self.named(envelope);
        prefer_ours(&mut rows);
        // HIE-77.
        rows.sort_by_key(|row| row.expires);
        let last = rows.last().unwrap();
        let of_one = |row: &&Row| row.level == KeyLevel::OtherDomain && row.scope == last.scope;
        if rows.len() > 1 && !rows.iter().all(of_one) {
            return Err(Code::ThumbprintAmbiguous);
        }
        Ok(vec![(last.alias.clone(), false)])
    }
}

/// HIE-42.
fn prefer_ours(rows: &mut Vec<&Row>) {
    if rows.iter().any(|row| row.level != KeyLevel::OtherDomain) {
        rows.retain(|row| row.level != KeyLevel::OtherDomain);
    }
}

/// The record takes the certificate.
fn record(book: &mut Book, alias: &str, sent: Sent, now: Timestamp, expires: Timestamp) {
    let row = book.row_mut(alias);
    let (old, scope) = (row.thumbprint, row.scope.clone());
    if let Some(old) = old.filter(|old| *old != sent.thumbprint) {
        row.former.insert(old);
    }
    row.former.remove(&sent.thumbprint);
    row.held = None;
    row.thumbprint = Some(sent.thumbprint);
    (row.generated, row.expires, row.not_after) = (sent.begin, expires, Some(sent.end));
    let ident = Book::dated(&scope, now);
    let taken = book.is_taken(&ident, alias);
    let row = book.row_mut(alias);
    (row.ident, row.long_ident) = (Some(ident), taken);
}
