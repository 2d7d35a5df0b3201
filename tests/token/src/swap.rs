//! Two tokens, of which one is in its slot and the other one in a drawer; the script says which.
//!
//! As with a real slot, the sessions of the token that is taken out are closed, and whoever looks into the slot sees the
//! other token. Slots of other tokens stay as they are.

use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki_sys::{CK_BBOOL, CK_RV, CK_SLOT_ID, CK_ULONG, CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL, CKR_OK};

use crate::{Chaos, script};

/// The other module's slot whose token is in the drawer.
static DRAWER: Mutex<Option<CK_SLOT_ID>> = Mutex::new(None);

/// Exchanges the tokens if the script says so since the last call. Nobody opens a session while the answer is held.
pub(crate) fn settle(chaos: &Chaos) -> MutexGuard<'static, Option<CK_SLOT_ID>> {
    let mut drawer = DRAWER.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = script::exchange().map(|(slot, other, exchanged)| if exchanged { slot } else { other });
    if let (Some(taken), Some(close)) = (taken.filter(|_| *drawer != taken), chaos.inner.C_CloseAllSessions) {
        // SAFETY: the function takes any number.
        unsafe { close(taken) };
    }
    *drawer = taken;
    drawer
}

/// The other module's slot whose token is in `slot`.
pub(crate) fn behind(slot: CK_SLOT_ID) -> CK_SLOT_ID {
    match script::exchange() {
        Some((place, other, true)) if place == slot => other,
        _ => slot,
    }
}

/// `C_GetSlotList` without the slot that the drawer stands for.
///
/// # Safety
/// `count` points to a number, and `slots` to as many places as it says, or nowhere.
pub(crate) unsafe fn slot_list(
    chaos: &Chaos,
    present: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    let (Some(function), false) = (chaos.inner.C_GetSlotList, count.is_null()) else { return CKR_ARGUMENTS_BAD };
    let mut number: CK_ULONG = 0;
    // SAFETY: with no list the number alone is written.
    let code = unsafe { function(present, ptr::null_mut(), &raw mut number) };
    if code != CKR_OK {
        return code;
    }
    let mut all: Vec<CK_SLOT_ID> = vec![0; usize::try_from(number).unwrap_or(0)];
    // SAFETY: the list is as long as the number says.
    let code = unsafe { function(present, all.as_mut_ptr(), &raw mut number) };
    if code != CKR_OK {
        return code;
    }
    all.truncate(usize::try_from(number).unwrap_or(0));
    if let Some((_, hidden, _)) = script::exchange() {
        all.retain(|slot| *slot != hidden);
    }
    let shown = all.len() as CK_ULONG;
    // SAFETY: the caller's pointer was checked.
    let room = unsafe { count.replace(shown) };
    if slots.is_null() {
        return CKR_OK;
    }
    if room < shown {
        return CKR_BUFFER_TOO_SMALL;
    }
    // SAFETY: the caller's list has room for them.
    unsafe { ptr::copy_nonoverlapping(all.as_ptr(), slots, all.len()) };
    CKR_OK
}
