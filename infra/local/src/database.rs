//! The database on this machine: an emulator of the real one in this process, on a port of its own, talked to by the
//! real SDK.

mod snapshot;
mod table;
mod token;

use std::fmt;
use std::fs::{File, TryLockError};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use dynoxide::{Database, server};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use snapshot::Snapshot;
pub use table::{create_table, give_stream};

/// What the emulator keeps everything in, inside the directory given.
const FILE: &str = "tact.db";
/// Held while a process uses the directory.
const LOCK: &str = "tact.lock";
/// The emulator takes any region and any key; clients have to name some.
const REGION: &str = "us-east-1";

/// A running database. Everything acknowledged is in its file, if it has one, whenever the process ends.
pub struct Embedded {
    database: Database,
    endpoint: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), String>>,
    lock: Option<File>,
}

impl Embedded {
    /// Serves the database of a directory, made when absent, on a free port of 127.0.0.1; in memory when there is no
    /// directory.
    ///
    /// # Errors
    /// When the directory cannot be used, another process uses it, its file is not a database, or there is no port.
    pub async fn start(directory: Option<&Path>) -> Result<Self, DatabaseError> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), directory).await
    }

    /// The same, at an address of 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// As above, and when the port is taken.
    pub async fn start_at(address: SocketAddr, directory: Option<&Path>) -> Result<Self, DatabaseError> {
        let (database, lock) = match directory {
            None => (Database::memory().map_err(|error| DatabaseError::Memory(error.to_string()))?, None),
            Some(directory) => {
                let lock = lock(directory)?;
                (open(&directory.join(FILE))?, Some(lock))
            }
        };
        let listener = TcpListener::bind(address).await.map_err(|problem| DatabaseError::Port(address, problem))?;
        let endpoint =
            format!("http://{}", listener.local_addr().map_err(|problem| DatabaseError::Port(address, problem))?);
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server::serve_with_shutdown(listener, database.clone(), async {
            // A dropped sender stops the server as well.
            let _either_way = stopped.await;
        }));
        Ok(Self { database, endpoint, stop, served, lock })
    }

    /// Serves the database of a directory that is to have a stream, at an address of 127.0.0.1: what is written down of the stream is found by its number,
    /// however long it becomes.
    ///
    /// # Errors
    /// As above.
    pub async fn start_with_stream(address: SocketAddr, directory: &Path) -> Result<Self, DatabaseError> {
        std::fs::create_dir_all(directory)
            .map_err(|source| DatabaseError::Directory { path: directory.to_owned(), source })?;
        index_stream(&directory.join(FILE))?;
        Self::start_at(address, Some(directory)).await
    }

    /// The address for `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The database itself, for what the protocol of tables does not say: the stream of a table.
    pub fn handle(&self) -> &Database {
        &self.database
    }

    /// A client of this database, with keys that open nothing else.
    pub fn client(&self) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("local", "local", None, None, "this machine"))
            .endpoint_url(&self.endpoint)
            .interceptor(token::WithoutToken)
            .build();
        Client::from_conf(config)
    }

    /// Stops after the requests that are running, and lets go of the directory.
    ///
    /// # Errors
    /// When the server did not end well.
    pub async fn stop(self) -> Result<(), DatabaseError> {
        let _gone_already = self.stop.send(());
        let ended = self.served.await.map_err(|error| DatabaseError::Stop(error.to_string()))?;
        drop(self.lock);
        ended.map_err(DatabaseError::Stop)
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Embedded").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Why the database cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The directory cannot be made or written to.
    #[error("cannot use the data directory `{path}`: {source}; give a directory that may be written to", path = path.display())]
    Directory {
        /// The directory, as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to read in the directory.
    #[error("there is no table in `{path}`; give the directory of a `tact run --data`", path = .0.display())]
    Absent(PathBuf),
    /// Somebody else has the directory.
    #[error("the data directory `{path}` is in use by another tact; stop it, or give another directory", path = .0.display())]
    InUse(PathBuf),
    /// There is a file that is not a database of ours.
    #[error("cannot open the database `{path}`: {reason}; move it away to start with an empty one", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the emulator said.
        reason: String,
    },
    /// The database in memory could not be made.
    #[error("cannot make a database in memory: {0}")]
    Memory(String),
    /// No port on loopback.
    #[error(
        "cannot listen on {0} for DynamoDB: {1}; is another one running? `--port` moves all where there is that option"
    )]
    Port(SocketAddr, #[source] io::Error),
    /// The server did not end well.
    #[error("the database did not stop cleanly: {0}")]
    Stop(String),
    /// The table could not be made, or is not as needed.
    #[error("cannot use the table `{name}`: {reason}")]
    Table {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// Makes the directory and holds it against other processes: the file format itself would let two share it.
fn lock(directory: &Path) -> Result<File, DatabaseError> {
    let failed = |source| DatabaseError::Directory { path: directory.to_owned(), source };
    std::fs::create_dir_all(directory).map_err(failed)?;
    let lock = File::create(directory.join(LOCK)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(DatabaseError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The emulator looks for the last record of a stream, and for those after one, among all of them: with these it finds them.
const STREAM_INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS tact_stream ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS tact_stream_shard ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));";

fn index_stream(file: &Path) -> Result<(), DatabaseError> {
    let failed = |reason| DatabaseError::Unreadable { path: file.to_owned(), reason };
    let path = file.to_str().ok_or_else(|| failed("its path is not UTF-8".to_owned()))?;
    let storage = dynoxide::storage::Storage::new(path)
        .map_err(|_| failed("it is no database of tact, or it is damaged".to_owned()))?;
    storage.conn().execute_batch(STREAM_INDEXES).map_err(|error| failed(error.to_string()))
}

fn open(file: &Path) -> Result<Database, DatabaseError> {
    let failed = |reason| DatabaseError::Unreadable { path: file.to_owned(), reason };
    let path = file.to_str().ok_or_else(|| failed("its path is not UTF-8".to_owned()))?;
    // What the emulator says of a file that is none of its own is advice about features it was not built with.
    let database = Database::new(path).map_err(|_| failed("it is no database of tact, or it is damaged".to_owned()))?;
    // The emulator's ordinary settings, which it does not begin with: the file survives a loss of power, without waiting for the disk at
    // every commit. What was acknowledged survives the end of the process either way.
    database.disable_bulk_loading().map_err(|error| failed(error.to_string()))?;
    Ok(database)
}

#[cfg(test)]
mod tests;
