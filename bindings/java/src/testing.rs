//! The conformance suites of the core on hosts that are written in Java. A promise that is not kept is a panic or an error,
//! which reaches Java as any other.

use std::sync::Arc;

use jni::objects::{Global, JClass, JObject};
use jni::{Env, EnvUnowned, JavaVM, jni_mangle, jni_sig, jni_str};
use keymanager_facade::testing::{master_suite as hold_master, store_suite as hold_store};
use keymanager_facade::{FacadeError, HostStore, HostStoreCapabilities};

use crate::callback::Callback;
use crate::entry::{Failure, run};
use crate::master::{self, JavaMaster};
use crate::store::{self, JavaStore};

/// What the stores of the suite can do.
const CAPABILITIES: HostStoreCapabilities = HostStoreCapabilities {
    side_tables: true,
    row_authentication: false,
    locks_between_processes: false,
    durable: false,
};

/// Holds the stores that `Testing.newStore` makes to every promise of the contract.
#[jni_mangle("keymanager.java.Testing")]
pub fn store_suite<'local>(mut env: EnvUnowned<'local>, class: JClass<'local>) {
    run(&mut env, |env| {
        let class = env.new_global_ref(class)?;
        #[expect(clippy::panic, reason = "a suite has no other way to say it")]
        hold_store(&|| new_store(&class).unwrap_or_else(|_| panic!("Testing.newStore failed")));
        Ok(())
    });
}

fn new_store(class: &Global<JClass<'static>>) -> Result<Arc<dyn HostStore>, Failure> {
    JavaVM::singleton()?.attach_current_thread_for_scope(|env: &mut Env<'_>| {
        let store =
            env.call_static_method(class, jni_str!("newStore"), jni_sig!("()Lkeymanager/java/Callback;"), &[])?;
        let callback = Callback::new(env, &store.l()?, store::UNAVAILABLE)?;
        let missing = || FacadeError::invalid_argument("Testing.newStore answered null");
        Ok(Arc::new(JavaStore::new(callback.ok_or_else(missing)?, CAPABILITIES)) as Arc<dyn HostStore>)
    })
}

/// Holds a master backend to every promise of the contract.
#[jni_mangle("keymanager.java.Testing")]
pub fn master_suite<'local>(mut env: EnvUnowned<'local>, _class: JClass<'local>, host: JObject<'local>) {
    run(&mut env, |env| {
        let missing = || FacadeError::invalid_argument("the master backend is null");
        let callback = Callback::new(env, &host, master::UNAVAILABLE)?.ok_or_else(missing)?;
        Ok(hold_master(Arc::new(JavaMaster(callback)))?)
    });
}
