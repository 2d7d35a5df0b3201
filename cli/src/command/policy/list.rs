//! `policy list`

use super::text;
use crate::context::Context;
use crate::output::{Failure, json};

pub(crate) fn run(context: &Context<'_>) -> Result<(), Failure> {
    let rows = context.manager()?.policies()?;
    let policies = rows.iter().map(json::PolicyMembers::new).collect();
    context.output.emit(&json::PolicyList { policies }, |style| text(&rows, style))
}
