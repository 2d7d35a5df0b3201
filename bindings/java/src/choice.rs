//! Where records and master keys are, as Java names it: a number for the kind, and what that needs.

use std::sync::Arc;

use jni::Env;
use jni::objects::JObject;
use keymanager_facade::{FacadeError, MasterChoice, StoreChoice};

use crate::callback::Callback;
use crate::entry::Answer;
use crate::master::{self, JavaMaster};
use crate::store::{self, JavaStore};
use crate::wire::Reader;

/// The host's store among the arguments, if any: taken before anything can fail, so that it is released.
pub(crate) fn host_store(env: &Env<'_>, object: &JObject<'_>) -> Answer<Option<Callback>> {
    Callback::new(env, object, store::UNAVAILABLE)
}

/// The same for a master backend.
pub(crate) fn host_master(env: &Env<'_>, object: &JObject<'_>) -> Answer<Option<Callback>> {
    Callback::new(env, object, master::UNAVAILABLE)
}

pub(crate) fn store_choice(request: &mut Reader<'_>, host: Option<Callback>) -> Result<StoreChoice, FacadeError> {
    let kind = request.take::<u8>()?;
    Ok(match (kind, host) {
        (0, None) => StoreChoice::Sqlite { path: request.take()? },
        (1, None) => {
            let (address, password, read_from) = (request.take()?, request.take()?, request.take()?);
            StoreChoice::Postgres { address, password, read_from }
        }
        (2, Some(host)) => StoreChoice::Host(Arc::new(JavaStore::new(host, request.take()?))),
        _ => return Err(unknown()),
    })
}

pub(crate) fn master_choice(request: &mut Reader<'_>, host: Option<Callback>) -> Result<MasterChoice, FacadeError> {
    let kind = request.take::<u8>()?;
    Ok(match (kind, host) {
        (0, None) => MasterChoice::KeyFile { path: request.take()?, passphrase: request.take()? },
        (1, None) => MasterChoice::Token { uri: request.take()?, pin: request.take()? },
        (2, Some(host)) => MasterChoice::Host(Arc::new(JavaMaster(host))),
        _ => return Err(unknown()),
    })
}

fn unknown() -> FacadeError {
    FacadeError::invalid_argument("a store or a master backend of no kind that this library knows")
}
