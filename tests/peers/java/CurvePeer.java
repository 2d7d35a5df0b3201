// The JDK's keys on curves, for tests/curves/java.rs. Arguments and lines are hexadecimal.
//
//   java CurvePeer.java MESSAGE (ALGORITHM PKCS8 SPKI PEER_SPKI SIGNATURE RAW_SIGNATURE)*
//
// ALGORITHM is P-256, P-384, P-521, secp256k1, Ed25519 or X25519; what an algorithm has not is `-`.

import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import javax.crypto.KeyAgreement;

class CurvePeer {
    static final HexFormat HEX = HexFormat.of();

    static void print(String word, byte[] bytes) {
        System.out.println(word + " " + HEX.formatHex(bytes));
    }

    interface Work {
        byte[] run() throws Exception;
    }

    /** What the JDK answers, or the name and the text of its refusal. */
    static void say(String word, Work work) {
        try {
            print(word, work.run());
        } catch (Exception error) {
            System.out.println(word + " ! " + error.getClass().getSimpleName() + ": " + error.getMessage());
        }
    }

    static String family(String algorithm) {
        return algorithm.startsWith("P-") || algorithm.equals("secp256k1") ? "EC" : algorithm;
    }

    static String[] schemes(String algorithm) {
        String hash = switch (algorithm) {
            case "P-384" -> "SHA384";
            case "P-521" -> "SHA512";
            default -> "SHA256";
        };
        return switch (algorithm) {
            case "Ed25519" -> new String[] {"Ed25519"};
            case "X25519" -> new String[0];
            default -> new String[] {hash + "withECDSA", hash + "withECDSAinP1363Format"};
        };
    }

    static KeyPair made(String algorithm) throws Exception {
        if (!family(algorithm).equals("EC")) {
            return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        String name = switch (algorithm) {
            case "P-256" -> "secp256r1";
            case "P-384" -> "secp384r1";
            case "P-521" -> "secp521r1";
            default -> algorithm;
        };
        generator.initialize(new ECGenParameterSpec(name));
        return generator.generateKeyPair();
    }

    static byte[] agree(String algorithm, PrivateKey secret, PublicKey open) throws Exception {
        KeyAgreement agreement = KeyAgreement.getInstance(algorithm.equals("X25519") ? "X25519" : "ECDH");
        agreement.init(secret);
        agreement.doPhase(open, true);
        return agreement.generateSecret();
    }

    static byte[] sign(String scheme, PrivateKey secret, byte[] message) throws Exception {
        Signature signature = Signature.getInstance(scheme);
        signature.initSign(secret);
        signature.update(message);
        return signature.sign();
    }

    static byte[] verified(String scheme, PublicKey open, byte[] message, byte[] signature) throws Exception {
        Signature check = Signature.getInstance(scheme);
        check.initVerify(open);
        check.update(message);
        return new byte[] {(byte) (check.verify(signature) ? 1 : 0)};
    }

    public static void main(String[] arguments) throws Exception {
        byte[] message = HEX.parseHex(arguments[0]);
        for (int at = 1; at < arguments.length; at += 6) {
            String algorithm = arguments[at];
            System.out.println("algorithm " + algorithm);
            KeyFactory factory = KeyFactory.getInstance(family(algorithm));
            PrivateKey secret = factory.generatePrivate(new PKCS8EncodedKeySpec(HEX.parseHex(arguments[at + 1])));
            PublicKey open = factory.generatePublic(new X509EncodedKeySpec(HEX.parseHex(arguments[at + 2])));
            PublicKey peer = factory.generatePublic(new X509EncodedKeySpec(HEX.parseHex(arguments[at + 3])));
            print("pkcs8", secret.getEncoded());
            print("spki", open.getEncoded());
            String[] schemes = schemes(algorithm);
            for (int scheme = 0; scheme < schemes.length; scheme++) {
                String name = schemes[scheme];
                byte[] signature = HEX.parseHex(arguments[at + 4 + scheme]);
                say("verified", () -> verified(name, open, message, signature));
                say("signed", () -> sign(name, secret, message));
            }
            if (!algorithm.equals("Ed25519")) {
                say("agreed", () -> agree(algorithm, secret, peer));
            }
            // A key of the JDK: its documents, its signatures, and a secret with the peer.
            KeyPair pair;
            try {
                pair = made(algorithm);
            } catch (Exception error) {
                System.out.println("made ! " + error.getClass().getSimpleName() + ": " + error.getMessage());
                continue;
            }
            print("made", pair.getPrivate().getEncoded());
            print("open", pair.getPublic().getEncoded());
            for (String scheme : schemes) {
                say("signed", () -> sign(scheme, pair.getPrivate(), message));
            }
            if (!algorithm.equals("Ed25519")) {
                say("agreed", () -> agree(algorithm, pair.getPrivate(), peer));
            }
        }
    }
}
