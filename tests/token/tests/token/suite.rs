//! The conformance suite for master backends on real modules.

use std::sync::Arc;

use keymanager::master::pkcs11::{OaepPlace, TokenOptions};
use keymanager::master::{KeyKind, MasterKeys, OaepParameters};
use keymanager::random::SystemRandom;
use keymanager::testing::master::{HostShaped, conformance};

use crate::support::{LABEL, NSS, PIN, SOFTHSM, alone, alone_with_softhsm, certify, chaos_module, open_with, provider};

fn prove(backend: Arc<dyn MasterKeys>) {
    conformance(&backend, &provider(), &SystemRandom, &certify).unwrap();
}

#[test]
fn softhsm() {
    alone_with_softhsm("suite::softhsm_inside");
}

#[test]
#[ignore = "runs in a process of its own"]
fn softhsm_inside() {
    let token: Arc<dyn MasterKeys> = Arc::new(open_with(SOFTHSM, TokenOptions::new(provider())).unwrap());
    let able = token.capabilities().unwrap();
    assert!(able.raw_rsa && able.aes_ecb && able.certificates && !able.extractable);
    // 2.6.1 has OAEP with SHA-1 only, whatever it lists.
    assert_eq!(able.oaep, [OaepParameters::of(&keymanager::crypto::OaepProfile::SHA1_MGF1_SHA1)]);
    for kind in [KeyKind::Rsa2048, KeyKind::Rsa4096, KeyKind::EcP256, KeyKind::EcSecp256k1, KeyKind::Aes256] {
        assert!(able.kinds.contains(&kind), "{kind:?}");
    }
    println!("figure: SoftHSM makes {:?}", able.kinds);
    prove(Arc::clone(&token));
    prove(Arc::new(HostShaped::new(token)));
}

#[test]
fn softhsm_with_one_session_and_all_padding_in_software() {
    alone_with_softhsm("suite::softhsm_one_session_inside");
}

#[test]
#[ignore = "runs in a process of its own"]
fn softhsm_one_session_inside() {
    let mut options = TokenOptions::new(provider());
    options.sessions = 1;
    options.oaep = OaepPlace::Software;
    prove(Arc::new(open_with(SOFTHSM, options).unwrap()));
}

#[test]
fn nss() {
    let folder = tempfile::tempdir().unwrap();
    let reserved = format!(
        "configdir='sql:{}' certPrefix='' keyPrefix='' secmod='secmod.db' flags='' cryptoTokenDescription='NSS crypto' \
         dbTokenDescription='{LABEL}'",
        folder.path().display()
    );
    alone("suite::nss_inside", folder.path(), &[("CHAOS_MODULE", NSS), ("CHAOS_RESERVED", &reserved)]);
}

#[test]
#[ignore = "runs in a process of its own"]
fn nss_inside() {
    set_nss_pin();
    let token = open_with(chaos_module(), TokenOptions::new(provider())).unwrap();
    let able = token.capabilities().unwrap();
    assert_eq!(able.oaep, OaepParameters::software(), "OAEP on the token");
    println!("figure: NSS makes {:?}", able.kinds);
    prove(Arc::new(token));
}

/// A new NSS database has an empty PIN.
fn set_nss_pin() {
    use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
    use cryptoki::session::UserType;
    use cryptoki::types::AuthPin;
    let module = Pkcs11::new(chaos_module()).unwrap();
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    let is_ours = |slot: &cryptoki::slot::Slot| module.get_token_info(*slot).unwrap().label().trim_end() == LABEL;
    let slot = module.get_slots_with_token().unwrap().into_iter().find(is_ours).unwrap();
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::So, Some(&AuthPin::new(String::new().into()))).unwrap();
    session.init_pin(&AuthPin::new(PIN.to_owned().into())).unwrap();
    session.logout().unwrap();
}
