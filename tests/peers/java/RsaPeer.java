// The JDK's RSA, for tests/native/java.rs. Arguments and lines are hexadecimal.
//
//   java RsaPeer.java MESSAGE PKCS8 SPKI CIPHERTEXT{5} SIGNATURE{4}

import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPrivateKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

class RsaPeer {
    static final HexFormat HEX = HexFormat.of();

    static final OAEPParameterSpec[] PROFILES = {
        oaep("SHA-256", MGF1ParameterSpec.SHA256, ""),
        oaep("SHA-256", MGF1ParameterSpec.SHA1, ""),
        oaep("SHA-256", MGF1ParameterSpec.SHA256, "\0"),
        oaep("SHA-1", MGF1ParameterSpec.SHA1, ""),
        oaep("SHA-512", MGF1ParameterSpec.SHA384, "label"),
    };

    static OAEPParameterSpec oaep(String hash, MGF1ParameterSpec mgf, String label) {
        return new OAEPParameterSpec(hash, "MGF1", mgf, new PSource.PSpecified(label.getBytes()));
    }

    static Signature signature(int scheme) throws Exception {
        return switch (scheme) {
            case 0 -> Signature.getInstance("SHA256withRSA");
            case 1 -> Signature.getInstance("SHA512withRSA");
            default -> {
                Signature pss = Signature.getInstance("RSASSA-PSS");
                pss.setParameter(scheme == 2
                    ? new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1)
                    : new PSSParameterSpec("SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 48, 1));
                yield pss;
            }
        };
    }

    static void print(String word, byte[] bytes) {
        System.out.println(word + " " + HEX.formatHex(bytes));
    }

    public static void main(String[] arguments) throws Exception {
        KeyFactory factory = KeyFactory.getInstance("RSA");
        byte[] message = HEX.parseHex(arguments[0]);
        PrivateKey secret = factory.generatePrivate(new PKCS8EncodedKeySpec(HEX.parseHex(arguments[1])));
        PublicKey open = factory.generatePublic(new X509EncodedKeySpec(HEX.parseHex(arguments[2])));
        print("pkcs8", secret.getEncoded());

        int next = 3;
        for (OAEPParameterSpec profile : PROFILES) {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.DECRYPT_MODE, secret, profile);
            print("decrypted", cipher.doFinal(HEX.parseHex(arguments[next++])));
            cipher.init(Cipher.ENCRYPT_MODE, open, profile);
            print("encrypted", cipher.doFinal(message));
        }
        for (int scheme = 0; scheme < 4; scheme++) {
            Signature check = signature(scheme);
            check.initVerify(open);
            check.update(message);
            print("verified", new byte[] {(byte) (check.verify(HEX.parseHex(arguments[next++])) ? 1 : 0)});
            Signature sign = signature(scheme);
            sign.initSign(secret);
            sign.update(message);
            print("signed", sign.sign());
        }

        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        RSAPrivateKey made = (RSAPrivateKey) generator.generateKeyPair().getPrivate();
        print("made", made.getEncoded());
        RSAPrivateKeySpec bare = new RSAPrivateKeySpec(made.getModulus(), made.getPrivateExponent());
        print("stripped", factory.generatePrivate(bare).getEncoded());
    }
}
