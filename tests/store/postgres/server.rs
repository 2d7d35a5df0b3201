//! A PostgreSQL server of the tests' own: in a temporary folder, on loopback, gone when the test's process is.
#![allow(dead_code, reason = "several tests share it, and each uses a part")]

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use keymanager::secret::SecretBytes;
use keymanager::store::postgres::{PostgresAddress, PostgresOptions, PostgresStore};

pub(crate) const USER: &str = "keymgruser";
pub(crate) const PASSWORD: &str = "throwaway-pg-hunter2";

/// Starts the server and waits for the end of its input, which comes when whoever started it ends in any way. Then the
/// folder goes too, unless the server was to come back.
const GUARD: &str = r#""$1" -D "$2" -k "$2" >"$2/log" 2>&1 & server=$!; cat >/dev/null; kill -QUIT $server 2>/dev/null; wait; [ -e "$2/keep" ] || rm -rf "${2%/d}""#;

#[derive(Debug)]
pub(crate) struct Server {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    guard: Mutex<Option<Child>>,
    databases: AtomicU32,
}

/// The server that tests share that do it no harm.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start)
}

impl Server {
    /// A new server with a role of the service's name, and TLS under a certificate for `localhost`.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// The same with more lines in its configuration.
    pub(crate) fn start_with(settings: &str) -> Self {
        let server = Self::in_a_new_folder();
        let (data, port) = (server.data(), server.port);
        ok(server
            .tool("initdb")
            .args(["-N", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D"])
            .arg(&data));
        server.certificates();
        server.configure(&format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nfsync = off\nmax_connections = 300\nssl = on\n\
             ssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n{settings}"
        ));
        let access = "local all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(data.join("pg_hba.conf"), access).unwrap();
        server.up();
        server.sql("postgres", &format!("CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'"));
        server
    }

    /// A standby of this server, with more lines in its configuration than the server has.
    pub(crate) fn standby(&self, settings: &str) -> Self {
        let standby = Self::in_a_new_folder();
        let mut backup = standby.tool("pg_basebackup");
        backup.args(["-R", "-X", "stream", "-c", "fast", "-N", "-U", "postgres", "-h"]).arg(self.data());
        ok(backup.args(["-p", &self.port.to_string(), "-D"]).arg(standby.data()));
        standby.configure(&format!("port = {}\n{settings}", standby.port));
        standby.up();
        standby
    }

    fn in_a_new_folder() -> Self {
        let folder = tempfile::Builder::new().prefix("kmpg").tempdir_in("/tmp").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if is_root() {
            ok(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        Self { folder, port, guard: Mutex::default(), databases: AtomicU32::new(0) }
    }

    fn configure(&self, settings: &str) {
        let mut file = std::fs::OpenOptions::new().append(true).open(self.data().join("postgresql.conf")).unwrap();
        file.write_all(settings.as_bytes()).unwrap();
    }

    /// Changes settings while the server runs.
    pub(crate) fn set(&self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.sql("postgres", &format!("ALTER SYSTEM SET {name} = {value}"));
        }
        self.sql("postgres", "SELECT pg_reload_conf()");
    }

    /// Starts the server, and waits until it answers.
    pub(crate) fn up(&self) {
        let mut guard = as_user("sh");
        guard.args(["-c", GUARD, "sh"]).arg(program("postgres")).arg(self.data());
        *self.guard.lock().unwrap() = Some(guard.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap());
        // It says itself when it is ready; the loop only bounds how often it is asked.
        for _ in 0..600 {
            let asked = self
                .tool("pg_isready")
                .args(["-q", "-h"])
                .arg(self.data())
                .arg("-p")
                .arg(self.port.to_string())
                .status();
            if asked.unwrap().success() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{}", std::fs::read_to_string(self.data().join("log")).unwrap());
    }

    /// Ends the server at once, as a crash does.
    pub(crate) fn crash(&self) {
        std::fs::write(self.data().join("keep"), "").unwrap();
        ok(self.tool("pg_ctl").args(["stop", "-w", "-m", "immediate", "-D"]).arg(self.data()));
        self.end_guard();
    }

    /// Kills every process of the server with SIGKILL, the first one first.
    pub(crate) fn kill(&self) {
        std::fs::write(self.data().join("keep"), "").unwrap();
        self.signal(rustix::process::Signal::KILL);
        self.end_guard();
    }

    /// Stops every process of the server where it is; what it is sent is taken by the machine.
    pub(crate) fn stop(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets the processes go on.
    pub(crate) fn go_on(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let first = pid.lines().next().unwrap().parse().unwrap();
        let send = |pid| {
            // One that is gone already needs none.
            let _ = rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal);
        };
        // The first one starts the others.
        send(first);
        children_of(first).into_iter().for_each(send);
    }

    /// Makes a standby the primary, and waits until it takes writes.
    pub(crate) fn promote(&self) {
        ok(self.tool("pg_ctl").args(["promote", "-w", "-D"]).arg(self.data()));
    }

    fn end_guard(&self) {
        if let Some(mut guard) = self.guard.lock().unwrap().take() {
            drop(guard.stdin.take());
            guard.wait().unwrap();
        }
    }

    /// A new database of the service's role.
    pub(crate) fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::SeqCst);
        let name = format!("keymgr_{}_{number}", std::process::id());
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {USER}"));
        name
    }

    /// A new database of the service's role with what `template` has, which nobody uses now.
    pub(crate) fn copy_of(&self, template: &str) -> String {
        let name = format!("{template}_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {USER} TEMPLATE {template}"));
        name
    }

