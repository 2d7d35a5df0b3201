//! `keys show ALIAS|THUMBPRINT`

use keymanager::certificate::Certificate;
use keymanager::manager::KeyInfo;

use super::{state_cell, words};
use crate::args::Show;
use crate::context::Context;
use crate::output::{Cell, Failure, Table, json};

pub(crate) fn run(context: &Context<'_>, arguments: &Show) -> Result<(), Failure> {
    let manager = context.manager()?;
    let key = manager.key(&arguments.key)?;
    let certificate = match &key.thumbprint {
        Some(thumbprint) => manager.certificate_of(thumbprint)?,
        None => None,
    };
    let document =
        json::ShownKey { key: json::Key::new(&key), certificate_pem: certificate.as_ref().map(Certificate::to_pem) };
    context.output.emit(&document, |style| table(&key, certificate.as_ref()).render(style))
}

fn table(key: &KeyInfo, certificate: Option<&Certificate>) -> Table {
    let mut table = Table::pairs(0);
    let mut pair = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            table.pair(name, value);
        }
    };
    pair("alias", Some(key.alias.to_string()));
    pair("application", Some(key.scope.app.to_string()));
    pair("reference", Some(key.scope.reference.to_string()));
    pair("level", Some(words(key.level.as_str())));
    pair("algorithm", Some(key.algorithm.clone()));
    pair("location", Some(key.location.as_str().to_owned()));
    table.pair("state", state_cell(key));
    let mut pair = |name, value: Option<String>| {
        if let Some(value) = value {
            table.pair(name, Cell::new(value));
        }
    };
    pair("days left", key.days_left.map(|days| days.to_string()));
    pair("not before", key.not_before.map(|time| time.to_rfc3339()));
    pair("not after", key.not_after.map(|time| time.to_rfc3339()));
    pair("thumbprint", key.thumbprint.map(|thumbprint| thumbprint.to_hex()));
    pair("issuer alias", key.issuer_alias.as_ref().map(ToString::to_string));
    pair("unique id", key.uni_ident.clone());
    pair("subject", certificate.map(Certificate::subject_text));
    table
}
