//! Progress and cancellation that a Java object implements.

use std::sync::Arc;

use jni::Env;
use jni::objects::JObject;
use keymanager_facade::HostProgress;

use crate::callback::Callback;
use crate::entry::Failure;
use crate::wire::{Put, Writer};

const ADVANCE: i32 = 0;
const CANCELLED: i32 = 1;

struct JavaProgress(Callback);

/// The object as the facade's progress; null is none.
pub(crate) fn progress(env: &Env<'_>, object: &JObject<'_>) -> Result<Option<Arc<dyn HostProgress>>, Failure> {
    let callback = Callback::new(env, object, 0)?;
    Ok(callback.map(|callback| Arc::new(JavaProgress(callback)) as Arc<dyn HostProgress>))
}

struct Advance {
    done: u64,
    total: Option<u64>,
    what: String,
}

impl Put for Advance {
    fn put(&self, out: &mut Writer) {
        self.done.put(out);
        self.total.put(out);
        self.what.put(out);
    }
}

impl HostProgress for JavaProgress {
    fn advance(&self, done: u64, total: Option<u64>, what: String) {
        // What it throws cancels the work at the next question.
        let _ = self.0.call::<()>(ADVANCE, &Advance { done, total, what });
    }

    fn cancelled(&self) -> bool {
        self.0.call(CANCELLED, &()).unwrap_or(true)
    }
}