    /// Runs SQL as the superuser; answers unaligned rows.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        String::from_utf8(ok(self.psql(database).args(["-c", sql])).stdout).unwrap().trim_end().to_owned()
    }

    /// Makes the superuser the owner of the schema and its tables, and leaves the service's role these rights on them.
    pub(crate) fn take_over(&self, database: &str, rights: &str) {
        self.sql(
            database,
            &format!(
                "DO $$ DECLARE one record; BEGIN ALTER SCHEMA keymgr OWNER TO postgres;
                 FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'keymgr' LOOP
                 EXECUTE format('ALTER TABLE keymgr.%I OWNER TO postgres', one.tablename); END LOOP; END $$;
                 GRANT USAGE ON SCHEMA keymgr TO {USER}; GRANT {rights} ON ALL TABLES IN SCHEMA keymgr TO {USER}"
            ),
        );
    }

    /// Runs a file of SQL as the superuser.
    pub(crate) fn load(&self, database: &str, text: &str) {
        let mut child =
            self.psql(database).args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = self.tool("psql");
        psql.args(["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"]).arg(self.data());
        psql.args(["-p", &self.port.to_string(), "-d", database]);
        psql
    }

    /// The address of a database on this server, over the network interface of this machine.
    pub(crate) fn address(&self, database: &str, parameters: &str) -> PostgresAddress {
        let port = self.port;
        PostgresAddress::parse(&format!("postgresql://{USER}@127.0.0.1:{port}/{database}?{parameters}")).unwrap()
    }

    pub(crate) fn open(&self, database: &str) -> PostgresStore {
        open(self.address(database, "sslmode=disable"), PASSWORD).unwrap()
    }

    /// The same as the superuser, through the server's socket.
    pub(crate) fn open_as_owner(&self, database: &str) -> PostgresStore {
        let (folder, port) = (self.data(), self.port);
        let folder = folder.to_str().unwrap().replace('/', "%2F");
        let address = PostgresAddress::parse(&format!("postgresql://postgres@{folder}/{database}?port={port}"));
        PostgresStore::open(address.unwrap(), None, PostgresOptions::default()).unwrap()
    }

    /// The authority that issued the server's certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("d")
    }

    /// A program of PostgreSQL, run as a user that it does not refuse.
    fn tool(&self, name: &str) -> Command {
        let mut command = as_user(program(name));
        command.current_dir(self.folder.path());
        command
    }

    fn certificates(&self) {
        let folder = self.folder.path();
        let openssl = |arguments: &str| {
            let mut command = as_user("openssl");
            command.args(arguments.split(' ')).current_dir(folder);
            ok(&mut command);
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
        openssl(&format!("req -x509 {key} -subj /CN=test-authority -keyout ca.key -out ca.pem"));
        openssl(&format!(
            "req -x509 {key} -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
             -CA ca.pem -CAkey ca.key -keyout d/server.key -out d/server.pem"
        ));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that is stopped does not end when it is told to.
        if self.data().join("postmaster.pid").exists() {
            self.go_on();
        }
        self.end_guard();
    }
}

pub(crate) fn open(address: PostgresAddress, password: &str) -> keymanager::Result<PostgresStore> {
    open_with(address, password, PostgresOptions::default())
}

pub(crate) fn open_with(
    address: PostgresAddress,
    password: &str,
    options: PostgresOptions,
) -> keymanager::Result<PostgresStore> {
    PostgresStore::open(address, Some(SecretBytes::copy_from(password.as_bytes())), options)
}

/// The processes that this one started.
fn children_of(parent: i32) -> Vec<i32> {
    let parent_of = |pid: i32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse::<i32>().ok())
    };
    let all = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    all.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The server and its tools refuse to run as root.
pub(crate) fn as_user(program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

/// Where Debian has the programs of the newest release; else the search path.
fn program(name: &str) -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> =
        folders.map(|folder| folder.path().join("bin").join(name)).filter(|path| path.exists()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| Path::new(name).to_path_buf())
}

fn ok(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
