//! The picture (SIM-15).

pub(super) fn draw(_report: &super::Report) -> String {
    String::new()
}
