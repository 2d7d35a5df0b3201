//! `doctor`

use std::path::{Path, PathBuf};

use keymanager::id::Alias;
use keymanager::manager::{DoctorOptions, DoctorReport, Finding, Severity};

use crate::args::Doctor;
use crate::context::Context;
use crate::output::{Colour, Failure, Style, clean, json};
use crate::progress::Terminal;
use crate::signals::Hold;

/// The exit status when findings of severity error are left: any other failure.
const ERRORS_LEFT: u8 = 1;

pub(crate) fn run(context: &Context<'_>, arguments: &Doctor) -> Result<(), Failure> {
    let options = DoctorOptions {
        repair: arguments.repair,
        remove: arguments.remove.iter().map(Alias::new).collect::<keymanager::Result<_>>()?,
        folders: folders(context),
    };
    let manager = context.manager()?;
    let hold = arguments.repair.then(Hold::new);
    let report = {
        let progress = Terminal::new(context.output);
        manager.doctor(&options, &progress)?
    };
    drop(hold);
    context.output.emit(&json::Doctor::new(&report), |style| text(&report, arguments.repair, style))?;
    if report.errors_left() > 0 { Err(Failure::reported(ERRORS_LEFT)) } else { Ok(()) }
}

/// Where the store and the key file are.
fn folders(context: &Context<'_>) -> Vec<PathBuf> {
    let folder = |path: &Path| {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).to_path_buf()
    };
    let files = [context.settings.store.path(), context.settings.master.file()];
    files.into_iter().flatten().filter(|path| path.exists()).map(folder).collect()
}

fn text(report: &DoctorReport, repair: bool, style: Style) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&entry(finding, style));
    }
    let count = |severity: Severity| report.findings.iter().filter(|found| found.severity == severity).count();
    let repaired = report.findings.iter().filter(|finding| finding.repaired).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    text.push_str(&format!(
        "{} records and {} master keys: {errors} errors, {warnings} warnings, {} remarks",
        report.checked.records,
        report.checked.tokens,
        count(Severity::Info)
    ));
    if repair {
        text.push_str(&format!("; {repaired} repaired, {} errors left", report.errors_left()));
    }
    text.push('\n');
    let repairable = report.findings.iter().any(|finding| finding.repair.is_some() && !finding.repaired);
    if repairable && !repair {
        text.push_str("Run `keymanager doctor --repair` to do what is said under repair.\n");
    }
    text
}

fn entry(finding: &Finding, style: Style) -> String {
    let colour = match finding.severity {
        Severity::Error => Colour::Red,
        Severity::Warning => Colour::Yellow,
        _ => Colour::Dim,
    };
    let alias = finding.alias.as_ref().map(|alias| format!(" {}", clean(alias.as_str()))).unwrap_or_default();
    let mut text = format!(
        "{} {}{alias}\n  {}\n",
        style.paint(colour, &format!("{}:", finding.severity.as_str())),
        style.paint(Colour::Bold, finding.code.as_str()),
        clean(&finding.text)
    );
    if let Some(repair) = &finding.repair {
        let title = if finding.repaired { "repaired:" } else { "repair:" };
        text.push_str(&format!("  {} {}\n", style.paint(Colour::Cyan, title), clean(repair)));
    }
    text
}
