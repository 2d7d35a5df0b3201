//! The providers SunEC and XDH of the JDK. It has no secp256k1 since release 16: it reads such keys, and refuses to compute
//! with them; what it says is held here, so that a release that changes it is noticed.

use super::*;

/// What the JDK says to work with a curve it only knows by name.
const NO_CURVE: &str = "Curve not supported: secp256k1 (1.3.132.0.10)";

#[test]
fn the_jdk_understands_us_and_we_understand_it() {
    for provider in providers() {
        let mut arguments = vec![
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/java/CurvePeer.java").to_owned(),
            hex::encode(MESSAGE),
        ];
        let keys = EcAlgorithm::ALL.map(|algorithm| {
            let (ours, peer) = (provider.ec.generate(algorithm).unwrap(), provider.ec.generate(algorithm).unwrap());
            let mut signatures =
                schemes(algorithm).into_iter().map(|scheme| hex::encode(ours.sign(scheme, MESSAGE).unwrap()));
            arguments.extend([
                algorithm.to_string().trim_start_matches("EC ").to_owned(),
                hex::encode(ours.export_pkcs8().unwrap().expose()),
                hex::encode(ours.spki_der()),
                hex::encode(peer.spki_der()),
                signatures.next().unwrap_or_else(|| "-".to_owned()),
                signatures.next().unwrap_or_else(|| "-".to_owned()),
            ]);
            (algorithm, ours, peer)
        });
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let printed = String::from_utf8(run("java", &arguments)).unwrap();
        let mut lines = printed.lines();
        let mut next = |word: &str| {
            let line = lines.next().unwrap_or_default();
            let said = line.strip_prefix(word).unwrap_or_else(|| panic!("{word}: {line}")).trim();
            said.strip_prefix("! ").map_or_else(|| Ok(hex::decode(said).unwrap()), |refusal| Err(refusal.to_owned()))
        };
        for (algorithm, ours, peer) in keys {
            assert!(
                next(&format!("algorithm {}", algorithm.to_string().trim_start_matches("EC "))).unwrap().is_empty()
            );
            // The JDK's documents lack the point; they are the same key.
            let pkcs8 = next("pkcs8").unwrap();
            assert_eq!(
                import(&provider, &pkcs8).export_pkcs8().unwrap().expose(),
                ours.export_pkcs8().unwrap().expose()
            );
            assert_eq!(next("spki").unwrap(), ours.spki_der());
            let refused = algorithm == EcAlgorithm::Curve(Curve::Secp256k1);
            let public = provider.ec.import_public(ours.spki_der()).unwrap();
            for scheme in schemes(algorithm) {
                let (verified, signed) = (next("verified"), next("signed"));
                if refused {
                    for refusal in [verified, signed] {
                        assert!(refusal.unwrap_err().contains(NO_CURVE), "{printed}");
                    }
                    continue;
                }
                assert_eq!(verified.unwrap(), [1], "{algorithm} {scheme:?}");
                public.verify(scheme, MESSAGE, &signed.unwrap()).unwrap();
            }
            if algorithm != EcAlgorithm::Ed25519 {
                match next("agreed") {
                    Err(refusal) => assert!(refused && refusal.contains("secp256k1"), "{refusal}"),
                    Ok(secret) => assert_eq!(secret, ours.agree(peer.spki_der()).unwrap().expose(), "{algorithm}"),
                }
            }
            match next("made") {
                Err(refusal) => assert!(refused && refusal.contains("secp256k1"), "{refusal}"),
                Ok(pkcs8) => {
                    let made = import(&provider, &pkcs8);
                    assert_eq!(made.spki_der(), next("open").unwrap());
                    let public = provider.ec.import_public(made.spki_der()).unwrap();
                    for scheme in schemes(algorithm) {
                        public.verify(scheme, MESSAGE, &next("signed").unwrap()).unwrap();
                    }
                    if algorithm != EcAlgorithm::Ed25519 {
                        assert_eq!(next("agreed").unwrap(), peer.agree(made.spki_der()).unwrap().expose());
                    }
                }
            }
        }
    }
}
