//! The agreement on the interface, before anything else.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

use keymanager_facade::FacadeError;

use crate::KM_ABI_VERSION;
use crate::entry::status_before_init;
use crate::error::km_error;

static AGREED: AtomicBool = AtomicBool::new(false);

pub(crate) fn check() -> Result<(), FacadeError> {
    if AGREED.load(Ordering::Acquire) {
        return Ok(());
    }
    Err(FacadeError::invalid_argument("call km_init(KM_ABI_VERSION, ...) before anything else"))
}

/// The number of the interface that this library has.
#[unsafe(no_mangle)]
pub extern "C" fn km_abi_version() -> u32 {
    KM_ABI_VERSION
}

/// Checks that program and library mean the same interface: `abi` is `KM_ABI_VERSION`. To be called once, before every
/// other function but those that read or free; again is fine. `unsupported` (1008) for any other number.
#[unsafe(no_mangle)]
pub extern "C" fn km_init(abi: u32, error: Option<&mut MaybeUninit<Option<Box<km_error>>>>) -> u32 {
    status_before_init(error, || {
        if abi != KM_ABI_VERSION {
            let text = format!("the program was compiled for interface {abi}, and this library has {KM_ABI_VERSION}");
            return Err(FacadeError::unsupported(text));
        }
        AGREED.store(true, Ordering::Release);
        Ok(())
    })
}
