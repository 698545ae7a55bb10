//! Where clients come in, and the two kinds of sockets they come on.

use mio::event::Source;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A client's socket.
#[derive(Debug)]
pub enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(mio::net::UnixStream),
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for Socket {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.register(registry, token, interests),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.register(registry, token, interests),
        }
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.reregister(registry, token, interests),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.reregister(registry, token, interests),
        }
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.deregister(registry),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.deregister(registry),
        }
    }
}

/// A client that has just come.
#[derive(Debug)]
pub struct Visitor {
    pub socket: Socket,
    /// Both ends as CLIENT LIST shows them.
    pub peer: String,
    pub local: String,
    /// Whether it comes from this machine.
    pub is_local: bool,
}

/// One place where clients come in.
#[derive(Debug)]
pub enum Listener {
    Tcp(TcpListener, SocketAddr),
    #[cfg(unix)]
    Unix(mio::net::UnixListener, String),
}

impl Listener {
    /// Listens on a TCP port.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn tcp(address: SocketAddr) -> io::Result<Listener> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        Ok(Listener::Tcp(listener, address))
    }

    /// Listens on a socket of the file system, in place of what was left there.
    ///
    /// # Errors
    /// When that is not possible.
    #[cfg(unix)]
    pub fn unix(path: &str, permissions: u32) -> io::Result<Listener> {
        use std::os::unix::fs::PermissionsExt;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = mio::net::UnixListener::bind(path)?;
        if permissions != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(permissions))?;
        }
        Ok(Listener::Unix(listener, path.to_string()))
    }

    /// There are no such sockets on this system.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(unix))]
    pub fn unix(_path: &str, _permissions: u32) -> io::Result<Listener> {
        Err(io::Error::new(ErrorKind::Unsupported, "this system has no unix sockets"))
    }

    /// Takes the next client that waits; `None` when there is none.
    ///
    /// # Errors
    /// When a client waits and cannot be taken.
    pub fn accept(&self) -> io::Result<Option<Visitor>> {
        match self.accept_blocking() {
            Ok(visitor) => Ok(Some(visitor)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn accept_blocking(&self) -> io::Result<Visitor> {
        match self {
            Listener::Tcp(listener, address) => {
                let (stream, peer) = listener.accept()?;
                // Small replies are not to wait for each other.
                stream.set_nodelay(true)?;
                let local = stream.local_addr().unwrap_or(*address);
                let (peer, local) = (canonical(peer), canonical(local));
                Ok(Visitor {
                    socket: Socket::Tcp(stream),
                    peer: peer.to_string(),
                    local: local.to_string(),
                    is_local: peer.ip().is_loopback(),
                })
            }
            #[cfg(unix)]
            Listener::Unix(listener, path) => {
                let (stream, _) = listener.accept()?;
                let name = format!("{path}:0");
                Ok(Visitor { socket: Socket::Unix(stream), peer: name.clone(), local: name, is_local: true })
            }
        }
    }
}

impl Source for Listener {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Listener::Tcp(listener, _) => listener.register(registry, token, interests),
            #[cfg(unix)]
            Listener::Unix(listener, _) => listener.register(registry, token, interests),
        }
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Listener::Tcp(listener, _) => listener.reregister(registry, token, interests),
            #[cfg(unix)]
            Listener::Unix(listener, _) => listener.reregister(registry, token, interests),
        }
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        match self {
            Listener::Tcp(listener, _) => listener.deregister(registry),
            #[cfg(unix)]
            Listener::Unix(listener, _) => listener.deregister(registry),
        }
    }
}

/// An IPv4 client of an IPv6 socket goes by its IPv4 address.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Listens on every address of the `bind` setting: `*` and `::*` are all of IPv4 and of IPv6, and one with a minus
/// before it may be missing.
///
/// # Errors
/// The address that cannot be listened on, and why.
pub fn bind_all(bind: &str, port: u16) -> Result<Vec<Listener>, String> {
    let words: Vec<&str> = if bind.is_empty() { vec!["*"] } else { bind.split(' ').collect() };
    let has = |wanted: &str| words.iter().any(|word| word.trim_start_matches('-') == wanted);
    let mut listeners = Vec::new();
    // Listening on all of IPv6 is listening on all of IPv4 too, where there is IPv6 at all.
    let everywhere = has("*") && has("::*");
    if everywhere && let Ok(listener) = Listener::tcp(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)) {
        listeners.push(listener);
    }
    let served = !listeners.is_empty();
    for word in words {
        let is_optional = word.starts_with('-');
        let name = word.trim_start_matches('-');
        if everywhere && (name == "::*" || (name == "*" && served)) {
            continue;
        }
        let outcome = address(name).ok_or(ErrorKind::AddrNotAvailable.into());
        match outcome.and_then(|ip| Listener::tcp(SocketAddr::new(ip, port))) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_optional && error.kind() == ErrorKind::AddrNotAvailable => {}
            Err(error) => return Err(format!("cannot listen on {name}:{port}: {error}")),
        }
    }
    Ok(listeners)
}

fn address(name: &str) -> Option<IpAddr> {
    match name {
        "*" => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        "::*" => Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        name => name.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_bind_setting() {
        assert_eq!(bind_all("127.0.0.1 -::1", 0).map(|listeners| listeners.is_empty()), Ok(false));
        assert_eq!(bind_all("-192.0.2.77", 0).map(|listeners| listeners.len()), Ok(0));
        assert!(bind_all("192.0.2.77", 0).is_err_and(|error| error.starts_with("cannot listen on 192.0.2.77:0")));
        assert!(bind_all("no such address", 0).is_err());
        assert_eq!(bind_all("* -::*", 0).map(|listeners| listeners.len()), Ok(1));
        let v4 = "[::ffff:10.1.2.3]:5".parse().expect("an address");
        assert_eq!(canonical(v4).to_string(), "10.1.2.3:5");
    }
}
