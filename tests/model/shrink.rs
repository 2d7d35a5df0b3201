//! A failing sequence is made shorter by leaving steps out, as long as it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::actors::Backing;
use crate::counts::Counts;
use crate::run::run;
use crate::steps::Plot;

/// Runs a sequence; a panic is a failure like any other.
pub fn attempt(backing: Backing, plot: &Plot, counts: &mut Counts) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| run(backing, plot, counts))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

/// Leaves out halves, quarters, and so on down to single steps and faults.
pub fn shorten(backing: Backing, plot: &Plot) -> (Plot, String) {
    let fails = |plot: &Plot| attempt(backing, plot, &mut Counts::default()).err();
    let mut best = plot.clone();
    let mut why = fails(&best).unwrap_or_else(|| "it does not fail again".to_owned());
    let mut size = best.steps.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < best.steps.len() {
            let mut shorter = best.clone();
            shorter.steps.drain(at..(at + size).min(shorter.steps.len()));
            match fails(&shorter) {
                Some(text) => (best, why) = (shorter, text),
                None => at += size,
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    for at in 0..best.steps.len() {
        let mut simpler = best.clone();
        simpler.steps[at].fault = None;
        if best.steps[at].fault.is_some()
            && let Some(text) = fails(&simpler)
        {
            (best, why) = (simpler, text);
        }
    }
    (best, why)
}

/// Without the text of every panic that is caught.
pub fn quietly(work: impl FnOnce()) {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(loud);
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
