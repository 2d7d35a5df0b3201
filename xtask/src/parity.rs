//! Every operation of the facade exists in every language, and none exists beside them (BND-1).
//!
//! The facade's sources are the list. Each language is read from the file in which it publishes its names, so that
//! neither side can forget the other.

use std::collections::BTreeSet;
use std::path::Path;

use crate::Outcome;
use crate::shell::{files, read, root};

/// Operations by name: `encrypt`, or `KeyManager.certificate`.
type Operations = BTreeSet<String>;

/// The facade's handles, and what languages call them.
const HANDLES: [(&str, &str); 3] =
    [("KeyManagerHandle", "KeyManager"), ("EncryptStream", "EncryptStream"), ("DecryptStream", "DecryptStream")];

/// A language, and the reader of its names.
struct Language {
    name: &'static str,
    operations: fn() -> Result<Operations, String>,
}

const LANGUAGES: [Language; 5] = [
    Language { name: "C", operations: c },
    Language { name: "Java", operations: crate::java::operations },
    Language { name: "Kotlin", operations: crate::kotlin::operations },
    Language { name: "Python", operations: python },
    Language { name: "Swift", operations: swift },
];

pub(crate) fn run() -> Outcome {
    let facade = facade()?;
    if facade.is_empty() {
        return Err("parity: the facade has no operation that can be read".to_owned());
    }
    let mut differences = Vec::new();
    for language in &LANGUAGES {
        differences.extend(compare(language.name, &facade, &(language.operations)()?));
    }
    if differences.is_empty() {
        let names: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
        println!("parity: {} operations, the same in {}", facade.len(), names.join(", "));
        return Ok(());
    }
    Err(format!("parity: languages differ from bindings/facade\n{}", differences.join("\n")))
}

/// What a language lacks, and what it has beside the facade.
fn compare(language: &str, facade: &Operations, found: &Operations) -> Vec<String> {
    // A form for a buffer of the caller is an operation that is there already, for languages that can lend one.
    let form = |name: &&String| name.ends_with("_into") || *name == "envelope_len";
    let lacks = facade.difference(found).filter(|name| !form(name)).map(|name| format!("{language} lacks {name}"));
    let adds = found.difference(facade).map(|name| format!("{language} has {name}, which is not in the facade"));
    lacks.chain(adds).collect()
}

/// The operations of the facade: its public functions, and the public methods of its handles.
fn facade() -> Result<Operations, String> {
    let mut operations = Operations::new();
    for path in files(&root().join("bindings/facade/src"), ".rs")? {
        // Contracts of hosts and the suites that test them are no operations.
        if !path.ends_with("testing.rs") {
            operations.extend(facade_names(&read(&path)?));
        }
    }
    Ok(operations)
}

fn facade_names(source: &str) -> Operations {
    let mut handle = None;
    let mut operations = Operations::new();
    for line in source.lines() {
        if let Some(rest) = line.strip_prefix("impl ") {
            let of = rest.trim_end_matches(" {");
            handle = HANDLES.iter().find(|(name, _)| *name == of).map(|(_, word)| *word);
        } else if line == "}" {
            handle = None;
        } else if let Some(name) = line.strip_prefix("pub fn ").and_then(name) {
            operations.insert(name.to_owned());
        } else if let (Some(handle), Some(name)) = (handle, line.strip_prefix("    pub fn ").and_then(name)) {
            operations.insert(format!("{handle}.{name}"));
        }
    }
    operations
}

/// The name that a declaration begins with.
fn name(declaration: &str) -> Option<&str> {
    declaration.split(['(', '<']).next().filter(|name| !name.is_empty())
}

/// The operations of C: the functions of the header but those that read or free what others answer.
fn c() -> Result<Operations, String> {
    Ok(c_names(&read(Path::new(&root().join("include/keymanager.symbols")))?))
}

fn c_names(symbols: &str) -> Operations {
    const HELPERS: [&str; 5] = ["abi_version", "init", "buffer_", "error_", "answer_"];
    let operation = |symbol: &str| {
        let name = symbol.strip_prefix("km_")?;
        if HELPERS.iter().any(|helper| name == *helper || (helper.ends_with('_') && name.starts_with(helper))) {
            return None;
        }
        let handles = [("manager_", "KeyManager"), ("encryption_", "EncryptStream"), ("decryption_", "DecryptStream")];
        let method = handles.iter().find_map(|(prefix, handle)| Some((name.strip_prefix(prefix)?, *handle)));
        match method {
            Some(("free", _)) => None,
            Some((method, handle)) => Some(format!("{handle}.{method}")),
            None => Some(name.to_owned()),
        }
    };
    symbols.lines().filter_map(operation).collect()
}

/// The operations of Python: what the stubs declare, which are compared with the module itself by the tests of Python.
fn python() -> Result<Operations, String> {
    Ok(python_names(&read(&root().join("bindings/python/python/keymanager/_native.pyi"))?))
}

