//! `policy show APP`

use keymanager::id::AppId;

use super::text;
use crate::context::Context;
use crate::output::{Failure, json};

pub(crate) fn run(context: &Context<'_>, app: &str) -> Result<(), Failure> {
    let row = context.manager()?.policy(&AppId::new(app)?)?;
    let policy = json::PolicyMembers::new(&row);
    context.output.emit(&json::OnePolicy { policy }, |style| text(std::slice::from_ref(&row), style))
}
