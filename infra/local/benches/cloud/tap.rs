//! A listener between a function and what it calls: it passes everything on, and keeps when.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A tap on the way to a server.
pub(crate) struct Tap {
    address: SocketAddr,
    passed: Arc<Mutex<Vec<Instant>>>,
}

/// The most bytes passed on at once.
const BYTES: usize = 16 * 1024;

impl Tap {
    /// Stands in front of a server.
    pub(crate) async fn before(endpoint: &str) -> io::Result<Self> {
        let server = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let passed = Arc::<Mutex<Vec<Instant>>>::default();
        let kept = Arc::clone(&passed);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let _slower = (caller.set_nodelay(true), server.set_nodelay(true));
                tokio::spawn(pass(caller, server, Arc::clone(&kept)));
            }
        });
        Ok(Self { address, passed })
    }

    /// What a client is to be given.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// When something was passed on since this was last asked, in order.
    pub(crate) fn take(&self) -> Vec<Instant> {
        std::mem::take(&mut self.passed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Passes on in both directions until one side ends.
async fn pass(mut caller: TcpStream, mut server: TcpStream, kept: Arc<Mutex<Vec<Instant>>>) {
    let (mut question, mut answer) = (vec![0; BYTES], vec![0; BYTES]);
    loop {
        let passed = tokio::select! {
            read = caller.read(&mut question) => on(read, &question, &mut server).await,
            read = server.read(&mut answer) => on(read, &answer, &mut caller).await,
        };
        if passed.is_none() {
            return;
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
    }
}

async fn on(read: io::Result<usize>, bytes: &[u8], to: &mut TcpStream) -> Option<()> {
    let read = bytes.get(..read.ok()?).filter(|read| !read.is_empty())?;
    to.write_all(read).await.ok()
}
