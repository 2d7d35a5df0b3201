//! `backup create`, `backup verify`, `backup restore`

use std::path::Path;

use keymanager::Code;
use keymanager::manager::{BackupReport, BackupRequest, RestorePlaces, VerifyOptions};

use crate::args::{BackupArchive, BackupRestore};
use crate::command::report::{entry, say_what_stays};
use crate::context::Context;
use crate::output::{Failure, Style, clean, json};
use crate::progress::Terminal;
use crate::signals::Hold;

/// The exit status when rows are damaged: any other failure.
const DAMAGED: u8 = 1;

pub(crate) fn create(context: &Context<'_>, arguments: &BackupArchive) -> Result<(), Failure> {
    let (manager, sqlite) = context.manager_and_file()?;
    if sqlite.is_none() {
        say_what_stays(context, &context.settings.store)?;
    }
    let request = BackupRequest {
        archive: arguments.archive.clone(),
        sqlite,
        key_file: context.settings.master.file().map(Path::to_path_buf),
        open: arguments.open,
    };
    let hold = Hold::new();
    let report = manager.backup(&request, &Terminal::new(context.output))?;
    drop(hold);
    tell(context, &arguments.archive, &report, "Made")
}

pub(crate) fn verify(context: &Context<'_>, arguments: &BackupArchive) -> Result<(), Failure> {
    let manager = context.manager_of_nothing()?;
    let options = VerifyOptions { open: arguments.open };
    let hold = Hold::new();
    let report = manager.verify_backup(&arguments.archive, options, &Terminal::new(context.output))?;
    drop(hold);
    tell(context, &arguments.archive, &report, "Verified")
}

pub(crate) fn restore(context: &Context<'_>, arguments: &BackupRestore) -> Result<(), Failure> {
    let settings = &context.settings;
    let Some(store) = settings.store.path() else {
        return Err(Failure::new(Code::Unsupported, "a backup is put back as an SQLite file")
            .with_next("Name one with --store sqlite:PATH; `keymanager store copy` takes it elsewhere."));
    };
    let key_file = settings.master.file().map(Path::to_path_buf);
    let places = RestorePlaces { store: store.to_path_buf(), key_file };
    let manager = context.manager_of_nothing()?;
    let hold = Hold::new();
    let report = manager.restore_backup(&arguments.archive, &places, &Terminal::new(context.output))?;
    drop(hold);
    tell(context, &arguments.archive, &report, "Put back")
}

fn tell(context: &Context<'_>, archive: &Path, report: &BackupReport, verb: &str) -> Result<(), Failure> {
    let document = json::Archived::new(&archive.display().to_string(), report);
    context.output.emit(&document, |style| text(archive, report, verb, style))?;
    if report.damaged.is_empty() { Ok(()) } else { Err(Failure::reported(DAMAGED)) }
}

fn text(archive: &Path, report: &BackupReport, verb: &str, style: Style) -> String {
    let mut text: String = report.damaged.iter().map(|damaged| entry(damaged, style)).collect();
    text.push_str(&format!(
        "{verb} {}: {} keys of {}, {} with a certificate of this deployment, {} of a foreign issuer; {} opened, {} damaged; {}.\n",
        clean(&archive.display().to_string()),
        report.keys,
        report.made,
        report.chained,
        report.foreign_issuers,
        report.opened,
        report.damaged.len(),
        if report.has_key_file { "with the key file" } else { "without a key file" },
    ));
    text
}
