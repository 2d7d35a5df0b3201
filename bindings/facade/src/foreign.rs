//! What uniffi needs beside the attributes: the shapes of the two errors, and arguments that it cannot borrow.
//!
//! The rest of the facade says with attributes, item by item, what Kotlin and Swift see of it.
#![allow(
    unsafe_code,
    reason = "uniffi's conversion is an unsafe trait; both impls hand over to one that uniffi derived"
)]

use uniffi::{FfiConverter, Lift, Lower, MetadataBuffer, RustBuffer, TypeId, UnexpectedUniFFICallbackError};

use crate::error::{FacadeError, HostError};
use crate::report::InspectReport;

/// [`FacadeError`] as Kotlin and Swift throw it.
#[derive(uniffi::Error)]
pub enum FacadeFailure {
    /// The row of the error table, and a sentence.
    Failed {
        /// The stable number; 99 for a panic that was caught.
        number: u32,
        /// The stable name, in snake_case.
        name: String,
        /// Who must act.
        category: String,
        /// The exit status the command line ends with on this error.
        exit: u8,
        /// The code the MOSIP key manager answers in the same situation.
        mosip_code: Option<String>,
        /// The sentence that names what was wrong.
        detail: String,
        /// What whoever meets the error can do next.
        next: String,
    },
}

impl From<FacadeError> for FacadeFailure {
    fn from(error: FacadeError) -> Self {
        let FacadeError { number, name, category, exit, mosip_code, detail, next } = error;
        Self::Failed { number, name, category, exit, mosip_code, detail, next }
    }
}

impl From<FacadeFailure> for FacadeError {
    fn from(failure: FacadeFailure) -> Self {
        let FacadeFailure::Failed { number, name, category, exit, mosip_code, detail, next } = failure;
        Self { number, name, category, exit, mosip_code, detail, next }
    }
}

/// [`HostError`] as Kotlin and Swift throw it.
#[derive(uniffi::Error)]
pub enum HostFailure {
    /// What a host answers instead of a value.
    Failed {
        /// A number of the error table, or one of the host's own.
        number: u32,
        /// A sentence without secrets. Not called `message`, which is taken in Kotlin.
        detail: String,
    },
}

impl From<HostError> for HostFailure {
    fn from(error: HostError) -> Self {
        Self::Failed { number: error.number, detail: error.message }
    }
}

impl From<HostFailure> for HostError {
    fn from(failure: HostFailure) -> Self {
        let HostFailure::Failed { number, detail } = failure;
        Self { number, message: detail }
    }
}

/// A host that threw something else. Its text holds the host's stack, and nobody has read what else: it stays here.
impl From<UnexpectedUniFFICallbackError> for HostError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self { number: FacadeError::PANIC, message: "the host threw something that is not its error".to_owned() }
    }
}

/// The library throws its error and never takes one, so this is not reached.
impl From<UnexpectedUniFFICallbackError> for FacadeError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::panic()
    }
}

/// An error that is a record here and, as uniffi wants it, an enum on the other side.
macro_rules! thrown_as {
    ($error:ty, $failure:ty) => {
        // SAFETY: every method is the one that uniffi derived for the enum, after a conversion that keeps all members.
        unsafe impl FfiConverter<crate::UniFfiTag> for $error {
            type FfiType = RustBuffer;

            const TYPE_ID_META: MetadataBuffer = <$failure as TypeId<crate::UniFfiTag>>::TYPE_ID_META;

            fn lower(error: Self) -> RustBuffer {
                <$failure as Lower<crate::UniFfiTag>>::lower(error.into())
            }

            fn try_lift(buffer: RustBuffer) -> uniffi::Result<Self> {
                <$failure as Lift<crate::UniFfiTag>>::try_lift(buffer).map(Into::into)
            }

            fn write(error: Self, buffer: &mut Vec<u8>) {
                <$failure as Lower<crate::UniFfiTag>>::write(error.into(), buffer);
            }

            fn try_read(buffer: &mut &[u8]) -> uniffi::Result<Self> {
                <$failure as Lift<crate::UniFfiTag>>::try_read(buffer).map(Into::into)
            }
        }

        uniffi::derive_ffi_traits!(local $error);
    };
}

thrown_as!(FacadeError, FacadeFailure);
thrown_as!(HostError, HostFailure);

/// [`crate::inspect`] with an argument that uniffi can pass.
#[uniffi::export(name = "inspect")]
pub(crate) fn inspect_foreign(bytes: &[u8], certificate: Option<Vec<u8>>) -> Result<InspectReport, FacadeError> {
    crate::inspect(bytes, certificate.as_deref())
}
