//! What the sequences did, and whether that proves anything.

use std::collections::BTreeMap;
use std::fmt;

use keymanager::error::Code;

/// What was done.
#[derive(Debug, Default)]
pub struct Counts {
    pub sequences: u64,
    pub verbs: u64,
    pub keys: u64,
    pub envelopes: u64,
    pub faults: u64,
    pub deaths: u64,
    /// Faults after which all, a part, or nothing of what was foreseen had happened.
    pub all: u64,
    pub part: u64,
    pub cleared: u64,
    pub several: u64,
    /// Uploads that a fault interrupted, and somebody finished.
    pub finished: u64,
    /// Envelopes that were opened in the end although their certificate had been replaced.
    pub replaced: u64,
    /// Signing keys on curves that were made.
    pub elliptic: u64,
    /// Ready keys that were made, became Base keys, and were discarded with their Module key.
    pub filled: u64,
    pub pooled: u64,
    pub discarded: u64,
    /// Visits of the doctor in the midst of a sequence, and all that was repaired.
    pub examined: u64,
    pub repaired: u64,
    pub codes: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub fn add(&mut self, other: &Self) {
        let Self {
            sequences,
            verbs,
            keys,
            envelopes,
            faults,
            deaths,
            all,
            part,
            cleared,
            several,
            finished,
            replaced,
            elliptic,
            filled,
            pooled,
            discarded,
            examined,
            repaired,
            codes,
        } = other;
        for (sum, more) in [
            (&mut self.sequences, sequences),
            (&mut self.verbs, verbs),
            (&mut self.keys, keys),
            (&mut self.envelopes, envelopes),
            (&mut self.faults, faults),
            (&mut self.deaths, deaths),
            (&mut self.all, all),
            (&mut self.part, part),
            (&mut self.cleared, cleared),
            (&mut self.several, several),
            (&mut self.finished, finished),
            (&mut self.replaced, replaced),
            (&mut self.elliptic, elliptic),
            (&mut self.filled, filled),
            (&mut self.pooled, pooled),
            (&mut self.discarded, discarded),
            (&mut self.examined, examined),
            (&mut self.repaired, repaired),
        ] {
            *sum += more;
        }
        for (code, count) in codes {
            *self.codes.entry(code).or_default() += count;
        }
    }

    /// A model test that does not reach the rare cases proves little.
    pub fn check_worth(&self) {
        for code in [
            Code::AliasNotFound,
            Code::ApplicationNotFound,
            Code::CertificateExists,
            Code::CertificateNotFound,
            Code::CertificateOfOtherKey,
            Code::CertificateUnparsable,
            Code::CsrNotAllowed,
            Code::DecryptNotAllowed,
            Code::EncryptNotAllowed,
            Code::GenerationNotAllowed,
            Code::InvalidArgument,
            Code::KeyNotGenerated,
            Code::NoUniqueKey,
            Code::OtherDomainKeyMissing,
            Code::OwnKeyExists,
            Code::PolicyInactive,
            Code::PrivateKeyHeld,
            Code::PrivateKeyNotHere,
            Code::RecipientKey,
            Code::ReferenceNotAllowed,
            Code::RevokeNotAllowed,
            Code::RewrapNeeded,
            Code::RootNotFound,
            Code::SignPairNotAllowed,
            Code::SignReferenceNotAllowed,
            Code::ThumbprintOtherApplication,
        ] {
            assert!(self.codes.contains_key(code.name()), "no sequence led to {}", code.name());
        }
        let Self { sequences, envelopes, faults, deaths, all, part, cleared, several, finished, replaced, .. } = *self;
        let Self { elliptic, filled, pooled, discarded, examined, repaired, .. } = *self;
        for (count, least) in [
            (envelopes, sequences),
            (faults, sequences),
            (deaths, sequences / 2),
            (all, sequences / 10),
            (part, 1),
            (cleared, sequences / 20),
            (several, sequences / 10),
            (finished, sequences / 50),
            (replaced, sequences / 30),
            (elliptic, sequences),
            (filled, sequences / 2),
            (pooled, sequences / 20),
            (discarded, sequences / 5),
            (examined, sequences / 2),
            (repaired, sequences / 20),
        ] {
            assert!(count >= least, "{self}");
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verbs, keys, envelopes, faults, deaths, all, part, cleared, several, finished, replaced, .. } = self;
        let Self { elliptic, filled, pooled, discarded, examined, repaired, .. } = self;
        write!(
            f,
            "{verbs} verbs, {keys} keys ({elliptic} on curves, {pooled} of {filled} ready ones, {discarded} of which were \
             discarded), {envelopes} envelopes ({replaced} opened after \
             their certificate was replaced); {faults} faults ({deaths} deaths; {all} times all had \
             happened, {part} times a part), {cleared} unfinished creations cleared, {finished} unfinished uploads finished; {several} times several current \
             keys; {examined} visits of the doctor, {repaired} repairs; {:?}",
            self.codes
        )
    }
}
