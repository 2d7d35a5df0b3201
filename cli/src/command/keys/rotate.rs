//! `keys rotate`

use super::{generate, scope};
use crate::args::Scope;
use crate::context::Context;
use crate::output::Failure;
use crate::signals::Hold;

pub(crate) fn run(context: &Context<'_>, arguments: &Scope) -> Result<(), Failure> {
    let scope = scope(arguments)?;
    let manager = context.manager()?;
    let hold = Hold::new();
    let keys = manager.rotate(&scope)?;
    drop(hold);
    generate::report(context, &keys)
}
