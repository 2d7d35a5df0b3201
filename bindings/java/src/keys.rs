//! Keys, certificates, policies, pool and doctor of a manager.

use jni::objects::{JByteArray, JClass, JObject};
use jni::sys::jlong;
use jni::{EnvUnowned, jni_mangle};

use crate::entry::{answer, from_array, run};
use crate::handle::MANAGERS;
use crate::progress::progress;
use crate::wire::Reader;

/// Methods that take the facade's arguments as one request, and answer its record.
macro_rules! verbs {
    ($( $name:ident($($argument:ident),* $(; $borrowed:ident)*); )+) => { $(
        #[doc = concat!("`", stringify!($name), "`.")]
        #[jni_mangle("keymanager.java.Native")]
        pub fn $name<'local>(
            mut env: EnvUnowned<'local>,
            _class: JClass<'local>,
            manager: jlong,
            request: JByteArray<'local>,
        ) -> JByteArray<'local> {
            run(&mut env, |env| {
                let manager = MANAGERS.get(manager)?;
                let request = from_array(env, &request)?;
                let mut _request = Reader::new(&request);
                $( let $borrowed = _request.take::<String>()?; )*
                $( let $argument = _request.take()?; )*
                answer(env, &manager.$name($(&$borrowed,)* $($argument),*)?)
            })
        }
    )+ };
}

/// The same for verbs that take long, with progress as the last argument.
macro_rules! long_verbs {
    ($( $name:ident($($argument:ident),* $(; $borrowed:ident)*); )+) => { $(
        #[doc = concat!("`", stringify!($name), "`.")]
        #[jni_mangle("keymanager.java.Native")]
        pub fn $name<'local>(
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
                let mut _request = Reader::new(&request);
                $( let $borrowed = _request.take::<String>()?; )*
                $( let $argument = _request.take()?; )*
                answer(env, &manager.$name($(&$borrowed,)* $($argument,)* watcher)?)
            })
        }
    )+ };
}

// After the semicolon, what is borrowed; it comes first.
verbs! {
    generate(request);
    generate_master_key(request);
    generate_ec_sign_key(request);
    rotate(; app; reference);
    revoke(; app; reference);
    generate_csr(subject; app; reference);
    certificate(; app; reference);
    chain(; app; reference);
    chain_pkcs7(; app; reference);
    all_certificates(; app; reference);
    certificate_of(; thumbprint);
    keys(query);
    key(; name);
    policies();
    policy(; app);
    set_policy(change);
    pool();
    recover();
}

long_verbs! {
    generate_all();
    fill_pool(count; app);
    doctor(request);
    repair(request);
}

/// Verbs that take a certificate after the scope.
macro_rules! uploads {
    ($($name:ident),+) => { $(
        #[doc = concat!("`", stringify!($name), "`.")]
        #[jni_mangle("keymanager.java.Native")]
        pub fn $name<'local>(
            mut env: EnvUnowned<'local>,
            _class: JClass<'local>,
            manager: jlong,
            request: JByteArray<'local>,
        ) -> JByteArray<'local> {
            run(&mut env, |env| {
                let manager = MANAGERS.get(manager)?;
                let request = from_array(env, &request)?;
                let mut request = Reader::new(&request);
                let (app, reference): (String, String) = (request.take()?, request.take()?);
                let certificate: Vec<u8> = request.take()?;
                answer(env, &manager.$name(&app, &reference, &certificate)?)
            })
        }
    )+ };
}
uploads!(upload_certificate, upload_other_domain);
