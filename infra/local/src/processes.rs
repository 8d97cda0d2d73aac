//! A function's binary as a process of its own, in the surroundings that Lambda would give it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// Where the clients of AWS look for the certificates of authorities, if the caller names one file.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// What a function's process talks to.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Where it takes invocations from.
    pub runtime_api: SocketAddr,
    /// The endpoint of DynamoDB.
    pub dynamodb: String,
    /// The endpoint of Kinesis.
    pub kinesis: String,
    /// The name of the table.
    pub table: String,
    /// The name of the stream of decisions.
    pub decision_log: String,
}

impl Surroundings {
    /// The environment of a function: what Lambda sets, what the template sets, and the endpoints. Keys open nothing.
    pub fn environment(&self, function: &str) -> Vec<(&'static str, String)> {
        let fixed = [
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.dynamodb),
            ("AWS_ENDPOINT_URL_KINESIS", &self.kinesis),
            ("TACT_TABLE", &self.table),
            ("TACT_DECISION_LOG", &self.decision_log),
        ];
        let mut environment: Vec<_> = fixed.into_iter().map(|(key, value)| (key, value.to_owned())).collect();
        environment.push(("AWS_LAMBDA_RUNTIME_API", self.runtime_api.to_string()));
        environment
    }
}

/// A running process of a function. It is killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    started: Instant,
}

impl Process {
    /// Starts a binary in an environment that holds nothing but `environment`, and the file of certificates if the caller has one.
    ///
    /// # Errors
    /// When the binary cannot be started.
    pub fn start(binary: &Path, environment: &[(&str, String)], out: Stdio, err: Stdio) -> Result<Self, ProcessError> {
        let failed = |source| ProcessError::of(binary, source);
        let mut command = Command::new(binary);
        command.env_clear().envs(environment.iter().map(|(key, value)| (*key, value)));
        if let Some(file) = std::env::var_os(CERTIFICATES) {
            command.env(CERTIFICATES, file);
        }
        let started = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).kill_on_drop(true).spawn().map_err(failed)?;
        Ok(Self { child, started })
    }

    /// When it was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The number the system knows it by; `None` once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it writes, if that goes into pipes and nobody took them before.
    pub fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits until it has ended, and answers how.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }
}

/// A binary that cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start `{binary}`: {source}; build it first, and give the directory it is in", binary = binary.display())]
pub struct ProcessError {
    binary: PathBuf,
    source: io::Error,
}

impl ProcessError {
    pub(crate) fn of(binary: &Path, source: io::Error) -> Self {
        Self { binary: binary.to_owned(), source }
    }
}
