//! The sequence: who does what, what must be the same, and what came of it.

use std::collections::BTreeMap;

use keymanager::certificate::{
    AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName, issue,
};
use keymanager::crypto::{PrivateKey as _, PublicKey, SoftwareKey};
use keymanager::envelope::text;
use keymanager::id::KeyScope;
use keymanager::manager::{DoctorOptions, KeyFilter, KeyInfo, KeyLevel, KeyLocation, KeyState};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::time::{Clock as _, Timestamp};
use serde_json::Value;

use crate::answer::{Answer, java_time};
use crate::dice::Dice;
use crate::differences::{Facts, reason};
use crate::operation::{Context, Operation, ROOT, Scope, Side};
use crate::place::Place;
use crate::shape::shape;
use crate::support::{alone_with_softhsm, folder, provider};
use crate::{ours, theirs};

/// Operations, unless `KEYMANAGER_PEER_OPERATIONS` says how many.
const OPERATIONS: usize = 200;
/// After so many disagreements nothing new is learned.
const ENOUGH: usize = 40;

#[test]
fn the_service_and_we_take_turns() {
    alone_with_softhsm("run::the_service_and_we_take_turns_inside");
}

#[test]
#[ignore = "runs in a process of its own"]
fn the_service_and_we_take_turns_inside() {
    let operations = std::env::var("KEYMANAGER_PEER_OPERATIONS").map_or(OPERATIONS, |text| text.parse().unwrap());
    let mut dice = Dice::new();
    let mut run = Run::new();
    run.clocks_agree();
    let mut left = operations;
    for (first, operation) in Operation::beginning() {
        run.turn(first, &operation);
        left = left.saturating_sub(1);
    }
    while left > 0 && run.disagreements.len() < ENOUGH {
        let operation = Operation::any(&mut dice, run.parcels.len());
        let first = dice.of(&[Side::Ours, Side::Theirs]);
        run.turn(first, &operation);
        left -= 1;
    }
    run.finish(operations);
}

/// An envelope that was made.
struct Parcel {
    scope: Scope,
    context: Context,
    plaintext: Vec<u8>,
    envelope: Vec<u8>,
    thumbprint: String,
}

struct Run {
    place: Place,
    parcels: Vec<Parcel>,
    /// An authority of the tests' own, and keys that are elsewhere.
    authority: SoftwareKey,
    elsewhere: Vec<SoftwareKey>,
    /// What the keys of each kind look like, and whose the first of them was.
    shapes: BTreeMap<String, (Side, Vec<String>)>,
    known: BTreeMap<String, KeyInfo>,
    asked: Option<&'static str>,
    /// The scope that gets another key in any case.
    forced: Option<KeyScope>,
    /// When a scope got its last certificate from outside.
    uploads: BTreeMap<Scope, Timestamp>,
    done: usize,
    compared: usize,
    rows: usize,
    made: BTreeMap<Side, usize>,
    counts: BTreeMap<&'static str, usize>,
    differences: BTreeMap<&'static str, usize>,
    disagreements: Vec<String>,
    /// Operations of the service that failed without having been foreseen: each may leave a key on the token.
    failures: usize,
}

impl Run {
    fn new() -> Self {
        let key = || {
            let pkcs8 = provider().keys.rsa_pkcs8(2048).unwrap();
            SoftwareKey::from_pkcs8(&provider(), &pkcs8).unwrap()
        };
        Self {
            place: Place::new(&folder()),
            parcels: Vec::new(),
            authority: key(),
            elsewhere: (0..3).map(|_| key()).collect(),
            shapes: BTreeMap::new(),
            known: BTreeMap::new(),
            asked: None,
            forced: None,
            uploads: BTreeMap::new(),
            done: 0,
            compared: 0,
            rows: 0,
            made: BTreeMap::new(),
            counts: BTreeMap::new(),
            differences: BTreeMap::new(),
            disagreements: Vec::new(),
            failures: 0,
        }
    }

    fn clocks_agree(&self) {
        for days in [0, 3] {
            self.place.clock.forward(days * 86_400);
            let theirs = java_time(&self.place.service.clock());
            let apart = theirs.unix_seconds() - self.place.clock.now().unix_seconds();
            assert!(apart.abs() < 60, "the clocks are {apart} s apart");
        }
    }

