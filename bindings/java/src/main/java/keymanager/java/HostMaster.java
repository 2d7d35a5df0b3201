package keymanager.java;

import java.util.List;
import java.util.Objects;

/**
 * A master backend that the host implements (docs/bindings.md, section 2).
 *
 * <p>Every method may be called from any thread, also side by side. It must not call the library. Exceptions are as in {@link
 * HostStore}; the numbers here are {@code master_unavailable} (7007), which is that of any other exception, {@code alias_not_found}
 * (3008), {@code alias_exists} (7011), {@code wrong_key_kind} (7012), {@code unsupported} (1008), and {@code decryption_failed}
 * (6001). Arrays with secrets are wiped when the method has returned: those that it was given, and those that it answered.
 */
public interface HostMaster {
    /**
     * What this backend can do.
     *
     * @return what it can do
     * @throws Exception the backend failed
     */
    Capabilities capabilities() throws Exception;

    /**
     * Makes a key. A pair is pending until its certificate is attached; an AES key is there at once.
     *
     * @param alias its alias
     * @param kind its kind
     * @return the public half of a pair as SubjectPublicKeyInfo DER; null for AES
     * @throws Exception the backend failed
     */
    byte[] create(String alias, KeyKind kind) throws Exception;

    /**
     * Attaches the certificate, or replaces it: the commit point of a pair's creation.
     *
     * @param alias the alias of the key
     * @param certificateDer the certificate
     * @throws Exception the backend failed
     */
    void attachCertificate(String alias, byte[] certificateDer) throws Exception;

    /**
     * Finds a key, pending ones included.
     *
     * @param alias its alias
     * @return the key; null when there is none
     * @throws Exception the backend failed
     */
    Entry find(String alias) throws Exception;

    /**
     * Every key, pending ones included, by alias.
     *
     * @param cursor where the page begins; null for the first one
     * @return the page
     * @throws Exception the backend failed
     */
    Page list(String cursor) throws Exception;

    /**
     * Signs.
     *
     * @param alias the alias of the key
     * @param scheme how
     * @param digest whether {@code input} is the digest under the hash of the scheme; else it is the whole message
     * @param input what is signed
     * @return the signature
     * @throws Exception the backend failed
     */
    byte[] sign(String alias, Signature scheme, boolean digest, byte[] input) throws Exception;

    /**
     * Decrypts with RSA.
     *
     * @param alias the alias of the key
     * @param oaep the parameters of OAEP; null for the raw operation, whose result has the size of the modulus
     * @param ciphertext what is decrypted
     * @return the plaintext
     * @throws Exception the backend failed
     */
    byte[] rsaDecrypt(String alias, Oaep oaep, byte[] ciphertext) throws Exception;

    /**
     * AES-256-ECB on whole blocks.
     *
     * @param alias the alias of the key
     * @param direction which way
     * @param blocks the blocks, which are secret
     * @return the blocks that come out, which are secret too
     * @throws Exception the backend failed
     */
    byte[] aesEcb(String alias, Direction direction, byte[] blocks) throws Exception;

    /**
     * Removes a key; nothing when there is none.
     *
     * @param alias its alias
     * @throws Exception the backend failed
     */
    void remove(String alias) throws Exception;

    /**
     * Proves that the backend can still work.
     *
     * @throws Exception it cannot
     */
    void health() throws Exception;

    /** Called once, when the library has no more use for this backend: the manager was closed, or could not be opened. */
    default void release() {}

    /** The kinds of key. */
    enum KeyKind {
        /** RSA of 2048 bits. */
        RSA_2048,
        /** RSA of 3072 bits. */
        RSA_3072,
        /** RSA of 4096 bits. */
        RSA_4096,
        /** AES of 256 bits. */
        AES_256;

        /** {@return the stable number} */
        public int number() {
            return ordinal() + 1;
        }
    }

    /** Hash functions. */
    enum Hash {
        /** SHA-1. */
        SHA_1,
        /** SHA-256. */
        SHA_256,
        /** SHA-384. */
        SHA_384,
        /** SHA-512. */
        SHA_512;

        /** {@return the stable number} */
        public int number() {
            return ordinal() + 1;
        }
    }

    /** How a signature is made (RFC 8017 §8). The salt of PSS is as long as the hash, and MGF1 uses the same hash. */
    enum Signature {
        /** RSASSA-PKCS1-v1_5 with SHA-256. */
        RSA_PKCS1_SHA_256,
        /** RSASSA-PKCS1-v1_5 with SHA-384. */
        RSA_PKCS1_SHA_384,
        /** RSASSA-PKCS1-v1_5 with SHA-512. */
        RSA_PKCS1_SHA_512,
        /** RSASSA-PSS with SHA-256. */
        RSA_PSS_SHA_256,
        /** RSASSA-PSS with SHA-384. */
        RSA_PSS_SHA_384,
        /** RSASSA-PSS with SHA-512. */
        RSA_PSS_SHA_512;

        /** {@return the stable number} */
        public int number() {
            return ordinal() + 1;
        }
    }

