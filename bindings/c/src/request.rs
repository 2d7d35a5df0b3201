//! What is asked for, as sized structures. A text that is null is not given.

use std::ffi::c_char;

use keymanager_facade::{DoctorRequest, FacadeError, KeyQuery, KeyRequest, ObjectRequest, PolicyRequest, Subject};

use crate::pointer::{self, SizedStruct};

/// Make a new key although there is a current one, and end that one.
pub const KM_FORCE: u64 = 1;

/// Expired and revoked keys too.
pub const KM_ALL_KEYS: u64 = 1;

/// A number of a policy that is not given.
pub const KM_NOT_GIVEN: i32 = i32::MIN;

/// Attributes of a subject; what is null comes from the configuration, or from the key's certificate.
#[repr(C)]
pub struct km_subject {
    /// `sizeof(km_subject)`.
    pub size: usize,
    /// CN.
    pub common_name: *const c_char,
    /// OU.
    pub organizational_unit: *const c_char,
    /// O.
    pub organization: *const c_char,
    /// L.
    pub location: *const c_char,
    /// ST.
    pub state: *const c_char,
    /// C.
    pub country: *const c_char,
}

/// A key to make, for `km_manager_generate`, `km_manager_generate_master_key`, `km_manager_generate_ec_sign_key`.
#[repr(C)]
pub struct km_key_request {
    /// `sizeof(km_key_request)`.
    pub size: usize,
    /// The application.
    pub app: *const c_char,
    /// The reference id. Null or empty asks for the application's Module key (or for the Root key), or for a signing
    /// key with the reference id of its kind.
    pub reference: *const c_char,
    /// `km_manager_generate`: `rsa`, `aes`, `ec-p256`, `secp256k1`, `ed25519`, null for `rsa`. The other two:
    /// `CERTIFICATE` or `CSR`.
    pub kind: *const c_char,
    /// Attributes of the subject; may be null.
    pub subject: *const km_subject,
    /// `KM_FORCE`, or 0.
    pub flags: u64,
}

/// Which keys to list.
#[repr(C)]
pub struct km_key_query {
    /// `sizeof(km_key_query)`.
    pub size: usize,
    /// Of this application only; may be null.
    pub app: *const c_char,
    /// With this reference id only, empty for master keys; may be null.
    pub reference: *const c_char,
    /// `KM_ALL_KEYS`, or 0.
    pub flags: u64,
}

/// A change of a policy; what is not given stays as it is, or has its default in a new policy.
#[repr(C)]
pub struct km_policy_request {
    /// `sizeof(km_policy_request)`.
    pub size: usize,
    /// The application.
    pub app: *const c_char,
    /// How long its keys are valid, in days, or `KM_NOT_GIVEN`.
    pub validity_days: i32,
    /// How many days before its end a key is renewed, or `KM_NOT_GIVEN`.
    pub pre_expire_days: i32,
    /// 1 when it is in force, 0 when not, or `KM_NOT_GIVEN`.
    pub active: i32,
    /// 0.
    pub reserved: i32,
    /// The users who may decrypt: `NA` for everybody, or names with commas; may be null.
    pub access_allowed: *const c_char,
}

/// What a doctor looks at besides store and master backend, and what a repair may remove.
#[repr(C)]
pub struct km_doctor_request {
    /// `sizeof(km_doctor_request)`.
    pub size: usize,
    /// In a repair: aliases of master keys without a record that are removed.
    pub remove: *const *const c_char,
    /// How many.
    pub remove_len: usize,
    /// Folders in which temporary files of a crash are looked for.
    pub folders: *const *const c_char,
    /// How many.
    pub folders_len: usize,
}

// SAFETY: repr(C), begins with its size, and null is valid in every field.
unsafe impl SizedStruct for km_subject {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_subject";
}

// SAFETY: as above.
unsafe impl SizedStruct for km_key_request {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_key_request";
}

// SAFETY: as above.
unsafe impl SizedStruct for km_key_query {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_key_query";
}

// SAFETY: as above.
unsafe impl SizedStruct for km_policy_request {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_policy_request";
}

// SAFETY: as above.
unsafe impl SizedStruct for km_doctor_request {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_doctor_request";
}

fn flag(flags: u64, known: u64, what: &str) -> Result<bool, FacadeError> {
    if flags & !known != 0 {
        return Err(FacadeError::unsupported(format!("{what}.flags has bits this library lacks")));
    }
    Ok(flags & known != 0)
}

/// # Safety
/// `text` is null, or text that ends with NUL.
unsafe fn owned(text: *const c_char, what: &str) -> Result<Option<String>, FacadeError> {
    // SAFETY: the caller's promise.
    Ok(unsafe { pointer::maybe_text(text, what) }?.map(str::to_owned))
}

