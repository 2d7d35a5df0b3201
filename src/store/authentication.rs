//! Row authentication: a MAC over the columns of a row, under a key that is made from one of the master backend
//! (docs/storage.md, section 8).

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::Record;
use super::version::VersionBuilder;
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::id::{hex_decode, hex_upper};
use crate::secret::SecretBytes;

/// What the AES key of the master backend encrypts to make the key of the MACs (STO-82): two blocks.
pub const ROW_MAC_CHALLENGE: &[u8; 32] = b"keymanager row authentication 01";

/// A MAC as it stands beside its row. What was read can be anything: it proves nothing until a [`RowMacKey`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMac {
    /// The alias of the AES key that it was made with, as the store has it.
    pub key: String,
    /// The MAC; empty where what was read can be none.
    pub mac: Vec<u8>,
}

impl RowMac {
    /// The two as one text: alias, colon, hexadecimal digits. What comes from a store goes through here, so nothing is
    /// refused: what can be no MAC fits no row.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn from_text(text: &str) -> Self {
        let (key, mac) = text.rsplit_once(':').unwrap_or((text, ""));
        Self { key: key.to_owned(), mac: hex_decode(mac).unwrap_or_default() }
    }

    /// The MAC as the column has it: upper-case hexadecimal.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn to_hex(&self) -> String {
        hex_upper(&self.mac)
    }

    /// Refuses what the table cannot hold.
    pub(crate) fn check(&self) -> Result<()> {
        Alias::new(self.key.as_str())?;
        if self.mac.len() == RowMacKey::LEN {
            return Ok(());
        }
        Err(Error::new(Code::InvalidArgument, "a MAC over a row has 32 bytes"))
    }
}

/// The key of the MACs that one AES key of the master backend stands for.
pub struct RowMacKey {
    provider: CryptoProvider,
    alias: Alias,
    key: SecretBytes,
}

impl RowMacKey {
    /// The size of key and MAC in bytes.
    pub const LEN: usize = 32;

    /// The key of `alias`, from the AES-256-ECB encryption of [`ROW_MAC_CHALLENGE`] under that AES key (STO-82).
    ///
    /// # Errors
    /// `master_unavailable` when the backend's answer has another size than the challenge, or is the challenge.
    pub fn derive(provider: CryptoProvider, alias: Alias, sealed: &SecretBytes) -> Result<Self> {
        if sealed.len() != ROW_MAC_CHALLENGE.len() || sealed.expose() == ROW_MAC_CHALLENGE {
            let why = format!("the master backend did not encrypt with the key {alias}");
            return Err(Error::new(Code::MasterUnavailable, why));
        }
        let info = [ROW_MAC_CHALLENGE.as_slice(), alias.as_str().as_bytes()].concat();
        let mut key = SecretBytes::zeroed(Self::LEN);
        provider.kdf.hkdf(HashAlgorithm::Sha256, &[], sealed.expose(), &info, key.expose_mut())?;
        Ok(Self { provider, alias, key })
    }

    /// The MAC over the columns of the record's rows (STO-83, STO-84).
    ///
    /// # Errors
    /// `invalid_argument` for a record of a table that is not authenticated.
    pub fn mac(&self, record: &Record) -> Result<RowMac> {
        Ok(RowMac { key: self.alias.to_string(), mac: self.compute(record)?.expose().to_vec() })
    }

    /// Whether `mac` is that of the record under this key, in constant time.
    ///
    /// # Errors
    /// `invalid_argument` for a record of a table that is not authenticated.
    pub fn verifies(&self, record: &Record, mac: &RowMac) -> Result<bool> {
        let computed = self.compute(record)?;
        Ok(mac.key == self.alias.as_str() && bool::from(computed.expose().ct_eq(&mac.mac)))
    }

