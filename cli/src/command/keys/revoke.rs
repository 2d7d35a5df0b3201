//! `keys revoke`

use super::scope;
use crate::args::Scope;
use crate::context::Context;
use crate::output::{Failure, json};
use crate::signals::Hold;

pub(crate) fn run(context: &Context<'_>, arguments: &Scope) -> Result<(), Failure> {
    let scope = scope(arguments)?;
    let manager = context.manager()?;
    let hold = Hold::new();
    let key = manager.revoke(&scope)?;
    drop(hold);
    context.output.report(&json::OneKey { key: json::Key::new(&key) }, |_| {
        format!("Revoked {} ({}). What was encrypted to it can still be decrypted.\n", key.scope, key.alias)
    })
}
