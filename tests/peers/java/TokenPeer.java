// Opens a token with SunPKCS11 as a Java service does and answers on standard output, one line for each fact.
//
//   java TokenPeer.java COMMAND CONFIG PIN [ALIAS …]
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.util.Collections;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;

public class TokenPeer {
    public static void main(String[] args) throws Exception {
        Provider provider = Security.getProvider("SunPKCS11").configure(args[1]);
        Security.addProvider(provider);
        char[] pin = args[2].toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS11", provider);
        store.load(null, pin);
        switch (args[0]) {
            case "list" -> {
                for (String alias : Collections.list(store.aliases()).stream().sorted().toList()) {
                    Key key = store.getKey(alias, null);
                    String kind = key instanceof PrivateKey ? "pair" : "secret";
                    byte[] certificate = store.getCertificate(alias) == null ? new byte[0] : store.getCertificate(alias).getEncoded();
                    System.out.println(kind + " " + alias + " " + key.getAlgorithm() + " " + HexFormat.of().formatHex(
                            MessageDigest.getInstance("SHA-256").digest(certificate)));
                }
            }
            case "sign" -> {
                Signature signature = Signature.getInstance(args[4], provider);
                signature.initSign((PrivateKey) store.getKey(args[3], null));
                signature.update("text".getBytes());
                print(signature.sign());
            }
            case "decrypt" -> {
                Cipher cipher = Cipher.getInstance("RSA/ECB/NoPadding", provider);
                cipher.init(Cipher.DECRYPT_MODE, (PrivateKey) store.getKey(args[3], null));
                print(cipher.doFinal(HexFormat.of().parseHex(args[4])));
            }
            case "aes" -> {
                Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding", provider);
                cipher.init(Cipher.ENCRYPT_MODE, (SecretKey) store.getKey(args[3], null));
                print(cipher.doFinal(HexFormat.of().parseHex(args[4])));
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void print(byte[] bytes) {
        System.out.println(HexFormat.of().formatHex(bytes));
    }
}