    fn compute(&self, record: &Record) -> Result<SecretBytes> {
        let table = record.authenticated_table().ok_or_else(|| {
            Error::new(Code::InvalidArgument, format!("{} is in a table without row authentication", record.name()))
        })?;
        let mut message = VersionBuilder::default();
        message.text(ROW_MAC_CHALLENGE);
        message.text(table.as_bytes());
        message.record(record);
        self.provider.kdf.hmac(HashAlgorithm::Sha256, self.key.expose(), &message.finish().0)
    }
}

impl fmt::Debug for RowMacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowMacKey").field("alias", &self.alias).finish_non_exhaustive()
    }
}

impl Record {
    /// The text that is the id of the row: alias or application.
    pub(crate) fn authenticated_id(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key.alias.alias.as_str()),
            Self::Policy(row) => Some(row.app.as_str()),
            Self::Intent(_) | Self::FormerThumbprint(_) | Self::PoolKey(_) | Self::Damaged(_) => None,
        }
    }

    /// The table whose name goes into the MAC; none for records that have no MAC (STO-81).
    #[must_use]
    pub const fn authenticated_table(&self) -> Option<&'static str> {
        match self {
            Self::Key(_) => Some("key_alias"),
            Self::Policy(_) => Some("key_policy_def"),
            Self::Intent(_) | Self::FormerThumbprint(_) | Self::PoolKey(_) | Self::Damaged(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Direction, rustcrypto};
    use crate::id::{AppId, KeyScope, Thumbprint};
    use crate::secret::Aes256Key;
    use crate::store::{AliasRow, IntentRow, KeyRecord, PolicyRow, StoreRow};
    use crate::time::Timestamp;

    fn key_of(alias: &str, aes: u8) -> RowMacKey {
        let provider = rustcrypto::provider();
        let bytes: Vec<u8> = (aes..).take(32).collect();
        let aes = Aes256Key::new(SecretBytes::from_vec(bytes)).unwrap();
        let mut sealed = SecretBytes::copy_from(ROW_MAC_CHALLENGE);
        provider.block.ecb(Direction::Encrypt, &aes, sealed.expose_mut()).unwrap();
        RowMacKey::derive(provider, Alias::new(alias).unwrap(), &sealed).unwrap()
    }

    fn key() -> KeyRecord {
        let at = |micros: i64| Timestamp::from_unix_micros(1_700_000_000_000_000 + micros);
        KeyRecord {
            alias: AliasRow {
                alias: Alias::new("alias-1").unwrap(),
                scope: KeyScope::new("REGISTRATION", "10001_1").unwrap(),
                generated: Some(at(1)),
                expires: Some(Timestamp::from_unix_micros(1_800_000_000_000_000)),
                thumbprint: Some(Thumbprint::from_hex(&"AB".repeat(32)).unwrap()),
                uni_ident: Some("UNI".to_owned()),
                created_by: "SYSTEM".to_owned(),
                created: at(2),
            },
            stored: Some(StoreRow {
                master: Alias::new("module-1").unwrap(),
                private_key: "d3JhcHBlZA".to_owned(),
                certificate_pem: "PEM".to_owned(),
                created_by: "SYSTEM".to_owned(),
                created: at(3),
            }),
        }
    }

    fn policy() -> PolicyRow {
        PolicyRow {
            app: AppId::new("REGISTRATION").unwrap(),
            validity_days: Some(1095),
            pre_expire_days: None,
            active: true,
            access_allowed: Some("NA".to_owned()),
            created_by: "SYSTEM".to_owned(),
            created: Timestamp::from_unix_micros(1_700_000_000_000_002),
        }
    }

    fn record(key: KeyRecord) -> Record {
        Record::Key(Box::new(key))
    }

    /// STO-82 to STO-84, computed with Python's `cryptography` and `hmac` from the text of these rules.
    #[test]
    fn known_answers() {
        let mac_key = key_of("row-mac-1", 0);
        assert_eq!(
            hex::encode(mac_key.key.expose()),
            "999c083b8c7ee852a5e91142a4b86ed056b96debf39bb38f73ac90eae1d66ef2"
        );
        let mut bare = key();
        bare.stored = None;
        (bare.alias.generated, bare.alias.expires) = (None, None);
        (bare.alias.thumbprint, bare.alias.uni_ident) = (None, None);
        for (record, expected) in [
            (record(key()), "149fe2ca5257b684ae63491b221b79a73f0255cf97e013301e4f79df16bd2af3"),
            (record(bare), "a799b4c02502c9308afe9703b54b35d37368c12b6339e8d5eb948f0839ef40fb"),
            (Record::Policy(policy()), "0b1241564999b457ffb677a1302145f11e21ebf6940fd3139450c8adef4548b5"),
        ] {
            let mac = mac_key.mac(&record).unwrap();
            assert_eq!((mac.key.as_str(), hex::encode(&mac.mac).as_str()), ("row-mac-1", expected));
            assert!(mac_key.verifies(&record, &mac).unwrap());
        }
    }

    #[test]
    fn every_column_counts_and_so_does_the_key() {
        let mac_key = key_of("row-mac-1", 0);
        let mac = mac_key.mac(&record(key())).unwrap();
        let changes: &[fn(&mut KeyRecord)] = &[
            |key| key.alias.alias = Alias::new("alias-2").unwrap(),
            |key| key.alias.scope = KeyScope::new("REGISTRATION", "10002_1").unwrap(),
            |key| key.alias.scope = KeyScope::new("ID_REPO", "10001_1").unwrap(),
            |key| key.alias.generated = None,
            |key| key.alias.expires = key.alias.expires.map(|time| time.plus_seconds(1)),
            |key| key.alias.thumbprint = None,
            |key| key.alias.uni_ident = None,
            |key| key.alias.created_by.push('x'),
            |key| key.alias.created = key.alias.created.plus_seconds(1),
            |key| key.stored = None,
            |key| key.stored.as_mut().unwrap().master = Alias::new("module-2").unwrap(),
            |key| key.stored.as_mut().unwrap().private_key.push('A'),
            |key| key.stored.as_mut().unwrap().certificate_pem.push('A'),
            |key| key.stored.as_mut().unwrap().created_by.push('x'),
            |key| key.stored.as_mut().unwrap().created = Timestamp::UNIX_EPOCH,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut changed = key();
            change(&mut changed);
            assert!(!mac_key.verifies(&record(changed), &mac).unwrap(), "change {number}");
        }
        for other in [key_of("row-mac-2", 0), key_of("row-mac-1", 1)] {
            assert!(!other.verifies(&record(key()), &mac).unwrap());
            // Nor by calling itself the other key.
            let renamed = RowMac { key: other.alias.to_string(), mac: mac.mac.clone() };
            assert!(!other.verifies(&record(key()), &renamed).unwrap());
        }
        let short = RowMac { mac: mac.mac[..31].to_vec(), ..mac.clone() };
        let none = RowMac { mac: Vec::new(), ..mac };
        assert!(!mac_key.verifies(&record(key()), &short).unwrap());
        assert!(!mac_key.verifies(&record(key()), &none).unwrap());
    }

    #[test]
    fn a_backend_that_encrypts_nothing_and_a_table_without_macs_are_refused() {
        let derive = |sealed: &[u8]| {
            let alias = Alias::new("row-mac-1").unwrap();
            RowMacKey::derive(rustcrypto::provider(), alias, &SecretBytes::copy_from(sealed)).unwrap_err().code()
        };
        assert_eq!(derive(ROW_MAC_CHALLENGE), Code::MasterUnavailable);
        assert_eq!(derive(&[7; 16]), Code::MasterUnavailable);
        let intent = IntentRow { alias: key().alias.alias, scope: key().alias.scope, begun: Timestamp::UNIX_EPOCH };
        let error = key_of("row-mac-1", 0).mac(&Record::Intent(intent)).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        let shown = format!("{:?}", key_of("row-mac-1", 0));
        assert_eq!(shown, "RowMacKey { alias: Alias(\"row-mac-1\"), .. }");
    }
}
