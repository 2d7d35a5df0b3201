//! A private-key operation through the backend, beside a bare loop over `C_DecryptInit` and `C_Decrypt`.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use keymanager::crypto::OaepProfile;
use keymanager::master::RsaDecryption;
use keymanager_benches::contest::{Contestant, Goal, Summary, run as contest};
use keymanager_benches::{Failure, must};
use rustix::time::{ClockId, clock_gettime};

use crate::Size;
use crate::place::{LABEL, MODULE, Place, provider};

pub(crate) fn run(place: &Place, size: Size, summary: &mut Summary) -> Result<(), Failure> {
    let entry = place.master.find(place.module_key.clone())?.ok_or("the Module key is on the token")?;
    let public = entry.public.ok_or("it has a public half")?;
    let public = provider().rsa.import_public(public.spki_der())?;
    let sealed = public.encrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, b"a session key of 32 bytes, as is")?;

    // The module is loaded already, and this process is logged in.
    let context = Pkcs11::new(MODULE)?;
    let _already = context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    let mut slots = context.get_slots_with_initialized_token()?.into_iter();
    let slot = slots.find(|slot| context.get_token_info(*slot).is_ok_and(|info| info.label() == LABEL));
    let session = context.open_ro_session(slot.ok_or("the token is there")?)?;
    let id = place.module_key.as_str().as_bytes().to_vec();
    let found = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id)])?;
    let key = *found.first().ok_or("the private key is on the token")?;

    let (alias, master) = (&place.module_key, &place.master);
    let ours = || {
        let block = must(master.rsa_decrypt(alias.clone(), RsaDecryption::Raw, sealed.clone()));
        assert_eq!(block.expose().len(), 256, "a block of the key's size");
    };
    let bare = || assert_eq!(must(session.decrypt(&Mechanism::RsaX509, key, &sealed)).len(), 256, "a block");
    // A call that can be given up runs in a thread of its own, so the time is that of all threads.
    let who = vec![in_process("rsa_decrypt", ours), in_process("C_Decrypt", bare)];
    contest(summary, "token-rsa-2048", size.rounds, who, &[Goal { against: "C_Decrypt", at_least: 0.97 }]);
    let who = vec![crate::wall("rsa_decrypt", ours), crate::wall("C_Decrypt", bare)];
    contest(summary, "token-rsa-2048-wall", size.rounds, who, &[]);
    Ok(())
}

/// A contestant in this process, in CPU time of all its threads.
fn in_process<'a>(name: &'static str, mut work: impl FnMut() + 'a) -> Contestant<'a> {
    let cpu = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        u64::try_from(time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)).unwrap_or(0)
    };
    Contestant::elsewhere(name, move |count| {
        let begun = cpu();
        for _ in 0..count {
            work();
        }
        cpu().saturating_sub(begun)
    })
}
