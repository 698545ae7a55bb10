//! A server on a thread of its own, for tests and measurements.

use crate::{Host, Settings, Stopper};
use std::io;
use std::net::SocketAddr;
use std::thread::JoinHandle;

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stopper: Stopper,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    /// Starts a server; port 0 takes a free one.
    ///
    /// # Errors
    /// What stands in the way, as a sentence.
    pub fn start(settings: Settings) -> Result<Running, String> {
        let host = Host::start(settings)?;
        let (address, stopper) = (host.address(), host.stopper());
        Ok(Running { address, stopper, thread: Some(std::thread::spawn(move || host.run())) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it and says how it ended.
    ///
    /// # Errors
    /// When the loop failed or panicked, or the closing snapshot could not be stored.
    pub fn stop(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        self.stopper.stop();
        let ended = self.thread.take().map(JoinHandle::join);
        ended.unwrap_or(Ok(Ok(()))).unwrap_or_else(|_| Err(io::Error::other("the server panicked")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("server: {error}");
        }
    }
}
