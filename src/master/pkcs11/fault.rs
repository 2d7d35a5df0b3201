//! What a token's answer means: the session is lost and the call may be repeated, or it is final (TOK-16).

use cryptoki::context::Function;
use cryptoki::error::{Error as TokenError, RvError};

use crate::error::{Code, Error, Result};

/// Why an attempt on a session failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// Session, token or handle are lost. The attempt had no effect that a repetition would double.
    Lost(Lost),
    /// The answer, however often it is asked.
    Final(Error),
}

/// What an attempt on a session gives.
pub(super) type Attempt<T> = Result<T, Fault>;

/// A loss, with the answer that shows when repetition does not help.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) error: Error,
    /// Where and what; none when the loss was concluded.
    pub(super) answer: Option<(Function, RvError)>,
}

impl Lost {
    /// A loss that no code says.
    pub(super) fn concluded(error: Error) -> Fault {
        Fault::Lost(Self { error, answer: None })
    }

    /// The module has to be started again.
    pub(super) fn not_initialised(&self) -> bool {
        matches!(self.answer, Some((_, RvError::CryptokiNotInitialized)))
    }

    /// Nothing can have been made by a call that was answered so (TOK-17).
    pub(super) fn before_anything(&self) -> bool {
        matches!(
            self.answer,
            Some((
                _,
                RvError::SessionHandleInvalid
                    | RvError::SessionClosed
                    | RvError::UserNotLoggedIn
                    | RvError::CryptokiNotInitialized
                    | RvError::TokenNotPresent
                    | RvError::OperationActive
            ))
        )
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        let TokenError::Pkcs11(code, function) = error else {
            return Self::Final(unreadable(&error));
        };
        let said = format!("the token's {} answered {}", name(function), ckr(code));
        if is_loss(code) {
            let error = Error::new(Code::MasterUnavailable, said);
            return Self::Lost(Lost { error, answer: Some((function, code)) });
        }
        Self::Final(match code {
            RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange => Error::decryption_failed(),
            RvError::DataInvalid | RvError::DataLenRange if matches!(function, Function::Decrypt) => {
                Error::decryption_failed()
            }
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => Error::new(Code::WrongPin, said),
            RvError::PinLocked | RvError::PinExpired | RvError::UserPinNotInitialized | RvError::PinTooWeak => {
                Error::new(Code::PinLocked, said)
            }
            RvError::DeviceMemory => Error::new(Code::TokenFull, said),
            RvError::TokenWriteProtected | RvError::SessionReadOnly | RvError::ActionProhibited => {
                Error::new(Code::TokenReadOnly, said)
            }
            RvError::MechanismInvalid
            | RvError::MechanismParamInvalid
            | RvError::CurveNotSupported
            | RvError::FunctionNotSupported
            | RvError::KeySizeRange => Error::new(Code::Unsupported, said),
            RvError::KeyFunctionNotPermitted | RvError::KeyTypeInconsistent => Error::new(Code::WrongKeyKind, said),
            _ => Error::new(Code::MasterUnavailable, said),
        })
    }
}

/// The codes after which a new session is the answer. Those of the vendor are among them: nobody knows what they mean.
fn is_loss(code: RvError) -> bool {
    matches!(
        code,
        RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::ObjectHandleInvalid
            | RvError::KeyHandleInvalid
            | RvError::UserNotLoggedIn
            | RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::CryptokiNotInitialized
            | RvError::GeneralError
            | RvError::FunctionFailed
            | RvError::FunctionCanceled
            | RvError::SlotIdInvalid
            | RvError::SessionCount
            | RvError::HostMemory
            | RvError::OperationActive
            | RvError::OperationNotInitialized
            | RvError::VendorDefined(_)
            | RvError::UnknownErrorCode(_)
    )
}

