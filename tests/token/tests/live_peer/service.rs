//! The service in a process of its own, spoken to as its clients do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};

use crate::server::{PASSWORD, USER};
use crate::support::{PIN, SOFTHSM, run};

/// The oldest release that loads the service's classes.
const JAVA: u32 = 21;

pub(crate) struct Service {
    child: Child,
    /// Its end is the service's end.
    _input: ChildStdin,
    port: u16,
}

impl Service {
    /// Starts it on a database, the token that `folder` is configured for, and the clock of `folder`.
    pub(crate) fn start(folder: &Path, port: u16, database: &str) -> Self {
        let (here, libraries, jdk) = (sources(), libraries(), jdk());
        let classes = folder.join("classes");
        let classpath = format!("{}/*:{}", libraries.display(), classes.display());
        let mut javac = Command::new(jdk.join("bin/javac"));
        javac.args(["--release", &JAVA.to_string(), "-proc:none", "-cp", &classpath, "-d"]).arg(&classes);
        run(javac.args(
            ["peer/Service.java", "peer/web/Caller.java", "peer/web/Memory.java"]
                .map(|file| here.join("src").join(file)),
        ));
        let clock = folder.join("clock.so");
        run(Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&clock).arg(here.join("clock.c")));
        let config = folder.join("service.cfg");
        std::fs::write(&config, format!("name = SoftHSM2\nlibrary = {SOFTHSM}\nslotListIndex = 0\n")).unwrap();

        let mut java = Command::new(jdk.join("bin/java"));
        java.args(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", &classpath, "peer.Service"]);
        let properties = here.join("service.properties");
        java.arg(format!("--spring.config.additional-location=file:{}", properties.display()));
        java.arg("--mosip.kernel.keymanager.hsm.keystore-type=PKCS11");
        java.arg(format!("--mosip.kernel.keymanager.hsm.config-path={}", config.display()));
        java.arg(format!("--mosip.kernel.keymanager.hsm.keystore-pass={PIN}"));
        java.arg(format!("--keymanager_database_url=jdbc:postgresql://127.0.0.1:{port}/{database}"));
        java.arg(format!("--keymanager_database_username={USER}"));
        java.arg(format!("--keymanager_database_password={PASSWORD}"));
        // The folder is the home that it keeps a client's keys in, too.
        java.current_dir(folder).env("TZ", "UTC").env("LD_PRELOAD", &clock).env("CLOCK_FILE", folder.join("clock"));
        let log = std::fs::File::create(folder.join("service.log")).unwrap();
        java.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = java.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let port = loop {
            let Some(Ok(line)) = lines.next() else {
                let log = std::fs::read_to_string(folder.join("service.log")).unwrap();
                panic!("the service did not start\n{}\n{log}", said.join("\n"));
            };
            match line.strip_prefix("listening on ") {
                Some(port) => break port.parse().unwrap(),
                None => said.push(line),
            }
        };
        // It goes on writing its log, which must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, _input: input, port }
    }

    /// An operation: what was answered, or the code of the refusal.
    pub(crate) fn call(&self, method: &str, path: &str, now: &str, request: &Value) -> Result<Value, String> {
        let body = match method {
            "GET" => String::new(),
            _ => json!({ "id": "peer", "version": "1.0", "requesttime": now, "metadata": {}, "request": request })
                .to_string(),
        };
        let answer = self.http(method, path, &body);
        let Some(error) = answer["errors"].get(0) else { return Ok(answer["response"].clone()) };
        let (code, message) = (error["errorCode"].as_str().unwrap(), error["message"].as_str().unwrap_or_default());
        // What it did not foresee may say in its text what it was.
        match message.split_once(" --> ") {
            Some((inner, _)) if code == UNFORESEEN && inner.starts_with("KER-") => Err(inner.to_owned()),
            _ => Err(code.to_owned()),
        }
    }

    /// Has it forget what it read, as a restart does, and load its key store again.
    pub(crate) fn forget(&self) {
        let forgotten = self.http("POST", "/peer/forget", "{}");
        assert!(forgotten["forgotten"].as_u64().is_some_and(|caches| caches > 5), "{forgotten}");
    }

    /// The rows of `key_alias`, and the time, as it reads them.
    pub(crate) fn rows(&self) -> Value {
        self.http("GET", "/peer/rows", "")
    }

    pub(crate) fn clock(&self) -> String {
        self.http("GET", "/peer/clock", "")["now"].as_str().unwrap().to_owned()
    }

    fn http(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} /v1/keymanager{path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {path}: {answer}"));
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{method} {path}: {error}\n{answer}"))
    }
}

/// The code of every failure that the service did not foresee.
pub(crate) const UNFORESEEN: &str = "KER-KMS-500";

impl Drop for Service {
    fn drop(&mut self) {
        // A failure to end it leaves nothing behind: it ends with its input.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/service")
}

/// The service and what it needs, which `cargo xtask setup` fetched.
fn libraries() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/service/lib");
    assert!(folder.is_dir(), "{} is not there: cargo xtask setup", folder.display());
    folder
}

/// A JDK that is new enough.
fn jdk() -> PathBuf {
    let release = |home: &Path| -> Option<u32> {
        let text = std::fs::read_to_string(home.join("release")).ok()?;
        let version = text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION=\""))?;
        version.split(['.', '"']).next()?.parse().ok()
    };
    let installed = std::fs::read_dir("/usr/lib/jvm").into_iter().flatten().map(|entry| entry.unwrap().path());
    let named = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let found = named
        .into_iter()
        .chain(installed)
        .find(|home| home.join("bin/javac").is_file() && release(home).is_some_and(|release| release >= JAVA));
    found.expect("a JDK of release 21 or newer: cargo xtask setup")
}
