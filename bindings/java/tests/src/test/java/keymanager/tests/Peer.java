package keymanager.tests;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/** The layouts of docs/envelopes.md on what the JDK has: nothing of this library is in it. */
final class Peer {
    private static final byte[] SPLITTER = "#KEY_SPLITTER#".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEADER = "VER_R2".getBytes(StandardCharsets.US_ASCII);

    private Peer() {}

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private static Cipher oaep(int mode, java.security.Key key) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(mode, key, new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
        return cipher;
    }

    private static byte[] gcm(int mode, byte[] key, byte[] nonce, byte[] aad, byte[] data) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(aad);
        return cipher.doFinal(data);
    }

    private static byte[] joined(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }

    /** An envelope of {@code ver_r2}, {@code packet}, {@code aad} or {@code salt}. */
    static byte[] seal(X509Certificate certificate, String layout, byte[] aad, byte[] salt, byte[] packet)
            throws GeneralSecurityException {
        byte[] session = random(32);
        byte[] wrapped = oaep(Cipher.ENCRYPT_MODE, certificate.getPublicKey()).doFinal(session);
        byte[] thumbprint = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        byte[] key = joined(thumbprint, wrapped, SPLITTER);
        byte[] inside = random(32);
        byte[] iv;
        switch (layout) {
            case "ver_r2":
                iv = Arrays.copyOf(inside, 12);
                return joined(HEADER, key, inside, gcm(Cipher.ENCRYPT_MODE, session, iv, inside, packet));
            case "packet":
                iv = random(12);
                return joined(iv, inside, key, gcm(Cipher.ENCRYPT_MODE, session, iv, inside, packet));
            case "aad":
                iv = random(16);
                return joined(key, gcm(Cipher.ENCRYPT_MODE, session, iv, aad, packet), iv);
            default:
                return joined(key, gcm(Cipher.ENCRYPT_MODE, session, salt, aad, packet));
        }
    }

    /** The plaintext of such an envelope. */
    static byte[] open(PrivateKey key, String layout, byte[] aad, byte[] salt, byte[] envelope) throws GeneralSecurityException {
        ByteBuffer rest = ByteBuffer.wrap(envelope);
        byte[] iv = salt;
        byte[] authenticated = aad;
        if (layout.equals("ver_r2")) {
            expect(HEADER, rest);
        } else if (layout.equals("packet")) {
            iv = take(rest, 12);
            authenticated = take(rest, 32);
        }
        take(rest, 32);
        byte[] session = oaep(Cipher.DECRYPT_MODE, key).doFinal(take(rest, 256));
        expect(SPLITTER, rest);
        if (layout.equals("ver_r2")) {
            authenticated = take(rest, 32);
            iv = Arrays.copyOf(authenticated, 12);
        }
        byte[] sealed = take(rest, rest.remaining() - (layout.equals("aad") ? 16 : 0));
        if (layout.equals("aad")) {
            iv = take(rest, 16);
        }
        return gcm(Cipher.DECRYPT_MODE, session, iv, authenticated, sealed);
    }

    private static byte[] take(ByteBuffer from, int count) {
        byte[] bytes = new byte[count];
        from.get(bytes);
        return bytes;
    }

    private static void expect(byte[] expected, ByteBuffer from) {
        if (!Arrays.equals(expected, take(from, expected.length))) {
            throw new IllegalArgumentException("not this layout");
        }
    }
}
