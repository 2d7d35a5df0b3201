import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * Opens envelopes over PostgreSQL and a token with JDBC, SunPKCS11 and the JDK's ciphers, and nothing of keymanager: the
 * policy and the key's row are read, the Base key is unwrapped by the token, and the envelope opened with it.
 *
 * Reads one request a line and answers one line.
 *
 *   load CONFIG PIN URL USER PASSWORD ENVELOPE    prepares; the size of the plaintext
 *   time COUNT                                    nanoseconds of the wall for COUNT openings
 */
public final class BackendPeer {
    private static final int SPLITTER = "#KEY_SPLITTER#".length();
    private static final int THUMBPRINT = 6;
    private static final int WRAPPED = THUMBPRINT + 32;
    private static final int BLOCK = 256;
    private static final int AAD = WRAPPED + BLOCK + SPLITTER;
    private static final OAEPParameterSpec OAEP =
        new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

    private Provider provider;
    private KeyStore token;
    private final Map<String, PrivateKey> masters = new HashMap<>();
    private PreparedStatement policy;
    private PreparedStatement row;
    private byte[] envelope;

    public static void main(String[] arguments) throws Exception {
        BackendPeer peer = new BackendPeer();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(peer.answer(line.trim().split(" ")));
        }
    }

    private long answer(String[] request) throws Exception {
        if (request[0].equals("load")) {
            provider = Security.getProvider("SunPKCS11").configure(request[1]);
            Security.addProvider(provider);
            token = KeyStore.getInstance("PKCS11", provider);
            token.load(null, request[2].toCharArray());
            Connection connection = DriverManager.getConnection(request[3], request[4], request[5]);
            policy = connection.prepareStatement("SELECT access_allowed FROM keymgr.key_policy_def WHERE app_id = ?");
            row = connection.prepareStatement("SELECT a.*, k.* FROM keymgr.key_alias a LEFT JOIN keymgr.key_store k "
                + "ON k.id = a.id WHERE a.cert_thumbprint = ?");
            envelope = Files.readAllBytes(Path.of(request[6]));
            return open().length;
        }
        long begun = System.nanoTime();
        for (int count = Integer.parseInt(request[1]); count > 0; count--) {
            open();
        }
        return System.nanoTime() - begun;
    }

    private byte[] open() throws Exception {
        policy.setString(1, "REGISTRATION");
        try (ResultSet found = policy.executeQuery()) {
            if (!found.next() || !"NA".equals(found.getString(1))) {
                throw new IllegalStateException("not allowed");
            }
        }
        String thumbprint = HexFormat.of().withUpperCase().formatHex(envelope, THUMBPRINT, WRAPPED);
        row.setString(1, thumbprint);
        byte[] wrapped;
        String master;
        try (ResultSet found = row.executeQuery()) {
            if (!found.next() || !found.getString("app_id").equals("REGISTRATION")) {
                throw new IllegalStateException("not found");
            }
            wrapped = Base64.getUrlDecoder().decode(found.getString("private_key"));
            master = found.getString("master_key");
        }
        PrivateKey key = unwrap(wrapped, master);
        Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
        rsa.init(Cipher.DECRYPT_MODE, key, OAEP);
        byte[] sessionKey = rsa.doFinal(envelope, WRAPPED, BLOCK);
        byte[] aad = Arrays.copyOfRange(envelope, AAD, AAD + 32);
        return gcm(sessionKey, Arrays.copyOf(aad, 12), aad, envelope, AAD + 32, envelope.length);
    }

    /** The token does the private operation, as a service asks for it; the padding is removed here. */
    private PrivateKey unwrap(byte[] wrapped, String alias) throws Exception {
        PrivateKey master = masters.get(alias);
        if (master == null) {
            master = (PrivateKey) token.getKey(alias, null);
            masters.put(alias, master);
        }
        Cipher raw = Cipher.getInstance("RSA/ECB/NoPadding", provider);
        raw.init(Cipher.DECRYPT_MODE, master);
        byte[] key = unpad(raw.doFinal(wrapped, 0, BLOCK));
        byte[] iv = Arrays.copyOfRange(wrapped, wrapped.length - 16, wrapped.length);
        byte[] pkcs8 = gcm(key, iv, new byte[0], wrapped, BLOCK + SPLITTER, wrapped.length - 16);
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    private static byte[] gcm(byte[] key, byte[] iv, byte[] aad, byte[] from, int begin, int end) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
        cipher.updateAAD(aad);
        return cipher.doFinal(from, begin, end - begin);
    }

    /** EME-OAEP decoding (RFC 8017) with SHA-256 and an empty label. */
    private static byte[] unpad(byte[] block) throws Exception {
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        int length = hash.getDigestLength();
        byte[] seed = Arrays.copyOfRange(block, 1, 1 + length);
        byte[] data = Arrays.copyOfRange(block, 1 + length, block.length);
        mask(hash, data, seed);
        mask(hash, seed, data);
        int at = length;
        while (at < data.length - 1 && data[at] == 0) {
            at++;
        }
        byte[] label = hash.digest(new byte[0]);
        if (block[0] != 0 || data[at] != 1 || !MessageDigest.isEqual(label, Arrays.copyOf(data, length))) {
            throw new BadPaddingException();
        }
        return Arrays.copyOfRange(data, at + 1, data.length);
    }

    private static void mask(MessageDigest hash, byte[] seed, byte[] masked) {
        for (int done = 0, counter = 0; done < masked.length; counter++) {
            hash.update(seed);
            for (byte part : hash.digest(new byte[] {0, 0, 0, (byte) counter})) {
                if (done < masked.length) {
                    masked[done++] ^= part;
                }
            }
        }
    }
}