    /// One operation, by one side or by both.
    fn turn(&mut self, first: Side, operation: &Operation) {
        self.done += 1;
        *self.counts.entry(operation.name()).or_default() += 1;
        println!("{}: {first:?} {}", self.done, operation.line());
        let second = match first {
            Side::Ours => Side::Theirs,
            Side::Theirs => Side::Ours,
        };
        self.asked = match operation {
            Operation::Master { name, .. } => *name,
            _ => None,
        };
        self.forced = match operation {
            Operation::Rotate { scope } => Some(ours::scope(*scope)),
            Operation::Master { scope, .. } | Operation::Elliptic { scope, .. } if operation.changes() => {
                Some(ours::scope(*scope))
            }
            _ => None,
        };
        match operation {
            Operation::Time { days } => self.place.clock.forward(days * 86_400 + 3_600),
            Operation::Rotate { .. } | Operation::Rewrap { .. } => {
                let answer = ours::call(&self.place, operation);
                println!("   ours {}", answer.code());
                self.settle(Side::Ours, &answer);
            }
            Operation::Encrypt { scope, context, plaintext } => {
                self.encrypt(operation, first, *scope, context, plaintext)
            }
            Operation::Decrypt { parcel, scope, damaged } => self.decrypt(operation, *parcel, *scope, *damaged),
            Operation::Sign { scope } => self.sign(*scope),
            Operation::Upload { .. } | Operation::UploadOther { .. } => {
                if let Some(certificate) = self.outside(operation) {
                    self.both(operation, first, second, |run, side| run.upload(side, operation, &certificate));
                }
            }
            _ => self.both(operation, first, second, |run, side| match side {
                Side::Ours => ours::call(&run.place, operation),
                Side::Theirs => theirs::call(&run.place, operation),
            }),
        }
        self.look();
    }

    /// First one side, then, unless the operation would change more, the other; their answers must be the same.
    fn both(
        &mut self,
        operation: &Operation,
        first: Side,
        second: Side,
        mut act: impl FnMut(&mut Self, Side) -> Answer,
    ) {
        let facts = self.facts(operation);
        let one = act(self, first);
        println!("   {first:?} {}", one.code());
        self.settle(first, &one);
        if operation.changes() && matches!(one, Answer::Done(_)) {
            return;
        }
        let keys = self.known.len();
        let other = act(self, second);
        println!("   {second:?} {}", other.code());
        self.settle(second, &other);
        if matches!(one, Answer::Done(_)) && self.known.len() != keys {
            self.disagree(format!("{second:?} made another key: {operation:?}"));
        }
        self.compare(operation, (first, one), other, &facts);
    }

    fn compare(&mut self, operation: &Operation, (first, one): (Side, Answer), other: Answer, facts: &Facts) {
        self.compared += 1;
        if one == other {
            return;
        }
        let (ours, theirs) = if first == Side::Ours { (one, other) } else { (other, one) };
        match reason(operation.name(), theirs.code(), ours.code(), facts) {
            Some(why) if theirs.code() != ours.code() => *self.differences.entry(why).or_default() += 1,
            _ => self.disagree(format!("{}\n   theirs {theirs:?}\n   ours {ours:?}\n   {facts:?}", operation.line())),
        }
    }

    fn disagree(&mut self, what: String) {
        println!("   DISAGREEMENT {what}");
        self.disagreements.push(format!("operation {}: {what}", self.done));
    }

    /// After an operation of a side: what is new is looked at, and who would not see it is told.
    fn settle(&mut self, side: Side, answer: &Answer) {
        let keys: BTreeMap<String, KeyInfo> = self.keys().into_iter().map(|key| (key.alias.to_string(), key)).collect();
        let changed = keys.iter().any(|(alias, key)| {
            self.known.get(alias).is_none_or(|old| {
                (old.thumbprint, old.not_before, old.not_after) != (key.thumbprint, key.not_before, key.not_after)
            })
        });
        let new: Vec<KeyInfo> =
            keys.iter().filter(|(alias, _)| !self.known.contains_key(*alias)).map(|(_, key)| key.clone()).collect();
        // Who made several made the masters first.
        for key in &new {
            self.inspect(side, key);
        }
        self.known = keys;
        // A running service does not see what others did, and after a failure not even what it did itself.
        let failed = matches!(answer, Answer::Failed(_));
        self.failures += usize::from(side == Side::Theirs && failed);
        if side == Side::Ours && changed || side == Side::Theirs && failed {
            self.place.service.forget();
        }
    }

