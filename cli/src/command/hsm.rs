//! `hsm probe` and `hsm health`: the token that holds the master keys (docs/token.md).

use keymanager::master::MasterKeys as _;
use keymanager::master::pkcs11::TokenProbe;

use crate::context::Context;
use crate::output::{Cell, Colour, Failure, Style, Table, json};

pub(crate) fn probe(context: &Context<'_>) -> Result<(), Failure> {
    let probe = context.token()?.probe()?;
    context.output.emit(&json::TokenProbed::new(&probe), |style| text(&probe, style))
}

pub(crate) fn health(context: &Context<'_>) -> Result<(), Failure> {
    let token = context.token()?;
    token.health()?;
    let document = json::TokenHealthy { master: token.uri().to_string(), healthy: true };
    context.output.report(&document, |_| format!("{} works.\n", document.master))
}

fn text(probe: &TokenProbe, style: Style) -> String {
    let mut about = Table::pairs(2);
    about.pair("module", probe.module.as_str());
    about.pair("PKCS#11", probe.pkcs11_version.as_str());
    about.pair("token", probe.token.as_str());
    about.pair("address", probe.uri.to_string());
    about.pair("sessions", probe.most_sessions.map_or("no limit said".to_owned(), |most| most.to_string()));
    let objects = &probe.objects;
    about.pair(
        "objects",
        format!(
            "{} pairs, {} without a certificate, {} AES keys, {} certificates, {} of others",
            objects.pairs, objects.pending, objects.aes, objects.certificates, objects.foreign
        ),
    );
    let mut operations = Table::new(&["OPERATION", "WORKS", "MS", "WHY NOT"]);
    for operation in &probe.operations {
        let works = match operation.works {
            true => Cell::new("yes").colour(Colour::Green),
            false => Cell::new("no").colour(Colour::Yellow),
        };
        let took = operation.took.map_or(String::new(), |took| format!("{:.1}", took.as_secs_f64() * 1000.0));
        let reason = operation.reason.as_deref().unwrap_or_default();
        operations.row(vec![operation.name.as_str().into(), works, Cell::number(took), reason.into()]);
    }
    let mut shown = format!("{}\n{}", about.render(style), operations.render(style));
    for warning in &probe.warnings {
        shown.push_str(&format!("\n{} {}", style.paint(Colour::Yellow, "warning:"), crate::output::clean(warning)));
    }
    if !probe.warnings.is_empty() {
        shown.push('\n');
    }
    shown.push_str(&format!("\nFor keymanager.toml:\n\n{}", probe.configuration));
    shown
}
