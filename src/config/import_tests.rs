use super::*;

fn import(text: &str) -> Import {
    import_properties(text.as_bytes()).unwrap()
}

fn pairs(bytes: &[u8]) -> Vec<(usize, String, String)> {
    parse(bytes).unwrap().into_iter().map(|one| (one.line, one.name, one.value)).collect()
}

fn errors(import: &Import) -> Vec<(usize, &str)> {
    import.findings.iter().filter(|one| one.error).map(|one| (one.line, one.property.as_str())).collect()
}

#[test]
fn properties_are_read_as_java_reads_them() {
    // CFG-1 to CFG-5: the examples of java.util.Properties.load, and their edges.
    let text = b"# comment\n! comment \\\n  Truth = Beauty\nTruth:Beauty\r\n\tTruth\t\t\t:Beauty\rfruits    apple, banana, \\\n\
        \x20   pear, \\\n    #kiwi\ncheeses\n\\=a\\:b\\ c = v=1:2 \nempty=\nu=\\u0041\\u00e9\\ud83d\\ude00\\q\\t.\n\
        slash=c:\\\\x\\\\\nnext=1\n\x0cfeed==\nlast=a\\";
    let expected = [
        (3, "Truth", "Beauty"),
        (4, "Truth", "Beauty"),
        (5, "Truth", "Beauty"),
        (6, "fruits", "apple, banana, pear, #kiwi"),
        (9, "cheeses", ""),
        (10, "=a:b c", "v=1:2 "),
        (11, "empty", ""),
        (12, "u", "A\u{e9}\u{1f600}q\t."),
        (13, "slash", "c:\\x\\"),
        (14, "next", "1"),
        (15, "feed", "="),
        (16, "last", "a"),
    ];
    let expected: Vec<_> = expected.map(|(line, name, value)| (line, name.to_owned(), value.to_owned())).into();
    assert_eq!(pairs(text), expected);
    assert_eq!(pairs(b"k=\xe9"), [(1, "k".to_owned(), "\u{e9}".to_owned())]);
    assert_eq!(pairs(b""), []);
    assert_eq!(pairs(b"\\"), []);
    assert_eq!(pairs(b"a\\\n\n\\\nb"), [(1, "a".to_owned(), String::new()), (3, "b".to_owned(), String::new())]);
}

#[test]
fn hostile_files_are_refused_or_read_but_never_more() {
    for text in ["a=\\u12", "a=\\u12g4", "a=\\ud800", "\\udc00=1", "a=\\u+123"] {
        let error = import_properties(format!("\n{text}").as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfig, "{text}");
        assert!(error.detail().starts_with("line 2:"), "{}", error.detail());
    }
    let large = vec![b'a'; 1024 * 1024 + 1];
    assert_eq!(import_properties(&large).unwrap_err().code(), Code::TooLarge);
    let many = "a=1\n".repeat(20_001);
    assert_eq!(import_properties(many.as_bytes()).unwrap_err().code(), Code::TooLarge);
    // One name, or one value, of a megabyte; nothing but continuations; every byte there is.
    import_properties(&vec![b'\\'; 1024 * 1024]).unwrap();
    import_properties(&b"\\\n".repeat(512 * 1024)).unwrap();
    let bytes: Vec<u8> = (0..=255).filter(|byte| *byte != b'\\').collect();
    import_properties(&bytes).unwrap();
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_a_file_that_we_can_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        if let Ok(import) = import_properties(&bytes) {
            Config::from_toml(&import.toml).unwrap();
        }
    }

    #[test]
    fn any_value_of_any_property_gives_a_file_that_we_can_read(
        which in 0..7usize,
        value in "[\\PC\"'\\\\#$ \t]{0,60}",
    ) {
        let name = [
            "mosip.root.key.applicationid",
            "mosip.sign-certificate-refid",
            "mosip.kernel.keymanager.autogen.appids.list",
            "mosip.kernel.keymanager.certificate.default.common-name",
            "keymanager.persistence.jdbc.schema",
            "keymanager_database_url",
            "mosip.kernel.keymanager.certificate.san-parameters[A\\ b.c\\=d]",
        ][which];
        // What would be a name is in an object.
        let value = if which == 6 { serde_json::json!({ "otherName": value }).to_string() } else { value };
        // Every letter as an escape, which ISO 8859-1 can carry.
        let escaped: String = value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let import = import_properties(format!("{name}={escaped}").as_bytes()).unwrap();
        let config = Config::from_toml(&import.toml).unwrap();
        if which == 3 && !value.trim().is_empty() && !value.contains("${") && !value.contains("#{") {
            assert_eq!(config.subject.0.common_name, Some(value));
        }
    }
}

