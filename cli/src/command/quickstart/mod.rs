//! `quickstart`: the main job in one go.

mod packet;
mod pdf;
mod png;
mod text;

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use keymanager::certificate::{Certificate, DistinguishedName};
use keymanager::envelope::{Layout, OpenOptions, SealOptions, Sealer, SeekableEnvelope, Streamed, text as base64};
use keymanager::file::{AtomicFile, Existing, file_failed};
use keymanager::id::{AppId, KeyScope};
use keymanager::manager::{GenerateRequest, KeyFilter, KeyInfo, KeyManager};
use keymanager::master::KeyKind;
use keymanager::secret::SecretBytes;
use keymanager::{Code, Error};

use super::init::initialise;
use crate::args::{self, Global};
use crate::context::Context;
use crate::input::read_full;
use crate::output::Failure;
use crate::passphrase::Source;
use crate::progress::Meter;
use crate::signals::{Hold, guarded_file};

const APPLICATION: &str = "REGISTRATION";
const PASSPHRASE: &str = "keymanager.passphrase";
const CONFIG: &str = "keymanager.toml";
const CERTIFICATE: &str = "certificate.pem";
const SAMPLE: &str = "packet.zip";

/// Everything that was made.
struct Made {
    folder: PathBuf,
    config: PathBuf,
    passphrase: Option<PathBuf>,
    /// Whether the key manager existed before.
    again: bool,
    plaintext: PathBuf,
    sample: bool,
    envelope: PathBuf,
    decrypted: PathBuf,
    certificate_file: PathBuf,
    certificate: Certificate,
    key: KeyInfo,
    tree: Vec<KeyInfo>,
    sealed: Streamed,
}

pub(crate) fn run(outer: &Context<'_>, options: &Global, arguments: &args::Quickstart) -> Result<(), Failure> {
    if let Some(input) = &arguments.input {
        // Before anything is made.
        let metadata = std::fs::metadata(input).map_err(|error| file_failed("read", input, &error))?;
        if metadata.len() == 0 && metadata.is_file() {
            return Err(Error::new(Code::EmptyPlaintext, format!("{} is empty", input.display())).into());
        }
    }
    // `./name` and `name` are the same folder, and the second is shorter to read.
    let folder = arguments.dir.strip_prefix(".").unwrap_or(&arguments.dir);
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if options.store.is_some() || options.master.is_some() {
        outer.output.note("quickstart works with a store and a key file of its own, not with those that are named");
    }
    std::fs::create_dir_all(folder).map_err(|error| file_failed("create", folder, &error))?;
    let passphrase = passphrase(outer, options, folder)?;
    let passphrase_file = match &passphrase {
        Source::File { path, .. } => Some(path.clone()),
        _ => None,
    };
    let context = outer.in_folder(folder, passphrase);
    let again = existed(&context)?;
    if !again {
        initialise(&context, &[])?;
    }
    let config = write_config(&context, folder, passphrase_file.as_deref())?;
    let manager = context.manager()?;
    let (key, certificate) = keys(&manager)?;
    let certificate_file = folder.join(CERTIFICATE);
    replace(&context, &certificate_file, certificate.to_pem().as_bytes())?;
    let plaintext = match &arguments.input {
        Some(input) => input.clone(),
        None => sample(&context, folder)?,
    };
    let name = plaintext.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let envelope = folder.join(format!("{name}.envelope"));
    let decrypted = folder.join(format!("decrypted-{name}"));
    let sealed = encrypt(&context, &manager, &key.scope, &plaintext, &envelope)?;
    decrypt(&context, &manager, &envelope, &decrypted)?;
    compare(&plaintext, &decrypted)?;
    let tree = manager.keys(&KeyFilter { app: None, reference: None, all: true })?;
    let made = Made {
        folder: folder.to_path_buf(),
        config,
        passphrase: passphrase_file,
        again,
        plaintext,
        sample: arguments.input.is_none(),
        envelope,
        decrypted,
        certificate_file,
        certificate,
        key,
        tree,
        sealed,
    };
    text::report(&context, &made)
}

/// Where the passphrase comes from: the option; else the file a former run left; else the environment; else one that
/// is drawn now and left in that file.
fn passphrase(outer: &Context<'_>, options: &Global, folder: &Path) -> Result<Source, Failure> {
    if options.passphrase_file.is_some() {
        return Ok(outer.settings.passphrase.clone());
    }
    let path = folder.join(PASSPHRASE);
    if !path.exists() {
        if let Source::Environment(name) = outer.settings.passphrase {
            return Ok(Source::Environment(name));
        }
        let mut drawn = SecretBytes::zeroed(24);
        outer.random.fill(drawn.expose_mut())?;
        let line = SecretBytes::from_vec(base64::encode(drawn.expose()).into_bytes());
        let (mut file, _registration) = guarded_file(&path, outer.random.as_ref())?;
        let written = file.write_all(line.expose()).and_then(|()| file.write_all(b"\n"));
        written.map_err(|error| file_failed("write", &path, &error))?;
        file.commit(Existing::Refuse)?;
    }
    Ok(Source::File { allow_readable: outer.settings.allows_readable(&path), path })
}

