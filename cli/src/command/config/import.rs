//! `config import`: `keymanager.toml` from the properties of a Java deployment (docs/configuration.md).

use keymanager::Code;
use keymanager::config::{Import, import_properties};

use crate::args::ConfigImport;
use crate::context::Context;
use crate::input::{Input, SMALL};
use crate::output::{Cell, Colour, Failure, Style, Table, json};
use crate::sink::Target;

/// How many errors are named in one message.
const NAMED: usize = 10;

pub(crate) fn run(context: &Context<'_>, arguments: &ConfigImport) -> Result<(), Failure> {
    let target = Target::new(&arguments.output, arguments.force_overwrite)?;
    let bytes = Input::open(&arguments.input)?.read_to_end(SMALL)?;
    let import = import_properties(&bytes).map_err(|error| error.context(arguments.input.display()))?;
    let errors: Vec<_> = import.findings.iter().filter(|finding| finding.error).collect();
    if !errors.is_empty() {
        let named: Vec<_> = errors
            .iter()
            .take(NAMED)
            .map(|finding| format!("line {}: {}: {}", finding.line, finding.property, finding.text))
            .collect();
        let more = errors.len().saturating_sub(named.len());
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let text = format!("{}: {}{more}", arguments.input.display(), named.join("; "));
        return Err(Failure::new(Code::InvalidConfig, text)
            .with_next("Nothing was written: data of that deployment could not be read with these values."));
    }
    let to_stdout = target.is_stdout();
    if !(context.output.is_json() && to_stdout) {
        target.write(context.random.as_ref(), import.toml.as_bytes())?;
    }
    let document = json::ConfigImported::new(&import, &arguments.output.display().to_string());
    if to_stdout && !context.output.is_json() {
        for finding in &import.findings {
            context.output.note(&format!("line {}: {}: {}", finding.line, finding.property, finding.text));
        }
        return Ok(());
    }
    context.output.report(&document, |style| text(&import, &document.output, style))
}

fn text(import: &Import, output: &str, style: Style) -> String {
    let mut shown = format!("Wrote {output}: {} keys.\n", import.taken.len());
    let mut table = Table::new(&["LINE", "PROPERTY", "KEY", "VALUE"]);
    for taken in &import.taken {
        let (property, key) = (taken.property.as_str().into(), taken.key.as_str().into());
        table.row(vec![Cell::number(taken.line), property, key, taken.value.as_str().into()]);
    }
    if !import.taken.is_empty() {
        shown.push_str(&table.render(style));
    }
    if !import.left_out.is_empty() {
        let mut table = Table::new(&["LINE", "PROPERTY", "WHY"]);
        for left in &import.left_out {
            table.row(vec![Cell::number(left.line), left.property.as_str().into(), left.reason.into()]);
        }
        shown.push_str(&format!("\nLeft out:\n{}", table.render(style)));
    }
    if !import.findings.is_empty() {
        let mut table = Table::new(&["LINE", "PROPERTY", "LOOK AT THIS"]);
        for finding in &import.findings {
            let text = Cell::new(finding.text.as_str()).colour(Colour::Yellow);
            table.row(vec![Cell::number(finding.line), finding.property.as_str().into(), text]);
        }
        shown.push_str(&format!("\nTo look at:\n{}", table.render(style)));
    }
    shown
}
