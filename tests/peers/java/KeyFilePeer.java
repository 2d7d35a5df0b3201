// Opens a PKCS#12 key file as a Java service does and answers on standard output, one line for each fact.
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.util.Collections;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

public class KeyFilePeer {
    public static void main(String[] args) throws Exception {
        String path = args[1];
        char[] password = args[2].toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(path)) {
            store.load(in, password);
        }
        switch (args[0]) {
            case "list" -> list(store, password);
            case "decrypt" -> {
                PrivateKey key = (PrivateKey) store.getKey(args[3], password);
                Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
                cipher.init(Cipher.DECRYPT_MODE, key, new OAEPParameterSpec(
                        "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
                print(cipher.doFinal(HexFormat.of().parseHex(args[4])));
            }
            case "aes" -> {
                SecretKey key = (SecretKey) store.getKey(args[3], password);
                Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
                cipher.init(Cipher.ENCRYPT_MODE, key);
                print(cipher.doFinal(HexFormat.of().parseHex(args[4])));
            }
            case "sign" -> {
                Signature signature = Signature.getInstance(args[4]);
                signature.initSign((PrivateKey) store.getKey(args[3], password));
                signature.update("text".getBytes());
                print(signature.sign());
            }
            case "verify" -> {
                Signature signature = Signature.getInstance(args[4]);
                signature.initVerify(store.getCertificate(args[3]));
                signature.update("text".getBytes());
                System.out.println(signature.verify(HexFormat.of().parseHex(args[5])));
            }
            case "add" -> {
                KeyGenerator generator = KeyGenerator.getInstance("AES");
                generator.init(256);
                store.setKeyEntry(args[3], generator.generateKey(), password, null);
                try (FileOutputStream out = new FileOutputStream(path)) {
                    store.store(out, password);
                }
                System.out.println("added");
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void list(KeyStore store, char[] password) throws Exception {
        for (String alias : Collections.list(store.aliases()).stream().sorted().toList()) {
            if (store.isCertificateEntry(alias)) {
                System.out.println("trusted " + alias + " " + thumbprint(store.getCertificate(alias)));
                continue;
            }
            Key key = store.getKey(alias, password);
            if (key instanceof PrivateKey) {
                Certificate[] chain = store.getCertificateChain(alias);
                System.out.println("pair " + alias + " " + chain.length + " " + thumbprint(chain[0]));
            } else {
                System.out.println("secret " + alias + " " + key.getAlgorithm() + " " + key.getEncoded().length * 8);
            }
        }
    }

    private static String thumbprint(Certificate certificate) throws Exception {
        return HexFormat.of().withUpperCase().formatHex(
                MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    }

    private static void print(byte[] bytes) {
        System.out.println(HexFormat.of().formatHex(bytes));
    }
}
