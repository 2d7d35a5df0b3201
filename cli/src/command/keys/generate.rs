//! `keys generate`

use keymanager::certificate::DistinguishedName;
use keymanager::id::KeyScope;
use keymanager::manager::{GenerateRequest, Generated, sign_reference};
use keymanager::master::KeyKind;

use super::{add_row, count, table};
use crate::args::{Generate, Kind, Subject};
use crate::context::Context;
use crate::output::{Colour, Failure, Style, json};
use crate::progress::Terminal;
use crate::signals::Hold;

pub(crate) fn run(context: &Context<'_>, arguments: &Generate) -> Result<(), Failure> {
    let kind = kind(arguments.kind);
    let scope = match &arguments.app {
        Some(app) => Some(KeyScope::new(app.as_str(), arguments.reference.as_str())?),
        None => None,
    };
    // A signing key on a curve has one reference id, which need not be written out.
    let scope = scope.map(|scope| match sign_reference(kind) {
        Some(reference) if scope.reference.is_blank() => KeyScope { reference, ..scope },
        _ => scope,
    });
    let manager = context.manager()?;
    let hold = Hold::new();
    let keys = match scope {
        None => manager.generate_all(&Terminal::new(context.output))?,
        Some(scope) => manager.generate(&GenerateRequest {
            scope,
            kind,
            force: arguments.force,
            subject: subject(&arguments.subject),
        })?,
    };
    drop(hold);
    report(context, &keys)
}

/// Says what was made and what existed.
pub(crate) fn report(context: &Context<'_>, keys: &Generated) -> Result<(), Failure> {
    context.output.report(&json::GeneratedKeys::new(keys), |style| text(keys, style))
}

fn text(keys: &Generated, style: Style) -> String {
    let mut text = String::new();
    for (title, list) in [("Made", &keys.generated), ("Existed already:", &keys.existing)] {
        if list.is_empty() {
            continue;
        }
        let mut table = table();
        list.iter().for_each(|key| add_row(&mut table, key));
        let title = format!("{} {}", title.trim_end_matches(':'), count(list.len()));
        text.push_str(&style.paint(Colour::Bold, &title));
        text.push('\n');
        text.push_str(&table.render(style));
    }
    text
}

fn kind(kind: Kind) -> KeyKind {
    match kind {
        Kind::Rsa => KeyKind::Rsa2048,
        Kind::Aes => KeyKind::Aes256,
        Kind::EcP256 => KeyKind::EcP256,
        Kind::Secp256k1 => KeyKind::EcSecp256k1,
        Kind::Ed25519 => KeyKind::Ed25519,
    }
}

pub(super) fn subject(subject: &Subject) -> DistinguishedName {
    DistinguishedName {
        common_name: subject.common_name.clone(),
        organizational_unit: subject.organizational_unit.clone(),
        organization: subject.organization.clone(),
        location: subject.location.clone(),
        state: subject.state.clone(),
        country: subject.country.clone(),
    }
}