    /// A new key looks like those of its kind that the other side made.
    fn inspect(&mut self, side: Side, key: &KeyInfo) {
        *self.made.entry(side).or_default() += 1;
        if key.level == KeyLevel::OtherDomain {
            return;
        }
        let mut before: Vec<&KeyInfo> =
            self.known.values().filter(|old| old.scope == key.scope && old.alias != key.alias).collect();
        before.sort_by_key(|old| old.not_before);
        let before: Vec<Certificate> =
            before.into_iter().filter_map(|old| self.place.manager.certificate_of(&old.thumbprint?).unwrap()).collect();
        let how = match (before.is_empty(), self.forced == Some(key.scope.clone())) {
            (true, _) => "first",
            (false, true) => "by force",
            (false, false) => "renewed",
        };
        let named = if self.asked.is_some() { ", named" } else { "" };
        let kind = format!("{:?} {} {how}{named}", key.level, key.algorithm);
        let before = if how == "by force" { Vec::new() } else { before };
        let found = shape(&self.place, key, &before, self.asked);
        match self.shapes.get(&kind) {
            None => {
                self.shapes.insert(kind, (side, found));
            }
            Some((whose, first)) if *first != found => {
                let lines: Vec<String> = first
                    .iter()
                    .zip(&found)
                    .filter(|(a, b)| a != b)
                    .map(|(a, b)| format!("{whose:?} {a} | {side:?} {b}"))
                    .collect();
                self.disagree(format!("{kind} {}: {lines:?}", key.scope));
            }
            Some(_) => {}
        }
    }

    /// Both read the same rows.
    fn look(&mut self) {
        let mut ours: Vec<Vec<String>> = Vec::new();
        for key in self.known.values() {
            let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_rfc3339());
            ours.push(vec![
                key.alias.to_string(),
                key.scope.app.to_string(),
                key.scope.reference.to_string(),
                time(key.not_before),
                time(key.not_after),
                key.thumbprint.map(|one| one.to_hex()).unwrap_or_default(),
                key.uni_ident.clone().unwrap_or_default(),
            ]);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let time = |value: &Value| java_time(value.as_str().unwrap()).to_rfc3339();
        let mut theirs: Vec<Vec<String>> = Vec::new();
        for row in self.place.service.rows().as_array().unwrap() {
            theirs.push(vec![
                text(&row["alias"]),
                text(&row["app"]),
                text(&row["ref"]),
                time(&row["from"]),
                time(&row["until"]),
                text(&row["thumbprint"]),
                text(&row["unique"]),
            ]);
        }
        ours.sort();
        theirs.sort();
        self.rows += ours.len();
        if ours != theirs {
            let differing: Vec<_> = ours
                .iter()
                .filter(|row| !theirs.contains(row))
                .chain(theirs.iter().filter(|row| !ours.contains(row)))
                .collect();
            self.disagree(format!("rows: {differing:?}"));
        }
    }

    fn keys(&self) -> Vec<KeyInfo> {
        self.place.manager.keys(&KeyFilter { all: true, ..KeyFilter::default() }).unwrap()
    }

    fn of_scope(&self, scope: Scope) -> impl Iterator<Item = &KeyInfo> {
        let scope = ours::scope(scope);
        self.known.values().filter(move |key| key.scope == scope)
    }

    fn current(&self, scope: Scope) -> Option<KeyInfo> {
        let scope = ours::scope(scope);
        self.keys().into_iter().find(|key| key.scope == scope && key.state == KeyState::Current)
    }

    fn facts(&self, operation: &Operation) -> Facts {
        let Some(scope) = operation.scope() else { return Facts::default() };
        let above = [scope, Scope { app: scope.app, reference: "" }, ROOT];
        let day = |time: Timestamp| time.to_rfc3339()[..10].to_owned();
        let today = day(self.place.clock.now());
        let of_today = |key: &KeyInfo| key.not_before.is_some_and(|from| day(from) == today);
        let uploaded = |scope: &Scope| self.uploads.get(scope);
        Facts {
            same_day: above.iter().any(|scope| {
                self.of_scope(*scope).any(of_today) || uploaded(scope).is_some_and(|last| day(*last) == today)
            }),
            root_is_due: self.of_scope(ROOT).next().is_some() && self.current(ROOT).is_none(),
            from_outside: above.iter().any(|scope| {
                uploaded(scope).is_some() || self.of_scope(*scope).any(|key| key.level == KeyLevel::OtherDomain)
            }),
            ed25519: scope.reference == "ED25519_SIGN",
            wraps_others: scope.reference == "IDENTITY_CACHE",
            ..Facts::default()
        }
    }

