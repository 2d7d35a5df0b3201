//! `version`

use crate::context::Context;
use crate::output::{Colour, Failure, Table, json};

pub(crate) fn run(context: &Context<'_>) -> Result<(), Failure> {
    let version = json::Version {
        version: env!("CARGO_PKG_VERSION"),
        provider: context.provider().name,
        features: vec!["native", "sqlite", "postgres", "pkcs11"],
        providers: vec!["native", "rustcrypto"],
        stores: vec!["sqlite", "postgresql", "memory"],
        masters: vec!["file", "pkcs11"],
    };
    context.output.emit(&version, |style| {
        let mut table = Table::pairs(2);
        table.pair("provider", format!("{} (of {})", version.provider, version.providers.join(", ")));
        table.pair("stores", version.stores.join(", "));
        table.pair("master keys", version.masters.join(", "));
        table.pair("features", version.features.join(", "));
        format!("{} {}\n{}", style.paint(Colour::Bold, "keymanager"), version.version, table.render(style))
    })
}
