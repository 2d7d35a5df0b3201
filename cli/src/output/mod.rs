//! The only place that prints: JSON documents for machines, text for people, errors for both.

pub(crate) mod json;
mod json_migration;
mod json_simulate;
mod json_token;
mod style;
mod table;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::CommandFactory as _;
use keymanager::time::Timestamp;
use keymanager::{Code, Error};
use serde::Serialize;

use crate::args::{Cli, Global, When};

pub(crate) use style::{Colour, Style, clean};
pub(crate) use table::{Cell, Table};

/// A failed command: the error, and what to do next when the table's sentence is not the best one.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    error: Error,
    next: Option<String>,
    silent: bool,
    status: Option<u8>,
}

impl Failure {
    /// A failure of `code` with a sentence that names what was wrong.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Error::new(code, message.into()).into()
    }

    /// The same failure with another sentence on what to do next.
    pub(crate) fn with_next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// The error, for where there is no room for what to do next.
    pub(crate) fn error(&self) -> &Error {
        &self.error
    }

    /// The row of the error table.
    pub(crate) fn code(&self) -> Code {
        self.error.code()
    }

    /// Standard output could not be written. A reader that went away (`| head`) is told nothing more.
    pub(crate) fn stdout(error: &io::Error) -> Self {
        let silent = error.kind() == io::ErrorKind::BrokenPipe;
        let error = Error::new(Code::FileFailed, format!("cannot write standard output: {error}"));
        Self { error, next: None, silent, status: None }
    }

    /// What was reported already, on standard output, ends the program with this exit status and nothing more is said.
    pub(crate) fn reported(status: u8) -> Self {
        let error = Error::new(Code::RecordDamaged, "the report names what is left");
        Self { error, next: None, silent: true, status: Some(status) }
    }

    fn next(&self) -> &str {
        self.next.as_deref().unwrap_or(self.error.code().next())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, next: None, silent: false, status: None }
    }
}

/// How to print.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    progress: bool,
    stdout: Style,
    stderr: Style,
    now: OnceLock<Timestamp>,
}

impl Output {
    /// As the options and the terminal say.
    pub(crate) fn new(options: &Global) -> Self {
        let colour = |terminal: bool| {
            let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
                || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
            Style::new(options.color == When::Auto && terminal && !plain)
        };
        let stderr_terminal = io::stderr().is_terminal();
        Self {
            json: options.json,
            quiet: options.quiet,
            progress: options.progress == When::Auto && stderr_terminal && !options.quiet && options.verbose == 0,
            stdout: colour(io::stdout().is_terminal()),
            stderr: colour(stderr_terminal),
            now: OnceLock::new(),
        }
    }

    /// Whether the output is one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether progress is to be drawn.
    pub(crate) fn shows_progress(&self) -> bool {
        self.progress
    }

    /// Says in everything that follows that the clock is not the system's.
    pub(crate) fn set_fake_clock(&self, now: Timestamp) {
        if self.now.set(now).is_ok() && !self.json {
            write_stderr(&format!("{} {now}, as --now says", self.stderr.paint(Colour::Yellow, "clock:")));
        }
    }

    /// The result of a command: the JSON document, or the text.
    pub(crate) fn emit(&self, document: &impl Serialize, text: impl FnOnce(Style) -> String) -> Result<(), Failure> {
        if self.json { self.document(document) } else { write_stdout(text(self.stdout).as_bytes()) }
    }

    /// The result of a command that people need only to be told of: the JSON document, or the text unless `--quiet`.
    pub(crate) fn report(&self, document: &impl Serialize, text: impl FnOnce(Style) -> String) -> Result<(), Failure> {
        if self.quiet && !self.json { Ok(()) } else { self.emit(document, text) }
    }

    /// A remark for people, on standard error unless `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            write_stderr(&format!("{} {text}", self.stderr.paint(Colour::Dim, "note:")));
        }
    }

    /// Draws a line of progress over the one before.
    pub(crate) fn draw_progress(&self, line: &str) {
        let mut stderr = io::stderr().lock();
        // A terminal that went away is no reason to stop working.
        let _ = write!(stderr, "\r\x1b[2K{}", self.stderr.paint(Colour::Dim, line));
        let _ = stderr.flush();
    }

    /// Removes the line of progress.
    pub(crate) fn clear_progress(&self) {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[2K");
        let _ = stderr.flush();
    }

    /// Prints a failure and gives its exit status.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        if failure.silent {
        } else if self.json {
            // When standard output itself fails, the exit status is all that is left to say it with.
            let _ = self.document(&json::ErrorDocument::new(&failure.error, failure.next()));
        } else {
            let code = failure.error.code();
            let known_as = match code.mosip_code() {
                Some(mosip) => format!("{} {}, {mosip}", code.number(), code.name()),
                None => format!("{} {}", code.number(), code.name()),
            };
            let style = self.stderr;
            write_stderr(&format!(
                "{} {} {}\n{} {}",
                style.paint(Colour::Red, "error:"),
                failure.error,
                style.paint(Colour::Dim, &format!("({known_as})")),
                style.paint(Colour::Cyan, " next:"),
                failure.next(),
            ));
        }
        ExitCode::from(failure.status.unwrap_or(failure.error.code().exit_status()))
    }

    fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        let document = json::WithClock { document, now: self.now.get().map(|now| now.to_rfc3339()) };
        let text = if io::stdout().is_terminal() {
            serde_json::to_string_pretty(&document)
        } else {
            serde_json::to_string(&document)
        };
        let mut text = text.map_err(|_| Failure::from(Error::internal("a JSON document could not be written")))?;
        text.push('\n');
        write_stdout(text.as_bytes())
    }
}

/// Prints what the argument parser answers: help on standard output, or a usage error.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    let json = std::env::args_os().skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json");
    if !error.use_stderr() || !json {
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    let text = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "a command is missing".to_owned()
    } else {
        let text = error.render().to_string();
        let text = text.split("\n\n").next().unwrap_or_default();
        text.trim_start_matches("error:").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let global = Cli::command().get_name().to_owned();
    let next = format!("Run `{global} --help`, or `--help` after the command.");
    let failure = Failure::new(Code::InvalidArgument, text).with_next(next);
    let document = json::ErrorDocument::new(&failure.error, failure.next());
    if let Ok(text) = serde_json::to_string(&document) {
        let _ = write_stdout(format!("{text}\n").as_bytes());
    }
    ExitCode::from(2)
}

/// Sends the library's log events to standard error; at `-v` information, at `-vv` everything.
pub(crate) fn start_logs(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing::Level::INFO,
        _ => tracing::Level::TRACE,
    };
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_ansi(false).finish();
    // It can only be set once, and it is set here only.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Writes a result that is not text, such as an envelope, to standard output.
pub(crate) fn write_stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| Failure::stdout(&error))
}

/// A warning on standard error, which no option silences.
pub(crate) fn warn(text: &str) {
    write_stderr(&format!("warning: {text}"));
}

fn write_stderr(text: &str) {
    // There is nowhere left to report a failure of standard error.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
