//! The contestant made with the JDK's own providers, in a process of its own that measures its thread's CPU time.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The Java peer of the tests, as a contestant.
pub(crate) struct Jdk {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Jdk {
    /// Starts it and loads what it works on.
    pub(crate) fn start(certificate: &Path, key_der: &Path, size: usize) -> std::io::Result<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/java/EnvelopePeer.java");
        let mut child =
            Command::new("java").arg("-Xmx2g").arg(source).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let requests = child.stdin.take().ok_or_else(broken)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(broken)?);
        let mut jdk = Self { child, requests, answers };
        jdk.ask(&format!("load {} {} {size}", certificate.display(), key_der.display()))?;
        Ok(jdk)
    }

    /// Nanoseconds for `count` calls of `seal` or `open`.
    pub(crate) fn time(&mut self, verb: &str, count: u32) -> std::io::Result<u64> {
        let answer = self.ask(&format!("time {verb} {count}"))?;
        answer.trim().parse().map_err(|_| std::io::Error::other(answer))
    }

    /// Lets the JVM compile its ciphers for so many seconds on packets of `size`.
    pub(crate) fn warm(&mut self, seconds: u32, size: usize) -> std::io::Result<()> {
        self.ask(&format!("warm {seconds} {size}")).map(|_| ())
    }

    fn ask(&mut self, request: &str) -> std::io::Result<String> {
        writeln!(self.requests, "{request}")?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        Ok(answer)
    }
}

impl Drop for Jdk {
    fn drop(&mut self) {
        // It ends by itself when its input closes; a failure to end it leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
