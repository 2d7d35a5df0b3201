//! What all benches share: contestants that take turns, and the summary.

pub mod contest;
pub mod rows;

/// Whatever stops a bench.
pub type Failure = Box<dyn std::error::Error>;

/// A job that fails is a defect; the bench stops with the reason.
///
/// # Panics
/// When the job failed.
#[track_caller]
#[allow(clippy::panic, reason = "a measurement of a failing call would be worthless")]
pub fn must<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}