    fn encrypt(&mut self, operation: &Operation, first: Side, scope: Scope, context: &Context, plaintext: &[u8]) {
        let mut made: BTreeMap<Side, Vec<u8>> = BTreeMap::new();
        let second = if first == Side::Ours { Side::Theirs } else { Side::Ours };
        let mut envelopes = Vec::new();
        self.both(operation, first, second, |run, side| {
            let sealed = match side {
                Side::Ours => {
                    ours::encrypt(&run.place, scope, context, plaintext).map_err(|error| ours::of(Err(error)))
                }
                Side::Theirs => theirs::encrypt(&run.place, scope, context, plaintext).map_err(Answer::Failed),
            };
            sealed.map_or_else(
                |failed| failed,
                |envelope| {
                    let seen = ours::outside(context, &envelope);
                    envelopes.push((side, envelope));
                    seen
                },
            )
        });
        made.extend(envelopes);
        for (side, envelope) in made {
            let thumbprint = ours::outside(context, &envelope).field("thumbprint").to_owned();
            let parcel =
                Parcel { scope, context: context.clone(), plaintext: plaintext.to_vec(), envelope, thumbprint };
            // Each opens what the other made, unless the key is elsewhere.
            if self.current(scope).is_some_and(|key| key.level != KeyLevel::OtherDomain) {
                let opened = match side {
                    Side::Ours => theirs::decrypt(&self.place, scope, context, &parcel.envelope),
                    Side::Theirs => ours::decrypt(&self.place, scope, context, &parcel.envelope),
                };
                self.compared += 1;
                if opened != Answer::done([("plaintext", format!("{plaintext:?}"))]) {
                    self.disagree(format!("what {side:?} encrypted does not open: {opened:?}, {}", operation.line()));
                }
            }
            self.parcels.push(parcel);
        }
    }

    fn decrypt(&mut self, operation: &Operation, parcel: usize, scope: Option<Scope>, damaged: Option<usize>) {
        let parcel = &self.parcels[parcel];
        let scope = scope.unwrap_or(parcel.scope);
        let (context, plaintext) = (parcel.context.clone(), parcel.plaintext.clone());
        let mut envelope = parcel.envelope.clone();
        if let Some(byte) = damaged {
            let byte = byte % envelope.len();
            envelope[byte] ^= 1;
        }
        let replaced =
            !self.known.values().any(|key| key.thumbprint.is_some_and(|one| one.to_hex() == parcel.thumbprint));
        let other_reference = scope.reference != parcel.scope.reference;
        let facts = Facts { replaced, other_reference, damaged: damaged.is_some(), ..self.facts(operation) };
        let act = |run: &Self, side| match side {
            Side::Ours => ours::decrypt(&run.place, scope, &context, &envelope),
            Side::Theirs => theirs::decrypt(&run.place, scope, &context, &envelope),
        };
        let (ours, theirs) = (act(self, Side::Ours), act(self, Side::Theirs));
        println!("   ours {}, theirs {}", ours.code(), theirs.code());
        if let Answer::Done(_) = &ours {
            assert_eq!(ours, Answer::done([("plaintext", format!("{plaintext:?}"))]), "{operation:?}");
        }
        self.compare(operation, (Side::Ours, ours), theirs, &facts);
        // What it remembers of a caller binds the next one, until a restart.
        if other_reference {
            self.place.service.forget();
        }
    }

