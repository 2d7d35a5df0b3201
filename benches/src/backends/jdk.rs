//! The plain JDK program, in a process of its own that measures itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use keymanager_benches::Failure;

use crate::place::{MODULE, PIN, Place};
use crate::server::{PASSWORD, USER};

/// JDBC for PostgreSQL, among what `cargo xtask setup` fetches for the peer of the tests.
const LIBRARIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/service/lib");

pub(crate) struct Jdk {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Jdk {
    /// Starts it on the place's database and token.
    pub(crate) fn start(place: &Place) -> Result<Self, Failure> {
        let driver = driver()?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/java/BackendPeer.java");
        let mut java = Command::new("java");
        java.args(["-Xmx1g", "-cp"]).arg(driver).arg(source).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = java.spawn()?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the JVM has no pipes".into());
        };
        let mut jdk = Self { child, requests, answers: BufReader::new(answers) };
        let config = place.folder.join("token.cfg");
        std::fs::write(&config, format!("name = Bench\nlibrary = {MODULE}\nslotListIndex = 0\n"))?;
        let url = format!("jdbc:postgresql://127.0.0.1:{}/{}?sslmode=disable", place.server.port, place.database);
        let envelope = place.folder.join("envelope");
        let opened =
            jdk.ask(&format!("load {} {PIN} {url} {USER} {PASSWORD} {}", config.display(), envelope.display()))?;
        if opened != place.plaintext.len().to_string() {
            return Err(format!("the JDK opened {opened} bytes").into());
        }
        Ok(jdk)
    }

    /// Nanoseconds for `count` openings.
    pub(crate) fn time(&mut self, count: u32) -> Result<u64, Failure> {
        Ok(self.ask(&format!("time {count}"))?.parse()?)
    }

    fn ask(&mut self, request: &str) -> Result<String, Failure> {
        writeln!(self.requests, "{request}")?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err("the JDK program ended".into());
        }
        Ok(answer.trim().to_owned())
    }
}

impl Drop for Jdk {
    fn drop(&mut self) {
        // It ends by itself when its input closes; a failure to end it leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn driver() -> Result<PathBuf, Failure> {
    let folder = std::fs::read_dir(LIBRARIES).map_err(|error| format!("{LIBRARIES}: {error}: cargo xtask setup"))?;
    let found = folder
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("postgresql-")));
    found.ok_or_else(|| format!("no JDBC driver in {LIBRARIES}: cargo xtask setup").into())
}
