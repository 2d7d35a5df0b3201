//! How a key is made, as docs/hierarchy.md §3 has it.

use std::collections::BTreeSet;

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::manager::KeyLevel;
use keymanager::time::Timestamp;

use crate::book::{Book, Row, in_store};
use crate::foresight::{Lapse, Seer, elliptic, is_sign_route, is_zk, no_base_keys, pair};
use crate::steps::Kind;

const SYMMETRIC_DAYS: i64 = 1825;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Ensure,
    Renew,
    Force,
    Rotate,
}

impl Seer<'_> {
    /// HIE-31 to HIE-34, HIE-101.
    fn permit(&self, scope: &KeyScope, level: KeyLevel) -> Result<(), Code> {
        let (app, _) = pair(scope);
        let symmetric = self.book().of(scope).any(|row| row.level == KeyLevel::Symmetric);
        match level {
            KeyLevel::Symmetric => {
                if is_sign_route(scope) || elliptic(scope).is_some() {
                    return Err(Code::ReferenceNotAllowed);
                }
                if self.book().of(scope).any(|row| row.level != KeyLevel::Symmetric) {
                    return Err(Code::GenerationNotAllowed);
                }
                if is_zk(scope) && self.book().has(scope) {
                    return Err(Code::RewrapNeeded);
                }
                Ok(())
            }
            KeyLevel::Base => {
                if self.book().of(scope).any(|row| row.level == KeyLevel::OtherDomain) {
                    return Err(Code::GenerationNotAllowed);
                }
                if no_base_keys(app) || elliptic(scope).is_some() || symmetric {
                    return Err(Code::GenerationNotAllowed);
                }
                self.active(scope)
            }
            KeyLevel::Sign if elliptic(scope) == Some(Kind::Ed25519) => {
                self.active(scope)?;
                if !self.book().has(&KeyScope::new("ROOT", "").unwrap()) {
                    return Err(Code::RootNotFound);
                }
                if app == "BASE" || no_base_keys(app) { Err(Code::GenerationNotAllowed) } else { Ok(()) }
            }
            _ if app == "BASE" && elliptic(scope).is_none() => Err(Code::GenerationNotAllowed),
            _ => {
                self.active(scope)?;
                if app == "BASE" { Err(Code::GenerationNotAllowed) } else { Ok(()) }
            }
        }
    }

    /// HIE-20 to HIE-26.
    pub fn make(&mut self, scope: &KeyScope, level: KeyLevel, mode: Mode) -> Result<(String, bool), Code> {
        let replaces = matches!(mode, Mode::Force | Mode::Rotate);
        let same_kind = |row: &Row| (row.level == KeyLevel::Symmetric) == (level == KeyLevel::Symmetric);
        let fits = |seer: &Self| seer.book().current(scope, seer.now).is_some_and(|row| !replaces && same_kind(row));
        if !fits(self) {
            self.permit(scope, level)?;
        }
        self.clear(scope);
        if fits(self) {
            return Ok((self.book().current(scope, self.now).unwrap().alias.clone(), false));
        }
        if self.book().current(scope, self.now).is_none() {
            match mode {
                Mode::Renew | Mode::Rotate if !self.book().has(scope) => return Err(Code::KeyNotGenerated),
                Mode::Rotate => return Err(Code::NoUniqueKey),
                _ => {}
            }
        }
        self.permit(scope, level)?;
        let validity = match level {
            KeyLevel::Symmetric => SYMMETRIC_DAYS,
            _ => i64::from(self.book().policies[scope.app.as_str()].validity),
        };
        let (now, expires) = (self.now, self.now.plus_days(validity));
        // HIE-24: never a key that is due as it begins.
        if expires.plus_days(-self.book().pre_expire(scope)) <= now {
            return Err(Code::GenerationNotAllowed);
        }
        let issuer = match level {
            KeyLevel::Sign if in_store(scope, level) => Some(self.above_in_store(scope)?),
            KeyLevel::Module | KeyLevel::Sign => {
                Some(self.above(&KeyScope::new("ROOT", "").unwrap(), KeyLevel::Root, Code::RootNotFound)?)
            }
            KeyLevel::Base => Some(self.above_in_store(scope)?),
            _ => None,
        };
        let module = issuer.as_deref().filter(|_| level == KeyLevel::Base);
        let can_draw = module.is_some_and(|module| self.book().ready(module) > 0);
        self.draws |= can_draw;
        // What a certificate cannot say (docs/certificates.md).
        if level != KeyLevel::Symmetric && (expires == Timestamp::MAX || now.unix_micros() < 0) {
            return Err(Code::InvalidArgument);
        }
        let alias = format!("?{scope}");
        let ident = (level != KeyLevel::Symmetric).then(|| Book::dated(scope, now));
        let row = Row {
            alias: alias.clone(),
            scope: scope.clone(),
            level,
            generated: now,
            expires,
            not_after: (level != KeyLevel::Symmetric).then(|| expires.truncate_to_seconds()),
            long_ident: ident.as_ref().is_some_and(|ident| self.book().is_taken(ident, &alias)),
            ident,
            issuer,
            thumbprint: None,
            private_key: None,
            held: None,
            former: BTreeSet::new(),
            is_from_pool: can_draw && self.lapse != Some(Lapse::Draw),
        };
        self.commit(|book| {
            if replaces {
                end_current(book, scope, now);
            }
            book.rows.push(row);
        });
        if level == KeyLevel::Module {
            self.discard_former(scope, Some(&alias));
        }
        Ok((alias, true))
    }

    fn above_in_store(&mut self, scope: &KeyScope) -> Result<String, Code> {
        self.above(&KeyScope::master(scope.app.clone()), KeyLevel::Module, Code::KeyNotGenerated)
    }

    /// The current key above; renewed when it is due (HIE-22, HIE-23).
    pub fn above(&mut self, scope: &KeyScope, level: KeyLevel, missing: Code) -> Result<String, Code> {
        if let Some(row) = self.book().current(scope, self.now) {
            return Ok(row.alias.clone());
        }
        if !self.book().has(scope) {
            return Err(missing);
        }
        self.make(scope, level, Mode::Renew).map(|(alias, _)| alias)
    }
}

/// HIE-50: one minute ago.
pub fn end_current(book: &mut Book, scope: &KeyScope, now: Timestamp) {
    let ended: Vec<String> = book
        .of(scope)
        .filter(|row| book.is_current(row, now) || book.is_ahead(row, now))
        .map(|row| row.alias.clone())
        .collect();
    for row in book.rows.iter_mut().filter(|row| ended.contains(&row.alias)) {
        row.expires = now.plus_seconds(-60);
    }
}
