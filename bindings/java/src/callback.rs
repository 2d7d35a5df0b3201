//! Calls from Rust to an object of Java that a host gave.

use std::cell::Cell;

use jni::objects::{Global, JByteArray, JObject, JValue};
use jni::{Env, JavaVM, jni_sig, jni_str};
use keymanager_facade::HostError;
use zeroize::Zeroizing;

use crate::entry::{Failure, from_array, to_array};
use crate::wire::{Put, Reader, Take, Writer};

thread_local! {
    static RUNNING: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is inside a callback.
pub(crate) fn is_running() -> bool {
    RUNNING.get() > 0
}

/// Counts the callback of this thread, also when it ends by a panic.
struct Running;

impl Running {
    fn begin() -> Self {
        RUNNING.set(RUNNING.get().saturating_add(1));
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.set(RUNNING.get().saturating_sub(1));
    }
}

/// An object of the Java class `Callback`, kept from being collected, and released once: when its last user is gone.
pub(crate) struct Callback {
    object: Global<JObject<'static>>,
    /// The number of the error when the JVM itself fails.
    unavailable: u32,
}

impl Callback {
    /// None for null.
    pub(crate) fn new(env: &Env<'_>, object: &JObject<'_>, unavailable: u32) -> Result<Option<Self>, Failure> {
        if object.is_null() {
            return Ok(None);
        }
        Ok(Some(Self { object: env.new_global_ref(object)?, unavailable }))
    }

    /// Calls the method with this number, from whichever thread this is.
    pub(crate) fn call<T: Take>(&self, method: i32, request: &impl Put) -> Result<T, HostError> {
        let _running = Running::begin();
        let request = Writer::of(request);
        let unavailable = |message: &str| HostError { number: self.unavailable, message: message.to_owned() };
        let answer = self.raw(method, request.bytes()).map_err(|_| unavailable("the JVM could not call the host"))?;
        let mut answer = Reader::new(&answer);
        let whole = |_| unavailable("the host's answer is not whole");
        if answer.take::<bool>().map_err(whole)? {
            return answer.take().map_err(|error| unavailable(&error.detail));
        }
        Err(answer.take().map_err(whole)?)
    }

    /// `Callback.call`, which catches what the host throws. Both arrays are wiped: a secret may be in them.
    fn raw(&self, method: i32, request: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        JavaVM::singleton()?.attach_current_thread_for_scope(|env| {
            let request = to_array(env, request)?;
            let arguments = [JValue::Int(method), JValue::Object(&request)];
            let answer = env.call_method(&self.object, jni_str!("call"), jni_sig!("(I[B)[B"), &arguments);
            wipe(env, &request)?;
            let answer = env.cast_local::<JByteArray<'_>>(answer?.l()?)?;
            let bytes = from_array(env, &answer)?;
            wipe(env, &answer)?;
            Ok(bytes)
        })
    }
}

fn wipe(env: &Env<'_>, array: &JByteArray<'_>) -> Result<(), Failure> {
    // An exception that is pending must reach the caller first; there is no answer then, and the request has no more than
    // the host was given.
    if env.exception_check() {
        return Ok(());
    }
    let zeros = vec![0; array.len(env)?];
    Ok(array.set_region(env, 0, &zeros)?)
}

impl Drop for Callback {
    fn drop(&mut self) {
        // A host whose `release` fails has nobody to tell.
        let _ = self.call::<()>(RELEASE, &());
    }
}

/// The method that ends a callback.
const RELEASE: i32 = -1;
