//! `migrate`

use keymanager::manager::{MigrateOptions, MigrateReport};

use crate::args::Migrate;
use crate::context::Context;
use crate::output::{Colour, Failure, Style, clean, json};
use crate::progress::Terminal;
use crate::signals::Hold;

/// The exit status when rows were not signed: any other failure.
const REFUSED: u8 = 1;

pub(crate) fn run(context: &Context<'_>, arguments: &Migrate) -> Result<(), Failure> {
    let options = MigrateOptions { accept: arguments.accept.clone() };
    let manager = context.manager()?;
    let hold = Hold::new();
    let report = {
        let progress = Terminal::new(context.output);
        manager.migrate(&options, &progress)?
    };
    drop(hold);
    let authenticated = !context.settings.config.row_authentication.keys.is_empty();
    context.output.emit(&json::Migrated::new(&report), |style| text(&report, authenticated, style))?;
    if report.refused.is_empty() { Ok(()) } else { Err(Failure::reported(REFUSED)) }
}

fn text(report: &MigrateReport, authenticated: bool, style: Style) -> String {
    if !authenticated {
        return "The tables are there. Rows are not authenticated: keymanager.toml names no key under \
                [row_authentication].\n"
            .to_owned();
    }
    let mut text = String::new();
    for row in &report.refused {
        let title = style.paint(Colour::Red, "not signed:");
        text.push_str(&format!("{title} {} {}\n  {}\n", clean(&row.id), row.code.name(), clean(&row.why)));
    }
    if let Some(alias) = &report.made_key {
        text.push_str(&format!("The key {} was made in the master backend.\n", clean(alias.as_str())));
    }
    text.push_str(&format!(
        "{} rows signed, {} signed with the new key, {} were signed already, {} not signed.\n",
        report.signed,
        report.renewed,
        report.kept,
        report.refused.len()
    ));
    text
}
