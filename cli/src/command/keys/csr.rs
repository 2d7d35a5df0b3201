//! `keys csr`

use keymanager::manager::CsrRequest;

use super::certificate::give;
use super::generate::subject;
use super::scope;
use crate::args;
use crate::context::Context;
use crate::output::{Failure, json};
use crate::signals::Hold;
use crate::sink::Target;

pub(crate) fn run(context: &Context<'_>, arguments: &args::Csr) -> Result<(), Failure> {
    let scope = scope(&arguments.scope)?;
    let target = Target::new(&arguments.output, arguments.force_overwrite)?;
    let manager = context.manager()?;
    let hold = Hold::new();
    let csr = manager.generate_csr(&CsrRequest { scope, subject: subject(&arguments.subject) })?;
    drop(hold);
    let pem = csr.pem();
    let bytes = if arguments.der { csr.der().to_vec() } else { pem.clone().into_bytes() };
    give(context, target, &bytes, &json::CsrDocument { key: json::Key::new(&csr.key), csr_pem: pem })
}
