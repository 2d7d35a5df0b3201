//! Carries a verb out.

use keymanager::certificate::{Certificate, CertificationRequest, DistinguishedName};
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Code, Result as Answered};
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::manager::{
    CsrRequest, DoctorOptions, DoctorReport, Generated, KeyFilter, KeyInfo, KeyManager, KeyObject, KeyObjectRequest,
    PolicyChange, PoolInfo,
};
use keymanager::master::KeyKind;
use keymanager::progress::NoProgress;

use crate::actors::policies;
use crate::foresight::{Envelope, pick};
use crate::parcels::Sending;
use crate::steps::{APPS, Kind, SCOPES, Verb};
use crate::support::request;

/// What an actor answered.
pub struct Reply {
    pub outcome: Result<Vec<(Alias, bool)>, Code>,
    pub envelope: Option<(Vec<u8>, Vec<u8>)>,
    /// The listing of keys.
    pub listed: Option<Vec<KeyInfo>>,
    /// A chain, or every certificate of a scope.
    pub certificates: Option<Vec<Certificate>>,
    pub request: Option<CertificationRequest>,
    pub pools: Option<Vec<PoolInfo>>,
    pub report: Option<DoctorReport>,
}

impl Reply {
    fn new() -> Self {
        let outcome = Ok(Vec::new());
        Self { outcome, envelope: None, listed: None, certificates: None, request: None, pools: None, report: None }
    }
}

fn generated(answer: Generated) -> Vec<(Alias, bool)> {
    let made = answer.generated.into_iter().map(|key| (key.alias, true));
    made.chain(answer.existing.into_iter().map(|key| (key.alias, false))).collect()
}

/// Calls the manager. The answers of listings are not foreseen here; they are compared in `keys`.
pub fn perform(
    manager: &KeyManager,
    verb: &Verb,
    envelopes: &[Envelope],
    sending: Option<&Sending>,
) -> Result<Reply, String> {
    let scope = |index: &usize| {
        let (app, reference) = SCOPES[index % SCOPES.len()];
        KeyScope::new(app, reference).unwrap()
    };
    let found = |key: KeyInfo| vec![(key.alias, false)];
    let mut reply = Reply::new();
    let outcome: Answered<Vec<(Alias, bool)>> = match verb {
        Verb::Initialise => manager.initialise(&policies(manager.clock().now())).map(|()| Vec::new()),
        Verb::Recover => manager.recover().map(|()| Vec::new()),
        Verb::GenerateAll => manager.generate_all(&NoProgress).map(generated),
        Verb::Generate { scope: index, kind, force } => {
            let kind = match kind {
                Kind::Rsa => KeyKind::Rsa2048,
                Kind::Aes => KeyKind::Aes256,
                Kind::P256 => KeyKind::EcP256,
                Kind::Secp256k1 => KeyKind::EcSecp256k1,
                Kind::Ed25519 => KeyKind::Ed25519,
            };
            manager.generate(&request(&scope(index), kind, *force)).map(generated)
        }
        Verb::Object { scope: index, elliptic, csr, force } => {
            let (object_type, subject) = (if *csr { "CSR" } else { "certificate" }, DistinguishedName::default());
            let asked =
                KeyObjectRequest { scope: scope(index), object_type: object_type.to_owned(), force: *force, subject };
            let object =
                if *elliptic { manager.generate_ec_sign_key(&asked) } else { manager.generate_master_key(&asked) };
            object.map(|object| {
                let keys = vec![(object.key().alias.clone(), object.generated())];
                match object {
                    KeyObject::Csr { request, .. } => reply.request = Some(request),
                    KeyObject::Certificate { certificate, .. } => reply.certificates = Some(vec![certificate]),
                    other => panic!("{other:?}"),
                }
                keys
            })
        }
        Verb::FillPool { app, count } => {
            let app = AppId::new(APPS[app % APPS.len()]).unwrap();
            manager.fill_pool(&app, *count as u32, &NoProgress).map(|pool| {
                reply.pools = Some(vec![pool]);
                Vec::new()
            })
        }
        Verb::Pools => manager.pool().map(|pools| {
            reply.pools = Some(pools);
            Vec::new()
        }),
        Verb::Doctor { repair } => {
            let options = DoctorOptions { repair: *repair, ..DoctorOptions::default() };
            manager.doctor(&options, &NoProgress).map(|report| {
                reply.report = Some(report);
                Vec::new()
            })
        }
        Verb::Rotate(index) => manager.rotate(&scope(index)).map(generated),
        Verb::Revoke(index) => manager.revoke(&scope(index)).map(found),
        Verb::Certificate(index) => {
            manager.certificate(&scope(index)).map(|found| vec![(found.key.alias, found.generated)])
        }
        Verb::Encrypt(index) => {
            let plaintext = format!("envelope {}", envelopes.len()).into_bytes();
            manager.encrypt(&scope(index), &SealOptions::default(), &plaintext).map(|encrypted| {
                reply.envelope = Some((encrypted.envelope, plaintext));
                vec![(encrypted.key.alias, false)]
            })
        }
        Verb::Decrypt { envelope, scope: asked } => match pick(envelopes, *envelope) {
            None => Ok(Vec::new()),
            Some(envelope) => {
                let asked = asked.as_ref().map_or_else(|| envelope.scope.clone(), scope);
                match manager.decrypt(&asked, &OpenOptions::default(), &envelope.bytes) {
                    Ok(opened) if opened.plaintext != envelope.plaintext => {
                        return Err(format!("another plaintext: {opened:?}"));
                    }
                    opened => opened.map(|opened| vec![(opened.key.alias, false)]),
                }
            }
        },
        Verb::Upload { scope: index, .. } => {
            manager.upload_certificate(&scope(index), &sending.unwrap().bytes).map(found)
        }
        Verb::OtherDomain { scope: index, .. } => {
            manager.upload_other_domain(&scope(index), &sending.unwrap().bytes).map(found)
        }
        Verb::Csr(index) => {
            let subject = DistinguishedName::default();
            manager.generate_csr(&CsrRequest { scope: scope(index), subject }).map(|csr| {
                reply.request = Some(csr.request);
                found(csr.key)
            })
        }
        Verb::Chain(index) => manager.chain(&scope(index)).map(|chain| {
            reply.certificates = Some(chain);
            Vec::new()
        }),
        Verb::Certificates(index) => manager.all_certificates(&scope(index)).map(|all| {
            reply.certificates = Some(all.into_iter().map(|(_, certificate)| certificate).collect());
            Vec::new()
        }),
        Verb::Find(envelope) => match pick(envelopes, *envelope) {
            None => Ok(Vec::new()),
            Some(envelope) => manager.key(&envelope.thumbprint.to_hex()).map(found),
        },
        Verb::Keys => {
            let filter = KeyFilter { app: None, reference: None, all: true };
            manager.keys(&filter).map(|keys| {
                reply.listed = Some(keys);
                Vec::new()
            })
        }
        Verb::Policy { app, validity, pre_expire, active, access } => {
            let mut change = PolicyChange::new(AppId::new(APPS[app % APPS.len()]).unwrap());
            (change.validity_days, change.pre_expire_days, change.active) = (*validity, *pre_expire, *active);
            change.access_allowed = access.map(str::to_owned);
            manager.set_policy(&change).map(|_| Vec::new())
        }
        Verb::Advance(_) | Verb::Offset(_) | Verb::Set(_) | Verb::To { .. } | Verb::Restart => Ok(Vec::new()),
    };
    reply.outcome = outcome.map_err(|error| error.code());
    Ok(reply)
}
