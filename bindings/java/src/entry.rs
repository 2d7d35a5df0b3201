//! What every native method does around its work.

use std::any::Any;

use jni::errors::{Error as JniError, ErrorPolicy};
use jni::objects::{JByteArray, JThrowable, JValue};
use jni::{Env, EnvUnowned, jni_sig, jni_str};
use keymanager_facade::FacadeError;
use zeroize::Zeroizing;

use crate::wire::{Put, Writer};

/// Why a native method has no answer.
pub(crate) enum Failure {
    /// What the facade answered.
    Facade(FacadeError),
    /// The JVM failed, or has an exception to throw already.
    Java(JniError),
}

impl From<FacadeError> for Failure {
    fn from(error: FacadeError) -> Self {
        Self::Facade(error)
    }
}

impl From<JniError> for Failure {
    fn from(error: JniError) -> Self {
        Self::Java(error)
    }
}

pub(crate) type Answer<T> = Result<T, Failure>;

/// Runs the work of a native method: an error becomes an exception, and so does a panic, whose text is dropped (BND-6).
pub(crate) fn run<'local, T: Default>(
    env: &mut EnvUnowned<'local>,
    work: impl FnOnce(&mut Env<'local>) -> Answer<T>,
) -> T {
    env.with_env(work).resolve::<Throw>()
}

/// How a failure is thrown.
struct Throw;

impl<T: Default> ErrorPolicy<T, Failure> for Throw {
    type Captures<'local: 'method, 'method> = ();

    fn on_error<'local: 'method, 'method>(env: &mut Env<'local>, (): &mut (), failure: Failure) -> Result<T, JniError> {
        match failure {
            Failure::Facade(error) => throw(env, &error)?,
            // The JVM throws it when the method returns.
            Failure::Java(JniError::JavaException) => {}
            Failure::Java(JniError::NullPtr(what)) => {
                throw(env, &FacadeError::invalid_argument(format!("null: {what}")))?;
            }
            Failure::Java(_) => throw(env, &FacadeError::invalid_argument("the JVM refused an argument"))?,
        }
        Ok(T::default())
    }

    fn on_panic<'local: 'method, 'method>(
        env: &mut Env<'local>,
        (): &mut (),
        _text: Box<dyn Any + Send + 'static>,
    ) -> Result<T, JniError> {
        throw(env, &FacadeError::panic())?;
        Ok(T::default())
    }
}

/// Lets Java make the exception of the category, and throws it.
fn throw(env: &mut Env<'_>, error: &FacadeError) -> Result<(), JniError> {
    let row = to_array(env, Writer::of(error).bytes())?;
    let class = env.find_class(jni_str!("keymanager/java/Native"))?;
    let made = env.call_static_method(
        class,
        jni_str!("failure"),
        jni_sig!("([B)Ljava/lang/Throwable;"),
        &[JValue::Object(&row)],
    )?;
    let exception = env.cast_local::<JThrowable<'_>>(made.l()?)?;
    match env.throw(exception) {
        Ok(()) | Err(JniError::JavaException) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A copy of an array, wiped when it is dropped.
pub(crate) fn from_array(env: &Env<'_>, array: &JByteArray<'_>) -> Answer<Zeroizing<Vec<u8>>> {
    Ok(Zeroizing::new(env.convert_byte_array(array)?))
}

/// An array of these bytes.
pub(crate) fn to_array<'local>(env: &mut Env<'local>, bytes: &[u8]) -> Result<JByteArray<'local>, JniError> {
    env.byte_array_from_slice(bytes)
}

/// An array of what is answered.
pub(crate) fn answer<'local>(env: &mut Env<'local>, value: &impl Put) -> Answer<JByteArray<'local>> {
    Ok(to_array(env, Writer::of(value).bytes())?)
}
