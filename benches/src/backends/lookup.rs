//! A key's record by its thumbprint, from a thousand to a million records in PostgreSQL.

use keymanager::id::Thumbprint;
use keymanager::store::{KeyStore as _, Query, Schema, Select};
use keymanager_benches::contest::{Summary, median, say};
use keymanager_benches::rows::any_of;
use keymanager_benches::{Failure, must};

use crate::Size;
use crate::place::Place;

/// Lookups of one turn.
const TURN: u32 = 200;

pub(crate) fn run(place: &Place, size: Size, summary: &mut Summary) -> Result<(), Failure> {
    let mut stores = Vec::new();
    for records in [1_000u32, 1_000_000] {
        let records = records.min(size.most_records);
        let database = place.server.database();
        let store = place.server.open(&database);
        store.prepare(Schema::KeyManager)?;
        // Base keys of one application, each with what takes as much room as a certificate and a wrapped key.
        let digest = "upper(encode(sha256(n::text::bytea), 'hex'))";
        place.server.sql(
            &database,
            &format!(
                "INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, cr_by, cr_dtimes, cert_thumbprint, uni_ident) \
                 SELECT lpad(n::text, 36, '0'), 'REGISTRATION', 'centre_' || n, '2026-01-01', '2029-01-01', 'SYSTEM', '2026-01-01', {digest}, substr({digest}, 1, 40) \
                 FROM generate_series(0, {}) n; \
                 INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes) \
                 SELECT id, 'master', repeat('k', 2000), repeat('c', 1500), 'SYSTEM', '2026-01-01' FROM keymgr.key_alias; \
                 ANALYZE keymgr.key_alias; ANALYZE keymgr.key_store",
                records.saturating_sub(1)
            ),
        );
        stores.push((records, store, any_of(records)));
    }
    let mut times: Vec<Vec<f64>> = stores.iter().map(|_| Vec::new()).collect();
    for _ in 0..size.rounds.saturating_add(1) {
        for ((_, store, any), times) in stores.iter().zip(&mut times) {
            let begun = std::time::Instant::now();
            for _ in 0..TURN {
                let thumbprint = must(thumbprint_of(any()));
                let found = must(store.find(Query::new(Select::KeysByThumbprint(thumbprint))));
                assert_eq!(found.records.len(), 1, "every thumbprint is there once");
            }
            times.push(begun.elapsed().as_secs_f64() / f64::from(TURN) * 1e6);
        }
    }
    // The first round fills the caches.
    let medians: Vec<f64> = times.iter().map(|times| median(times.get(1..).unwrap_or_default())).collect();
    let [(few, ..), (many, ..)] = stores.as_slice() else { return Err("there are two stores".into()) };
    let [of_few, of_many] = medians.as_slice() else { return Err("there are two medians".into()) };
    say(&format!("lookup by thumbprint: {of_few:.1} us in {few} records, {of_many:.1} us in {many}"));
    summary.limit(&format!("lookup-{many}-against-{few}"), "x", of_many / of_few, 1.5);
    Ok(())
}

/// The SHA-256 of the number as text, as the rows have it.
fn thumbprint_of(record: u32) -> keymanager::Result<Thumbprint> {
    let digest = keymanager::crypto::sha256(&crate::place::provider(), record.to_string().as_bytes())?;
    Thumbprint::from_hex(&hex::encode(digest))
}
