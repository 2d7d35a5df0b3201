//! Policy rows with values that cannot be (HIE-35, HIE-24).

use std::collections::BTreeSet;

use super::{FindingCode, Visit, bad_row, is_bad_row};
use crate::error::Result;
use crate::hierarchy::current::Moment;
use crate::hierarchy::policy::{BASE_POLICY, default_policies};
use crate::id::{AppId, KeyScope};
use crate::store::{PolicyRow, Query, Record, Select};

impl Visit<'_> {
    pub(super) fn read_policies(&mut self) -> Result<()> {
        self.advance("policies")?;
        match self.hierarchy.policies_now() {
            Ok(policies) => self.policies = policies,
            Err(error) if is_bad_row(&error) => {
                // One by one: a damaged row must not hide the others.
                self.asked = Some(BTreeSet::new());
                let known = default_policies(self.hierarchy.now());
                let config = &self.hierarchy.config.hierarchy;
                let apps: Vec<AppId> = known.into_iter().map(|row| row.app).collect();
                let apps = apps.into_iter().chain([config.root_app.clone(), config.sign_app.clone()]);
                for app in apps {
                    self.ask_policy(&app)?;
                }
                let text = format!("{error}.");
                if !self.report.findings.iter().any(|finding| finding.text == text) {
                    self.found(bad_row(error.code()), None, text);
                }
            }
            Err(error) => return Err(error),
        }
        let rows: Vec<PolicyRow> = self.policies.rows().cloned().collect();
        rows.iter().for_each(|row| self.judge_policy(row));
        Ok(())
    }

    /// The policy of one application, when the table cannot be read as a whole.
    pub(super) fn ask_policy(&mut self, app: &AppId) -> Result<()> {
        let Some(asked) = &mut self.asked else { return Ok(()) };
        if !asked.insert(app.clone()) {
            return Ok(());
        }
        let answer = self.hierarchy.store.find(Query::new(Select::Policy(app.clone())));
        let Some(page) = self.unless_damaged(answer)? else { return Ok(()) };
        for found in page.records {
            if let Record::Policy(row) = found.record {
                self.policies.add(row, found.version);
            }
        }
        Ok(())
    }

    fn judge_policy(&mut self, row: &PolicyRow) {
        let app = &row.app;
        let why = match (row.validity_days, row.pre_expire_days) {
            (None, _) => "has no key_validity_duration".to_owned(),
            (Some(validity), _) if validity < 1 => format!("has a key_validity_duration of {validity} days"),
            (_, None) => "has no pre_expire_days".to_owned(),
            (_, Some(pre_expire)) if pre_expire < 0 => format!("has pre_expire_days of {pre_expire}"),
            (Some(validity), Some(pre_expire)) if pre_expire >= validity => format!(
                "makes keys for {validity} days that are due {pre_expire} days before their end, so never in use"
            ),
            _ => return,
        };
        let text = format!("The key policy of {app} {why}: no key is made under it. Correct it with `policy set`.");
        self.found(FindingCode::PolicyInvalid, None, text);
    }

    /// Now, with the pre-expiry of the scope; none when its policy cannot say (a finding of its own).
    pub(super) fn moment(&mut self, scope: &KeyScope) -> Result<Option<Moment>> {
        self.ask_policy(&scope.app)?;
        match self.hierarchy.moment(scope, &self.policies) {
            Ok(moment) => Ok(Some(moment)),
            Err(error) if is_bad_row(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the policy table has a row for `app`; true when that cannot be known.
    pub(super) fn has_policy(&self, app: &AppId) -> bool {
        self.asked.is_some() || self.policies.get(app.as_str()).is_some() || app.as_str() == BASE_POLICY
    }
}
