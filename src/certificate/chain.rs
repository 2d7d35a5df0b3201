//! The way from a certificate to its anchor (docs/certificates.md CERT-80 to CERT-84).

use std::cmp::Reverse;

use super::{Certificate, signature};
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};

/// The longest chain, leaf and anchor included.
pub const MAX_CHAIN_LEN: usize = 8;

/// The most signatures that are checked for one chain.
const MAX_CHECKS: usize = 256;

/// The chain of `leaf`, leaf first and its anchor last, each certificate signed by the next one. The others are looked
/// for in `pool`, in any order; the last is self-signed, and is trusted for no other reason than that it is in the pool
/// (or is the leaf). Where several chains are possible, the shortest one is found, and among equals that of the newest
/// issuer.
///
/// Names and signatures are verified, and that issuers are authorities. Dates and path lengths are not.
///
/// # Errors
/// `certificate_not_trusted` when no chain leads to a self-signed certificate within [`MAX_CHAIN_LEN`]; `unsupported`
/// when one might, but for a signature that is not verified here; `too_large` when the pool has too many issuers of one
/// name.
pub fn chain(provider: &CryptoProvider, leaf: &Certificate, pool: &[Certificate]) -> Result<Vec<Certificate>> {
    // Breadth first: every certificate is reached once, by the shortest way.
    let mut reached = vec![Step { certificate: leaf, below: None, len: 1 }];
    let mut checks = MAX_CHECKS;
    let mut unsupported = None;
    let mut at: usize = 0;
    while let Some(&step) = reached.get(at) {
        let mut signed_by = |issuer: &Certificate| -> Result<bool> {
            checks = checks.checked_sub(1).ok_or_else(|| {
                Error::new(Code::TooLarge, "too many certificates might have signed each other to look for a chain")
            })?;
            match step.certificate.verify_signed_by(provider, issuer) {
                Ok(()) => Ok(true),
                Err(error) if error.code() == Code::Unsupported => {
                    unsupported.get_or_insert(error);
                    Ok(false)
                }
                Err(_) => Ok(false),
            }
        };
        if step.certificate.is_self_issued() && signed_by(step.certificate)? {
            return Ok(way_down(&reached, step));
        }
        if step.len < MAX_CHAIN_LEN {
            let mut issuers: Vec<&Certificate> =
                pool.iter().filter(|issuer| may_issue(issuer) && issuer.is_named_issuer_of(step.certificate)).collect();
            issuers.sort_by_key(|issuer| Reverse(issuer.not_before()));
            for issuer in issuers {
                let known = reached.iter().any(|other| other.certificate.thumbprint() == issuer.thumbprint());
                if !known && signed_by(issuer)? {
                    reached.push(Step { certificate: issuer, below: Some(at), len: step.len.saturating_add(1) });
                }
            }
        }
        at = at.saturating_add(1);
    }
    Err(unsupported.unwrap_or_else(|| signature::not_trusted("no chain leads to a self-signed certificate")))
}

/// One certificate on a way up.
#[derive(Clone, Copy)]
struct Step<'a> {
    certificate: &'a Certificate,
    /// The one that it signed.
    below: Option<usize>,
    /// How many certificates the way has so far.
    len: usize,
}

/// An authority: said by its basic constraints and not denied by its key usage, or an anchor of the time before those.
fn may_issue(certificate: &Certificate) -> bool {
    if certificate.version() < 3 {
        return certificate.is_self_issued();
    }
    certificate.is_ca() && certificate.key_usage().is_none_or(|usage| usage.key_cert_sign())
}

/// The certificates from the leaf up to `last`.
fn way_down(reached: &[Step<'_>], last: Step<'_>) -> Vec<Certificate> {
    let mut way = vec![last.certificate.clone()];
    let mut below = last.below;
    while let Some(step) = below.and_then(|index| reached.get(index)) {
        way.push(step.certificate.clone());
        below = step.below;
    }
    way.reverse();
    way
}
