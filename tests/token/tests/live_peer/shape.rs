//! What a new key looks like, without what must differ: the keys of both sides must look the same.

use keymanager::certificate::Certificate;
use keymanager::manager::KeyInfo;

use crate::place::Place;
use crate::support::provider;

/// The row and the certificate of a new key. `before` are the certificates that its scope had, the oldest first, unless it was
/// made by force, which does not look at them.
pub(crate) fn shape(place: &Place, key: &KeyInfo, before: &[Certificate], asked: Option<&str>) -> Vec<String> {
    let mut lines = vec![format!("location {:?}", key.location)];
    // Symmetric keys: the service's job and its operation differ from each other (docs/hierarchy.md, section 8).
    if let (Some(from), Some(until), Some(_)) = (key.not_before, key.not_after, key.thumbprint) {
        let policy = place.manager.policy(&key.scope.app).unwrap();
        lines.push(format!(
            "as long as the policy says {}",
            from.plus_days(policy.validity_days.unwrap().into()) == until
        ));
    }
    lines.push(format!("uni_ident {}", key.uni_ident.as_ref().map_or(0, String::len)));
    let row = place.server.sql(
        &place.database,
        &format!(
            "SELECT cr_by, is_deleted, status_code IS NULL, upd_by IS NULL, length(cert_thumbprint), cert_thumbprint ~ '^[0-9A-F]*$' \
             FROM keymgr.key_alias WHERE id = '{}'",
            key.alias
        ),
    );
    lines.push(format!("key_alias {row}"));
    let row = place.server.sql(
        &place.database,
        &format!(
            "SELECT cr_by, is_deleted, private_key ~ '^[-_0-9A-Za-z]*$', \
             (SELECT app_id || '/' || ref_id FROM keymgr.key_alias m WHERE m.id = master_key) = '{}/' \
             FROM keymgr.key_store WHERE id = '{}'",
            key.scope.app, key.alias
        ),
    );
    lines.push(format!("key_store {row}"));
    if let Some(thumbprint) = &key.thumbprint
        && let Some(certificate) = place.manager.certificate_of(thumbprint).unwrap()
    {
        lines.extend(of_certificate(key, &certificate, before, asked));
    }
    lines
}

fn of_certificate(
    key: &KeyInfo,
    certificate: &Certificate,
    before: &[Certificate],
    asked: Option<&str>,
) -> Vec<String> {
    let common = |certificate: &Certificate| certificate.subject().unwrap().common_name;
    let subject = match before.first() {
        // A certificate from outside has other attributes, which defaults stand in for.
        Some(oldest) if common(oldest) == common(certificate) => "with the name of the oldest".to_owned(),
        _ => {
            let text = certificate.subject_text().replace(key.scope.app.as_str(), "APP");
            let reference = key.scope.reference.as_str();
            let text = if reference.is_empty() { text } else { text.replace(reference, "REF") };
            asked.map_or(text.clone(), |asked| text.replace(asked, "ASKED"))
        }
    };
    let usage: Vec<_> = certificate.key_usage().map(|usage| usage.names().collect()).unwrap_or_default();
    let constraints = certificate.basic_constraints();
    let extensions: Vec<String> = certificate
        .extensions()
        .iter()
        .map(|one| format!("{}{}", one.oid, if one.critical { "!" } else { "" }))
        .collect();
    let row =
        (key.not_before.map(|from| from.truncate_to_seconds()), key.not_after.map(|until| until.truncate_to_seconds()));
    // The service's keys on Ed25519 say keyEncipherment, are named after the Module key when they are renewed, and take no
    // name that is asked for.
    let named = match key.algorithm == "Ed25519" {
        true => Vec::new(),
        false => vec![
            format!("subject {subject}"),
            format!("self-issued {}", certificate.is_self_issued()),
            format!("usage {usage:?}"),
        ],
    };
    let others = vec![
        format!("version {}", certificate.version()),
        format!("signature {}", certificate.signature_algorithm()),
        format!("key {:?}", certificate.key_algorithm()),
        format!("constraints {constraints:?}"),
        format!("extensions {extensions:?}"),
        format!("as long as the row says {}", row == (Some(certificate.not_before()), Some(certificate.not_after()))),
        format!(
            "thumbprint {}",
            Certificate::from_der(&provider(), certificate.der()).unwrap().thumbprint() == key.thumbprint.unwrap()
        ),
    ];
    named.into_iter().chain(others).collect()
}
