use super::*;
use crate::error::Code;

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(Config::from_toml("").unwrap(), Config::default());
    let default = Config::default();
    assert_eq!(default.hierarchy.key_cache, 0);
    assert_eq!(default.hierarchy.sign_app.as_str(), "KERNEL");
    assert_eq!(HierarchyConfig::default_generate().len(), 12);
    assert_eq!(HierarchyConfig::default_generate().first().unwrap().to_string(), "ROOT");
    assert_eq!(HierarchyConfig::default_generate_base()[1].to_string(), "COMPLIANCE_TOOLKIT/COMP-FIR");
    assert_eq!(default.subject.0.common_name.as_deref(), Some("www.mosip.io"));
}

#[test]
fn every_key_is_read() {
    let config = Config::from_toml(
        r##"
        store = "sqlite:a.db"
        master = "file:a.p12"
        passphrase_file = "secret"
        provider = "rustcrypto"
        schema = "keymgr"
        [hierarchy]
        root_app_id = "R"
        sign_app_id = "IDA"
        sign_ref_id = "S"
        zk_app_id = "IDA"
        zk_ref_id = "Z"
        generate = ["R", "IDA:S", "IDA"]
        generate_base = ["IDA:CRED_SERVICE"]
        symmetric_validity_days = 3650
        backfill = false
        key_cache = 100
        key_cache_seconds = 60
        key_pool = 25
        lock_wait_seconds = 5
        clock_tolerance_seconds = 0
        [certificate]
        common_name = "example"
        organizational_unit = ""
        organization = "O"
        location = "L"
        state = "S"
        country = "FR"
        signature_algorithm = "SHA256withRSA"
        [audit]
        file = "audit.jsonl"
        on_failure = "continue"
        sync = false
        [crypto]
        key_splitter = "#KEY_SPLITTER#"
        rsa_bits = 2048
        aes_bits = 256
        gcm_tag_bits = 128
        "##,
    )
    .unwrap();
    assert_eq!(config.places.store.as_deref(), Some("sqlite:a.db"));
    assert_eq!(config.places.passphrase_file, Some("secret".into()));
    assert_eq!(config.hierarchy.sign_ref.as_str(), "S");
    assert_eq!(config.hierarchy.generate.as_ref().unwrap()[1], KeyScope::new("IDA", "S").unwrap());
    assert_eq!(config.hierarchy.symmetric_validity_days, 3650);
    assert_eq!(config.hierarchy.key_pool, 25);
    assert!(Config::from_toml("[hierarchy]\nkey_pool = 10001").is_err());
    assert!(!config.hierarchy.backfill);
    assert_eq!((config.hierarchy.key_cache, config.hierarchy.key_cache_life), (100, Duration::from_secs(60)));
    assert_eq!(config.hierarchy.lock_wait, Duration::from_secs(5));
    assert_eq!(config.hierarchy.clock_tolerance, Duration::ZERO);
    assert_eq!(config.audit, Some(AuditConfig { file: "audit.jsonl".into(), stop_on_failure: false, sync: false }));
    assert_eq!(config.subject.0.organizational_unit, None);
    assert_eq!(config.subject.0.country.as_deref(), Some("FR"));
}

#[test]
fn an_audit_file_stops_and_is_flushed_unless_told_otherwise() {
    let config = Config::from_toml("[audit]\nfile = \"a\"").unwrap();
    assert_eq!(config.audit, Some(AuditConfig { file: "a".into(), stop_on_failure: true, sync: true }));
    assert_eq!(Config::from_toml("[audit]\nfile = \"a\"\non_failure = \"stop\"").unwrap(), config);
}

#[test]
fn alternative_names_of_a_scope() {
    let config = Config::from_toml(
        r#"
        [certificate.san.REGISTRATION.BLANK]
        dns = "a.example|b.example"
        uri = ["https://a.example/"]
        [certificate.san.ID_REPO]
        ED25519_SIGN = { email = "a@b.example" }
        "#,
    )
    .unwrap();
    let names = |app, reference| config.alternative_names.get(&KeyScope::new(app, reference).unwrap());
    assert_eq!(config.alternative_names.len(), 2);
    let mut wanted = AlternativeNames::default();
    wanted.add("dns", "a.example|b.example").unwrap();
    wanted.add("uri", "https://a.example/").unwrap();
    assert_eq!(names("REGISTRATION", ""), Some(&wanted));
    assert_eq!(names("ID_REPO", "ED25519_SIGN").unwrap().len(), 1);
    assert_eq!(names("ID_REPO", ""), None);
}

#[test]
fn what_cannot_be_is_refused_and_named() {
    for (text, named) in [
        (
            "[certificate.san.A.BLANK]\nx400Address = \"/C=IN/\"",
            "certificate.san.A.BLANK: the alternative name x400Address",
        ),
        ("[certificate.san.A.B]\ndns = \"a||b\"", "certificate.san.A.B"),
        ("[certificate.san.A.\"\"]\ndns = \"a\"", "BLANK"),
        ("[certificate.san.\"\".B]\ndns = \"a\"", "certificate.san..B"),
        ("[certificate.san.A.B]\ndns = 1", "line"),
        ("stor = \"x\"", "line 1"),
        ("\n[hierarchy]\nroot = 1", "line 3"),
        ("[hierarchy]\nroot_app_id = \"\"", "root_app_id"),
        ("[hierarchy]\nsign_ref_id = \"  \"", "sign_ref_id"),
        ("[hierarchy]\ngenerate = [\"\"]", "generate"),
        ("[hierarchy]\ngenerate_base = [\"A\"]", "generate_base"),
        ("[hierarchy]\nsymmetric_validity_days = 0", "symmetric_validity_days"),
        ("[crypto]\nkey_splitter = \"#\"", "key_splitter"),
        ("[crypto]\nrsa_bits = 4096", "rsa_bits"),
        ("[crypto]\naes_bits = 128", "aes_bits"),
        ("[crypto]\ngcm_tag_bits = 96", "gcm_tag_bits"),
        ("[certificate]\nsignature_algorithm = \"SHA1withRSA\"", "signature_algorithm"),
        ("[audit]\non_failure = \"continue\"", "file"),
        ("[audit]\nfile = \" \"", "audit.file"),
        ("[audit]\nfile = \"a\"\non_failure = \"ignore\"", "audit.on_failure"),
        ("[audit]\nfile = \"a\"\nsyn = false", "line 3"),
        ("= =", "line 1"),
    ] {
        let error = Config::from_toml(text).unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfig, "{text}");
        assert!(error.detail().contains(named), "{text}: {}", error.detail());
    }
}