/// What is no answer of the token. The texts of the wrapper are not passed on.
fn unreadable(error: &TokenError) -> Error {
    match error {
        TokenError::NullFunctionPointer | TokenError::NotSupported => {
            Error::new(Code::Unsupported, "the PKCS#11 module lacks a function that is needed")
        }
        TokenError::LibraryLoading(_) | TokenError::MissingSymbol(_) => {
            Error::new(Code::TokenModule, "the file is no PKCS#11 module")
        }
        _ => Error::new(Code::MasterUnavailable, "the PKCS#11 module gave a value that cannot be read"),
    }
}

/// `C_DecryptInit` and the like.
pub(super) fn name(function: Function) -> String {
    format!("C_{function:?}")
}

/// `CKR_SESSION_HANDLE_INVALID` and the like.
pub(super) fn ckr(code: RvError) -> String {
    match code {
        RvError::VendorDefined(number) | RvError::UnknownErrorCode(number) => format!("the code 0x{number:08x}"),
        code => {
            let mut text = String::from("CKR");
            for letter in format!("{code:?}").chars() {
                if letter.is_ascii_uppercase() {
                    text.push('_');
                }
                text.push(letter.to_ascii_uppercase());
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: RvError, function: Function) -> Fault {
        Fault::from(TokenError::Pkcs11(code, function))
    }

    #[test]
    fn names_are_those_of_the_standard() {
        assert_eq!(ckr(RvError::SessionHandleInvalid), "CKR_SESSION_HANDLE_INVALID");
        assert_eq!(ckr(RvError::GeneralError), "CKR_GENERAL_ERROR");
        assert_eq!(ckr(RvError::VendorDefined(0x8000_0001)), "the code 0x80000001");
        assert_eq!(name(Function::DecryptInit), "C_DecryptInit");
    }

    /// TOK-16, TOK-4: what is repeated, and what never is.
    #[test]
    fn losses_and_answers() {
        for code in [
            RvError::SessionHandleInvalid,
            RvError::SessionClosed,
            RvError::ObjectHandleInvalid,
            RvError::KeyHandleInvalid,
            RvError::UserNotLoggedIn,
            RvError::DeviceRemoved,
            RvError::DeviceError,
            RvError::TokenNotPresent,
            RvError::CryptokiNotInitialized,
            RvError::GeneralError,
            RvError::FunctionFailed,
        ] {
            assert!(matches!(of(code, Function::Sign), Fault::Lost(_)), "{code:?}");
        }
        for (code, function, expected) in [
            (RvError::PinIncorrect, Function::Login, Code::WrongPin),
            (RvError::PinLocked, Function::Login, Code::PinLocked),
            (RvError::EncryptedDataInvalid, Function::Decrypt, Code::DecryptionFailed),
            (RvError::DataInvalid, Function::Decrypt, Code::DecryptionFailed),
            (RvError::DataInvalid, Function::Sign, Code::MasterUnavailable),
            (RvError::DeviceMemory, Function::GenerateKeyPair, Code::TokenFull),
            (RvError::TokenWriteProtected, Function::CreateObject, Code::TokenReadOnly),
            (RvError::MechanismInvalid, Function::SignInit, Code::Unsupported),
            (RvError::KeyFunctionNotPermitted, Function::DecryptInit, Code::WrongKeyKind),
            (RvError::ArgumentsBad, Function::DecryptInit, Code::MasterUnavailable),
        ] {
            let Fault::Final(error) = of(code, function) else { panic!("{code:?}") };
            assert_eq!(error.code(), expected, "{code:?}");
        }
    }

    /// TOK-17: an answer that leaves open whether a key was made is no reason to make another.
    #[test]
    fn what_may_have_happened() {
        for (code, before) in [
            (RvError::SessionHandleInvalid, true),
            (RvError::UserNotLoggedIn, true),
            (RvError::DeviceError, false),
            (RvError::GeneralError, false),
            (RvError::FunctionFailed, false),
        ] {
            let Fault::Lost(lost) = of(code, Function::GenerateKeyPair) else { panic!("{code:?}") };
            assert_eq!(lost.before_anything(), before, "{code:?}");
        }
    }
}
