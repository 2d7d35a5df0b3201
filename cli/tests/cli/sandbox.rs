//! A folder of its own for each test, and the program run in it.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PASSPHRASE: &str = "a passphrase for tests";
pub(crate) const APP: &str = "REGISTRATION";
pub(crate) const REFERENCE: &str = "10001_110011";

/// A key manager with Root, Module and Base key, made once and copied for each test that wants one.
static INITIALISED: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = Sandbox::empty();
    sandbox.ok(&["init"]);
    sandbox.ok(&["keys", "generate", "--app", "ROOT"]);
    sandbox.ok(&["keys", "generate", "--app", APP]);
    sandbox.ok(&["keys", "certificate", "--app", APP, "--ref", REFERENCE, "-o", "certificate.pem"]);
    sandbox
});

pub(crate) struct Sandbox {
    folder: TempDir,
}

/// What came of a run.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    what: String,
}

impl Sandbox {
    /// With nothing but a passphrase file.
    pub(crate) fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let sandbox = Self { folder };
        sandbox.write("passphrase", PASSPHRASE.as_bytes());
        std::fs::set_permissions(sandbox.path("passphrase"), std::fs::Permissions::from_mode(0o600)).unwrap();
        sandbox
    }

    /// With a store, a key file, the Root and Module key of `REGISTRATION`, and one Base key with its certificate.
    pub(crate) fn initialised() -> Self {
        let sandbox = Self::empty();
        for name in ["keymanager.db", "keymanager.p12", "certificate.pem"] {
            std::fs::copy(INITIALISED.path(name), sandbox.path(name)).unwrap();
        }
        sandbox
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The names of the files, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The program, in this folder, with the passphrase file, and nothing of the caller's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.args(["--passphrase-file", "passphrase"]);
        command
    }

    /// The program without a passphrase.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keymanager"));
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("KEYMANAGER_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Runs with the fake clock.
    pub(crate) fn run_at(&self, now: &str, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).args(["--now", now]).env("KEYMANAGER_ALLOW_FAKE_CLOCK", "1"))
    }

    /// Runs and demands success.
    pub(crate) fn ok(&self, arguments: &[&str]) -> Run {
        self.run(arguments).expect(0)
    }

    /// Runs with `--json`, demands success, and gives the document.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        Run::of(self.command(arguments).arg("--json")).expect(0).document()
    }

    /// Runs with `--json` and demands this exit status and name of the error, in JSON and in text alike.
    pub(crate) fn fails(&self, status: i32, name: &str, arguments: &[&str]) -> Value {
        let error = Run::of(self.command(arguments).arg("--json")).expect(status).error(name);
        let run = self.run(arguments).expect(status);
        assert!(run.stdout.is_empty(), "{}", run.what);
        assert!(run.stderr.contains("error:"), "{}", run.stderr);
        error
    }

    /// Encrypts `plaintext` to the Base key in the layout, as `name`.
    pub(crate) fn envelope(&self, name: &str, layout: &str, plaintext: &[u8]) {
        self.write("plaintext", plaintext);
        let mut arguments = vec![
            "encrypt",
            "--certificate",
            "certificate.pem",
            "--layout",
            layout,
            "plaintext",
            "-o",
            name,
            "--force-overwrite",
        ];
        self.write("aad", b"context");
        match layout {
            "aad" => arguments.extend(["--aad", "aad"]),
            "salt" => arguments.extend(["--salt", "000102030405060708090a0b"]),
            _ => {}
        }
        self.ok(&arguments);
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self::from_output(output, format!("{command:?}"))
    }

    /// Runs with this standard input.
    pub(crate) fn with_stdin(command: &mut Command, input: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // A program that ends early closes the pipe; that is its right.
            scope.spawn(move || drop(stdin.write_all(input)));
            Self::from_output(child.wait_with_output().unwrap(), format!("{command:?}"))
        })
    }

    fn from_output(output: Output, what: String) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { status: output.status.code().unwrap_or(-1), stdout: output.stdout, stderr, what }
    }

    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\nstdout: {}\nstderr: {}",
            self.what,
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.what, String::from_utf8_lossy(&self.stdout)))
    }

    /// The error in the document, which must have this name and exactly the members of the contract.
    #[track_caller]
    pub(crate) fn error(&self, name: &str) -> Value {
        let document = self.document();
        members(&document, &["error"]);
        let error = document["error"].clone();
        members(&error, &["code", "message", "mosip_code", "name", "next"]);
        assert_eq!(error["name"], name, "{}: {error}", self.what);
        assert!(error["code"].is_u64() && error["message"].is_string() && !error["next"].as_str().unwrap().is_empty());
        error
    }
}

/// Demands that an object has exactly these members.
#[track_caller]
pub(crate) fn members(value: &Value, expected: &[&str]) {
    let mut found: Vec<&str> =
        value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{value}");
}

/// The members of a key.
pub(crate) const KEY: &[&str] = &[
    "alias",
    "app_id",
    "ref_id",
    "level",
    "algorithm",
    "location",
    "thumbprint",
    "issuer_alias",
    "not_before",
    "not_after",
    "state",
    "days_left",
    "uni_ident",
];
