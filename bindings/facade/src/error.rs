//! The one error that crosses the boundary, and the one that a host answers.

use std::fmt;

use keymanager::{Category, Code, Error};

/// An error as a foreign language sees it: a row of the error table (docs/errors.md), and a sentence. It never holds a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacadeError {
    /// The stable number; 99 for a panic that was caught.
    pub number: u32,
    /// The stable name, in snake_case.
    pub name: String,
    /// Who must act: `misuse`, `malformed`, `not_found`, `not_trusted`, `refused`, `decryption_failed`, `backend`, `bug`.
    pub category: String,
    /// The exit status the command line ends with on this error.
    pub exit: u8,
    /// The code the MOSIP key manager answers in the same situation.
    pub mosip_code: Option<String>,
    /// The sentence that names what was wrong. Not called `message`, which is taken in some languages.
    pub detail: String,
    /// What whoever meets the error can do next.
    pub next: String,
}

impl FacadeError {
    /// The number of a panic that was caught at the boundary (BND-6).
    pub const PANIC: u32 = 99;

    /// A panic that was caught at the boundary. Its text stays inside: nobody has read what it may hold.
    #[must_use]
    pub fn panic() -> Self {
        let next = Code::Internal.next().to_owned();
        let detail = "a panic was caught at the boundary".to_owned();
        Self {
            number: Self::PANIC,
            name: "panic".to_owned(),
            category: "bug".to_owned(),
            exit: 1,
            mosip_code: None,
            detail,
            next,
        }
    }

    /// An argument that a binding could not even read.
    #[must_use]
    pub fn invalid_argument(detail: impl Into<String>) -> Self {
        Error::new(Code::InvalidArgument, detail.into()).into()
    }

    /// Something the binding's other side was built with and this library lacks.
    #[must_use]
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Error::new(Code::Unsupported, detail.into()).into()
    }
}

impl From<Error> for FacadeError {
    fn from(error: Error) -> Self {
        let code = error.code();
        Self {
            number: code.number(),
            name: code.name().to_owned(),
            category: category(code.category()).to_owned(),
            exit: code.exit_status(),
            mosip_code: code.mosip_code().map(str::to_owned),
            detail: error.detail().to_owned(),
            next: code.next().to_owned(),
        }
    }
}

impl fmt::Display for FacadeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.number, self.name, self.detail)
    }
}

impl std::error::Error for FacadeError {}

fn category(category: Category) -> &'static str {
    match category {
        Category::Misuse => "misuse",
        Category::Malformed => "malformed",
        Category::NotFound => "not_found",
        Category::NotTrusted => "not_trusted",
        Category::Refused => "refused",
        Category::DecryptionFailed => "decryption_failed",
        Category::Backend => "backend",
        _ => "bug",
    }
}

/// What a host answers instead of a value: a number of the error table, or one of its own, and a sentence without
/// secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError {
    /// A number of the error table; any other is the host's own, and shown in the text (BND-21).
    pub number: u32,
    /// A sentence that names what was wrong; may be empty.
    pub message: String,
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.number, self.message)
    }
}

impl HostError {
    /// The error of the table that this one is. A number that is not in it, or that claims a defect of this library,
    /// becomes `otherwise`.
    pub(crate) fn into_error(self, otherwise: Code) -> Error {
        let code = Code::ALL.iter().find(|code| code.number() == self.number && code.category() != Category::Bug);
        let message = if self.message.is_empty() { "the host gave no text".to_owned() } else { self.message };
        match code {
            Some(code) => Error::new(*code, message),
            None => Error::new(otherwise, format!("the host answered {}: {message}", self.number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_crosses_with_its_row() {
        for code in Code::ALL {
            let error = FacadeError::from(Error::new(*code, "what was wrong"));
            assert_eq!((error.number, error.name.as_str()), (code.number(), code.name()));
            assert_eq!(error.mosip_code.as_deref(), code.mosip_code());
            let text = if *code == Code::DecryptionFailed { "decryption failed" } else { "what was wrong" };
            assert_eq!(error.detail, text);
            assert!(error.category != "bug" || code.number() == 9001, "{error}");
        }
    }

    #[test]
    fn a_number_of_the_host_itself_is_shown_in_the_text() {
        let of = |number| HostError { number, message: "no quorum".to_owned() }.into_error(Code::StoreUnavailable);
        assert_eq!((of(7006).code(), of(7006).detail().to_owned()), (Code::LockTimeout, "no quorum".to_owned()));
        for number in [0, 1, 99, 9001, u32::MAX] {
            assert_eq!(of(number).code(), Code::StoreUnavailable);
            assert_eq!(of(number).detail(), format!("the host answered {number}: no quorum"));
        }
        let silent = HostError { number: 7004, message: String::new() }.into_error(Code::StoreUnavailable);
        assert_eq!(silent.detail(), "the host gave no text");
    }
}
