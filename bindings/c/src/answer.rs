//! What a host's callback answers, besides its status.

use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keymanager_facade::{FacadeError, HostError, HostKeyKind, HostMasterEntry, HostRow, HostTable};
use zeroize::Zeroizing;

use crate::{KM_OK, KM_PANIC, pointer};

/// Where a host's callback puts its answer. It lives until the callback returns; what is put in is copied, and wiped
/// where it is bytes. Its functions answer 0, or 1001 for an argument that cannot be used; the call that the callback
/// was made for then fails, whatever the callback returns.
#[derive(Default)]
pub struct km_answer {
    pub(crate) rows: Vec<HostRow>,
    pub(crate) entries: Vec<HostMasterEntry>,
    pub(crate) next: Option<String>,
    pub(crate) bytes: Option<Zeroizing<Vec<u8>>>,
    message: String,
    fault: Option<String>,
}

impl km_answer {
    /// Asks a callback: the answer when it returned 0 and used its answer well, else the host's error.
    pub(crate) fn of(ask: impl FnOnce(&mut Self) -> u32) -> Result<Self, HostError> {
        let mut answer = Self::default();
        let number = ask(&mut answer);
        match (number, answer.fault.take()) {
            (KM_OK, None) => Ok(answer),
            (KM_OK, Some(fault)) => Err(HostError { number, message: fault }),
            _ => Err(HostError { number, message: std::mem::take(&mut answer.message) }),
        }
    }

    /// The bytes, which the callback must have put in; wiped by whoever takes them.
    pub(crate) fn take_bytes(&mut self) -> Result<Vec<u8>, HostError> {
        let bytes = self.bytes.take().map(|mut bytes| std::mem::take(&mut *bytes));
        bytes.ok_or_else(|| HostError { number: KM_OK, message: "the callback gave no bytes".to_owned() })
    }
}

/// Fills an answer; what goes wrong is kept in it.
fn fill(answer: Option<&mut km_answer>, fill: impl FnOnce(&mut km_answer) -> Result<(), FacadeError>) -> u32 {
    let Some(answer) = answer else { return FacadeError::invalid_argument("").number };
    match catch_unwind(AssertUnwindSafe(|| fill(answer))) {
        Ok(Ok(())) => KM_OK,
        Ok(Err(error)) => {
            answer.fault.get_or_insert(error.detail);
            error.number
        }
        Err(_) => {
            answer.fault.get_or_insert_with(|| "a panic was caught".to_owned());
            KM_PANIC
        }
    }
}

/// The sentence that goes with a status other than 0: what was wrong, without secrets.
///
/// # Safety
/// `answer` is that of the running callback, or null; `message` is text that ends with NUL, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_answer_message(answer: Option<&mut km_answer>, message: *const c_char) -> u32 {
    fill(answer, |answer| {
        // SAFETY: the caller's promise.
        unsafe { pointer::text(message, "message") }?.clone_into(&mut answer.message);
        Ok(())
    })
}

/// The bytes that are answered: a public key as SubjectPublicKeyInfo DER, a signature, a plaintext, blocks.
///
/// # Safety
/// `answer` is that of the running callback, or null; `data` points to `len` bytes, or is null with `len` 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_answer_bytes(answer: Option<&mut km_answer>, data: *const u8, len: usize) -> u32 {
    fill(answer, |answer| {
        // SAFETY: the caller's promise.
        let data = unsafe { pointer::bytes(data, len, "data") }?;
        answer.bytes = Some(Zeroizing::new(data.to_vec()));
        Ok(())
    })
}

/// Where the next page begins. Not called when this was the last page.
///
/// # Safety
/// `answer` is that of the running callback, or null; `cursor` is text that ends with NUL, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_answer_next(answer: Option<&mut km_answer>, cursor: *const c_char) -> u32 {
    fill(answer, |answer| {
        // SAFETY: the caller's promise.
        answer.next = Some(unsafe { pointer::text(cursor, "cursor") }?.to_owned());
        Ok(())
    })
}

/// Adds a row to a page: its table (`KM_TABLE_`), its columns in the order of docs/bindings.md (null for NULL), and its
/// version.
///
/// # Safety
/// `answer` is that of the running callback, or null; `columns` points to `columns_len` texts that end with NUL, each of
/// which may be null; `version` points to `version_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_answer_row(
    answer: Option<&mut km_answer>,
    table: u32,
    columns: *const *const c_char,
    columns_len: usize,
    version: *const u8,
    version_len: usize,
) -> u32 {
    fill(answer, |answer| {
        let table = HostTable::from_number(table).ok_or_else(|| FacadeError::invalid_argument("no such table"))?;
        // SAFETY: the caller's promise.
        let columns = unsafe { pointer::values(columns, columns_len, "columns") }?;
        let columns = columns
            .iter()
            // SAFETY: the caller's promise about each of them.
            .map(|column| Ok(unsafe { pointer::maybe_text(*column, "a column") }?.map(str::to_owned)))
            .collect::<Result<_, FacadeError>>()?;
        // SAFETY: the caller's promise.
        let version = unsafe { pointer::bytes(version, version_len, "version") }?;
        answer.rows.push(HostRow { table, columns, version: Some(version.to_vec()) });
        Ok(())
    })
}

/// Adds a key of a master backend: alias, kind (`KM_KEY_`, or 0 for another), the public half as SubjectPublicKeyInfo
/// DER (null for AES), the certificate as DER (null while there is none), and whether it is pending.
///
/// # Safety
/// `answer` is that of the running callback, or null; `alias` is text that ends with NUL; `spki` and `certificate` point
/// to that many bytes, or are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_answer_entry(
    answer: Option<&mut km_answer>,
    alias: *const c_char,
    kind: u32,
    spki: *const u8,
    spki_len: usize,
    certificate: *const u8,
    certificate_len: usize,
    pending: bool,
) -> u32 {
    fill(answer, |answer| {
        // SAFETY: the caller's promise, here and in the two blocks that follow.
        let alias = unsafe { pointer::text(alias, "alias") }?.to_owned();
        // SAFETY: as above.
        let spki = unsafe { pointer::bytes(spki, spki_len, "spki") }?;
        // SAFETY: as above.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        let some = |bytes: &[u8]| (!bytes.is_empty()).then(|| bytes.to_vec());
        answer.entries.push(HostMasterEntry {
            alias,
            kind: HostKeyKind::from_number(kind),
            spki_der: some(spki),
            certificate_der: some(certificate),
            pending,
        });
        Ok(())
    })
}
