//! `keys rewrap`

use keymanager::id::{Alias, AppId};
use keymanager::manager::{RewrapOptions, RewrapReport};

use crate::args::Rewrap;
use crate::command::report::{Files, entry};
use crate::context::Context;
use crate::output::{Failure, Style, clean, json};
use crate::progress::Terminal;
use crate::signals::Hold;

/// The exit status when keys are damaged: any other failure.
const DAMAGED: u8 = 1;

pub(crate) fn run(context: &Context<'_>, arguments: &Rewrap) -> Result<(), Failure> {
    let app = AppId::new(arguments.app.as_str())?;
    let files = Files::new(&arguments.report)?;
    let module = arguments.module.as_deref().map(Alias::new).transpose()?;
    // The passphrase of the master keys in use is the first line of standard input, that of the others the next one.
    let manager = context.manager()?;
    let to = match &arguments.to {
        Some(uri) => Some(context.other_master(uri, arguments.to_passphrase_file.as_deref())?),
        None => None,
    };
    let options = RewrapOptions { to, module, stop_at_damaged: arguments.stop_at_damaged };
    let hold = Hold::new();
    let report = {
        let progress = Terminal::new(context.output);
        manager.rewrap(&app, &options, &progress)?
    };
    let file = files.map(|files| files.write(context, &report.signed)).transpose()?;
    drop(hold);
    let document = json::Rewrapped::new(&report, file);
    context.output.emit(&document, |style| text(&report, style))?;
    if report.damaged.is_empty() { Ok(()) } else { Err(Failure::reported(DAMAGED)) }
}

fn text(report: &RewrapReport, style: Style) -> String {
    let mut text: String = report.damaged.iter().map(|damaged| entry(damaged, style)).collect();
    text.push_str(&format!(
        "{} keys of {} wrapped again to {}, {} were already; {} damaged, {} ready keys of the pool discarded.\n",
        report.rewrapped,
        clean(report.app.as_str()),
        report.module,
        report.kept,
        report.damaged.len(),
        report.pool_keys_discarded,
    ));
    text
}
