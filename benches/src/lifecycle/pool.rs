//! The first use of a reference id out of the key pool, against the bare signature and the bare commit that it cannot do
//! without, and against a key that is generated.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use keymanager::id::{AppId, KeyScope};
use keymanager::manager::KeyManager;
use keymanager::progress::NoProgress;
use keymanager::random::KeySource as _;
use keymanager::store::sqlite::SqliteStore;
use keymanager_benches::contest::{Summary, median, say};
use keymanager_benches::{Failure, must};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::Size;
use crate::world::{KeptKeys, key_file, make_masters, manager};

/// The application with a pool, and the one without.
const POOLED: &str = "REGISTRATION";
const PLAIN: &str = "PMS";
/// First uses of the application without a pool: each takes as long as a key to generate.
const GENERATED: u32 = 20;
/// About as many bytes as the signed part of a Base certificate has.
const SIGNED_LEN: usize = 720;

pub(crate) fn run(size: Size, summary: &mut Summary) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let keys = KeptKeys::new()?;
    let path = folder.path().join("keymanager.db");
    let store = Arc::new(SqliteStore::create(&path)?);
    let master = key_file(folder.path(), &keys)?;
    let filler = manager(Arc::clone(&store) as _, Arc::clone(&master), Some(&keys))?;
    make_masters(&filler, &[POOLED, PLAIN])?;
    let begun = Instant::now();
    filler.fill_pool(&AppId::new(POOLED)?, size.first_uses, &NoProgress)?;
    let each = begun.elapsed().as_secs_f64() / f64::from(size.first_uses) * 1e3;
    say(&format!("pool: {} kept keys wrapped, signed and committed, {each:.2} ms each", size.first_uses));

    let bare_path = folder.path().join("bare.db");
    drop(SqliteStore::create(&bare_path)?);
    let (mut bare, aliases) = bare_store(&bare_path, &path)?;
    let signer = must(RsaKeyPair::from_pkcs8(keys.rsa_pkcs8(2048)?.expose()));
    // Base keys come from the provider here: one that is not from the pool would be seen at once.
    let ours = manager(store, master, None)?;
    let mut first_uses = Vec::new();
    let mut signatures = Vec::new();
    let mut commits = Vec::new();
    let (mut number, mut at) = (0u32, 0usize);
    for alias in &aliases {
        for step in 0..3usize {
            // The order turns, so that nobody always runs after the same neighbour.
            match at.wrapping_add(step).checked_rem(3) {
                Some(0) => first_uses.push(first_use(&ours, POOLED, number)?),
                Some(1) => signatures.push(sign(&signer)),
                _ => commits.push(commit(&mut bare, alias, number)?),
            }
        }
        number = number.wrapping_add(1);
        at = at.wrapping_add(1);
    }
    let pool = ours.pool()?;
    if pool.iter().map(|pool| pool.used).sum::<u64>() != u64::from(size.first_uses) {
        return Err(format!("not every key came from the pool: {pool:?}").into());
    }
    let bare: Vec<f64> = signatures.iter().zip(&commits).map(|(signature, commit)| signature + commit).collect();
    for (name, times) in [("first use", &first_uses), ("signature", &signatures), ("commit", &commits)] {
        say(&format!(
            "pool: {name} median {:.3} ms, p99 {:.3} ms, most {:.3} ms (wall)",
            median(times),
            percentile(times, 99),
            percentile(times, 100)
        ));
    }
    summary.limit(
        "key-pool-p99-beyond-signature-and-commit",
        "ms",
        percentile(&first_uses, 99) - percentile(&bare, 99),
        2.0,
    );
    summary.limit("key-pool-median-beyond-signature-and-commit", "ms", median(&first_uses) - median(&bare), 2.0);
    let mut generated = Vec::new();
    for number in 0..GENERATED {
        generated.push(first_use(&ours, PLAIN, number)?);
    }
    let detail = format!("(median of {GENERATED} generated: {:.1} ms, wall)", median(&generated));
    let ratio = median(&generated) / median(&first_uses);
    summary.ratio("first-use", "pool", "generated", ratio, None, &detail);
    Ok(())
}

/// Milliseconds of the wall for the certificate of a new reference id.
fn first_use(manager: &KeyManager, app: &str, number: u32) -> Result<f64, Failure> {
    let scope = KeyScope::new(app, format!("centre_{number}"))?;
    let begun = Instant::now();
    let current = manager.certificate(&scope)?;
    let took = begun.elapsed();
    if !current.generated {
        return Err("the key was there already".into());
    }
    Ok(took.as_secs_f64() * 1e3)
}

/// Milliseconds of the wall for a bare signature of AWS-LC.
fn sign(signer: &RsaKeyPair) -> f64 {
    let (message, mut signature) = ([7; SIGNED_LEN], vec![0; 256]);
    let begun = Instant::now();
    must(signer.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature));
    begun.elapsed().as_secs_f64() * 1e3
}

/// A store with the same pool, opened bare and set as ours is.
fn bare_store(path: &Path, ours: &Path) -> Result<(Connection, Vec<String>), Failure> {
    let bare = Connection::open(path)?;
    bare.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -4000;",
    )?;
    bare.execute("ATTACH ?1 AS ours", [ours.to_str().ok_or("a path that is no text")?])?;
    bare.execute("INSERT INTO main.km_key_pool SELECT * FROM ours.km_key_pool", [])?;
    bare.execute("DETACH ours", [])?;
    let aliases = bare
        .prepare("SELECT alias FROM km_key_pool")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    Ok((bare, aliases))
}

/// Milliseconds of the wall for the bare transaction: both halves of a key, and the entry of the pool taken.
fn commit(bare: &mut Connection, alias: &str, number: u32) -> Result<f64, Failure> {
    const TIME: &str = "2026-11-25 10:00:00.000000";
    let (private_key, certificate) = ("k".repeat(2027), "c".repeat(1500));
    let thumbprint = format!("{number:064X}");
    let unique = format!("{number:040X}");
    let begun = Instant::now();
    let transaction = bare.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction
        .prepare_cached(
            "INSERT INTO key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes) \
             VALUES (?1, 'master', ?2, ?3, 'SYSTEM', ?4)",
        )?
        .execute(params![alias, private_key, certificate, TIME])?;
    transaction
        .prepare_cached(
            "INSERT INTO key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, cert_thumbprint, uni_ident, cr_by, cr_dtimes) \
             VALUES (?1, 'REGISTRATION', ?2, ?3, ?3, ?4, ?5, 'SYSTEM', ?3)",
        )?
        .execute(params![alias, format!("centre_{number}"), TIME, thumbprint, unique])?;
    transaction
        .prepare_cached(
            "UPDATE km_key_pool SET public_key = '', private_key = '', signature = '', used = ?2 WHERE alias = ?1",
        )?
        .execute(params![alias, TIME])?;
    transaction.commit()?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// The value that so many percent of the values are not above.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = values.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    values.get(at).copied().unwrap_or(f64::NAN)
}
