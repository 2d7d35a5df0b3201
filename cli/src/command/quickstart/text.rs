//! What `quickstart` says at the end.

use keymanager::envelope::Layout;
use keymanager::envelope::inspect::Report;
use serde::Serialize;

use super::{Made, packet};
use crate::command::inspect;
use crate::command::keys::tree::Tree;
use crate::context::Context;
use crate::output::{Colour, Failure, Style, Table, json};
use crate::progress::size;

/// The document of `quickstart`.
#[derive(Serialize)]
struct Document<'a> {
    dir: String,
    store: String,
    master: String,
    passphrase_file: Option<String>,
    config: String,
    plaintext: String,
    envelope: String,
    decrypted: String,
    certificate: String,
    layout: &'static str,
    bytes_in: u64,
    bytes_out: u64,
    equal: bool,
    key: json::Key,
    tree: Vec<json::KeyNode>,
    inspection: &'a Report,
    next: Vec<String>,
}

/// Prints it.
pub(super) fn report(context: &Context<'_>, made: &Made) -> Result<(), Failure> {
    let inspection = inspect::explain(context, &made.envelope, Some(&made.certificate))?;
    let tree = Tree::new(&made.tree, false);
    let show = |path: &std::path::Path| path.display().to_string();
    let document = Document {
        dir: show(&made.folder),
        store: context.settings.store.to_string(),
        master: context.settings.master.to_string(),
        passphrase_file: made.passphrase.as_deref().map(show),
        config: show(&made.config),
        plaintext: show(&made.plaintext),
        envelope: show(&made.envelope),
        decrypted: show(&made.decrypted),
        certificate: show(&made.certificate_file),
        layout: Layout::Packet.as_str(),
        bytes_in: made.sealed.bytes_in,
        bytes_out: made.sealed.bytes_out,
        equal: true,
        key: json::Key::new(&made.key),
        tree: tree.top_documents(),
        inspection: &inspection,
        next: next(made),
    };
    context.output.report(&document, |style| {
        let mut text = String::new();
        steps(&mut text, context, made, &document, style);
        heading(&mut text, "The keys", style);
        text.push_str(&indented(&tree.render(style)));
        heading(&mut text, "The envelope", style);
        text.push_str(&indented(&inspect::render(&inspection, style)));
        heading(&mut text, "Try next", style);
        for command in &document.next {
            text.push_str(&format!("  {}\n", style.paint(Colour::Cyan, command)));
        }
        text
    })
}

fn heading(text: &mut String, title: &str, style: Style) {
    text.push_str(&format!("\n{}\n", style.paint(Colour::Bold, title)));
}

fn indented(lines: &str) -> String {
    lines.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

fn steps(text: &mut String, context: &Context<'_>, made: &Made, document: &Document<'_>, style: Style) {
    let mut table = Table::pairs(2);
    let settings = &context.settings;
    table.pair(if made.again { "opened" } else { "made" }, format!("{} for the records", settings.store));
    table.pair("", format!("{} for the master keys", settings.master));
    if let Some(path) = &document.passphrase_file {
        table.pair("", format!("{path} with its passphrase"));
    }
    let what = if made.sample { ", a sample registration packet" } else { "" };
    table.pair("plaintext", format!("{}, {}{what}", document.plaintext, size(document.bytes_in)));
    table.pair("encrypted", format!("{}, {}, layout {}", document.envelope, size(document.bytes_out), document.layout));
    table.pair("to", format!("{} {}, {}", super::APPLICATION, packet::REFERENCE, document.certificate));
    table.pair("decrypted", document.decrypted.as_str());
    text.push_str(&format!("{}\n", style.paint(Colour::Bold, "What was done")));
    text.push_str(&table.render(style));
    let equal = style.paint(Colour::Green, "The decrypted file is equal to the plaintext, byte by byte.");
    text.push_str(&format!("  {equal}\n"));
}

/// Commands that work as they stand, for the shell this program was started from.
fn next(made: &Made) -> Vec<String> {
    let program = std::env::args_os().next().unwrap_or_else(|| "keymanager".into());
    let program = quoted(&program.to_string_lossy());
    let path = |path: &std::path::Path| quoted(&path.to_string_lossy());
    let (config, envelope) = (path(&made.config), path(&made.envelope));
    let (certificate, plaintext) = (path(&made.certificate_file), path(&made.plaintext));
    let again = path(&made.folder.join("again"));
    vec![
        format!("{program} --config {config} keys tree"),
        format!("{program} --config {config} decrypt --app {} {envelope} -o {again}", super::APPLICATION),
        format!("{program} inspect {envelope} --certificate {certificate}"),
        format!("{program} encrypt --certificate {certificate} --armor {plaintext} -o {again}.txt"),
        format!("{program} --config {config} keys generate --all"),
        format!("{program} --help"),
    ]
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@%,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
