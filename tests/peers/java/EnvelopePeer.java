import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * Every envelope layout, written and read with the JDK's own providers and nothing of keymanager.
 *
 * Reads one request a line and answers one line. Bytes are hexadecimal, an absent value is "-".
 *
 *   seal LAYOUT CERTIFICATE.pem AAD SALT PLAINTEXT    the envelope
 *   open LAYOUT KEY.der AAD SALT ENVELOPE             the plaintext, or "error"
 *   load CERTIFICATE.pem KEY.der SIZE                 prepares the two timing requests; "ok"
 *   warm SECONDS SIZE                                 packets of SIZE for so long, so that the JVM compiles its ciphers; "ok"
 *   time seal|open COUNT                              nanoseconds of this thread's CPU for COUNT packets of SIZE
 */
public final class EnvelopePeer {
    private static final byte[] SPLITTER = "#KEY_SPLITTER#".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final byte[] HEADER = "VER_R2".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final OAEPParameterSpec OAEP =
        new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HexFormat HEX = HexFormat.of();

    private X509Certificate certificate;
    private byte[] thumbprint;
    private PrivateKey key;
    private byte[] plaintext;
    private byte[] envelope;

    public static void main(String[] arguments) throws Exception {
        EnvelopePeer peer = new EnvelopePeer();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(peer.answer(line.trim().split(" ")));
        }
    }

    private String answer(String[] request) throws Exception {
        switch (request[0]) {
            case "seal": {
                X509Certificate recipient = readCertificate(request[2]);
                byte[] print = MessageDigest.getInstance("SHA-256").digest(recipient.getEncoded());
                return HEX.formatHex(seal(request[1], recipient, print, bytes(request[3]), bytes(request[4]), bytes(request[5])));
            }
            case "open":
                try {
                    return HEX.formatHex(open(request[1], readKey(request[2]), bytes(request[3]), bytes(request[4]), bytes(request[5])));
                } catch (java.security.GeneralSecurityException | IllegalArgumentException refused) {
                    return "error";
                }
            case "load":
                certificate = readCertificate(request[1]);
                thumbprint = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
                key = readKey(request[2]);
                plaintext = new byte[Integer.parseInt(request[3])];
                RANDOM.nextBytes(plaintext);
                envelope = seal("ver_r2", certificate, thumbprint, new byte[0], new byte[0], plaintext);
                return "ok";
            case "warm": {
                byte[] data = new byte[Integer.parseInt(request[2])];
                byte[] sessionKey = random(32);
                byte[] aad = random(32);
                long end = System.nanoTime() + Long.parseLong(request[1]) * 1_000_000_000L;
                while (System.nanoTime() < end) {
                    byte[] nonce = random(12);
                    data = gcm(Cipher.DECRYPT_MODE, sessionKey, nonce, aad, gcm(Cipher.ENCRYPT_MODE, sessionKey, nonce, aad, data));
                }
                return "ok";
            }
            case "time": {
                int count = Integer.parseInt(request[2]);
                ThreadMXBean threads = ManagementFactory.getThreadMXBean();
                long begun = threads.getCurrentThreadCpuTime();
                int seen = 0;
                for (int round = 0; round < count; round++) {
                    byte[] result = request[1].equals("seal")
                        ? seal("ver_r2", certificate, thumbprint, new byte[0], new byte[0], plaintext)
                        : open("ver_r2", key, new byte[0], new byte[0], envelope);
                    seen += result[result.length - 1];
                }
                long spent = threads.getCurrentThreadCpuTime() - begun;
                return spent + (seen == Integer.MIN_VALUE ? " " : "");
            }
            default:
                throw new IllegalArgumentException("unknown request " + request[0]);
        }
    }

    private static byte[] seal(String layout, X509Certificate recipient, byte[] print, byte[] aad, byte[] salt, byte[] data)
            throws Exception {
        byte[] sessionKey = random(32);
        Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
        rsa.init(Cipher.ENCRYPT_MODE, recipient.getPublicKey(), OAEP);
        byte[] wrapped = rsa.doFinal(sessionKey);
        byte[] own;
        switch (layout) {
            case "ver_r2":
            case "ver_r2_no_thumbprint":
                own = random(32);
                return join(HEADER, layout.equals("ver_r2") ? print : new byte[0], wrapped, SPLITTER, own,
                    gcm(Cipher.ENCRYPT_MODE, sessionKey, Arrays.copyOf(own, 12), own, data));
            case "packet":
            case "packet_no_thumbprint": {
                byte[] nonce = random(12);
                own = random(32);
                return join(nonce, own, layout.equals("packet") ? print : new byte[0], wrapped, SPLITTER,
                    gcm(Cipher.ENCRYPT_MODE, sessionKey, nonce, own, data));
            }
            case "aad":
            case "no_thumbprint": {
                byte[] iv = random(16);
                return join(layout.equals("aad") ? print : new byte[0], wrapped, SPLITTER,
                    gcm(Cipher.ENCRYPT_MODE, sessionKey, iv, aad, data), iv);
            }
            case "salt":
                return join(print, wrapped, SPLITTER, gcm(Cipher.ENCRYPT_MODE, sessionKey, salt, aad, data));
            default:
                throw new IllegalArgumentException("unknown layout " + layout);
        }
    }

    private static byte[] open(String layout, PrivateKey key, byte[] aad, byte[] salt, byte[] envelope) throws Exception {
        ByteBuffer rest = ByteBuffer.wrap(envelope);
        byte[] nonce = null;
        byte[] own = aad;
        if (layout.startsWith("packet")) {
            nonce = take(rest, 12);
            own = take(rest, 32);
        }
        if (layout.startsWith("ver_r2")) {
            expect(HEADER, take(rest, HEADER.length));
        }
        if (!layout.endsWith("no_thumbprint")) {
            take(rest, 32);
        }
        byte[] wrapped = take(rest, 256);
        expect(SPLITTER, take(rest, SPLITTER.length));
        if (layout.startsWith("ver_r2")) {
            own = take(rest, 32);
            nonce = Arrays.copyOf(own, 12);
        }
        byte[] sealed;
        if (nonce != null) {
            sealed = take(rest, rest.remaining());
        } else if (salt.length > 0) {
            nonce = salt;
            sealed = take(rest, rest.remaining());
        } else {
            sealed = take(rest, rest.remaining() - 16);
            nonce = take(rest, 16);
        }
        Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
        rsa.init(Cipher.DECRYPT_MODE, key, OAEP);
        return gcm(Cipher.DECRYPT_MODE, rsa.doFinal(wrapped), nonce, own, sealed);
    }

    private static byte[] gcm(int mode, byte[] key, byte[] nonce, byte[] aad, byte[] data) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        if (aad.length > 0) {
            cipher.updateAAD(aad);
        }
        return cipher.doFinal(data);
    }

    private static void expect(byte[] wanted, byte[] found) {
        if (!Arrays.equals(wanted, found)) {
            throw new IllegalArgumentException("not where it must be");
        }
    }

    private static byte[] take(ByteBuffer from, int length) {
        if (length < 0 || length > from.remaining()) {
            throw new IllegalArgumentException("too short");
        }
        byte[] taken = new byte[length];
        from.get(taken);
        return taken;
    }

    private static byte[] join(byte[]... parts) {
        ByteBuffer whole = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
        Arrays.stream(parts).forEach(whole::put);
        return whole.array();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static byte[] bytes(String text) {
        return text.equals("-") ? new byte[0] : HEX.parseHex(text);
    }

    private static X509Certificate readCertificate(String path) throws Exception {
        byte[] file = Files.readAllBytes(Path.of(path));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(file));
    }

    private static PrivateKey readKey(String path) throws Exception {
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(path))));
    }
}
