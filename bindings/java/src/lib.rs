//! keymanager for Java: the native half of `keymanager.java`, whose classes are beside this crate.
//!
//! Each function of the class `Native` converts its arguments, calls one function of the facade, and converts the answer
//! (BND-1, BND-60 to BND-67 in docs/bindings.md). What is not a payload crosses as bytes that `wire` reads and writes; the
//! class `Wire` does so on the other side.
#![allow(clippy::result_large_err, reason = "an error that crosses is a plain record, and rare")]

mod callback;
mod choice;
mod entry;
mod envelope;
mod handle;
mod keys;
mod manager;
mod master;
mod memory;
mod moving;
mod progress;
mod record;
mod store;
mod stream;
#[cfg(feature = "testing")]
mod testing;
mod watch;
mod wire;

use std::ffi::c_void;

use jni::sys::{JNI_VERSION_1_8, jint};

/// Called by the JVM when the library is loaded.
///
/// # Safety
/// `vm` is the JVM's own pointer, which lives as long as the JVM.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn JNI_OnLoad(vm: *mut jni::sys::JavaVM, _reserved: *mut c_void) -> jint {
    // What a panic would print may hold what nobody has read (BND-6). The hook is that of this library alone.
    #[cfg(not(feature = "testing"))]
    std::panic::set_hook(Box::new(|_| {}));
    // SAFETY: by the caller's promise. What is made is remembered for threads of Rust that call Java.
    let _remembered = unsafe { jni::JavaVM::from_raw(vm) };
    JNI_VERSION_1_8
}
