//! `inspect`: explains a file without any key.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use keymanager::certificate::Certificate;
use keymanager::envelope::inspect::{CertificateCheck, InspectOptions, Report, Severity, inspect_source};

use super::encrypt::read_certificate;
use crate::args;
use crate::context::Context;
use crate::input::Input;
use crate::output::{Cell, Colour, Failure, Style, Table, clean};
use crate::progress::size;

/// The most bytes of a pipe that are looked at; a file of any size is.
const MAX_PIPE: u64 = 1 << 30;

pub(crate) fn run(context: &Context<'_>, arguments: &args::Inspect) -> Result<(), Failure> {
    let certificate = match &arguments.certificate {
        Some(path) => Some(read_certificate(context, path)?),
        None => None,
    };
    let report = explain(context, &arguments.input, certificate.as_ref())?;
    context.output.emit(&report, |style| render(&report, style))
}

/// What a file is.
pub(crate) fn explain(
    context: &Context<'_>,
    path: &Path,
    certificate: Option<&Certificate>,
) -> Result<Report, Failure> {
    let options = InspectOptions { certificate, now: context.now() };
    let input = Input::open(path)?;
    if input.len().is_some() {
        let file: File = input.into_file();
        return Ok(inspect_source(context.provider(), file, &options)?);
    }
    let bytes = input.read_to_end(MAX_PIPE)?;
    Ok(inspect_source(context.provider(), Cursor::new(bytes.as_slice()), &options)?)
}

/// The report for people.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let layout = report.layout.map(|layout| format!(", layout {layout}")).unwrap_or_default();
    let title = format!("{}{layout}", report.kind.as_str().replace('_', " "));
    let mut text = format!("{}, {}\n", style.paint(Colour::Bold, &title), exact_size(report.size));
    let mut about = Table::pairs(0);
    if let Some(thumbprint) = &report.thumbprint {
        about.pair("thumbprint", thumbprint.as_str());
    }
    if let Some(check) = &report.certificate {
        about.pair("certificate", certificate_cell(check));
        about.pair("", check.subject.as_str());
        about.pair("", format!("until {}, {} days left", check.not_after, check.days_left));
    }
    text.push_str(&about.render(style));
    if !report.fields.is_empty() {
        text.push('\n');
        text.push_str(&fields(report).render(style));
    }
    if !report.findings.is_empty() {
        text.push('\n');
    }
    for finding in &report.findings {
        let colour = match finding.severity {
            Severity::Info => Colour::Cyan,
            Severity::Warning => Colour::Yellow,
            Severity::Error => Colour::Red,
        };
        let severity = style.paint(colour, finding.severity.as_str());
        let code = style.paint(Colour::Dim, &format!("({})", finding.code));
        text.push_str(&format!("{severity}  {} {code}\n", clean(&finding.text)));
    }
    text
}

fn fields(report: &Report) -> Table {
    let mut table = Table::new(&["OFFSET", "LENGTH", "FIELD", "AUTH", "WHAT IT IS"]);
    for field in &report.fields {
        let authentic = if report.authenticated.contains(&field.name) {
            Cell::new("yes").colour(Colour::Green)
        } else if report.not_authenticated.contains(&field.name) {
            Cell::new("no").colour(Colour::Yellow)
        } else {
            Cell::new("")
        };
        // The thumbprint stands above already.
        let what = match field.value.as_ref().filter(|value| Some(*value) != report.thumbprint.as_ref()) {
            Some(value) => format!("{}: {}", clean(&field.note), clean(value)),
            None => clean(&field.note),
        };
        table.row(vec![
            Cell::number(field.offset),
            Cell::number(field.length),
            field.name.into(),
            authentic,
            what.into(),
        ]);
    }
    table
}

fn certificate_cell(check: &CertificateCheck) -> Cell {
    match check.matches {
        Some(true) => Cell::new("is the recipient's").colour(Colour::Green),
        Some(false) => Cell::new("is not the recipient's").colour(Colour::Red),
        None => Cell::new("cannot be compared: no recipient is named"),
    }
}

fn exact_size(bytes: u64) -> String {
    if bytes < 1024 { format!("{bytes} bytes") } else { format!("{bytes} bytes ({})", size(bytes)) }
}
