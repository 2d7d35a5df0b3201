//! Opening and closing a manager, and its envelopes.

use jni::objects::{JByteArray, JByteBuffer, JClass, JObject};
use jni::sys::{jint, jlong};
use jni::{EnvUnowned, jni_mangle};
use keymanager_facade::{EnvelopeOptions, FacadeError, FilePlaces, KeyManagerHandle, ManagerOptions};
use zeroize::Zeroizing;

use crate::choice::{host_master, host_store, master_choice, store_choice};
use crate::entry::{answer, from_array, run, to_array};
use crate::envelope::written;
use crate::handle::{DECRYPTIONS, ENCRYPTIONS, MANAGERS};
use crate::memory::{Direct, Part, copy};
use crate::progress::progress;
use crate::watch::{access_of, audit_of};
use crate::wire::Reader;

/// `KeyManagerHandle::open`. What was given is released here when there is an error (BND-64).
#[jni_mangle("keymanager.java.Native")]
pub fn open<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    store: JObject<'local>,
    master: JObject<'local>,
    access: JObject<'local>,
    audit: JObject<'local>,
) -> jlong {
    run(&mut env, |env| {
        let (store, master) = (host_store(env, &store)?, host_master(env, &master)?);
        let (access, audit) = (access_of(env, &access)?, audit_of(env, &audit)?);
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let (store, master) = (store_choice(&mut request, store)?, master_choice(&mut request, master)?);
        let (create, caller, config) = (request.take()?, request.take()?, request.take()?);
        let audit_may_fail = request.take()?;
        let options = ManagerOptions { store, master, create, caller, config, access, audit, audit_may_fail };
        Ok(MANAGERS.put(KeyManagerHandle::open(options)?))
    })
}

/// Closes a manager. Calls that are running end as they would.
#[jni_mangle("keymanager.java.Native")]
pub fn close<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, manager: jlong) {
    run(&mut env, |_| {
        MANAGERS.close(manager);
        Ok(())
    });
}

/// `initialise`.
#[jni_mangle("keymanager.java.Native")]
pub fn initialise<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, manager: jlong) {
    run(&mut env, |_| Ok(MANAGERS.get(manager)?.initialise()?));
}

/// A scope and the options of an envelope, with which the requests of this file begin.
struct Envelope {
    app: String,
    reference: String,
    options: EnvelopeOptions,
}

impl Envelope {
    fn take(request: &mut Reader<'_>) -> Result<Self, FacadeError> {
        Ok(Self { app: request.take()?, reference: request.take()?, options: request.take()? })
    }
}

/// `encrypt`.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_to_scope<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
    plaintext: JByteArray<'local>,
    offset: jint,
    len: jint,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let Envelope { app, reference, options } = Envelope::take(&mut Reader::new(&request))?;
        let plaintext = copy(env, &plaintext, Part { offset, len })?;
        Ok(to_array(env, &manager.encrypt(&app, &reference, &options, &plaintext)?)?)
    })
}

/// `decrypt`.
#[jni_mangle("keymanager.java.Native")]
pub fn decrypt<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
    envelope: JByteArray<'local>,
    offset: jint,
    len: jint,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let Envelope { app, reference, options } = Envelope::take(&mut Reader::new(&request))?;
        let envelope = copy(env, &envelope, Part { offset, len })?;
        let plaintext = Zeroizing::new(manager.decrypt(&app, &reference, &options, &envelope)?);
        Ok(to_array(env, &plaintext)?)
    })
}

/// `decrypt_into`, from a direct buffer into another.
#[jni_mangle("keymanager.java.Native")]
#[allow(clippy::too_many_arguments, reason = "Java gives a buffer and its part as three")]
pub fn decrypt_into<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
    input: JByteBuffer<'local>,
    offset: jint,
    len: jint,
    output: JByteBuffer<'local>,
    out_offset: jint,
    out_len: jint,
) -> jint {
    run(&mut env, |env| {
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let Envelope { app, reference, options } = Envelope::take(&mut Reader::new(&request))?;
        let input = Direct::new(env, &input, Part { offset, len })?;
        let mut output = Direct::new(env, &output, Part { offset: out_offset, len: out_len })?;
        // SAFETY: the method's arguments keep the buffers; that nobody else uses them meanwhile is the caller's promise.
        let (input, output) = unsafe { Direct::pair(&input, &mut output) }?;
        Ok(written(manager.decrypt_into(&app, &reference, &options, input, output)?))
    })
}

/// `encrypt_stream`.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_stream_to_scope<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
) -> jlong {
    run(&mut env, |env| {
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let Envelope { app, reference, options } = Envelope::take(&mut Reader::new(&request))?;
        Ok(ENCRYPTIONS.put(manager.encrypt_stream(&app, &reference, &options)?))
    })
}

/// `decrypt_stream`.
#[jni_mangle("keymanager.java.Native")]
pub fn decrypt_stream<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
) -> jlong {
    run(&mut env, |env| {
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let Envelope { app, reference, options } = Envelope::take(&mut request)?;
        let (output, overwrite): (String, bool) = (request.take()?, request.take()?);
        Ok(DECRYPTIONS.put(manager.decrypt_stream(&app, &reference, &options, &output, overwrite)?))
    })
}

/// `encrypt_file`.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_file_to_scope<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
    watcher: JObject<'local>,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let watcher = progress(env, &watcher)?;
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let Envelope { app, reference, options } = Envelope::take(&mut request)?;
        let places: FilePlaces = request.take()?;
        answer(env, &manager.encrypt_file(&app, &reference, &options, &places, watcher)?)
    })
}

/// `decrypt_file`.
#[jni_mangle("keymanager.java.Native")]
pub fn decrypt_file<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
    watcher: JObject<'local>,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let watcher = progress(env, &watcher)?;
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let Envelope { app, reference, options } = Envelope::take(&mut request)?;
        let places: FilePlaces = request.take()?;
        answer(env, &manager.decrypt_file(&app, &reference, &options, &places, watcher)?)
    })
}
