package keymanager.tests;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import keymanager.java.HostException;
import keymanager.java.HostMaster;

/** A master backend on what the JDK has: nothing of this library is in it. */
final class JceMaster implements HostMaster {
    private static final class Held {
        KeyPair pair;
        SecretKey secret;
        KeyKind kind;
        byte[] certificate;
    }

    private final TreeMap<String, Held> keys = new TreeMap<>();
    final AtomicInteger released = new AtomicInteger();

    /** A pair that was made elsewhere, with its certificate. */
    synchronized void put(String alias, KeyPair pair, byte[] certificate) {
        Held held = new Held();
        held.pair = pair;
        held.kind = KeyKind.RSA_2048;
        held.certificate = certificate;
        keys.put(alias, held);
    }

    private synchronized Held get(String alias) throws HostException {
        Held held = keys.get(alias);
        if (held == null) {
            throw new HostException(3008, "no key is called " + alias);
        }
        return held;
    }

    private PrivateKey pair(String alias) throws HostException {
        Held held = get(alias);
        if (held.pair == null) {
            throw new HostException(7012, "the key " + alias + " is no pair");
        }
        return held.pair.getPrivate();
    }

    @Override
    public Capabilities capabilities() {
        List<Oaep> oaep = new ArrayList<>();
        for (Hash hash : Hash.values()) {
            oaep.add(new Oaep(hash, hash, new byte[0]));
        }
        return new Capabilities()
                .kinds(List.of(KeyKind.values())).oaep(oaep).rawRsa().aesEcb().certificates().parallel();
    }

    @Override
    public byte[] create(String alias, KeyKind kind) throws Exception {
        Held held = new Held();
        held.kind = kind;
        if (kind == KeyKind.AES_256) {
            KeyGenerator generator = KeyGenerator.getInstance("AES");
            generator.init(256);
            held.secret = generator.generateKey();
        } else {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(kind == KeyKind.RSA_2048 ? 2048 : kind == KeyKind.RSA_3072 ? 3072 : 4096);
            held.pair = generator.generateKeyPair();
        }
        synchronized (this) {
            if (keys.putIfAbsent(alias, held) != null) {
                throw new HostException(7011, "a key is called " + alias + " already");
            }
        }
        return held.pair == null ? null : held.pair.getPublic().getEncoded();
    }

    @Override
    public synchronized void attachCertificate(String alias, byte[] certificateDer) throws Exception {
        pair(alias);
        get(alias).certificate = certificateDer;
    }

    @Override
    public synchronized Entry find(String alias) {
        return keys.containsKey(alias) ? entry(alias, keys.get(alias)) : null;
    }

    private static Entry entry(String alias, Held held) {
        byte[] spki = held.pair == null ? null : held.pair.getPublic().getEncoded();
        return new Entry(alias, held.kind, spki, held.certificate, held.pair != null && held.certificate == null);
    }

    @Override
    public synchronized Page list(String cursor) {
        List<Entry> entries = new ArrayList<>();
        for (var each : keys.tailMap(cursor == null ? "" : cursor, false).entrySet()) {
            if (entries.size() == 2) {
                String last = keys.headMap(each.getKey(), false).lastKey();
                return new Page(entries, last);
            }
            entries.add(entry(each.getKey(), each.getValue()));
        }
        return new Page(entries, null);
    }

    @Override
    public byte[] sign(String alias, Signature scheme, boolean digest, byte[] input) throws Exception {
        int bits = List.of(256, 384, 512).get(scheme.ordinal() % 3);
        boolean pss = scheme.ordinal() >= 3;
        if (digest) {
            return signDigest(alias, bits, pss, input);
        }
        java.security.Signature signature =
                java.security.Signature.getInstance(pss ? "RSASSA-PSS" : "SHA" + bits + "withRSA");
        if (pss) {
            String hash = "SHA-" + bits;
            signature.setParameter(new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), bits / 8, 1));
        }
        signature.initSign(pair(alias));
        signature.update(input);
        return signature.sign();
    }

    /** The JDK signs no digest that was made elsewhere: for PKCS#1 the raw operation does, for PSS nothing. */
    private byte[] signDigest(String alias, int bits, boolean pss, byte[] digest) throws Exception {
        if (pss) {
            throw new HostException(1008, "PSS over a digest is not offered");
        }
        if (digest.length != bits / 8) {
            throw new HostException(1001, "the digest has another size than the hash");
        }
        byte[] info = {0x30, (byte) (17 + digest.length), 0x30, 13, 6, 9, 0x60, (byte) 0x86, 0x48, 1, 0x65, 3, 4, 2,
            (byte) (bits == 256 ? 1 : bits == 384 ? 2 : 3), 5, 0, 4, (byte) digest.length};
        Cipher cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, pair(alias));
        cipher.update(info);
        return cipher.doFinal(digest);
    }

    @Override
    public byte[] rsaDecrypt(String alias, Oaep oaep, byte[] ciphertext) throws Exception {
        PrivateKey key = pair(alias);
        int size = (((RSAPrivateKey) key).getModulus().bitLength() + 7) / 8;
        if (ciphertext.length != size) {
            throw new HostException(2010, "the ciphertext has " + ciphertext.length + " bytes, and the modulus " + size);
        }
        try {
            if (oaep == null) {
                Cipher raw = Cipher.getInstance("RSA/ECB/NoPadding");
                raw.init(Cipher.DECRYPT_MODE, key);
                return raw.doFinal(ciphertext);
            }
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, parameters(oaep));
            return cipher.doFinal(ciphertext);
        } catch (java.security.GeneralSecurityException e) {
            throw new HostException(6001, "decryption failed", e);
        }
    }

    private static AlgorithmParameterSpec parameters(Oaep oaep) {
        return new OAEPParameterSpec(
                name(oaep.hash()), "MGF1", new MGF1ParameterSpec(name(oaep.mgfHash())), new PSource.PSpecified(oaep.label()));
    }

    private static String name(Hash hash) {
        return hash.name().replace('_', '-');
    }

    @Override
    public byte[] aesEcb(String alias, Direction direction, byte[] blocks) throws Exception {
        Held held = get(alias);
        if (held.secret == null) {
            throw new HostException(7012, "the key " + alias + " is no AES key");
        }
        if (blocks.length == 0 || blocks.length % 16 != 0) {
            throw new HostException(1001, "blocks have 16 bytes");
        }
        Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(direction == Direction.ENCRYPT ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, held.secret);
        return cipher.doFinal(blocks);
    }

    @Override
    public synchronized void remove(String alias) {
        keys.remove(alias);
    }

    @Override
    public void health() throws Exception {
        MessageDigest.getInstance("SHA-256");
    }

    @Override
    public void release() {
        released.incrementAndGet();
    }
}
