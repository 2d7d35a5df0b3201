//! Fetching a Base key's record by thumbprint, against one bare prepared select, from a thousand to a million records.

use crate::contest::Summary;
use crate::{Failure, Stage};

pub(crate) fn run(_stage: &Stage, _summary: &mut Summary) -> Result<(), Failure> {
    Ok(())
}
