//! `policy set APP`

use keymanager::id::AppId;
use keymanager::manager::PolicyChange;

use super::text;
use crate::args::PolicySet;
use crate::context::Context;
use crate::output::{Failure, json};
use crate::signals::Hold;

pub(crate) fn run(context: &Context<'_>, arguments: &PolicySet) -> Result<(), Failure> {
    let change = PolicyChange {
        app: AppId::new(arguments.app.as_str())?,
        validity_days: arguments.validity_days,
        pre_expire_days: arguments.pre_expire_days,
        active: arguments.active,
        access_allowed: arguments.access.clone(),
    };
    let manager = context.manager()?;
    let hold = Hold::new();
    let row = manager.set_policy(&change)?;
    drop(hold);
    let policy = json::PolicyMembers::new(&row);
    context.output.report(&json::OnePolicy { policy }, |style| text(std::slice::from_ref(&row), style))
}
