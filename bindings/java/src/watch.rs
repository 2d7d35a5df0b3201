//! Access decision and audit sink that Java objects implement.

use std::sync::Arc;

use jni::Env;
use jni::objects::JObject;
use keymanager_facade::{HostAccess, HostAccessRequest, HostAudit, HostAuditEvent, HostError};

use crate::callback::Callback;
use crate::entry::Answer;

/// The only method of both.
const ONLY: i32 = 0;

struct JavaAccess(Callback);

impl HostAccess for JavaAccess {
    fn decide(&self, request: HostAccessRequest) -> Result<bool, HostError> {
        self.0.call(ONLY, &request)
    }
}

struct JavaAudit(Callback);

impl HostAudit for JavaAudit {
    fn record(&self, event: HostAuditEvent) -> Result<(), HostError> {
        self.0.call(ONLY, &event)
    }
}

/// The object as the facade's decision; null is none. The facade has the number of an error without one.
pub(crate) fn access_of(env: &Env<'_>, object: &JObject<'_>) -> Answer<Option<Arc<dyn HostAccess>>> {
    Ok(Callback::new(env, object, 0)?.map(|callback| Arc::new(JavaAccess(callback)) as Arc<dyn HostAccess>))
}

/// The same for a sink.
pub(crate) fn audit_of(env: &Env<'_>, object: &JObject<'_>) -> Answer<Option<Arc<dyn HostAudit>>> {
    Ok(Callback::new(env, object, 0)?.map(|callback| Arc::new(JavaAudit(callback)) as Arc<dyn HostAudit>))
}
