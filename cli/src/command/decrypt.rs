//! `decrypt`: with a key of the store, or with a private key file.

use std::io::{Cursor, Read, Seek};
use std::path::Path;

use keymanager::crypto::{PrivateKey as _, SoftwareKey};
use keymanager::envelope::{KeyBlock, Layout, OpenOptions, PipedEnvelope, SeekableEnvelope, Streamed, WRAPPED_KEY_LEN};
use keymanager::file::{check_private, file_failed};
use keymanager::id::{KeyScope, Thumbprint};
use keymanager::manager::{KeyInfo, KeyManager};
use keymanager::secret::Aes256Key;
use keymanager::{Code, Error};

use super::encrypt::{read_aad, read_certificate, read_salt, refuse_json_on_stdout};
use crate::args;
use crate::armor;
use crate::context::Context;
use crate::input::{Input, SMALL};
use crate::output::{Failure, Table, json};
use crate::progress::{Meter, size};
use crate::sink::Target;

/// The largest envelope that is kept in memory, bytes: text, or a pipe whose plaintext goes to another.
const MAX_IN_MEMORY: u64 = 8 << 30;

/// How much of a pipe is read before its plaintext is written to a file beside the output instead of kept, bytes.
const PIPE_IN_MEMORY: u64 = 8 << 20;

pub(crate) fn run(context: &Context<'_>, arguments: &args::Decrypt) -> Result<(), Failure> {
    let options = OpenOptions {
        layout: arguments.layout,
        accept: arguments.accept.clone(),
        aad: read_aad(arguments.aad.as_deref())?,
        salt: read_salt(arguments.salt.as_deref())?,
    };
    let target = Target::new(&arguments.output, arguments.force_overwrite)?;
    refuse_json_on_stdout(context, &target)?;
    // First: the passphrase may be the first line of the input.
    let holder = Holder::new(context, arguments)?;
    let source = Source::open(arguments, &options, target.is_file())?;
    let opened = match source {
        Source::Seekable(envelope) => open_seekable(context, &holder, *envelope, target)?,
        Source::Piped(envelope) => open_piped(context, &holder, *envelope, target)?,
    };
    report(context, arguments, &opened)
}

/// What came of it.
struct Opened {
    layout: Layout,
    key: Option<KeyInfo>,
    thumbprint_checked: bool,
    bytes: Streamed,
}

fn report(context: &Context<'_>, arguments: &args::Decrypt, opened: &Opened) -> Result<(), Failure> {
    if !opened.thumbprint_checked && opened.layout.has_thumbprint() {
        context
            .output
            .note("the thumbprint in the envelope was not checked; --certificate names the one it must be for");
    }
    if arguments.output == Path::new("-") {
        return Ok(());
    }
    let document = json::Decrypted {
        layout: opened.layout.as_str(),
        key: opened.key.as_ref().map(json::Key::new),
        thumbprint_checked: opened.thumbprint_checked,
        bytes_in: opened.bytes.bytes_in,
        bytes_out: opened.bytes.bytes_out,
        output: arguments.output.display().to_string(),
    };
    context.output.report(&document, |style| {
        let mut table = Table::pairs(2);
        table.pair(
            "with",
            match (&opened.key, &arguments.private_key) {
                (Some(key), _) => format!("{} ({})", key.scope, key.alias),
                (None, Some(path)) => path.display().to_string(),
                (None, None) => String::new(),
            },
        );
        table.pair("layout", document.layout);
        table.pair("size", format!("{} to {}", size(document.bytes_in), size(document.bytes_out)));
        format!("Decrypted {} to {}\n{}", arguments.input.display(), document.output, table.render(style))
    })
}

/// Who holds the private key.
enum Holder {
    Store { manager: Box<KeyManager>, scope: KeyScope },
    File { key: Box<SoftwareKey>, expected: Option<Thumbprint> },
}

impl Holder {
    fn new(context: &Context<'_>, arguments: &args::Decrypt) -> Result<Self, Failure> {
        let Some(path) = &arguments.private_key else {
            let app = arguments.app.as_deref().unwrap_or_default();
            let scope = KeyScope::new(app, arguments.reference.as_str())?;
            let mut manager = context.manager()?;
            if let Some(user) = &arguments.user {
                manager = manager.for_caller(user);
            }
            return Ok(Self::Store { manager: Box::new(manager), scope });
        };
        let bytes = Input::open(path)?.read_to_end(SMALL)?;
        let key =
            SoftwareKey::from_pem_or_der(context.provider(), &bytes).map_err(|error| error.context(path.display()))?;
        let modulus = context.provider().rsa.import_public(key.public_key().spki_der())?.modulus_len();
        if modulus != WRAPPED_KEY_LEN {
            let text = format!(
                "the wrapped key of an envelope has {WRAPPED_KEY_LEN} bytes, and the modulus of {} {modulus}",
                path.display()
            );
            return Err(Failure::new(Code::CiphertextSize, text)
                .with_next("Give the RSA key of 2048 bits that the envelope was made for."));
        }
        let readable = check_private(path).is_err_and(|error| error.code() == Code::FilePermissions);
        if readable && !context.settings.allows_readable(path) {
            context.output.note(&format!("others can read {}", path.display()));
        }
        let expected = match &arguments.certificate {
            Some(path) => Some(read_certificate(context, path)?.thumbprint()),
            None => None,
        };
        Ok(Self::File { key: Box::new(key), expected })
    }

