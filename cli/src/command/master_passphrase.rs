//! `master passphrase`

use keymanager::Code;

use crate::args::MasterPassphrase;
use crate::context::Context;
use crate::lazy_master::{self, unavailable};
use crate::output::{Failure, json};
use crate::passphrase::Source;
use crate::signals::Hold;

pub(crate) fn run(context: &Context<'_>, arguments: &MasterPassphrase) -> Result<(), Failure> {
    let settings = &context.settings;
    let uri = &settings.master;
    let Some(path) = uri.file() else {
        return Err(Failure::new(Code::Unsupported, "the PIN of a token is not changed here")
            .with_next("Change it with the token's own tool."));
    };
    let file = lazy_master::open(path, || settings.passphrase.read(&uri.to_string()), context.key_file_options())?;
    let new = settings.new_passphrase(arguments.new_passphrase_file.as_deref());
    let new = new.read_changed(&uri.to_string())?;
    let hold = Hold::new();
    file.change_passphrase(new, arguments.iterations).map_err(unavailable)?;
    drop(hold);
    let document = json::PassphraseChanged { master: uri.to_string(), iterations: file.iterations()? };
    if let Source::File { path, .. } = &settings.passphrase {
        context.output.note(&format!("{} still holds the old passphrase", path.display()));
    }
    context.output.report(&document, |_| {
        format!("Changed the passphrase of {}; {} iterations of PBKDF2.\n", document.master, document.iterations)
    })
}
