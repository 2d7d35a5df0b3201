//! A handle knows the process that made it.

use crate::error::{Code, Error, Result};

/// Remembers the process a handle was made in and refuses use in another (architecture decision 12): after a fork,
/// sessions, file locks and random state belong to the parent.
#[derive(Debug, Clone, Copy)]
pub struct ForkGuard(u32);

impl ForkGuard {
    /// A guard for this process.
    #[must_use]
    pub fn new() -> Self {
        Self(std::process::id())
    }

    /// Refuses when this is not the process the guard was made in. To be called before anything is touched.
    ///
    /// # Errors
    /// [`Code::Forked`].
    pub fn check(&self) -> Result<()> {
        if std::process::id() == self.0 {
            return Ok(());
        }
        Err(Error::new(Code::Forked, "this handle was made in another process"))
    }
}

#[cfg(test)]
impl ForkGuard {
    /// A guard as a child of the process that made it has it.
    pub(crate) fn of_another_process() -> Self {
        Self(std::process::id().wrapping_add(1))
    }
}

impl Default for ForkGuard {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_process_that_made_it_passes() {
        assert_eq!(ForkGuard::new().check(), Ok(()));
        assert_eq!(ForkGuard::of_another_process().check().unwrap_err().code(), Code::Forked);
    }
}