    /// The session key of an envelope, the key that unwrapped it, and whether the thumbprint was checked.
    fn session_key(
        &self,
        context: &Context<'_>,
        block: &KeyBlock<'_>,
    ) -> Result<(Aes256Key, Option<KeyInfo>, bool), Failure> {
        match self {
            Self::Store { manager, scope } => {
                let (key, session_key) = manager.session_key(scope, block)?;
                Ok((session_key, Some(key), block.thumbprint.is_some()))
            }
            Self::File { key, expected } => {
                let checked = match (block.thumbprint, expected) {
                    (Some(found), Some(expected)) if found != *expected => {
                        return Err(Error::new(
                            Code::ThumbprintMismatch,
                            format!("the envelope is for the certificate {found}, not for {expected}"),
                        )
                        .into());
                    }
                    (found, expected) => found.is_some() && expected.is_some(),
                };
                Ok((block.unwrap_session_key(context.provider(), key.as_ref())?, None, checked))
            }
        }
    }
}

/// Something that can be read from any place.
trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

type Seekable = SeekableEnvelope<Box<dyn ReadSeek>>;
type Piped = PipedEnvelope<Box<dyn Read>>;

/// The envelope that was parsed; no key was touched.
enum Source {
    /// A file, or bytes in memory.
    Seekable(Box<Seekable>),
    /// A pipe with more than is kept.
    Piped(Box<Piped>),
}

impl Source {
    /// Parses the input. `into_file`: the output is a file that gets its name at the end.
    fn open(arguments: &args::Decrypt, options: &OpenOptions, into_file: bool) -> Result<Self, Failure> {
        let input = Input::open(&arguments.input)?;
        if arguments.dearmor {
            let bytes = armor::decode(&input.read_to_end(MAX_IN_MEMORY)?)?;
            return Ok(Self::Seekable(Self::memory(bytes, options)?));
        }
        if input.len().is_some() {
            let file: Box<dyn ReadSeek> = Box::new(input.into_file());
            return Ok(Self::Seekable(Box::new(SeekableEnvelope::parse(file, options)?)));
        }
        if !into_file {
            return Ok(Self::Seekable(Self::memory(input.read_to_end(MAX_IN_MEMORY)?.to_vec(), options)?));
        }
        let mut pipe = input.into_file();
        let mut start = Vec::with_capacity(usize::try_from(PIPE_IN_MEMORY).unwrap_or(0));
        let failed = |error| file_failed("read", &arguments.input, &error);
        Read::by_ref(&mut pipe).take(PIPE_IN_MEMORY).read_to_end(&mut start).map_err(failed)?;
        if u64::try_from(start.len()).is_ok_and(|len| len < PIPE_IN_MEMORY) {
            return Ok(Self::Seekable(Self::memory(start, options)?));
        }
        let whole: Box<dyn Read> = Box::new(Cursor::new(start).chain(pipe));
        Ok(Self::Piped(Box::new(PipedEnvelope::parse(whole, options)?)))
    }

    fn memory(bytes: Vec<u8>, options: &OpenOptions) -> Result<Box<Seekable>, Failure> {
        let bytes: Box<dyn ReadSeek> = Box::new(Cursor::new(bytes));
        Ok(Box::new(SeekableEnvelope::parse(bytes, options)?))
    }
}

fn open_seekable(
    context: &Context<'_>,
    holder: &Holder,
    mut envelope: Seekable,
    target: Target,
) -> Result<Opened, Failure> {
    let layout = envelope.layout();
    let (session_key, key, thumbprint_checked) = holder.session_key(context, &envelope.key_block())?;
    let (provider, meter) = (context.provider(), Meter::new(context.output, "decrypting"));
    let bytes = match target.atomic_file(context.random.as_ref())? {
        Some((file, existing, _registration)) => {
            envelope.open_to_file(provider, &session_key, file, existing, &meter)?
        }
        None => {
            // Two passes: the first checks the tag and writes nothing.
            let mut sink = target.open(context.random.as_ref())?;
            let result = envelope.open_to_writer(provider, &session_key, &mut sink, &meter);
            let bytes = result.map_err(|error| sink.blame(error.into()))?;
            sink.commit()?;
            bytes
        }
    };
    Ok(Opened { layout, key, thumbprint_checked, bytes })
}

fn open_piped(context: &Context<'_>, holder: &Holder, envelope: Piped, target: Target) -> Result<Opened, Failure> {
    let layout = envelope.layout();
    let (session_key, key, thumbprint_checked) = holder.session_key(context, &envelope.key_block())?;
    let meter = Meter::new(context.output, "decrypting");
    let Some((file, existing, _registration)) = target.atomic_file(context.random.as_ref())? else {
        return Err(Error::internal("a pipe is opened into a file").into());
    };
    let bytes = envelope.open_to_file(context.provider(), &session_key, file, existing, &meter)?;
    Ok(Opened { layout, key, thumbprint_checked, bytes })
}
