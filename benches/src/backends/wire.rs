//! How often a decryption waits for the database: counted on the wire.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keymanager_benches::Failure;
use keymanager_benches::contest::Summary;

use crate::place::{Place, decrypt};

/// Decryptions that are counted.
const COUNT: u64 = 100;

pub(crate) fn round_trips(place: &Place, summary: &mut Summary) -> Result<(), Failure> {
    let trips = Arc::new(AtomicU64::new(0));
    let port = counting(place.server.port, &trips)?;
    for (job, keys) in [("decrypt-round-trips", 0), ("decrypt-round-trips-key-cache", 100)] {
        let manager = place.through(port, keys)?;
        // Connections and prepared statements are made once.
        (0..8).for_each(|_| decrypt(&manager, place));
        let before = trips.load(Ordering::SeqCst);
        (0..COUNT).for_each(|_| decrypt(&manager, place));
        let counted = trips.load(Ordering::SeqCst).saturating_sub(before);
        summary.limit(job, "round trips", crate::figure(counted) / crate::figure(COUNT), 1.0);
    }
    Ok(())
}

/// A port that leads to the server, and counts each time a client speaks after it was answered.
fn counting(to: u16, trips: &Arc<AtomicU64>) -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let trips = Arc::clone(trips);
    // It ends with the process.
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            // The kernel must not hold back what is small.
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let answered = Arc::new(AtomicBool::new(true));
            let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { continue };
            let (trips, spoke) = (Arc::clone(&trips), Arc::clone(&answered));
            std::thread::spawn(move || {
                pass(from_client, server, || {
                    if spoke.swap(false, Ordering::SeqCst) {
                        trips.fetch_add(1, Ordering::SeqCst);
                    }
                });
            });
            std::thread::spawn(move || pass(from_server, client, || answered.store(true, Ordering::SeqCst)));
        }
    });
    Ok(port)
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut seen: impl FnMut()) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        seen();
        let Some(part) = buffer.get(..length) else { break };
        if to.write_all(part).is_err() {
            break;
        }
    }
    // The other side ends with this one; it may have ended already.
    let _ = to.shutdown(Shutdown::Write);
}
