//! The host's access decision and audit sink, in C.

use std::ffi::{c_char, c_void};
use std::ptr;

use keymanager_facade::{FacadeError, HostAccess, HostAccessRequest, HostAudit, HostAuditEvent, HostError};

use crate::answer::km_answer;
use crate::pointer::{Context, SizedStruct};
use crate::store::c_text;

/// Decides who may do what. It is asked before a verb begins, from whichever thread calls, and must not call the same
/// manager.
#[repr(C)]
pub struct km_access_callbacks {
    /// `sizeof(km_access_callbacks)`.
    pub size: usize,
    /// Given to each callback.
    pub ctx: *mut c_void,
    /// Called once with `ctx`, when nobody uses the table any more; may be null.
    pub release: Option<extern "C" fn(ctx: *mut c_void)>,
    /// 0 lets the verb begin; any other number, such as 5017, refuses it. `app`, `reference` and `caller` are null where
    /// there is none; the texts live as long as the call.
    pub decide: Option<
        extern "C" fn(
            ctx: *mut c_void,
            verb: *const c_char,
            app: *const c_char,
            reference: *const c_char,
            caller: *const c_char,
            answer: *mut km_answer,
        ) -> u32,
    >,
}

/// Keeps what happens. It is called from whichever thread works, and must not call the same manager.
#[repr(C)]
pub struct km_audit_callbacks {
    /// `sizeof(km_audit_callbacks)`.
    pub size: usize,
    /// Given to each callback.
    pub ctx: *mut c_void,
    /// Called once with `ctx`, when nobody uses the table any more; may be null.
    pub release: Option<extern "C" fn(ctx: *mut c_void)>,
    /// Keeps an event: one JSON object in UTF-8 of `event_len` bytes, with a NUL behind it (docs/bindings.md BND-43). 0
    /// when it is kept.
    pub record:
        Option<extern "C" fn(ctx: *mut c_void, event: *const c_char, event_len: usize, answer: *mut km_answer) -> u32>,
}

// SAFETY: repr(C), begins with its size, and null is valid in every field.
unsafe impl SizedStruct for km_access_callbacks {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_access_callbacks";
}

// SAFETY: as above.
unsafe impl SizedStruct for km_audit_callbacks {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_audit_callbacks";
}

type Decide =
    extern "C" fn(*mut c_void, *const c_char, *const c_char, *const c_char, *const c_char, *mut km_answer) -> u32;
type Record = extern "C" fn(*mut c_void, *const c_char, usize, *mut km_answer) -> u32;

pub(crate) struct CAccess {
    context: Context,
    decide: Decide,
}

impl CAccess {
    pub(crate) fn new(context: Context, table: &km_access_callbacks) -> Result<Self, FacadeError> {
        let missing = || FacadeError::invalid_argument("km_access_callbacks.decide is null");
        Ok(Self { context, decide: table.decide.ok_or_else(missing)? })
    }
}

impl HostAccess for CAccess {
    fn decide(&self, request: HostAccessRequest) -> Result<bool, HostError> {
        let verb = c_text(request.verb)?;
        let app = request.app.map(c_text).transpose()?;
        let reference = request.reference.map(c_text).transpose()?;
        let caller = request.caller.map(c_text).transpose()?;
        let pointer = |text: &Option<std::ffi::CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        let ask = |answer: &mut km_answer| {
            (self.decide)(
                self.context.get(),
                verb.as_ptr(),
                pointer(&app),
                pointer(&reference),
                pointer(&caller),
                answer,
            )
        };
        km_answer::of(ask).map(|_| true)
    }
}

pub(crate) struct CAudit {
    context: Context,
    record: Record,
}

impl CAudit {
    pub(crate) fn new(context: Context, table: &km_audit_callbacks) -> Result<Self, FacadeError> {
        let missing = || FacadeError::invalid_argument("km_audit_callbacks.record is null");
        Ok(Self { context, record: table.record.ok_or_else(missing)? })
    }
}

impl HostAudit for CAudit {
    fn record(&self, event: HostAuditEvent) -> Result<(), HostError> {
        let fault = |_| HostError { number: 0, message: "the event has no JSON form".to_owned() };
        let event = c_text(serde_json::to_string(&event).map_err(fault)?)?;
        let len = event.as_bytes().len();
        km_answer::of(|answer| (self.record)(self.context.get(), event.as_ptr(), len, answer)).map(drop)
    }
}