fn python_names(stubs: &str) -> Operations {
    const HELPERS: [&str; 6] = ["close", "closed", "path", "address", "read_from", "uri"];
    let mut class = None;
    let mut operations = Operations::new();
    for line in stubs.lines() {
        if let Some(rest) = line.strip_prefix("class ") {
            class = Some(rest.trim_end_matches(':'));
        } else if let Some(name) = line.strip_prefix("def ").and_then(name) {
            operations.insert(name.to_owned());
        } else if let (Some(class), Some(name)) = (class, line.strip_prefix("    def ").and_then(name))
            && !name.starts_with("__")
            && !HELPERS.contains(&name)
        {
            operations.insert(format!("{class}.{name}"));
        }
    }
    operations
}

/// The operations of Swift: the public functions of the layer that is written by hand, and the public methods of its
/// classes.
fn swift() -> Result<Operations, String> {
    let mut operations = Operations::new();
    for path in files(&root().join("bindings/swift/Sources/Keymanager"), ".swift")? {
        operations.extend(swift_names(&read(&path)?));
    }
    Ok(operations)
}

fn swift_names(source: &str) -> Operations {
    /// What a language needs and the facade has in another form: an end before that of the scope, and threads.
    const HELPERS: [&str; 2] = ["KeyManager.close", "KeyManager.in_background"];
    let mut class = None;
    let mut operations = Operations::new();
    for line in source.lines() {
        let of = line.strip_prefix("public final class ").or_else(|| line.strip_prefix("extension "));
        if let Some(of) = of {
            let of = of.split([' ', ':']).next().unwrap_or_default();
            class = HANDLES.iter().find(|(_, word)| *word == of).map(|(_, word)| *word);
        } else if line == "}" {
            class = None;
        } else if let Some(name) = line.strip_prefix("public func ").and_then(name) {
            operations.insert(snake(name));
        } else if let Some(class) = class {
            if let Some(name) = line.strip_prefix("    public func ").and_then(name) {
                operations.insert(format!("{class}.{}", snake(name)));
            } else if line.starts_with("    public init(") {
                operations.insert(format!("{class}.open"));
            }
        }
    }
    operations.retain(|name| !HELPERS.contains(&name.as_str()));
    operations
}

/// `camelCase` as `snake_case`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Operations {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_facade_is_read_from_its_sources() {
        let source = "pub fn encrypt(a: &[u8]) {\n}\nimpl KeyManagerHandle {\n    pub fn open(o: Options) -> Self {\n    }\n    \
                      pub(crate) fn inner(&self) {\n    }\n    fn hidden() {}\n}\nimpl Other {\n    pub fn not_one(&self) {}\n}\n";
        assert_eq!(facade_names(source), set(&["encrypt", "KeyManager.open"]));
    }

    #[test]
    fn helpers_of_c_are_no_operations() {
        let symbols = "km_abi_version\nkm_init\nkm_inspect\nkm_buffer_len\nkm_manager_free\nkm_manager_open\nkm_encryption_update\n";
        assert_eq!(c_names(symbols), set(&["inspect", "KeyManager.open", "EncryptStream.update"]));
    }

    #[test]
    fn stubs_of_python_are_operations_but_for_helpers() {
        let stubs = "def inspect(data: Buffer) -> Report: ...\n@final\nclass KeyManager:\n    @staticmethod\n    def open(\n        \
                     store: Store,\n    ) -> KeyManager: ...\n    def close(self) -> None: ...\n    def __enter__(self) -> Self: ...\n";
        assert_eq!(python_names(stubs), set(&["inspect", "KeyManager.open"]));
    }

    #[test]
    fn swift_is_read_from_its_layer() {
        let source = "public func encryptFile(\n}\npublic final class KeyManager: Sendable {\n    public init(store: Store) {\n    \
                      public func close() {\n    func calling<T>() {\n}\nextension KeyManager {\n    public func generateAll(told: X) {\n}\n\
                      extension HostRow {\n    public func other() {\n}\n";
        assert_eq!(swift_names(source), set(&["encrypt_file", "KeyManager.open", "KeyManager.generate_all"]));
    }

    #[test]
    fn what_is_missing_and_what_is_added_are_told() {
        let differences = compare("C", &set(&["encrypt", "inspect"]), &set(&["encrypt", "explain"]));
        assert_eq!(differences, ["C lacks inspect", "C has explain, which is not in the facade"]);
        assert!(compare("C", &set(&["encrypt", "encrypt_into"]), &set(&["encrypt"])).is_empty());
        assert_eq!(compare("C", &set(&["encrypt"]), &set(&["encrypt", "encrypt_into"])).len(), 1);
    }

    #[test]
    fn the_facade_of_this_tree_can_be_read() {
        let facade = facade().unwrap_or_default();
        for name in ["encrypt", "inspect", "KeyManager.open", "KeyManager.decrypt", "KeyManager.keys"] {
            assert!(facade.contains(name), "{name} is not among {facade:?}");
        }
    }
}
