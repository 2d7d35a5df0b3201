//! The alternative names of the configuration are in the certificates of their scope, renewed ones included (HIE-63).

use std::sync::Arc;

use keymanager::certificate::Certificate;
use keymanager::config::Config;
use keymanager::progress::NoProgress;
use keymanager::store::memory::MemoryStore;

use crate::support::{World, scope};

const CONFIG: &str = r#"
[certificate.san.REGISTRATION]
BLANK = { dns = "registration.example|r.example" }
10001_110011 = { uri = "urn:machine:10001" }
"#;

/// The text of the names: ASCII inside DER.
fn names(certificate: &Certificate) -> Option<String> {
    let extension = certificate.extensions().iter().find(|extension| extension.oid == "2.5.29.17")?;
    assert!(!extension.critical);
    assert_eq!(certificate.extensions().last(), Some(extension));
    Some(extension.value.iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte)).collect())
}

#[test]
fn configured_names_are_issued() {
    let config = Config::from_toml(CONFIG).unwrap();
    let world = World::with(Arc::new(MemoryStore::new()), None, config);
    world.manager.generate_all(&NoProgress).unwrap();
    let of =
        |reference: &str| names(&world.manager.certificate(&scope("REGISTRATION", reference)).unwrap().certificate);
    assert!(of("").unwrap().contains("registration.example"));
    assert!(of("10001_110011").unwrap().contains("urn:machine:10001"));
    assert_eq!(of("other"), None);
    assert_eq!(names(&world.manager.certificate(&scope("ID_REPO", "")).unwrap().certificate), None);
    let renewed = world.manager.rotate(&scope("REGISTRATION", "")).unwrap();
    assert_eq!(renewed.generated.len(), 1);
    assert!(of("").unwrap().contains("r.example"));
}