/// Whether the key manager is there. A store without a key file is refused; a key file without a store may be what a
/// killed process left.
fn existed(context: &Context<'_>) -> Result<bool, Failure> {
    let store = context.settings.store.path().is_some_and(Path::exists);
    let master = context.settings.master.file().is_some_and(Path::exists);
    if master || !store {
        return Ok(store);
    }
    let missing = context.settings.master.to_string();
    Err(Failure::new(Code::AlreadyExists, format!("the folder was used before, but {missing} is missing"))
        .with_next("Name another folder with --dir."))
}

/// Leaves a configuration file, so that the commands of the closing lines are short.
fn write_config(context: &Context<'_>, folder: &Path, passphrase: Option<&Path>) -> Result<PathBuf, Failure> {
    let path = folder.join(CONFIG);
    if path.exists() {
        return Ok(path);
    }
    let mut text = String::from("# Made by `keymanager quickstart`. Paths start at this file's folder.\n");
    text.push_str("store = \"sqlite:keymanager.db\"\nmaster = \"file:keymanager.p12\"\n");
    let named = match passphrase {
        Some(path) if path == folder.join(PASSPHRASE) => Some(PASSPHRASE.to_owned()),
        // One's own file, wherever it is.
        Some(path) => std::fs::canonicalize(path).ok().and_then(|path| path.to_str().map(str::to_owned)),
        None => None,
    };
    if let Some(named) = named {
        text.push_str(&format!("passphrase_file = {}\n", toml::Value::String(named)));
    }
    replace(context, &path, text.as_bytes())?;
    Ok(path)
}

/// The Root, the Module and the Base key of the packet, made or renewed where the rules say so.
fn keys(manager: &KeyManager) -> Result<(KeyInfo, Certificate), Failure> {
    let _hold = Hold::new();
    for app in ["ROOT", APPLICATION] {
        manager.generate(&GenerateRequest {
            scope: KeyScope::master(AppId::new(app)?),
            kind: KeyKind::Rsa2048,
            force: false,
            subject: DistinguishedName::default(),
        })?;
    }
    let current = manager.certificate(&KeyScope::new(APPLICATION, packet::REFERENCE)?)?;
    Ok((current.key, current.certificate))
}

fn sample(context: &Context<'_>, folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(SAMPLE);
    let bytes = packet::make(context.provider(), context.random.as_ref(), context.now())?;
    replace(context, &path, &bytes)?;
    Ok(path)
}

fn encrypt(
    context: &Context<'_>,
    manager: &KeyManager,
    scope: &KeyScope,
    plaintext: &Path,
    envelope: &Path,
) -> Result<Streamed, Failure> {
    let (_, recipient) = manager.recipient(scope)?;
    let options = SealOptions { layout: Some(Layout::Packet), ..SealOptions::default() };
    let mut input = File::open(plaintext).map_err(|error| file_failed("read", plaintext, &error))?;
    let total = input.metadata().ok().map(|metadata| metadata.len());
    let sealer = Sealer::start(context.provider(), context.random.as_ref(), &recipient, &options)?;
    let (mut file, _registration) = guarded_file(envelope, context.random.as_ref())?;
    let streamed = sealer.copy(&mut input, &mut file, &Meter::new(context.output, "encrypting"), total)?;
    file.commit(Existing::Replace)?;
    Ok(streamed)
}

fn decrypt(context: &Context<'_>, manager: &KeyManager, envelope: &Path, decrypted: &Path) -> Result<(), Failure> {
    let file = File::open(envelope).map_err(|error| file_failed("read", envelope, &error))?;
    let mut envelope = SeekableEnvelope::parse(file, &OpenOptions::default())?;
    let scope = KeyScope::master(AppId::new(APPLICATION)?);
    let (_, session_key) = manager.session_key(&scope, &envelope.key_block())?;
    let (file, _registration) = guarded_file(decrypted, context.random.as_ref())?;
    let meter = Meter::new(context.output, "decrypting");
    envelope.open_to_file(context.provider(), &session_key, file, Existing::Replace, &meter)?;
    Ok(())
}

/// Compares two files byte by byte.
fn compare(one: &Path, other: &Path) -> Result<(), Failure> {
    let open = |path: &Path| File::open(path).map_err(|error| file_failed("read", path, &error));
    let (mut first, mut second) = (open(one)?, open(other)?);
    let mut buffers = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        let read = |file: &mut dyn Read, buffer: &mut [u8], path| {
            read_full(file, buffer).map_err(|error: io::Error| file_failed("read", path, &error))
        };
        let count = (read(&mut first, &mut buffers.0, one)?, read(&mut second, &mut buffers.1, other)?);
        if buffers.0.get(..count.0) != buffers.1.get(..count.1) {
            return Err(Error::internal("the decrypted packet differs from the plaintext").into());
        }
        if count.0 == 0 {
            return Ok(());
        }
    }
}

/// Writes a file whole, in place of the one a former run left.
fn replace(context: &Context<'_>, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let (mut file, _registration) = guarded_file(path, context.random.as_ref())?;
    AtomicFile::write_all(&mut file, bytes).map_err(|error| file_failed("write", path, &error))?;
    file.commit(Existing::Replace)?;
    Ok(())
}
