//! `keys list`

use keymanager::id::{AppId, RefId};
use keymanager::manager::KeyFilter;

use super::{add_row, table};
use crate::args::List;
use crate::context::Context;
use crate::output::{Failure, json};

pub(crate) fn run(context: &Context<'_>, arguments: &List) -> Result<(), Failure> {
    let filter = KeyFilter {
        app: arguments.app.as_deref().map(AppId::new).transpose()?,
        reference: arguments.reference.as_deref().map(RefId::new).transpose()?,
        all: arguments.all,
    };
    let keys = context.manager()?.keys(&filter)?;
    if keys.is_empty() {
        context.output.note(if arguments.all { "no keys" } else { "no current keys; --all shows the others" });
    }
    context.output.emit(&json::KeyList { keys: json::Key::list(&keys) }, |style| {
        if keys.is_empty() {
            return String::new();
        }
        let mut table = table();
        keys.iter().for_each(|key| add_row(&mut table, key));
        table.render(style)
    })
}
