//! What database and token hold, as psql and pkcs11-tool show it, and the rules that hold at every moment.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use keymanager::certificate::Certificate;
use serde_json::Value;

use super::place::{LABEL, MODULE, Place};
use crate::sandbox::{PASSPHRASE, Run};
use crate::world::provider;

const ROWS: &str = "SELECT coalesce(json_agg(json_build_object('alias', a.id, 'scope', a.app_id || '/' || coalesce(a.ref_id, ''), \
     'thumbprint', a.cert_thumbprint, 'master', k.master_key, 'ends', a.key_expire_dtimes)), '[]') \
     FROM keymgr.key_alias a LEFT JOIN keymgr.key_store k USING (id)";

/// A row of `key_alias` with its half in `key_store`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) scope: String,
    pub(super) thumbprint: Option<String>,
    /// None for keys on the token.
    pub(super) master: Option<String>,
    /// The end, as text that is in the order of time.
    ends: String,
}

#[derive(Debug)]
pub(super) struct Look {
    pub(super) rows: BTreeMap<String, Row>,
    pub(super) intents: BTreeSet<String>,
    /// Private keys, those with a certificate, and AES keys on the token, by alias.
    pub(super) private: BTreeSet<String>,
    certified: BTreeSet<String>,
    /// Those that have two certificates, or one under a name that it does not keep: one was to take the place of the
    /// other (TOK-7).
    half_replaced: BTreeSet<String>,
    secret: BTreeSet<String>,
}

impl Look {
    pub(super) fn at(place: &Place) -> Self {
        let listed: Vec<Value> = serde_json::from_str(&place.sql(ROWS)).unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let row = |row: &Value| {
            let scope = text(&row["scope"]).unwrap();
            let (thumbprint, master, ends) =
                (text(&row["thumbprint"]), text(&row["master"]), text(&row["ends"]).unwrap());
            (text(&row["alias"]).unwrap(), Row { scope, thumbprint, master, ends })
        };
        let rows = listed.iter().map(row).collect();
        let intents = place.sql("SELECT alias FROM keymgr.km_intent").lines().map(str::to_owned).collect();
        let mut look = Self {
            rows,
            intents,
            private: BTreeSet::new(),
            certified: BTreeSet::new(),
            half_replaced: BTreeSet::new(),
            secret: BTreeSet::new(),
        };
        look.list(&pkcs11_tool(place, &["--list-objects"]).text());
        look
    }

    /// Takes the objects from a listing of pkcs11-tool: pairs are named by `ID`, AES keys by `label` (TOK-5).
    fn list(&mut self, listing: &str) {
        let (mut of, mut is_new) = (None, false);
        for line in listing.lines() {
            let value = |name: &str| line.trim().strip_prefix(name).map(|rest| rest.trim().to_owned());
            if line.contains(" Object;") {
                of = ["Private Key", "Certificate", "Secret Key"].into_iter().find(|kind| line.starts_with(*kind));
            } else if let (Some("Certificate"), Some(label)) = (of, value("label:")) {
                is_new = label.ends_with(".new");
            } else if let (Some(kind @ ("Private Key" | "Certificate")), Some(id)) = (of, value("ID:")) {
                let alias = String::from_utf8(hex::decode(id).unwrap()).unwrap();
                if kind == "Private Key" {
                    assert!(self.private.insert(alias), "{listing}");
                } else if is_new {
                    self.half_replaced.insert(alias.clone());
                    self.certified.insert(alias);
                } else {
                    assert!(self.certified.insert(alias.clone()) || self.half_replaced.contains(&alias), "{listing}");
                }
            } else if let (Some("Secret Key"), Some(label)) = (of, value("label:")) {
                assert!(self.secret.insert(label), "{listing}");
            }
        }
    }

    /// The keys that live on the token, by their records.
    fn recorded(&self) -> BTreeSet<&String> {
        self.rows.iter().filter(|(_, row)| row.master.is_none()).map(|(alias, _)| alias).collect()
    }

