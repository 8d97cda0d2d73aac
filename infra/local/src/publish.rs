//! Publishing: a catalogue is uploaded to the table, and then put in force with one write. The next batch of every function decides with it.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use tact_aws::DynamoStore;
use tact_decide::Catalogue;
use tact_pipeline::{Process, PublishError, Store, Versions};

use crate::database::{DatabaseError, Embedded, create_table};
use crate::stack::TABLE;

/// Where a catalogue is put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The table that a run keeps in this directory.
    Directory(PathBuf),
    /// The table of a deployment.
    Table {
        /// Its name.
        name: String,
        /// Where it is reached; `None` is the region's own address.
        endpoint: Option<String>,
    },
}

/// What is put in force.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A catalogue that may not be in the table yet.
    Catalogue(Box<Catalogue>),
    /// One that is, by its hash.
    Hash(String),
}

/// What publishing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The hash of the catalogue that is in force now.
    pub hash: String,
    /// The hash of the one before it; `None` when each function decided with the catalogue of its build.
    pub former: Option<String>,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum CannotPublish {
    /// The table in a directory cannot be opened.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The catalogue was not put in force.
    #[error("nothing was published: {0}")]
    Refused(#[from] PublishError),
    /// The environment lacks what opens the table of a deployment.
    #[error("set in the environment: `{}`", .0.join("`, `"))]
    Environment(Vec<&'static str>),
}

/// Puts a catalogue in force in a table, unless it is the one that functions are built with: they decide with that anyway.
///
/// # Errors
/// When the table cannot be written.
pub(crate) async fn unless_own(store: &DynamoStore, catalogue: &Catalogue) -> Result<(), PublishError> {
    if tact_aws::catalogue().is_ok_and(|own| own.hash == catalogue.hash) {
        return Ok(());
    }
    let wanted = Wanted::Catalogue(Box::new(catalogue.clone()));
    publish(store, &Process::named("run"), &wanted).await.map(|_| ())
}

impl Place {
    /// Puts what is wanted in force here.
    ///
    /// # Errors
    /// When the table cannot be reached, when it holds no such catalogue, or when somebody else published at the same time.
    pub async fn publish(&self, wanted: &Wanted) -> Result<Published, CannotPublish> {
        let process = Process::named(&format!("publish/{}/{:?}", std::process::id(), std::time::SystemTime::now()));
        match self {
            Self::Directory(directory) => {
                let database = Embedded::start(Some(directory)).await?;
                create_table(&database.client(), TABLE).await?;
                let store = DynamoStore::new(database.client(), TABLE.to_owned());
                let published = publish(&store, &process, wanted).await;
                database.stop().await?;
                Ok(published?)
            }
            Self::Table { name, endpoint } => {
                let store = DynamoStore::new(client(endpoint.as_deref())?, name.clone());
                Ok(publish(&store, &process, wanted).await?)
            }
        }
    }
}

impl fmt::Display for Place {
    /// As the command line takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(directory) => write!(f, "--data {}", directory.display()),
            Self::Table { name, endpoint: None } => write!(f, "--table {name}"),
            Self::Table { name, endpoint: Some(endpoint) } => write!(f, "--table {name} --endpoint {endpoint}"),
        }
    }
}

/// Puts what is wanted in force in a table.
///
/// # Errors
/// When the table fails or holds no such catalogue, or when somebody else published at the same time.
pub async fn publish(store: &impl Store, process: &Process, wanted: &Wanted) -> Result<Published, PublishError> {
    let hash = match wanted {
        Wanted::Hash(hash) => hash.clone(),
        Wanted::Catalogue(catalogue) => {
            Versions::of(catalogue.as_ref().clone()).publish(store).await?;
            catalogue.hash.clone()
        }
    };
    let former = Versions::put_in_force(store, process, &hash).await?;
    Ok(Published { hash, former })
}

/// The catalogue in force in the table that a run keeps in a directory; `otherwise` when none was ever put in force there.
///
/// # Errors
/// When the table cannot be opened.
pub async fn in_force(directory: &Path, otherwise: Catalogue) -> Result<Catalogue, DatabaseError> {
    let database = Embedded::start(Some(directory)).await?;
    create_table(&database.client(), TABLE).await?;
    let store = DynamoStore::new(database.client(), TABLE.to_owned());
    let found = Versions::of(otherwise).in_force(&store).await;
    database.stop().await?;
    Ok(found.catalogue.as_ref().clone())
}

/// A client of a deployment's table, opened by what a function's environment has: `AWS_REGION` and a key.
fn client(endpoint: Option<&str>) -> Result<Client, CannotPublish> {
    let value = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let needed = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let missing: Vec<_> = needed.into_iter().filter(|name| value(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(CannotPublish::Environment(missing));
    }
    let [region, id, secret] = needed.map(|name| value(name).unwrap_or_default());
    let credentials = Credentials::new(id, secret, value("AWS_SESSION_TOKEN"), None, "environment");
    let mut builder = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(credentials);
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    Ok(Client::from_conf(builder.build()))
}
