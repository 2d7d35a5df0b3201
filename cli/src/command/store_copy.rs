//! `store copy`

use keymanager::Code;
use keymanager::manager::{CopyOptions, CopyReport};

use crate::args::StoreCopy;
use crate::command::report::{self, Files};
use crate::context::Context;
use crate::output::{Cell, Failure, Style, Table, json};
use crate::progress::Terminal;
use crate::settings::StoreUrl;
use crate::signals::Hold;

/// The exit status when rows are damaged: any other failure.
const DAMAGED: u8 = 1;

pub(crate) fn run(context: &Context<'_>, arguments: &StoreCopy) -> Result<(), Failure> {
    let files = Files::new(&arguments.report)?;
    let from = match &arguments.from {
        Some(url) => StoreUrl::given(url)?,
        None => context.settings.store.clone(),
    };
    let to = StoreUrl::given(&arguments.to)?;
    if from == to {
        return Err(Failure::new(Code::InvalidArgument, "a store is not copied into itself")
            .with_next("Name another store with --to."));
    }
    let manager = context.manager_of(&from)?;
    let hold = Hold::new();
    let there = context.store_or_new(&to)?;
    let options = CopyOptions { stop_at_damaged: arguments.stop_at_damaged };
    let done = {
        let progress = Terminal::new(context.output);
        manager.copy_store(&there, &options, &progress)?
    };
    report::say_what_stays(context, &from)?;
    let file = files.map(|files| files.write(context, &done.signed)).transpose()?;
    drop(hold);
    let document = json::StoreCopied::new(&from.to_string(), &to.to_string(), &done, file);
    context.output.emit(&document, |style| text(&done, style))?;
    if done.damaged.is_empty() { Ok(()) } else { Err(Failure::reported(DAMAGED)) }
}

fn text(done: &CopyReport, style: Style) -> String {
    let mut text: String = done.damaged.iter().map(|damaged| report::entry(damaged, style)).collect();
    let mut table = Table::new(&["TABLE", "COPIED", "THERE BEFORE", "OTHERS THERE"]);
    for counts in &done.tables {
        let number = |number: u64| Cell::number(number.to_string());
        table.row(vec![counts.table.into(), number(counts.copied), number(counts.present), number(counts.others)]);
    }
    text.push_str(&table.render(style));
    text.push_str(&format!(
        "{} damaged rows; {} creations under way and {} keys of the pool stay behind.\n",
        done.damaged.len(),
        done.intents,
        done.pool_keys
    ));
    text
}