    fn on_the_token(&self) -> BTreeSet<&String> {
        self.private.iter().chain(&self.secret).collect()
    }

    /// What holds at every moment: no record without its key, no key that nothing names, no two keys of a scope whose
    /// end is to come, no key under a master that is not recorded.
    pub(super) fn check(&self, place: &Place) {
        for alias in self.recorded() {
            assert!(self.on_the_token().contains(alias), "{alias} is recorded and not on the token");
            let certified = self.certified.contains(alias);
            assert_eq!(certified, self.rows[alias].thumbprint.is_some(), "{alias} and its certificate");
        }
        for alias in self.on_the_token() {
            let named = self.rows.contains_key(alias) || self.intents.contains(alias);
            assert!(named, "the key {alias} is on the token, and nothing names it");
        }
        for alias in &self.half_replaced {
            assert!(self.intents.contains(alias), "{alias} has two certificates, and no intent says why");
        }
        let now = place.now.to_rfc3339();
        let mut in_use: BTreeMap<&str, usize> = BTreeMap::new();
        for (alias, row) in &self.rows {
            if let Some(master) = &row.master {
                let master = self.rows.get(master).unwrap_or_else(|| panic!("{alias}: {master} has no record"));
                assert!(master.master.is_none(), "{alias}");
            }
            *in_use.entry(&row.scope).or_default() += usize::from(row.ends.as_str() > now.trim_end_matches('Z'));
        }
        assert!(in_use.values().all(|keys| *keys <= 1), "{in_use:?}");
    }

    /// Nothing is begun, and nothing of what was begun is left.
    pub(super) fn check_settled(&self) {
        assert_eq!(self.intents, BTreeSet::new());
        assert_eq!(self.half_replaced, BTreeSet::new());
        assert_eq!(self.on_the_token(), self.recorded());
        assert!(self.certified.iter().all(|alias| self.private.contains(alias)), "a certificate without its key");
    }

    pub(super) fn of(&self, scope: &str) -> Vec<&String> {
        self.rows.iter().filter(|(_, row)| row.scope == scope).map(|(alias, _)| alias).collect()
    }

    /// The key of a scope that ends last.
    pub(super) fn newest(&self, scope: &str) -> Option<&String> {
        self.of(scope).into_iter().max_by_key(|alias| &self.rows[*alias].ends)
    }

    /// The certificates on the token are those that the records name.
    pub(super) fn check_certificates(&self, place: &Place) {
        for alias in &self.certified {
            let certificate = self.certificate(place, alias);
            assert_eq!(Some(certificate.thumbprint().to_hex()), self.rows[alias].thumbprint, "{alias}");
        }
    }

    /// The certificate of a key: on the token, or in its row.
    pub(super) fn certificate(&self, place: &Place, alias: &str) -> Certificate {
        if !self.private.contains(alias) {
            let pem = place.sql(&format!("SELECT certificate_data FROM keymgr.key_store WHERE id = '{alias}'"));
            return Certificate::parse(&provider(), pem.as_bytes()).unwrap();
        }
        let file = place.sandbox.path("certificate.der");
        let id = hex::encode(alias);
        pkcs11_tool(place, &["--read-object", "--type", "cert", "--id", &id, "-o", file.to_str().unwrap()]);
        Certificate::parse(&provider(), &place.sandbox.read("certificate.der")).unwrap()
    }
}

pub(super) fn pkcs11_tool(place: &Place, arguments: &[&str]) -> Run {
    let mut tool = Command::new("pkcs11-tool");
    tool.args(["--module", MODULE, "--token-label", LABEL, "--login", "--pin", PASSPHRASE]).args(arguments);
    Run::of(tool.env("SOFTHSM2_CONF", place.sandbox.path("softhsm2.conf"))).expect(0)
}
