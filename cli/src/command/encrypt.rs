//! `encrypt`: to a key of the store, or to a certificate.

use std::path::Path;

use keymanager::certificate::Certificate;
use keymanager::envelope::{Layout, Recipient, SealOptions, Sealer};
use keymanager::id::{KeyScope, hex_decode};
use keymanager::{Code, Error};

use crate::args;
use crate::armor::Armor;
use crate::context::Context;
use crate::input::{Input, SMALL};
use crate::output::{Failure, Table, json};
use crate::progress::{Meter, size};
use crate::signals::Hold;
use crate::sink::{Sink, Target};

pub(crate) fn run(context: &Context<'_>, arguments: &args::Encrypt) -> Result<(), Failure> {
    let options = SealOptions {
        layout: arguments.layout,
        aad: read_aad(arguments.aad.as_deref())?,
        salt: read_salt(arguments.salt.as_deref())?.unwrap_or_default(),
    };
    let target = Target::new(&arguments.output, arguments.force_overwrite)?;
    refuse_json_on_stdout(context, &target)?;
    let input = Input::open(&arguments.input)?;
    if input.len() == Some(0) {
        // Before a key is made for it.
        return Err(Error::new(Code::EmptyPlaintext, "the plaintext is empty").into());
    }
    let (recipient, scope) = recipient(context, arguments)?;
    let sealer = Sealer::start(context.provider(), context.random.as_ref(), &recipient, &options)?;
    let total = input.len();
    let mut sink = target.open(context.random.as_ref())?;
    let bytes_in = match seal(context, sealer, input, total, arguments.armor, &mut sink) {
        Ok(bytes_in) => bytes_in,
        Err(failure) => return Err(sink.blame(failure)),
    };
    let bytes_out = sink.commit()?;
    let key = scope.as_ref().map(|scope| (&scope.app, &scope.reference));
    let document = json::Encrypted {
        layout: options.layout.unwrap_or(Layout::VerR2).as_str(),
        recipient: json::RecipientMembers::new(recipient.certificate(), key),
        bytes_in,
        bytes_out,
        output: arguments.output.display().to_string(),
    };
    report(context, arguments, &document, scope.as_ref())
}

fn report(
    context: &Context<'_>,
    arguments: &args::Encrypt,
    document: &json::Encrypted,
    scope: Option<&KeyScope>,
) -> Result<(), Failure> {
    if arguments.output == Path::new("-") {
        return Ok(());
    }
    context.output.report(document, |style| {
        let mut table = Table::pairs(2);
        table.pair(
            "to",
            match (scope, &arguments.certificate) {
                (Some(scope), _) => scope.to_string(),
                (None, Some(path)) => path.display().to_string(),
                (None, None) => String::new(),
            },
        );
        table.pair("thumbprint", document.recipient.thumbprint());
        table.pair("layout", document.layout);
        table.pair("size", format!("{} to {}", size(document.bytes_in), size(document.bytes_out)));
        format!("Encrypted {} to {}\n{}", arguments.input.display(), document.output, table.render(style))
    })
}

/// The recipient, and the scope of its key when it is one of the store.
fn recipient(context: &Context<'_>, arguments: &args::Encrypt) -> Result<(Recipient, Option<KeyScope>), Failure> {
    if let Some(path) = &arguments.certificate {
        let certificate = read_certificate(context, path)?;
        return Ok((Recipient::new(context.provider(), certificate, context.now())?, None));
    }
    let app = arguments.app.as_deref().unwrap_or_default();
    let scope = KeyScope::new(app, arguments.reference.as_str())?;
    let manager = context.manager()?;
    let hold = Hold::new();
    let (key, recipient) = manager.recipient(&scope)?;
    drop(hold);
    Ok((recipient, Some(key.scope)))
}

fn seal(
    context: &Context<'_>,
    sealer: Sealer,
    input: Input,
    total: Option<u64>,
    armor: bool,
    sink: &mut Sink,
) -> Result<u64, Failure> {
    let meter = Meter::new(context.output, "encrypting");
    let mut file = input.into_file();
    if !armor {
        return Ok(sealer.copy(&mut file, sink, &meter, total)?.bytes_in);
    }
    let mut armor = Armor::new(sink);
    let streamed = sealer.copy(&mut file, &mut armor, &meter, total)?;
    armor.finish().map_err(|_| Error::new(Code::FileFailed, "cannot write the output"))?;
    Ok(streamed.bytes_in)
}

/// The certificate in a file; `not found` and `unparsable` name the file.
pub(crate) fn read_certificate(context: &Context<'_>, path: &Path) -> Result<Certificate, Failure> {
    let bytes = Input::open(path)?.read_to_end(SMALL)?;
    Certificate::parse(context.provider(), &bytes).map_err(|error| error.context(path.display()).into())
}

/// The additional authenticated data in a file.
pub(crate) fn read_aad(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let bytes = Input::open(path)?.read_to_end(SMALL)?;
    if bytes.is_empty() {
        return Err(Failure::new(Code::AadMissing, format!("{} is empty", path.display())));
    }
    Ok(bytes.to_vec())
}

/// The salt in hexadecimal.
pub(crate) fn read_salt(hex: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    let Some(hex) = hex else { return Ok(None) };
    match hex_decode(hex).filter(|bytes| !bytes.is_empty()) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(Failure::new(Code::InvalidArgument, "--salt is not hexadecimal")
            .with_next("Give an even number of hexadecimal digits, such as 24 for a salt of 12 bytes.")),
    }
}

/// With `--json`, standard output is for the document only.
pub(crate) fn refuse_json_on_stdout(context: &Context<'_>, target: &Target) -> Result<(), Failure> {
    if context.output.is_json() && target.is_stdout() {
        return Err(Failure::new(Code::InvalidArgument, "--json and the output `-` both want standard output")
            .with_next("Name an output file."));
    }
    Ok(())
}
