//! A key manager in a database of its own, with a token of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use keymanager::time::Timestamp;

use crate::sandbox::{PASSPHRASE, Run, Sandbox};
use crate::server::{self, PASSWORD, USER};

pub(super) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(super) const LABEL: &str = "races";
/// The time the keys of the template are made at.
const START: &str = "2026-02-28T12:00:00Z";

/// Root and one Module key on a token.
static READY: LazyLock<Place> = LazyLock::new(|| {
    let database = server::shared().database();
    let mut place = Place::made(address(&[server::shared().port], &database));
    place.database = Some(database);
    place
});

/// The address of a database on servers at these ports.
pub(super) fn address(ports: &[u16], database: &str) -> String {
    let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    format!("postgresql://{USER}@{}/{database}?sslmode=disable", hosts.join(","))
}

pub(super) struct Place {
    pub(super) sandbox: Sandbox,
    /// The address of the store.
    pub(super) store: String,
    /// Its database, where that is on the server that tests share.
    database: Option<String>,
    pub(super) now: Timestamp,
}

impl Place {
    /// With ROOT and REGISTRATION, on the server that tests share.
    pub(super) fn ready() -> Self {
        let database = server::shared().copy_of(READY.database.as_ref().unwrap());
        let mut place = Self::over(address(&[server::shared().port], &database));
        place.database = Some(database);
        Run::of(Command::new("cp").arg("-r").arg(READY.tokens()).arg(place.tokens())).expect(0);
        place.configure();
        place
    }

    /// The same in a new database at `store`.
    pub(super) fn made(store: String) -> Self {
        let place = Self::over(store);
        std::fs::create_dir(place.tokens()).unwrap();
        place.configure();
        let mut init = Command::new("softhsm2-util");
        init.args(["--init-token", "--free", "--label", LABEL, "--so-pin", "so-pin", "--pin", PASSPHRASE]);
        Run::of(init.env("SOFTHSM2_CONF", place.sandbox.path("softhsm2.conf"))).expect(0);
        place.ok(&["init"]);
        for app in ["ROOT", "REGISTRATION"] {
            place.ok(&["keys", "generate", "--app", app]);
        }
        place
    }

    fn over(store: String) -> Self {
        let now = Timestamp::from_rfc3339(START).unwrap();
        Self { sandbox: Sandbox::empty(), store, database: None, now }
    }

    fn configure(&self) {
        let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", self.tokens().display());
        self.sandbox.write("softhsm2.conf", text.as_bytes());
    }

    /// The folder of SoftHSM's files.
    pub(super) fn tokens(&self) -> PathBuf {
        self.sandbox.path("tokens")
    }

    /// The program at the time of this place, with JSON, and without the PIN.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.bare(arguments);
        command.args(["--json", "--now", &self.now.to_rfc3339()]);
        command.env("KEYMANAGER_ALLOW_FAKE_CLOCK", "1").env("KEYMANAGER_STORE", &self.store);
        command.env("KEYMANAGER_STORE_PASSWORD", PASSWORD).env("SOFTHSM2_CONF", self.sandbox.path("softhsm2.conf"));
        command.env("KEYMANAGER_MASTER", format!("pkcs11:token={LABEL}?module-path={MODULE}"));
        command
    }

    /// Runs the program, which must succeed.
    pub(super) fn ok(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).args(["--passphrase-file", "passphrase"])).expect(0)
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        server::shared().sql(self.database.as_ref().unwrap(), sql)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Hundreds of them would be gigabytes until the server goes.
        if let Some(database) = &self.database {
            server::shared().sql("postgres", &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        }
    }
}