/// # Safety
/// `texts` is null, or points to `len` texts that end with NUL.
unsafe fn list(texts: *const *const c_char, len: usize, what: &str) -> Result<Vec<String>, FacadeError> {
    // SAFETY: the caller's promise, here and below.
    let texts = unsafe { pointer::values(texts, len, what) }?;
    // SAFETY: as above.
    texts.iter().map(|text| unsafe { pointer::text(*text, what) }.map(str::to_owned)).collect()
}

/// # Safety
/// `data` is null, or points to a structure with as many bytes as it says, whose texts end with NUL.
pub(crate) unsafe fn subject(data: *const km_subject) -> Result<Subject, FacadeError> {
    if data.is_null() {
        return Ok(Subject::default());
    }
    // SAFETY: the caller's promise, here and below.
    let data = unsafe { pointer::sized(data) }?;
    // SAFETY: as above.
    let text = |text, what| unsafe { owned(text, what) };
    Ok(Subject {
        common_name: text(data.common_name, "common_name")?,
        organizational_unit: text(data.organizational_unit, "organizational_unit")?,
        organization: text(data.organization, "organization")?,
        location: text(data.location, "location")?,
        state: text(data.state, "state")?,
        country: text(data.country, "country")?,
    })
}

/// # Safety
/// That of [`subject`].
pub(crate) unsafe fn key(data: *const km_key_request) -> Result<KeyRequest, FacadeError> {
    // SAFETY: the caller's promise, here and below.
    let data = unsafe { pointer::sized(data) }?;
    // SAFETY: as above.
    let text = |text, what| unsafe { owned(text, what) };
    Ok(KeyRequest {
        // SAFETY: as above.
        app: unsafe { pointer::text(data.app, "app") }?.to_owned(),
        reference: text(data.reference, "reference")?.unwrap_or_default(),
        kind: text(data.kind, "kind")?,
        force: flag(data.flags, KM_FORCE, "km_key_request")?,
        // SAFETY: as above.
        subject: unsafe { subject(data.subject) }?,
    })
}

/// # Safety
/// That of [`subject`].
pub(crate) unsafe fn object(data: *const km_key_request) -> Result<ObjectRequest, FacadeError> {
    // SAFETY: the caller's promise.
    let KeyRequest { app, reference, kind, force, subject } = unsafe { key(data) }?;
    Ok(ObjectRequest { app, reference, object_type: kind.unwrap_or_default(), force, subject })
}

/// # Safety
/// That of [`subject`].
pub(crate) unsafe fn query(data: *const km_key_query) -> Result<KeyQuery, FacadeError> {
    if data.is_null() {
        return Ok(KeyQuery::default());
    }
    // SAFETY: the caller's promise, here and below.
    let data = unsafe { pointer::sized(data) }?;
    // SAFETY: as above.
    let text = |text, what| unsafe { owned(text, what) };
    Ok(KeyQuery {
        app: text(data.app, "app")?,
        reference: text(data.reference, "reference")?,
        all: flag(data.flags, KM_ALL_KEYS, "km_key_query")?,
    })
}

/// # Safety
/// That of [`subject`].
pub(crate) unsafe fn policy(data: *const km_policy_request) -> Result<PolicyRequest, FacadeError> {
    // SAFETY: the caller's promise, here and below.
    let data = unsafe { pointer::sized(data) }?;
    let days = |days: i32, what: &str| match days {
        KM_NOT_GIVEN => Ok(None),
        days => i16::try_from(days)
            .map(Some)
            .map_err(|_| FacadeError::invalid_argument(format!("{what} is more than {} days", i16::MAX))),
    };
    let active = match data.active {
        KM_NOT_GIVEN => None,
        0 => Some(false),
        1 => Some(true),
        _ => return Err(FacadeError::invalid_argument("active is neither 0, 1 nor KM_NOT_GIVEN")),
    };
    if data.reserved != 0 {
        return Err(FacadeError::unsupported("km_policy_request.reserved has bits this library lacks"));
    }
    Ok(PolicyRequest {
        // SAFETY: as above.
        app: unsafe { pointer::text(data.app, "app") }?.to_owned(),
        validity_days: days(data.validity_days, "validity_days")?,
        pre_expire_days: days(data.pre_expire_days, "pre_expire_days")?,
        active,
        // SAFETY: as above.
        access_allowed: unsafe { owned(data.access_allowed, "access_allowed") }?,
    })
}

/// # Safety
/// That of [`subject`].
pub(crate) unsafe fn doctor(data: *const km_doctor_request) -> Result<DoctorRequest, FacadeError> {
    if data.is_null() {
        return Ok(DoctorRequest::default());
    }
    // SAFETY: the caller's promise, here and below.
    let data = unsafe { pointer::sized(data) }?;
    Ok(DoctorRequest {
        // SAFETY: as above.
        remove: unsafe { list(data.remove, data.remove_len, "remove") }?,
        // SAFETY: as above.
        folders: unsafe { list(data.folders, data.folders_len, "folders") }?,
    })
}
