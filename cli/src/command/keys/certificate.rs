//! `keys certificate`

use keymanager::certificate::Certificate;
use keymanager::id::KeyScope;
use keymanager::manager::KeyManager;

use super::scope;
use crate::args;
use crate::context::Context;
use crate::output::{Failure, json};
use crate::signals::Hold;
use crate::sink::Target;

pub(crate) fn run(context: &Context<'_>, arguments: &args::Certificate) -> Result<(), Failure> {
    let scope = scope(&arguments.scope)?;
    let target = Target::new(&arguments.output, arguments.force_overwrite)?;
    let manager = context.manager()?;
    if arguments.all {
        return all(context, &manager, &scope, target);
    }
    let hold = Hold::new();
    let current = manager.certificate(&scope)?;
    let chain = if arguments.chain { Some(manager.chain(&scope)?) } else { None };
    drop(hold);
    let pem = current.certificate.to_pem();
    let chain_pem: Option<Vec<String>> = chain.map(|chain| chain.iter().map(Certificate::to_pem).collect());
    if current.generated {
        context.output.note(&format!("a key was made for {}: {}", current.key.scope, current.key.alias));
    }
    let bytes = match &chain_pem {
        Some(chain) => chain.concat().into_bytes(),
        None if arguments.der => current.certificate.der().to_vec(),
        None => pem.clone().into_bytes(),
    };
    let document = json::CertificateDocument {
        key: json::Key::new(&current.key),
        certificate_pem: pem,
        generated: current.generated,
        chain_pem,
    };
    give(context, target, &bytes, &document)
}

fn all(context: &Context<'_>, manager: &KeyManager, scope: &KeyScope, target: Target) -> Result<(), Failure> {
    let list = manager.all_certificates(scope)?;
    let pem: String = list.iter().map(|(_, certificate)| certificate.to_pem()).collect();
    let document = json::CertificateList { certificates: list.iter().map(json::ListedCertificate::new).collect() };
    give(context, target, pem.as_bytes(), &document)
}

/// Writes the bytes to their file or to standard output; with `--json` the document is what standard output gets.
pub(super) fn give(
    context: &Context<'_>,
    target: Target,
    bytes: &[u8],
    document: &impl serde::Serialize,
) -> Result<(), Failure> {
    let json = context.output.is_json();
    if !(json && target.is_stdout()) {
        target.write(context.random.as_ref(), bytes)?;
    }
    if json { context.output.emit(document, |_| String::new()) } else { Ok(()) }
}