    /** Which way a cipher goes. */
    enum Direction {
        /** Plaintext to ciphertext. */
        ENCRYPT,
        /** Ciphertext to plaintext. */
        DECRYPT;

        /** {@return the stable number} */
        public int number() {
            return ordinal() + 1;
        }
    }

    /** The parameters of RSAES-OAEP. */
    final class Oaep extends Request {
        private final Hash hash;
        private final Hash mgfHash;
        private final byte[] label;

        /**
         * Parameters.
         *
         * @param hash the hash of the label
         * @param mgfHash the hash inside MGF1
         * @param label the label, usually empty
         */
        public Oaep(Hash hash, Hash mgfHash, byte[] label) {
            this.hash = Objects.requireNonNull(hash, "hash");
            this.mgfHash = Objects.requireNonNull(mgfHash, "mgfHash");
            this.label = label.clone();
        }

        Oaep(Wire.Reader from) throws HostException {
            hash = Host.numbered(Hash.values(), from.number32());
            mgfHash = Host.numbered(Hash.values(), from.number32());
            label = from.bytes();
        }

        /** {@return the hash of the label} */
        public Hash hash() {
            return hash;
        }

        /** {@return the hash inside MGF1} */
        public Hash mgfHash() {
            return mgfHash;
        }

        /** {@return the label} */
        public byte[] label() {
            return label.clone();
        }

        @Override
        void write(Wire.Writer out) {
            out.number32(hash.number()).number32(mgfHash.number()).bytes(label);
        }
    }

    /** What a master backend can do; nothing unless it is set. */
    final class Capabilities extends Request {
        private List<KeyKind> kinds = List.of();
        private List<Oaep> oaep = List.of();
        private boolean rawRsa;
        private boolean aesEcb;
        private boolean certificates;
        private boolean extractable;
        private boolean parallel;

        /** Nothing yet. */
        public Capabilities() {}

        /**
         * Sets the kinds of key it can create.
         *
         * @param kinds the kinds
         * @return this
         */
        public Capabilities kinds(List<KeyKind> kinds) {
            this.kinds = List.copyOf(kinds);
            return this;
        }

        /**
         * Sets the parameters of OAEP that it decrypts by itself; others go through raw RSA.
         *
         * @param oaep the parameters
         * @return this
         */
        public Capabilities oaep(List<Oaep> oaep) {
            this.oaep = List.copyOf(oaep);
            return this;
        }

        /** {@return this, with the raw RSA private operation} */
        public Capabilities rawRsa() {
            rawRsa = true;
            return this;
        }

        /** {@return this, with AES-ECB} */
        public Capabilities aesEcb() {
            aesEcb = true;
            return this;
        }

        /** {@return this, keeping certificates} */
        public Capabilities certificates() {
            certificates = true;
            return this;
        }

        /** {@return this, with private keys that can be taken out of it} */
        public Capabilities extractable() {
            extractable = true;
            return this;
        }

        /** {@return this, with calls that run side by side; otherwise it makes them wait for each other} */
        public Capabilities parallel() {
            parallel = true;
            return this;
        }

        @Override
        void write(Wire.Writer out) {
            out.list(kinds, (to, kind) -> to.number32(kind.number())).list(oaep, Wire.Writer::record);
            out.bool(rawRsa).bool(aesEcb).bool(certificates).bool(extractable).bool(parallel);
        }
    }

    /** A key as the host has it. */
    final class Entry extends Request {
        private final String alias;
        private final KeyKind kind;
        private final byte[] spkiDer;
        private final byte[] certificateDer;
        private final boolean pending;

        /**
         * A key.
         *
         * @param alias its alias
         * @param kind its kind; null for one that is not listed here
         * @param spkiDer the public half of a pair as SubjectPublicKeyInfo DER; null for AES
         * @param certificateDer the certificate; null while the key is pending, and for AES keys
         * @param pending whether the pair was created, but its certificate was not attached yet
         */
        public Entry(String alias, KeyKind kind, byte[] spkiDer, byte[] certificateDer, boolean pending) {
            this.alias = Objects.requireNonNull(alias, "alias");
            this.kind = kind;
            this.spkiDer = spkiDer == null ? null : spkiDer.clone();
            this.certificateDer = certificateDer == null ? null : certificateDer.clone();
            this.pending = pending;
        }

        @Override
        void write(Wire.Writer out) {
            out.text(alias).maybe(kind, (to, value) -> to.number32(value.number()));
            out.maybe(spkiDer, Wire.Writer::bytes).maybe(certificateDer, Wire.Writer::bytes).bool(pending);
        }
    }

    /** A page of keys. */
    final class Page extends Request {
        private final List<Entry> entries;
        private final String next;

        /**
         * A page.
         *
         * @param entries the keys, by alias
         * @param next where the next page begins; null when this is the last one
         */
        public Page(List<Entry> entries, String next) {
            this.entries = List.copyOf(entries);
            this.next = next;
        }

        @Override
        void write(Wire.Writer out) {
            out.list(entries, Wire.Writer::record).maybe(next, Wire.Writer::text);
        }
    }
}
