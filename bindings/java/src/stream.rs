//! Envelopes in pieces.

use jni::objects::{JByteArray, JClass};
use jni::sys::{jint, jlong};
use jni::{EnvUnowned, jni_mangle};

use crate::entry::{answer, run, to_array};
use crate::handle::{DECRYPTIONS, ENCRYPTIONS};
use crate::memory::{Part, copy};

/// `EncryptStream::update`.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_update<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    stream: jlong,
    data: JByteArray<'local>,
    offset: jint,
    len: jint,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let stream = ENCRYPTIONS.get(stream)?;
        let data = copy(env, &data, Part { offset, len })?;
        Ok(to_array(env, &stream.update(&data)?)?)
    })
}

/// `EncryptStream::finish`.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_finish<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    stream: jlong,
) -> JByteArray<'local> {
    run(&mut env, |env| Ok(to_array(env, &ENCRYPTIONS.get(stream)?.finish()?)?))
}

/// Closes the stream.
#[jni_mangle("keymanager.java.Native")]
pub fn encrypt_close<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, stream: jlong) {
    run(&mut env, |_| {
        ENCRYPTIONS.close(stream);
        Ok(())
    });
}

/// `DecryptStream::update`.
#[jni_mangle("keymanager.java.Native")]
pub fn decrypt_update<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    stream: jlong,
    data: JByteArray<'local>,
    offset: jint,
    len: jint,
) {
    run(&mut env, |env| {
        let stream = DECRYPTIONS.get(stream)?;
        let data = copy(env, &data, Part { offset, len })?;
        Ok(stream.update(&data)?)
    });
}

/// `DecryptStream::finish`.
#[jni_mangle("keymanager.java.Native")]
pub fn decrypt_finish<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    stream: jlong,
) -> JByteArray<'local> {
    run(&mut env, |env| answer(env, &DECRYPTIONS.get(stream)?.finish()?))
}

/// Closes the stream; what it wrote is gone unless it was finished.
#[jni_mangle("keymanager.java.Native")]
pub fn decrypt_close<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, stream: jlong) {
    run(&mut env, |_| {
        DECRYPTIONS.close(stream);
        Ok(())
    });
}
