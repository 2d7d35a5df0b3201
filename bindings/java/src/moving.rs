//! Long work that moves keys.

use jni::objects::{JByteArray, JClass, JObject};
use jni::sys::jlong;
use jni::{EnvUnowned, jni_mangle};
use keymanager_facade::RewrapRequest;

use crate::choice::{host_master, host_store, master_choice, store_choice};
use crate::entry::{answer, from_array, run};
use crate::handle::MANAGERS;
use crate::progress::progress;
use crate::wire::Reader;

/// `rewrap`; `master` is the other backend, when it is one of the host.
#[jni_mangle("keymanager.java.Native")]
pub fn rewrap<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
    master: JObject<'local>,
    watcher: JObject<'local>,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let (master, watcher) = (host_master(env, &master)?, progress(env, &watcher)?);
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let app: String = request.take()?;
        let to = if request.take::<bool>()? { Some(master_choice(&mut request, master)?) } else { None };
        let rewrap = RewrapRequest { to, module: request.take()?, stop_at_damaged: request.take()? };
        answer(env, &manager.rewrap(&app, rewrap, watcher)?)
    })
}

/// `copy_store`; `store` is the other store, when it is one of the host.
#[jni_mangle("keymanager.java.Native")]
pub fn copy_store<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    manager: jlong,
    request: JByteArray<'local>,
    store: JObject<'local>,
    watcher: JObject<'local>,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let (store, watcher) = (host_store(env, &store)?, progress(env, &watcher)?);
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, &request)?;
        let mut request = Reader::new(&request);
        let to = store_choice(&mut request, store)?;
        let (create, stop_at_damaged) = (request.take()?, request.take()?);
        answer(env, &manager.copy_store(to, create, stop_at_damaged, watcher)?)
    })
}

/// What is said of an archive, or made of it.
#[derive(Clone, Copy)]
enum Archive {
    Make,
    Verify,
    Restore,
}

fn archive<'local>(
    mut env: EnvUnowned<'local>,
    what: Archive,
    manager: jlong,
    request: &JByteArray<'local>,
    watcher: &JObject<'local>,
) -> JByteArray<'local> {
    run(&mut env, |env| {
        let watcher = progress(env, watcher)?;
        let manager = MANAGERS.get(manager)?;
        let request = from_array(env, request)?;
        let mut request = Reader::new(&request);
        let path: String = request.take()?;
        let report = match what {
            Archive::Make => manager.backup(&path, request.take()?, watcher),
            Archive::Verify => manager.verify_backup(&path, request.take()?, watcher),
            Archive::Restore => {
                let (store, key_file): (String, Option<String>) = (request.take()?, request.take()?);
                manager.restore_backup(&path, &store, key_file, watcher)
            }
        };
        answer(env, &report?)
    })
}

macro_rules! archives {
    ($($name:ident as $what:ident),+) => { $(
        #[doc = concat!("`", stringify!($name), "`.")]
        #[jni_mangle("keymanager.java.Native")]
        pub fn $name<'local>(
            env: EnvUnowned<'local>,
            _class: JClass<'local>,
            manager: jlong,
            request: JByteArray<'local>,
            watcher: JObject<'local>,
        ) -> JByteArray<'local> {
            archive(env, Archive::$what, manager, &request, &watcher)
        }
    )+ };
}
archives!(backup as Make, verify_backup as Verify, restore_backup as Restore);
