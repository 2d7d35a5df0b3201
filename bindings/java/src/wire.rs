//! How records cross: numbers big-endian, a text or a list by its count (4 bytes) and its members, what may be missing
//! after one byte that says whether it is there. The class `Wire` is the other side.

use keymanager_facade::FacadeError;
use zeroize::Zeroizing;

/// Bytes for Java; wiped, since a secret may be among them.
#[derive(Default)]
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// The bytes of one value.
    pub(crate) fn of(value: &impl Put) -> Self {
        let mut out = Self::default();
        value.put(&mut out);
        out
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn push(&mut self, bytes: &[u8]) {
        let wanted = self.0.len().saturating_add(bytes.len());
        if wanted > self.0.capacity() {
            // Growing in place would leave a copy behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(wanted.saturating_mul(2).max(64)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }

    fn count(&mut self, count: usize) {
        // What is longer than 2 GiB does not reach Java; its reader refuses the count.
        self.push(&i32::try_from(count).unwrap_or(-1).to_be_bytes());
    }
}

/// A value that goes to Java.
pub(crate) trait Put {
    fn put(&self, out: &mut Writer);
}

/// Bytes from Java.
pub(crate) struct Reader<'a>(&'a [u8]);

type Taken<T> = Result<T, FacadeError>;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next value.
    pub(crate) fn take<T: Take>(&mut self) -> Taken<T> {
        T::take(self)
    }

    fn bytes(&mut self, count: usize) -> Taken<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(short)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Taken<[u8; N]> {
        self.bytes(N)?.try_into().map_err(|_| short())
    }

    fn count(&mut self) -> Taken<usize> {
        usize::try_from(i32::from_be_bytes(self.array()?)).map_err(|_| short())
    }
}

fn short() -> FacadeError {
    FacadeError::invalid_argument("what came from Java is not whole")
}

/// A value that comes from Java.
pub(crate) trait Take: Sized {
    fn take(from: &mut Reader<'_>) -> Taken<Self>;
}

macro_rules! numbers {
    ($($number:ty),+) => { $(
        impl Put for $number {
            fn put(&self, out: &mut Writer) {
                out.push(&self.to_be_bytes());
            }
        }

        impl Take for $number {
            fn take(from: &mut Reader<'_>) -> Taken<Self> {
                Ok(Self::from_be_bytes(from.array()?))
            }
        }
    )+ };
}
numbers!(u8, i16, u32, i64, u64);

impl Put for bool {
    fn put(&self, out: &mut Writer) {
        u8::from(*self).put(out);
    }
}

impl Take for bool {
    fn take(from: &mut Reader<'_>) -> Taken<Self> {
        Ok(u8::take(from)? != 0)
    }
}

impl Put for str {
    fn put(&self, out: &mut Writer) {
        out.count(self.len());
        out.push(self.as_bytes());
    }
}

impl Put for String {
    fn put(&self, out: &mut Writer) {
        self.as_str().put(out);
    }
}

impl Take for String {
    fn take(from: &mut Reader<'_>) -> Taken<Self> {
        let count = from.count()?;
        let text = std::str::from_utf8(from.bytes(count)?);
        text.map(str::to_owned).map_err(|_| FacadeError::invalid_argument("a text is not valid Unicode"))
    }
}

impl<T: Put> Put for Option<T> {
    fn put(&self, out: &mut Writer) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
}

impl<T: Take> Take for Option<T> {
    fn take(from: &mut Reader<'_>) -> Taken<Self> {
        Ok(if from.take()? { Some(from.take()?) } else { None })
    }
}

impl<T: Put> Put for Vec<T> {
    fn put(&self, out: &mut Writer) {
        out.count(self.len());
        self.iter().for_each(|value| value.put(out));
    }
}

impl<T: Take> Take for Vec<T> {
    fn take(from: &mut Reader<'_>) -> Taken<Self> {
        let count = from.count()?;
        // No room is made for what is not there; every member has a byte at least.
        let mut list = Self::with_capacity(count.min(from.0.len()));
        for _ in 0..count {
            list.push(from.take()?);
        }
        Ok(list)
    }
}

impl Take for () {
    fn take(_: &mut Reader<'_>) -> Taken<Self> {
        Ok(())
    }
}

impl Put for () {
    fn put(&self, _: &mut Writer) {}
}

/// A record that goes to Java, field by field.
macro_rules! put_record {
    ($( $record:ident { $($field:ident),+ $(,)? } )+) => { $(
        impl crate::wire::Put for $record {
            fn put(&self, out: &mut crate::wire::Writer) {
                $( self.$field.put(out); )+
            }
        }
    )+ };
}
pub(crate) use put_record;

/// A record that comes from Java, field by field.
macro_rules! take_record {
    ($( $record:ident { $($field:ident),+ $(,)? } )+) => { $(
        impl crate::wire::Take for $record {
            fn take(from: &mut crate::wire::Reader<'_>) -> Result<Self, keymanager_facade::FacadeError> {
                Ok(Self { $( $field: from.take()?, )+ })
            }
        }
    )+ };
}
pub(crate) use take_record;

/// An enum that crosses as its stable number.
macro_rules! numbered {
    ($($name:ident),+) => { $(
        impl crate::wire::Put for $name {
            fn put(&self, out: &mut crate::wire::Writer) {
                self.number().put(out);
            }
        }

        impl crate::wire::Take for $name {
            fn take(from: &mut crate::wire::Reader<'_>) -> Result<Self, keymanager_facade::FacadeError> {
                let unknown = || keymanager_facade::FacadeError::unsupported("a number that this library lacks");
                Self::from_number(from.take()?).ok_or_else(unknown)
            }
        }
    )+ };
}
pub(crate) use numbered;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = vec![Some("schlüssel".to_owned()), None, Some(String::new())];
        let out = Writer::of(&value);
        assert_eq!(Reader::new(out.bytes()).take::<Vec<Option<String>>>().unwrap(), value);
        let numbers = (Writer::of(&-5_i64), Writer::of(&Some(7_i16)));
        assert_eq!(Reader::new(numbers.0.bytes()).take::<i64>().unwrap(), -5);
        assert_eq!(Reader::new(numbers.1.bytes()).take::<Option<i16>>().unwrap(), Some(7));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let whole = Writer::of(&vec!["one".to_owned(), "two".to_owned()]);
        for end in 0..whole.bytes().len() {
            let error = Reader::new(whole.bytes().get(..end).unwrap()).take::<Vec<String>>().unwrap_err();
            assert_eq!(error.number, 1001);
        }
        for lie in [-1_i32, i32::MAX] {
            assert!(Reader::new(&lie.to_be_bytes()).take::<Vec<u8>>().is_err());
            assert!(Reader::new(&lie.to_be_bytes()).take::<String>().is_err());
        }
    }

    #[test]
    fn text_that_is_not_unicode_is_refused() {
        let error = Reader::new(&[0, 0, 0, 1, 0xff]).take::<String>().unwrap_err();
        assert_eq!((error.number, error.detail.as_str()), (1001, "a text is not valid Unicode"));
    }
}
