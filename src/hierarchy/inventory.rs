//! Which keys there are.

use super::Hierarchy;
use super::info::{KeyFilter, KeyInfo, KeyLevel, KeyState};
use super::records::Row;
use super::route::normalise;
use crate::error::{Code, Error, Result};
use crate::id::{Alias, KeyScope, Thumbprint};
use crate::store::Select;

/// The length of a thumbprint as text; an alias is shorter.
const THUMBPRINT_CHARS: usize = 64;

impl Hierarchy {
    /// The keys that pass `filter`, by begin, then alias.
    ///
    /// # Errors
    /// Those of the store and of the master backend.
    pub fn keys(&self, filter: &KeyFilter) -> Result<Vec<KeyInfo>> {
        let rows = match (&filter.app, &filter.reference) {
            (Some(app), Some(reference)) => {
                self.keys_of(&normalise(&KeyScope { app: app.clone(), reference: reference.clone() }))?
            }
            _ => self.find_keys(Select::AllKeys)?,
        };
        let book = self.book()?;
        let mut keys = Vec::new();
        for row in rows {
            let scope = &row.key.alias.scope;
            let reference_fits = |reference: &crate::id::RefId| {
                *reference == scope.reference || (reference.is_blank() && scope.reference.as_str().is_empty())
            };
            if filter.app.as_ref().is_some_and(|app| *app != scope.app)
                || !filter.reference.as_ref().is_none_or(reference_fits)
            {
                continue;
            }
            let key = self.describe(&row.key, self.certificate_of_key(&row)?.as_ref(), &book)?;
            if filter.all || !matches!(key.state, KeyState::Expired | KeyState::Revoked) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    /// The key with this alias, or with a certificate of this thumbprint (64 hexadecimal digits in either case).
    ///
    /// # Errors
    /// `alias_not_found`, `thumbprint_not_found`, `thumbprint_ambiguous`; `invalid_argument` for text that is neither.
    pub fn key(&self, alias_or_thumbprint: &str) -> Result<KeyInfo> {
        let text = alias_or_thumbprint.trim();
        let row = if text.len() == THUMBPRINT_CHARS {
            self.key_by_thumbprint(&Thumbprint::from_hex(text)?)?
        } else {
            let alias = Alias::new(text)?;
            let missing = || Error::new(Code::AliasNotFound, format!("no key has the alias {alias}"));
            self.key_by_alias(&alias)?.ok_or_else(missing)?
        };
        self.describe(&row.key, self.certificate_of_key(&row)?.as_ref(), &self.book()?)
    }

    fn key_by_thumbprint(&self, thumbprint: &Thumbprint) -> Result<Row> {
        let mut rows = self.keys_with_thumbprint(*thumbprint)?;
        self.prefer_keys_that_are_here(&mut rows);
        // A certificate of another domain that came back has a row for each time; the last one counts.
        let scope = rows.first().map(|row| row.key.alias.scope.clone());
        let returned =
            |row: &Row| Some(&row.key.alias.scope) == scope.as_ref() && self.level(&row.key) == KeyLevel::OtherDomain;
        if rows.len() > 1 && rows.iter().all(returned) {
            rows.sort_by_key(|row| row.key.alias.expires);
            rows.drain(..rows.len().saturating_sub(1));
        }
        let mut rows = rows.into_iter();
        match (rows.next(), rows.next()) {
            (None, _) => Err(Error::new(Code::ThumbprintNotFound, format!("no key has the thumbprint {thumbprint}"))),
            (Some(row), None) => Ok(row),
            (Some(_), Some(_)) => {
                Err(Error::new(Code::ThumbprintAmbiguous, format!("several keys have the thumbprint {thumbprint}")))
            }
        }
    }
}