#[test]
fn a_production_file_becomes_the_same_configuration() {
    let import = import(
        "mosip.root.key.applicationid=ROOT\n\
         mosip.sign.applicationid=IDA\n\
         mosip.sign.refid=SIGN\n\
         mosip.sign-certificate-refid=SIGN\n\
         mosip.kernel.zkcrypto.masterkey.application.id=IDA\n\
         mosip.kernel.zkcrypto.masterkey.reference.id=IDENTITY_CACHE\n\
         mosip.kernel.keymanager.autogen.appids.list=ROOT,IDA,IDA:SIGN, \\\n   IDA:IDENTITY_CACHE,\n\
         mosip.kernel.keymanager.autogen.basekeys.list=IDA:CRED_SERVICE,broken\n\
         mosip.kernel.keymanager.unique.identifier.autoupdate=false\n\
         mosip.kernel.keymanager.certificate.default.common-name=www.example.org\n\
         mosip.kernel.keymanager.certificate.default.organizational-unit=\n\
         mosip.kernel.certificate.sign.algorithm=SHA256withRSA\n\
         mosip.kernel.data-key-splitter=#KEY_SPLITTER#\n\
         mosip.kernel.keygenerator.asymmetric-key-length=2048\n\
         mosip.kernel.keygenerator.symmetric-key-length=256\n\
         mosip.kernel.crypto.gcm-tag-length=128\n\
         mosip.kernel.crypto.asymmetric-algorithm-name=RSA/ECB/OAEPWITHSHA-256ANDMGF1PADDING\n\
         mosip.kernel.crypto.symmetric-algorithm-name=AES/GCM/NoPadding\n\
         keymanager.persistence.jdbc.schema=keymgr\n\
         keymanager_database_url=jdbc:postgresql://db.example.org:5432/mosip_keymgr?user=u&password=hunter2\n\
         keymanager_database_password=hunter2\n\
         mosip.kernel.keymanager.hsm.keystore-type=PKCS12\n\
         mosip.kernel.keymanager.hsm.config-path=/config/keys.p12\n\
         mosip.kernel.keymanager.hsm.keystore-pass=hunter2\n\
         mosip.role.keymanager.postencrypt=A,B\n\
         spring.application.name=kernel\n",
    );
    assert_eq!(errors(&import), []);
    let config = Config::from_toml(&import.toml).unwrap();
    let hierarchy = &config.hierarchy;
    assert_eq!((hierarchy.sign_app.as_str(), hierarchy.zk_app.as_str()), ("IDA", "IDA"));
    let names = |list: &Option<Vec<crate::id::KeyScope>>| -> Vec<String> {
        list.as_ref().unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&hierarchy.generate), ["ROOT", "IDA", "IDA/SIGN", "IDA/IDENTITY_CACHE"]);
    assert_eq!(names(&hierarchy.generate_base), ["IDA/CRED_SERVICE"]);
    assert!(!hierarchy.backfill);
    assert_eq!(config.subject.0.common_name.as_deref(), Some("www.example.org"));
    assert_eq!(config.subject.0.organizational_unit, None);
    assert_eq!(config.places.schema.as_deref(), Some("keymgr"));
    assert_eq!(config.places.master.as_deref(), Some("file:/config/keys.p12"));
    assert_eq!(config.places.store, None);
    assert!(import.toml.contains("# store = \"postgres://db.example.org:5432/mosip_keymgr\""));
    assert!(!format!("{import:?}").contains("hunter2"), "no secret is shown");
    let left: Vec<_> = import.left_out.iter().map(|left| left.property.as_str()).collect();
    for name in ["keymanager_database_password", "mosip.role.keymanager.postencrypt", "spring.application.name"] {
        assert!(left.contains(&name), "{name}");
    }
    assert!(import.findings.iter().any(|one| one.text.contains("\"broken\"")));
}

