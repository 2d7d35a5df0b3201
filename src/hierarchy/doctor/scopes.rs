//! Scopes as a whole: how many keys are current, of which kind, and whether the newest is due (HIE-14, HIE-33).

use std::collections::BTreeSet;

use super::{FindingCode, Severity, Visit};
use crate::error::Result;
use crate::hierarchy::info::{KeyLevel, KeyState};
use crate::hierarchy::records::Row;
use crate::id::{Alias, AppId, KeyScope};
use crate::time::Timestamp;

/// What is remembered of a scope's rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    symmetric: bool,
    pairs: bool,
    /// The current keys with their begin.
    current: Vec<(Option<Timestamp>, Alias)>,
    newest: Option<Newest>,
}

#[derive(Debug)]
struct Newest {
    generated: Option<Timestamp>,
    alias: Alias,
    expires: Option<Timestamp>,
    level: KeyLevel,
    state: KeyState,
}

impl Visit<'_> {
    /// Counts a row in. Its certificate is not needed: whether an ended key was revoked makes no difference here.
    pub(super) fn tally(&mut self, row: &Row, level: KeyLevel) -> Result<()> {
        let alias = &row.key.alias;
        let moment = self.moment(&alias.scope)?;
        let tally = self.scopes.entry(alias.scope.clone()).or_default();
        match level {
            KeyLevel::Symmetric => tally.symmetric = true,
            _ => tally.pairs = true,
        }
        let Some(moment) = moment else { return Ok(()) };
        if moment.is_current(alias) {
            tally.current.push((alias.generated, alias.alias.clone()));
        }
        let place = |newest: &Newest| (newest.generated, newest.alias.clone());
        if tally.newest.as_ref().map(place) < Some((alias.generated, alias.alias.clone())) {
            tally.newest = Some(Newest {
                generated: alias.generated,
                alias: alias.alias.clone(),
                expires: alias.expires,
                level,
                state: moment.state(alias, None),
            });
        }
        Ok(())
    }

    pub(super) fn judge_scopes(&mut self) -> Result<()> {
        let scopes = std::mem::take(&mut self.scopes);
        let mut without_policy: BTreeSet<AppId> = BTreeSet::new();
        for (scope, tally) in scopes {
            self.advance("scopes")?;
            if tally.symmetric && tally.pairs {
                let text = format!(
                    "{scope} has symmetric keys and keys with certificates: a request finds the one or the other, as \
                     their times say. Move one of the two kinds to another reference id."
                );
                self.found(FindingCode::MixedKinds, None, text);
            }
            if tally.current.len() > 1 {
                self.judge_several(&scope, &tally)?;
            }
            let Some(newest) = tally.newest else { continue };
            if newest.level != KeyLevel::OtherDomain && !self.has_policy(&scope.app) {
                without_policy.insert(scope.app.clone());
            }
            if tally.current.is_empty() {
                self.judge_newest(&scope, &newest);
            }
        }
        for app in without_policy {
            let text = format!(
                "{app} has keys and no key policy: no key is made for it, and nobody may decrypt. Make one with \
                 `policy set`."
            );
            self.found(FindingCode::PolicyMissing, None, text);
        }
        Ok(())
    }

    fn judge_several(&mut self, scope: &KeyScope, tally: &Tally) -> Result<()> {
        let mut current = tally.current.clone();
        current.sort();
        let Some((_, newest)) = current.last() else { return Ok(()) };
        let list: Vec<&str> = current.iter().map(|(_, alias)| alias.as_str()).collect();
        let count = current.len();
        let text = format!(
            "{scope} has {count} current keys ({}); the newest is used here, and the Java service refuses all of them \
             (KER-KMS-003).",
            list.join(", ")
        );
        if self.hierarchy.is_zk_master(scope) {
            // HIE-34: each of them may have wrapped keys.
            self.found(FindingCode::SeveralCurrent, Some(newest), text);
            return Ok(());
        }
        let repair = format!("Ends all of them but {newest} one minute ago; they still decrypt.");
        self.mend(FindingCode::SeveralCurrent, Some(newest), text, &repair, |hierarchy| {
            hierarchy.end_all_but_the_newest(scope)
        })
    }

    fn judge_newest(&mut self, scope: &KeyScope, newest: &Newest) {
        let renewed = newest.level != KeyLevel::OtherDomain && !self.hierarchy.is_zk_master(scope);
        let how = match newest.level {
            KeyLevel::OtherDomain => "its owner has to send a new certificate",
            _ if renewed => "the next request for its certificate makes a new one",
            _ => "it is not renewed by itself, since the keys it wraps would be lost",
        };
        let at = newest.expires.map(|expires| expires.to_string()).unwrap_or_default();
        let (code, text) = match newest.state {
            KeyState::PreExpiry => {
                (FindingCode::KeyDue, format!("The key of {scope} is due for renewal, and ends at {at}: {how}."))
            }
            KeyState::Expired | KeyState::Revoked if newest.expires.is_some() => {
                (FindingCode::KeyEnded, format!("The newest key of {scope} ended at {at}: {how}."))
            }
            _ => return,
        };
        let severity = if renewed { Severity::Info } else { Severity::Warning };
        self.found_at(code, severity, Some(&newest.alias), text);
    }
}
