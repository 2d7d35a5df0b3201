//! `keys csr`

use keymanager::certificate::DistinguishedName;
use keymanager::manager::CsrRequest;

use super::certificate::give;
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
    let subject = &arguments.subject;
    let subject = DistinguishedName {
        common_name: subject.common_name.clone(),
        organizational_unit: subject.organizational_unit.clone(),
        organization: subject.organization.clone(),
        location: subject.location.clone(),
        state: subject.state.clone(),
        country: subject.country.clone(),
    };
    let hold = Hold::new();
    let csr = manager.generate_csr(&CsrRequest { scope, subject })?;
    drop(hold);
    let pem = csr.pem();
    let bytes = if arguments.der { csr.der().to_vec() } else { pem.clone().into_bytes() };
    give(context, target, &bytes, &json::CsrDocument { key: json::Key::new(&csr.key), csr_pem: pem })
}
