//! `keys upload-certificate` and `keys upload-other-domain`

use keymanager::Result;
use keymanager::certificate::MAX_PEM_LEN;
use keymanager::id::KeyScope;
use keymanager::manager::{KeyInfo, KeyManager};

use super::scope;
use crate::args::Upload;
use crate::context::Context;
use crate::input::Input;
use crate::output::{Failure, json};
use crate::signals::Hold;

pub(crate) fn certificate(context: &Context<'_>, arguments: &Upload) -> Result<(), Failure> {
    run(context, arguments, KeyManager::upload_certificate, |key| {
        format!(
            "The key of {} has the certificate now ({}). What was encrypted under the old one can still be decrypted.\n",
            key.scope, key.alias
        )
    })
}

pub(crate) fn other_domain(context: &Context<'_>, arguments: &Upload) -> Result<(), Failure> {
    run(context, arguments, KeyManager::upload_other_domain, |key| {
        format!("Kept the certificate for {} ({}).\n", key.scope, key.alias)
    })
}

fn run(
    context: &Context<'_>,
    arguments: &Upload,
    upload: impl Fn(&KeyManager, &KeyScope, &[u8]) -> Result<KeyInfo>,
    text: impl Fn(&KeyInfo) -> String,
) -> Result<(), Failure> {
    let scope = scope(&arguments.scope)?;
    let limit = u64::try_from(MAX_PEM_LEN).unwrap_or(u64::MAX);
    let bytes = Input::open(&arguments.file)?.read_to_end(limit)?;
    let manager = context.manager()?;
    let hold = Hold::new();
    let key = upload(&manager, &scope, &bytes)?;
    drop(hold);
    context.output.report(&json::OneKey { key: json::Key::new(&key) }, |_| text(&key))
}
