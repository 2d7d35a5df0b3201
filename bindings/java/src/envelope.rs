//! Envelopes to a certificate.

use jni::objects::{JByteArray, JByteBuffer, JClass, JObject};
use jni::sys::{jint, jlong};
use jni::{EnvUnowned, jni_mangle};
use keymanager_facade::{
    EnvelopeOptions, FilePlaces, encrypt as seal, encrypt_file as seal_file, encrypt_into as seal_into,
    encrypt_stream as seal_stream, envelope_len as sealed_len, inspect as explain, verify_report as check_report,
};

use crate::entry::{answer, from_array, run, to_array};
use crate::handle::ENCRYPTIONS;
use crate::memory::{Direct, Part, copy};
use crate::progress::progress;
use crate::wire::Reader;
use keymanager_facade::FacadeError;

/// `encrypt`; the request is the certificate and the options.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    plaintext: JByteArray<'local>,
    offset: jint,
    len: jint,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let (certificate, options): (Vec<u8>, EnvelopeOptions) = (request.take()?, request.take()?);
        let plaintext = copy(env, &plaintext, Part { offset, len })?;
        Ok(to_array(env, &seal(&certificate, &options, &plaintext)?)?)
    })
}

/// `encrypt_into`, from a direct buffer into another.
#[jni_mangle("keymanager.java.Native")]
#[allow(clippy::too_many_arguments, reason = "Java gives a buffer and its part as three")]
pub fn encrypt_into<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    input: JByteBuffer<'local>,
    offset: jint,
    len: jint,
    output: JByteBuffer<'local>,
    out_offset: jint,
    out_len: jint,
) -> jint {
    run(&mut env, |env| {
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let (certificate, options): (Vec<u8>, EnvelopeOptions) = (request.take()?, request.take()?);
        let input = Direct::new(env, &input, Part { offset, len })?;
        let mut output = Direct::new(env, &output, Part { offset: out_offset, len: out_len })?;
        // SAFETY: the method's arguments keep the buffers; that nobody else uses them meanwhile is the caller's promise.
        let (input, output) = unsafe { Direct::pair(&input, &mut output) }?;
        Ok(written(seal_into(&certificate, &options, input, output)?))
    })
}

/// A size in a buffer of Java, which fits.
pub(crate) fn written(len: usize) -> jint {
    jint::try_from(len).unwrap_or(jint::MAX)
}

/// `envelope_len`.
#[jni_mangle("keymanager.java.Native")]
pub fn envelope_len<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    plaintext_len: jlong,
) -> jlong {
    run(&mut env, |env| {
        let request = from_array(env, &request)?;
        let options: EnvelopeOptions = Reader::new(&request).take()?;
        let negative = |_| FacadeError::invalid_argument("a length is not negative");
        let len = sealed_len(&options, usize::try_from(plaintext_len).map_err(negative)?)?;
        let too_large = |_| FacadeError::invalid_argument("the envelope has more bytes than Java can count");
        Ok(jlong::try_from(len).map_err(too_large)?)
    })
}

/// `inspect`; the request is the certificate, if any.
#[jni_mangle("keymanager.java.Native")]
pub fn inspect<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    bytes: JByteArray<'local>,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let request = from_array(env, &request)?;
        let certificate: Option<Vec<u8>> = Reader::new(&request).take()?;
        let bytes = from_array(env, &bytes)?;
        answer(env, &explain(&bytes, certificate.as_deref())?)
    })
}

/// `verify_report`.
#[jni_mangle("keymanager.java.Native")]
pub fn verify_report<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, request: JByteArray<'local>) {
    run(&mut env, |env| {
        let request = from_array(env, &request)?;
        Ok(check_report(&Reader::new(&request).take()?)?)
    });
}

/// `encrypt_stream`.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_stream<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
) -> jlong {
    run(&mut env, |env| {
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let (certificate, options): (Vec<u8>, EnvelopeOptions) = (request.take()?, request.take()?);
        Ok(ENCRYPTIONS.put(seal_stream(&certificate, &options)?))
    })
}

/// `encrypt_file`.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_file<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    request: JByteArray<'local>,
    watcher: JObject<'local>,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let watcher = progress(env, &watcher)?;
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let (certificate, options): (Vec<u8>, EnvelopeOptions) = (request.take()?, request.take()?);
        let places: FilePlaces = request.take()?;
        answer(env, &seal_file(&certificate, &options, &places, watcher)?)
    })
}