#[test]
fn what_cannot_be_honoured_is_named() {
    for text in [
        "mosip.kernel.data-key-splitter=#SPLIT#",
        "mosip.kernel.keygenerator.asymmetric-key-length=4096",
        "mosip.kernel.keygenerator.asymmetric-algorithm-name=EC",
        "mosip.kernel.keygenerator.symmetric-key-length=128",
        "mosip.kernel.crypto.gcm-tag-length=96",
        "mosip.kernel.certificate.sign.algorithm=SHA512withRSA",
        "mosip.kernel.crypto.asymmetric-algorithm-name=RSA/ECB/PKCS1Padding",
        "mosip.kernel.crypto.symmetric-algorithm-name=AES/CBC/PKCS5Padding",
        "mosip.kernel.zkcrypto.wrap.algorithm-name=AESWrap",
        "mosip.root.key.applicationid=",
        "mosip.sign-certificate-refid= ",
        "mosip.kernel.keymanager.unique.identifier.autoupdate=perhaps",
        "mosip.kernel.keymanager.autogen.appids.list=ROOT,:X",
        "mosip.kernel.keymanager.certificate.san-parameters.ROOT.=x",
        "mosip.kernel.keymanager.certificate.san-parameters..BLANK=x",
        "mosip.kernel.keymanager.certificate.san-parameters.ROOT.BLANK={'dns':'a b'}",
        "mosip.kernel.keymanager.certificate.san-parameters.ROOT.BLANK={'x400Address':'/C=IN/'}",
    ] {
        let import = import(&format!("\n{text}\n"));
        let name = text.split('=').next().unwrap();
        assert_eq!(errors(&import), [(2, name)], "{text}");
    }
    for text in [
        "mosip.kernel.keymanager.hsm.keystore-type=PKCS11",
        "mosip.kernel.keymanager.hsm.keystore-type=PKCS12",
        "mosip.kernel.keymanager.hsm.jce.className=x",
        "mosip.kernel.keymanager.certificate.san-parameters.ROOT={}",
        "mosip.kernel.keymanager.certificate.san-parameters=x",
        "mosip.kernel.keymanager.certificate.san-parameters.ROOT.BLANK=x",
        "mosip.kernel.keymanager.certificate.san-parameters.ROOT.BLANK={'dns':1}",
        "mosip.kernel.keymanager.certificate.san-parameters.ROOT.BLANK={'ediPartyName':'x'}",
        "mosip.kernel.keymanager.certificate.san-parameters.REGISTRATION.10001_110011={'dns':'a'}",
        "mosip.kernel.certificate.ec.sign.algorithm=SHA512withECDSA",
        "mosip.kernel.certificate.ed.sign.algorithm=Ed448",
        "mosip.kernel.keygenerator.asymmetric.ec.algorithm-name=DSA",
        "mosip.kernel.keymanager.ed25519.hsm.support.enabled=true",
        "mosip.root.key.applicationid=${root}",
        "mosip.root.key.applicationid=R ",
        "keymanager_database_url=jdbc:oracle:x",
        "keymanager_database_url=jdbc:postgresql://user:word@host/db",
    ] {
        let import = import(text);
        assert_eq!((errors(&import).len(), import.findings.len()), (0, 1), "{text}");
        assert!(!import.toml.contains("word"), "{text}");
    }
}

/// CFG-12.
#[test]
fn alternative_names_are_taken() {
    let name = "mosip.kernel.keymanager.certificate.san-parameters";
    let import = import(&format!(
        "{name}.ROOT.BLANK={{\"dns\": \"a.example|b.example\", \"email\": \"x@a.example\"}}\n\
         {name}[REGISTRATION.10001_110011]={{'uri':'https://a.example/?a#b', 'otherName':'it is \\u6f22'}}\n\
         {name}.PARTNER.a.b={{}}\n\
         mosip.kernel.certificate.ec.sign.algorithm=SHA256WithECDSA\n\
         mosip.kernel.certificate.ed.sign.algorithm=Ed25519\n\
         mosip.kernel.keymgr.ed25519.allowed.appids=ID_REPO\n"
    ));
    assert_eq!(import.findings, []);
    let names = Config::from_toml(&import.toml).unwrap().alternative_names;
    let wanted = |pairs: &[(&str, &str)]| {
        let mut names = crate::certificate::AlternativeNames::default();
        pairs.iter().for_each(|(kind, text)| names.add(kind, text).unwrap());
        names
    };
    let scope = |app: &str, reference: &str| crate::id::KeyScope::new(app, reference).unwrap();
    assert_eq!(names.len(), 2);
    assert_eq!(
        names[&scope("ROOT", "")],
        wanted(&[("dns", "a.example"), ("dns", "b.example"), ("email", "x@a.example")])
    );
    assert_eq!(
        names[&scope("REGISTRATION", "10001_110011")],
        wanted(&[("otherName", "it is \u{6f22}"), ("uri", "https://a.example/?a#b")])
    );
    let keys: Vec<_> = import.taken.iter().map(|taken| (taken.key.as_str(), taken.value.as_str())).collect();
    assert_eq!(keys[0], ("certificate.san.ROOT.BLANK", "{ dns = \"a.example|b.example\", email = \"x@a.example\" }"));
    assert_eq!(keys[2], ("certificate.san.PARTNER.a.b", "{  }"));
    assert_eq!(import.left_out.len(), 3);
    // Two spellings of one scope: the later one counts, and somebody is told.
    let twice = import_properties(format!("{name}.A.B={{'dns':'a'}}\n{name}[A.B]={{'dns':'b'}}\n").as_bytes()).unwrap();
    assert_eq!(twice.findings.len(), 1);
    assert_eq!(Config::from_toml(&twice.toml).unwrap().alternative_names[&scope("A", "B")], wanted(&[("dns", "b")]));
}

#[test]
fn the_last_of_several_counts() {
    let import = import("mosip.root.key.applicationid=A\nmosip.root.key.applicationid=B\nx=1\nx=2\n");
    assert_eq!(Config::from_toml(&import.toml).unwrap().hierarchy.root_app.as_str(), "B");
    assert_eq!(import.findings.len(), 1);
    assert_eq!((import.findings[0].line, import.findings[0].error), (2, false));
    assert!(import.findings[0].text.contains("line 1"));
}
