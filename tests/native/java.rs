//! The JDK reads our keys, ciphertexts and signatures; we read its own.

use keymanager::error::Code;

use super::*;

#[test]
fn the_jdk_understands_us_and_we_understand_it() {
    let message = b"thirty-two bytes of session key.";
    let mut arguments =
        vec![concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/java/RsaPeer.java").to_owned(), hex::encode(message)];
    arguments.push(hex::encode(KEY.export_pkcs8().unwrap().expose()));
    arguments.push(hex::encode(KEY.spki_der()));
    for profile in profiles() {
        arguments.push(hex::encode(public().encrypt_oaep(&profile, message).unwrap()));
    }
    for scheme in SCHEMES {
        arguments.push(hex::encode(KEY.sign(scheme, message).unwrap()));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let printed = String::from_utf8(run("java", &arguments)).unwrap();
    let mut lines = printed.lines();
    let mut next = |word: &str| {
        let line = lines.next().unwrap_or_default();
        hex::decode(line.strip_prefix(word).unwrap_or_else(|| panic!("{word}: {line}")).trim()).unwrap()
    };

    assert_eq!(next("pkcs8"), KEY.export_pkcs8().unwrap().expose());
    for profile in profiles() {
        assert_eq!(next("decrypted"), message);
        assert_eq!(KEY.decrypt_oaep(&profile, &next("encrypted")).unwrap().expose(), message);
    }
    for scheme in SCHEMES {
        assert_eq!(next("verified"), [1]);
        public().verify(scheme, message, &next("signed")).unwrap();
    }
    // A key that Java made comes back as it was; one without CRT values and public exponent is refused.
    let made = next("made");
    assert_eq!(import(&made).unwrap().export_pkcs8().unwrap().expose(), made);
    assert_eq!(import(&next("stripped")).unwrap_err().code(), Code::KeyUnparsable);
}