    /// Each verifies the other's signature, by the certificate that it finds itself.
    fn sign(&mut self, scope: Scope) {
        let Some(key) = self.current(scope) else { return };
        let certificate = self.place.manager.certificate(&key.scope).unwrap().certificate;
        let message = br#"{"claim":1}"#;
        let signed = theirs::sign(&self.place, scope, message);
        self.compared += 1;
        match signed {
            Err(code) => self.disagree(format!("no signature for {scope:?}: {code}")),
            Ok(jws) => {
                let (signed, signature) = jws.rsplit_once('.').unwrap();
                let (header, payload) = signed.split_once('.').unwrap();
                let header: Value = serde_json::from_slice(&text::decode_url(header).unwrap()).unwrap();
                let signature = text::decode_url(signature).unwrap();
                let verified =
                    certificate.public_key().verify(&provider(), ours::scheme(scope), signed.as_bytes(), &signature);
                let thumbprint = text::decode_url(header["x5t#S256"].as_str().unwrap()).unwrap();
                let thumbprint: String = thumbprint.iter().map(|byte| format!("{byte:02X}")).collect();
                if verified.is_err()
                    || text::decode_url(payload).unwrap() != message
                    || thumbprint != certificate.thumbprint().to_hex()
                {
                    self.disagree(format!("signature of {scope:?}: {verified:?}, {header}"));
                }
            }
        }
        if key.location == KeyLocation::Master {
            let algorithm = match scope.reference {
                "EC_SECP256R1_SIGN" => "ES256",
                "EC_SECP256K1_SIGN" => "ES256K",
                _ => "RS256",
            };
            let header = format!(r#"{{"alg":"{algorithm}"}}"#);
            let signed = format!("{}.{}", text::encode(header.as_bytes()), text::encode(message));
            let jws = format!("{signed}.{}", text::encode(&ours::sign(&self.place, &key, signed.as_bytes())));
            self.compared += 1;
            if !theirs::verify(&self.place, scope, &jws, &certificate.to_pem()) {
                self.disagree(format!("our signature of {scope:?} is not verified"));
            }
        }
    }

    /// A certificate of the authority for what the operation names.
    fn outside(&self, operation: &Operation) -> Option<String> {
        let (name, public, from, until) = match operation {
            Operation::Upload { scope, from, until } => {
                let key = self.current(*scope)?;
                let certificate = self.place.manager.certificate_of(&key.thumbprint?).unwrap()?;
                (format!("from outside {}", self.done), certificate.public_key().clone(), *from, *until)
            }
            Operation::UploadOther { key, until, .. } => {
                (format!("elsewhere {}", self.done), self.elsewhere[*key].public_key().clone(), -1, *until)
            }
            _ => return None,
        };
        Some(self.certify(name, &public, from, until).to_pem())
    }

    fn certify(&self, name: String, public: &PublicKey, from: i64, until: i64) -> Certificate {
        let now = self.place.clock.now().truncate_to_seconds();
        let request = |kind, name: String, public: &PublicKey| CertificateRequest {
            kind,
            subject: DistinguishedName { common_name: Some(name), ..DistinguishedName::default() },
            public_key: public.clone(),
            not_before: now.plus_days(from),
            not_after: now.plus_days(until),
            alternative_names: AlternativeNames::default(),
        };
        let root = request(CertificateKind::Root, "Another authority".to_owned(), self.authority.public_key());
        let root = issue(&provider(), &SystemRandom, &root, None, &self.authority).unwrap();
        issue(&provider(), &SystemRandom, &request(CertificateKind::Base, name, public), Some(&root), &self.authority)
            .unwrap()
    }

    fn upload(&mut self, side: Side, operation: &Operation, certificate: &str) -> Answer {
        let answer = self.uploaded(side, operation, certificate);
        if matches!(answer, Answer::Done(_)) {
            self.uploads.insert(operation.scope().unwrap(), self.place.clock.now());
        }
        answer
    }

    fn uploaded(&self, side: Side, operation: &Operation, certificate: &str) -> Answer {
        match (side, operation) {
            (Side::Theirs, _) => theirs::upload(&self.place, operation, certificate),
            (Side::Ours, Operation::Upload { scope, .. }) => {
                let done = self.place.manager.upload_certificate(&ours::scope(*scope), certificate.as_bytes());
                ours::of(done.map(|_| Answer::done([])))
            }
            (Side::Ours, _) => {
                let scope = ours::scope(operation.scope().unwrap());
                let done = self.place.manager.upload_other_domain(&scope, certificate.as_bytes());
                ours::of(done.map(|_| Answer::done([])))
            }
        }
    }

    /// The doctor finds nothing but the keys that the service's failures left on the token.
    fn finish(&mut self, operations: usize) {
        let report = self.place.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for finding in &report.findings {
            *found.entry(finding.code.as_str().to_owned()).or_default() += 1;
        }
        // Keys end and fall due as the clock goes on, authorities from outside are not known here, and each failure of
        // the service after it made a key leaves that on the token.
        for (code, count) in &found {
            let expected = match code.as_str() {
                "key_due" | "key_ended" | "issuer_unknown" => true,
                "master_key_orphan" => *count <= self.failures,
                _ => false,
            };
            if !expected {
                self.disagree(format!("the doctor found {count} times {code}: {:?}", report.findings));
            }
        }
        println!("figure: {} of {operations} operations: {:?}", self.done, self.counts);
        println!(
            "figure: {} answers and {} rows compared; keys made: {:?}; {} envelopes; the doctor found {found:?}",
            self.compared,
            self.rows,
            self.made,
            self.parcels.len()
        );
        for (why, count) in &self.differences {
            println!("figure: documented difference, {count} times: {why}");
        }
        println!("figure: {} disagreements", self.disagreements.len());
        assert!(self.disagreements.is_empty(), "{}", self.disagreements.join("\n"));
    }
}
