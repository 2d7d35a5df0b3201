//! Memory of the JVM. Nothing else in this crate reads or writes what it does not own.

use std::slice;

use jni::Env;
use jni::objects::{JByteArray, JByteBuffer};
use jni::sys::jint;
use keymanager_facade::FacadeError;
use zeroize::Zeroizing;

use crate::entry::Answer;

/// A part of an array or buffer, as Java says it.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) offset: jint,
    pub(crate) len: jint,
}

impl Part {
    /// Offset and length inside `capacity` bytes.
    fn within(self, capacity: usize) -> Result<(usize, usize), FacadeError> {
        let outside = || FacadeError::invalid_argument("the range is outside of the array or buffer");
        let offset = usize::try_from(self.offset).map_err(|_| outside())?;
        let len = usize::try_from(self.len).map_err(|_| outside())?;
        let end = offset.checked_add(len).ok_or_else(outside)?;
        if end > capacity { Err(outside()) } else { Ok((offset, len)) }
    }
}

/// A copy of a part of an array, wiped when it is dropped.
pub(crate) fn copy(env: &Env<'_>, array: &JByteArray<'_>, part: Part) -> Answer<Zeroizing<Vec<u8>>> {
    let (_, len) = part.within(array.len(env)?)?;
    let mut bytes = Zeroizing::new(vec![0_u8; len]);
    // SAFETY: `i8` and `u8` have one size and alignment, and every value of one is a value of the other.
    let signed = unsafe { slice::from_raw_parts_mut(bytes.as_mut_ptr().cast::<i8>(), len) };
    array.get_region(env, part.offset, signed)?;
    Ok(bytes)
}

/// A part of a direct buffer: an address that is good while the buffer lives, which is until the native method returns.
pub(crate) struct Direct {
    address: *mut u8,
    len: usize,
}

impl Direct {
    pub(crate) fn new(env: &Env<'_>, buffer: &JByteBuffer<'_>, part: Part) -> Answer<Self> {
        let (offset, len) = part.within(env.get_direct_buffer_capacity(buffer)?)?;
        if len == 0 {
            // A buffer of no bytes may have no address.
            return Ok(Self { address: std::ptr::NonNull::dangling().as_ptr(), len });
        }
        let address = env.get_direct_buffer_address(buffer)?;
        // SAFETY: the offset is inside of the buffer, as was checked.
        Ok(Self { address: unsafe { address.add(offset) }, len })
    }

    /// What is read and what is written.
    ///
    /// # Safety
    /// Both buffers live while the slices do, and nobody else writes to the first or uses the second.
    pub(crate) unsafe fn pair<'a>(
        input: &'a Self,
        output: &'a mut Self,
    ) -> Result<(&'a [u8], &'a mut [u8]), FacadeError> {
        let (read, written) = (input.address.addr(), output.address.addr());
        let apart = read.saturating_add(input.len) <= written || written.saturating_add(output.len) <= read;
        if !apart && input.len > 0 && output.len > 0 {
            return Err(FacadeError::invalid_argument("input and output must not overlap"));
        }
        // SAFETY: inside of buffers that live, apart, and used by nobody else by the caller's promise.
        Ok(unsafe {
            (slice::from_raw_parts(input.address, input.len), slice::from_raw_parts_mut(output.address, output.len))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may")]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_inside_or_refused() {
        let within = |offset, len| Part { offset, len }.within(10);
        assert_eq!(within(0, 10).unwrap(), (0, 10));
        assert_eq!(within(10, 0).unwrap(), (10, 0));
        for (offset, len) in [(0, 11), (1, 10), (11, 0), (-1, 1), (0, -1), (jint::MAX, jint::MAX)] {
            assert_eq!(within(offset, len).unwrap_err().number, 1001);
        }
    }

    #[test]
    fn what_overlaps_is_refused() {
        let mut bytes = [0_u8; 8];
        let address = bytes.as_mut_ptr();
        let direct = |offset: usize, len| Direct { address: address.wrapping_add(offset), len };
        for (read, written, apart) in [
            ((0, 4), (4, 4), true),
            ((4, 4), (0, 4), true),
            ((0, 5), (4, 4), false),
            ((0, 0), (0, 8), true),
            ((2, 2), (0, 8), false),
        ] {
            let (input, mut output) = (direct(read.0, read.1), direct(written.0, written.1));
            // SAFETY: the array lives, and the slices are not used.
            assert_eq!(unsafe { Direct::pair(&input, &mut output) }.is_ok(), apart);
        }
    }
}
