package keymanager.java;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Keys, certificates and envelopes of one deployment, at the system's time. Every call may block, and may come from any thread, also
 * side by side; {@link #close} too: calls that are running end as they would, later ones are {@code invalid_argument}.
 */
public final class KeyManager implements AutoCloseable {
    private final NativeHandle handle;
    private final Thrown thrown;

    KeyManager(long number, Thrown thrown) {
        handle = new NativeHandle(this, number, Native::close);
        this.thrown = thrown;
    }

    /** A call of the library on this manager. */
    private interface Body<T> {
        T run(long number) throws KeyManagerException;
    }

    /** Keeps this manager reachable until the call has returned: else it could be closed in the middle, as garbage. */
    private <T> T run(Body<T> body) throws KeyManagerException {
        try {
            return thrown.during(() -> body.run(handle.number()));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** A native method that takes a request, and answers a record. */
    private interface Verb {
        byte[] run(long number, byte[] request) throws KeyManagerException;
    }

    /** One that takes long. */
    private interface LongVerb {
        byte[] run(long number, byte[] request, Callback progress) throws KeyManagerException;
    }

    private Wire.Reader ask(Verb verb, Wire.Writer request) throws KeyManagerException {
        byte[] bytes = request.take();
        return new Wire.Reader(run(number -> verb.run(number, bytes)));
    }

    private Wire.Reader ask(LongVerb verb, Wire.Writer request, Progress progress) throws KeyManagerException {
        byte[] bytes = request.take();
        return new Wire.Reader(run(number -> verb.run(number, bytes, ProgressCallback.of(progress, thrown))));
    }

    /** One that takes long, and another store or master backend, which is released when it is done. */
    private interface HostVerb {
        byte[] run(long number, byte[] request, Callback host, Callback progress) throws KeyManagerException;
    }

    private Wire.Reader ask(HostVerb verb, Supplier<Wire.Writer> request, Callback host, Progress progress)
            throws KeyManagerException {
        try {
            byte[] bytes = request.get().take();
            try {
                return new Wire.Reader(run(number -> verb.run(number, bytes, host, ProgressCallback.of(progress, thrown))));
            } finally {
                Arrays.fill(bytes, (byte) 0);
            }
        } finally {
            Callback.releaseAll(host);
        }
    }

    private static Wire.Writer scope(String app, String reference) {
        return new Wire.Writer().text(Objects.requireNonNull(app, "app")).text(Objects.requireNonNull(reference, "reference"));
    }

    private static Wire.Writer envelope(String app, String reference, EnvelopeOptions options) {
        return scope(app, reference).record(Objects.requireNonNull(options, "options"));
    }

    private static Wire.Writer record(Request request) {
        return new Wire.Writer().record(Objects.requireNonNull(request, "request"));
    }

    /**
     * Opens a manager over a store and a master backend, each embedded or of the host.
     *
     * @param options what is opened
     * @return the manager
     * @throws KeyManagerException those of the embedded store and key file
     */
    public static KeyManager open(ManagerOptions options) throws KeyManagerException {
        return options.open();
    }

    /**
     * Prepares the store and writes the default policies where there are none. Idempotent.
     *
     * @throws KeyManagerException those of the store
     */
    public void initialise() throws KeyManagerException {
        run(number -> {
            Native.initialise(number);
            return null;
        });
    }

    /**
     * Encrypts to the current key of a scope; the key is made or renewed when the rules say so.
     *
     * @param app the application
     * @param reference the reference id
     * @param options how
     * @param plaintext what is encrypted
     * @return the envelope
     * @throws KeyManagerException among others {@code application_not_found}, {@code encrypt_not_allowed}, {@code empty_plaintext}
     */
    public byte[] encrypt(String app, String reference, EnvelopeOptions options, byte[] plaintext) throws KeyManagerException {
        return encrypt(app, reference, options, plaintext, 0, plaintext.length);
    }

    /**
     * Encrypts a part of an array to the current key of a scope.
     *
     * @param app the application
     * @param reference the reference id
     * @param options how
     * @param plaintext the array
     * @param offset where the part begins
     * @param length its length
     * @return the envelope
     * @throws KeyManagerException as {@link #encrypt(String, String, EnvelopeOptions, byte[])}
     */
    public byte[] encrypt(String app, String reference, EnvelopeOptions options, byte[] plaintext, int offset, int length) throws KeyManagerException {
        byte[] request = envelope(app, reference, options).take();
        return run(number -> Native.encryptToScope(number, request, plaintext, offset, length));
    }

    /**
     * Encrypts all that a stream has to the current key of a scope, in bounded memory. Neither stream is closed. After an exception what was written is no envelope.
     *
     * @param app the application
     * @param reference the reference id
     * @param options how
     * @param plaintext what is encrypted
     * @param envelope where the envelope goes
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #encrypt(String, String, EnvelopeOptions, byte[])}
     * @throws IOException what the streams throw
     */
    public Transferred encrypt(String app, String reference, EnvelopeOptions options, InputStream plaintext, OutputStream envelope) throws KeyManagerException, IOException {
        try (EncryptStream stream = encryptStream(app, reference, options)) {
            return stream.transfer(plaintext, envelope);
        }
    }

    /**
     * Opens an envelope under an application. The plaintext belongs to the caller, who wipes it.
     *
     * @param app the application
     * @param reference the reference id; may be blank, since the envelope names its key
     * @param options how
     * @param envelope what is opened
     * @return the plaintext
     * @throws KeyManagerException among others {@code thumbprint_not_found}, {@code decrypt_not_allowed}, {@code decryption_failed}
     */
    public byte[] decrypt(String app, String reference, EnvelopeOptions options, byte[] envelope) throws KeyManagerException {
        return decrypt(app, reference, options, envelope, 0, envelope.length);
    }

    /**
     * Opens an envelope that is a part of an array.
     *
     * @param app the application
     * @param reference the reference id; may be blank, since the envelope names its key
     * @param options how
     * @param envelope the array
     * @param offset where the part begins
     * @param length its length
     * @return the plaintext
     * @throws KeyManagerException as {@link #decrypt(String, String, EnvelopeOptions, byte[])}
     */
    public byte[] decrypt(String app, String reference, EnvelopeOptions options, byte[] envelope, int offset, int length) throws KeyManagerException {
        byte[] request = envelope(app, reference, options).take();
        return run(number -> Native.decrypt(number, request, envelope, offset, length));
    }

    /**
     * Opens an envelope that a stream has, in bounded memory, into a file that gets its name when the tag was checked. The stream is not closed.
     *
     * @param app the application
     * @param reference the reference id; may be blank, since the envelope names its key
     * @param options how
     * @param envelope what is opened
     * @param output the path of the file
     * @param overwrite whether a file of that name is replaced
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #decrypt(String, String, EnvelopeOptions, byte[])}; {@code output_exists}, {@code file_failed}
     * @throws IOException what the streams throw
     */
    public Transferred decrypt(String app, String reference, EnvelopeOptions options, InputStream envelope, String output, boolean overwrite) throws KeyManagerException, IOException {
        try (DecryptStream stream = decryptStream(app, reference, options, output, overwrite)) {
            return stream.transfer(envelope);
        }
    }

    /**
     * Opens what remains in a buffer into another, and moves both positions. Direct buffers are used in place; they must not overlap, and nobody else may use them meanwhile. A buffer as large as the envelope is always large enough.
     *
     * @param app the application
     * @param reference the reference id; may be blank, since the envelope names its key
     * @param options how
     * @param envelope what is opened
     * @param plaintext where the plaintext goes; after an exception it holds none
     * @return how many bytes were written
     * @throws KeyManagerException as {@link #decrypt(String, String, EnvelopeOptions, byte[])}; {@code buffer_too_small}, with the size
     */
    public int decryptInto(String app, String reference, EnvelopeOptions options, ByteBuffer envelope, ByteBuffer plaintext) throws KeyManagerException {
        byte[] request = envelope(app, reference, options).take();
        return Buffers.run(envelope, plaintext, (in, inAt, inLen, out, outAt, outLen) ->
                run(number -> Native.decryptInto(number, request, in, inAt, inLen, out, outAt, outLen)));
    }

    /**
     * Begins an envelope to the current key of a scope, whose plaintext comes in pieces.
     *
     * @param app the application
     * @param reference the reference id
     * @param options how
     * @return the stream
     * @throws KeyManagerException as {@link #encrypt(String, String, EnvelopeOptions, byte[])}, except for the size of the plaintext
     */
    public EncryptStream encryptStream(String app, String reference, EnvelopeOptions options) throws KeyManagerException {
        byte[] request = envelope(app, reference, options).take();
        return new EncryptStream(run(number -> Native.encryptStreamToScope(number, request)));
    }

    /**
     * Begins to decrypt an envelope that comes in pieces, into a file that gets its name when the tag was checked.
     *
     * @param app the application
     * @param reference the reference id; may be blank, since the envelope names its key
     * @param options how
     * @param output the path of the file
     * @param overwrite whether a file of that name is replaced
     * @return the stream
     * @throws KeyManagerException {@code invalid_argument} for a layout that does not exist; the rest comes with the pieces
     */
    public DecryptStream decryptStream(String app, String reference, EnvelopeOptions options, String output, boolean overwrite) throws KeyManagerException {
        byte[] request = envelope(app, reference, options).text(Objects.requireNonNull(output, "output")).bool(overwrite).take();
        return new DecryptStream(run(number -> Native.decryptStream(number, request)), thrown);
    }

    /**
     * Encrypts a file to the current key of a scope.
     *
     * @param app the application
     * @param reference the reference id
     * @param options how
     * @param places the files
     * @param progress told and asked meanwhile; may be null
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #encrypt(String, String, EnvelopeOptions, byte[])}; {@code file_not_found}, {@code file_failed}, {@code output_exists}; {@code cancelled}. Then there is no output.
     */
    public Transferred encryptFile(String app, String reference, EnvelopeOptions options, FilePlaces places, Progress progress) throws KeyManagerException {
        return new Transferred(ask(Native::encryptFileToScope, envelope(app, reference, options).record(Objects.requireNonNull(places, "places")), progress));
    }

    /**
     * Decrypts a file into another, which gets its name when the tag was checked.
     *
     * @param app the application
     * @param reference the reference id; may be blank, since the envelope names its key
     * @param options how
     * @param places the files
     * @param progress told and asked meanwhile; may be null
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #decrypt(String, String, EnvelopeOptions, byte[])}; {@code file_not_found}, {@code file_failed}, {@code output_exists}; {@code cancelled}. Then there is no output.
     */
    public Transferred decryptFile(String app, String reference, EnvelopeOptions options, FilePlaces places, Progress progress) throws KeyManagerException {
        return new Transferred(ask(Native::decryptFile, envelope(app, reference, options).record(Objects.requireNonNull(places, "places")), progress));
    }

    /**
     * Makes the Root, Module and signing keys that are missing. Idempotent; takes seconds where RSA keys are made.
     *
     * @param progress told and asked meanwhile; may be null
     * @return what was made, and what was there
     * @throws KeyManagerException those of store and master backend; {@code cancelled}
     */
    public GeneratedKeys generateAll(Progress progress) throws KeyManagerException {
        return new GeneratedKeys(ask(Native::generateAll, new Wire.Writer(), progress));
    }

    /**
     * Makes one key, unless there is a current one and the request does not force.
     *
     * @param request which
     * @return what was made, and what was there
     * @throws KeyManagerException among others {@code generation_not_allowed}
     */
    public GeneratedKeys generate(KeyRequest request) throws KeyManagerException {
        return new GeneratedKeys(ask(Native::generate, record(request)));
    }

    /**
     * Makes or finds a master key, and answers its certificate or a certification request.
     *
     * @param request which
     * @return what was asked for
     * @throws KeyManagerException among others {@code unknown_object_type}
     */
    public KeyObject generateMasterKey(ObjectRequest request) throws KeyManagerException {
        return new KeyObject(ask(Native::generateMasterKey, record(request)));
    }

    /**
     * Makes or finds an elliptic signing key, and answers its certificate or a certification request.
     *
     * @param request which
     * @return what was asked for
     * @throws KeyManagerException among others {@code unknown_object_type}
     */
    public KeyObject generateEcSignKey(ObjectRequest request) throws KeyManagerException {
        return new KeyObject(ask(Native::generateEcSignKey, record(request)));
    }

    /**
     * Replaces the current key of a scope by a new one.
     *
     * @param app the application
     * @param reference the reference id
     * @return the new key
     * @throws KeyManagerException among others {@code key_not_generated}
     */
    public GeneratedKeys rotate(String app, String reference) throws KeyManagerException {
        return new GeneratedKeys(ask(Native::rotate, scope(app, reference)));
    }

    /**
     * Ends the current key of a scope. What it encrypted can still be decrypted.
     *
     * @param app the application
     * @param reference the reference id
     * @return the key
     * @throws KeyManagerException among others {@code revoke_not_allowed}
     */
    public Key revoke(String app, String reference) throws KeyManagerException {
        return new Key(ask(Native::revoke, scope(app, reference)));
    }

    /**
     * Puts a certificate in the place of that of the current key of a scope.
     *
     * @param app the application
     * @param reference the reference id
     * @param certificate the certificate, PEM or DER
     * @return the key
     * @throws KeyManagerException among others {@code certificate_unparsable}
     */
    public Key uploadCertificate(String app, String reference, byte[] certificate) throws KeyManagerException {
        return new Key(ask(Native::uploadCertificate, scope(app, reference).bytes(Objects.requireNonNull(certificate, "certificate"))));
    }

    /**
     * Keeps a certificate of another domain, so that it can be encrypted to.
     *
     * @param app the application
     * @param reference the reference id
     * @param certificate the certificate, PEM or DER
     * @return the key
     * @throws KeyManagerException among others {@code certificate_unparsable}
     */
    public Key uploadOtherDomain(String app, String reference, byte[] certificate) throws KeyManagerException {
        return new Key(ask(Native::uploadOtherDomain, scope(app, reference).bytes(Objects.requireNonNull(certificate, "certificate"))));
    }

    /**
     * A certification request for the current key of a scope; the key is made or renewed when the rules say so.
     *
     * @param app the application
     * @param reference the reference id
     * @param subject attributes of the subject
     * @return the request and the key
     * @throws KeyManagerException among others {@code key_not_generated}
     */
    public KeyCsr generateCsr(String app, String reference, Subject subject) throws KeyManagerException {
        return new KeyCsr(ask(Native::generateCsr, scope(app, reference).record(Objects.requireNonNull(subject, "subject"))));
    }

    /**
     * The current certificate of a scope; the key is made or renewed when the rules say so.
     *
     * @param app the application
     * @param reference the reference id
     * @return the certificate as PEM
     * @throws KeyManagerException among others {@code application_not_found}
     */
    public String certificate(String app, String reference) throws KeyManagerException {
        return ask(Native::certificate, scope(app, reference)).text();
    }

    /**
     * The current certificate of a scope and those above it up to that of the Root key.
     *
     * @param app the application
     * @param reference the reference id
     * @return the certificates as PEM, one after the other
     * @throws KeyManagerException as {@link #certificate}
     */
    public String chain(String app, String reference) throws KeyManagerException {
        return ask(Native::chain, scope(app, reference)).text();
    }

    /**
     * The chain of {@link #chain} as a PKCS#7 bundle.
     *
     * @param app the application
     * @param reference the reference id
     * @return the bundle in PEM
     * @throws KeyManagerException as {@link #certificate}
     */
    public String chainPkcs7(String app, String reference) throws KeyManagerException {
        return ask(Native::chainPkcs7, scope(app, reference)).text();
    }

    /**
     * Every certificate of a scope, those of former keys too.
     *
     * @param app the application
     * @param reference the reference id
     * @return the certificates
     * @throws KeyManagerException as {@link #certificate}
     */
    public List<KeyCertificate> allCertificates(String app, String reference) throws KeyManagerException {
        return ask(Native::allCertificates, scope(app, reference)).list(KeyCertificate::new);
    }

    /**
     * The certificate with this thumbprint.
     *
     * @param thumbprint 64 hexadecimal digits
     * @return the certificate as PEM; empty when no key has it
     * @throws KeyManagerException {@code invalid_argument} for text that is no thumbprint; those of the store
     */
    public Optional<String> certificateOf(String thumbprint) throws KeyManagerException {
        return Optional.ofNullable(ask(Native::certificateOf, new Wire.Writer().text(Objects.requireNonNull(thumbprint, "thumbprint"))).maybeText());
    }

    /**
     * The keys that fit, by begin, then alias.
     *
     * @param query which
     * @return the keys
     * @throws KeyManagerException those of the store
     */
    public List<Key> keys(KeyQuery query) throws KeyManagerException {
        return ask(Native::keys, record(query)).list(Key::new);
    }

    /**
     * The key with this alias or thumbprint.
     *
     * @param aliasOrThumbprint the alias, or 64 hexadecimal digits
     * @return the key
     * @throws KeyManagerException among others {@code alias_not_found}
     */
    public Key key(String aliasOrThumbprint) throws KeyManagerException {
        return new Key(ask(Native::key, new Wire.Writer().text(Objects.requireNonNull(aliasOrThumbprint, "aliasOrThumbprint"))));
    }

    /**
     * Every policy.
     *
     * @return the policies
     * @throws KeyManagerException those of the store
     */
    public List<Policy> policies() throws KeyManagerException {
        return ask(Native::policies, new Wire.Writer()).list(Policy::new);
    }

    /**
     * The policy of an application.
     *
     * @param app the application
     * @return the policy
     * @throws KeyManagerException {@code application_not_found}; those of the store
     */
    public Policy policy(String app) throws KeyManagerException {
        return new Policy(ask(Native::policy, new Wire.Writer().text(Objects.requireNonNull(app, "app"))));
    }

    /**
     * Changes a policy, or makes one.
     *
     * @param change the change
     * @return the policy as it is then
     * @throws KeyManagerException those of the store
     */
    public Policy setPolicy(PolicyRequest change) throws KeyManagerException {
        return new Policy(ask(Native::setPolicy, record(change)));
    }

    /**
     * Makes RSA keys for Base keys of an application ahead of time, until so many are ready.
     *
     * @param app the application
     * @param count how many
     * @param progress told and asked meanwhile; may be null
     * @return the pool as it is then
     * @throws KeyManagerException those of store and master backend; {@code cancelled}
     */
    public Pool fillPool(String app, int count, Progress progress) throws KeyManagerException {
        if (count < 0) {
            throw new IllegalArgumentException("a count is not negative");
        }
        return new Pool(ask(Native::fillPool, new Wire.Writer().text(Objects.requireNonNull(app, "app")).number32(count), progress));
    }

    /**
     * How many keys were made ahead of time, under each Module key.
     *
     * @return the pools
     * @throws KeyManagerException those of store and master backend
     */
    public List<Pool> pool() throws KeyManagerException {
        return ask(Native::pool, new Wire.Writer()).list(Pool::new);
    }

    /**
     * Clears what a crash left behind, as far as that needs no decision.
     *
     * @throws KeyManagerException those of store and master backend
     */
    public void recover() throws KeyManagerException {
        ask(Native::recover, new Wire.Writer());
    }

    /**
     * Compares store and master backend, and says what does not fit together.
     *
     * @param request what else is looked at
     * @param progress told and asked meanwhile; may be null
     * @return what was found
     * @throws KeyManagerException those of store and master backend; {@code cancelled}
     */
    public DoctorReport doctor(DoctorRequest request, Progress progress) throws KeyManagerException {
        return new DoctorReport(ask(Native::doctor, record(request), progress));
    }

    /**
     * As {@link #doctor}, and repairs what can be repaired. What was repaired stays repaired.
     *
     * @param request what else is looked at, and what may be removed
     * @param progress told and asked meanwhile; may be null
     * @return what was found, and what was done
     * @throws KeyManagerException those of store and master backend; {@code cancelled}
     */
    public DoctorReport repair(DoctorRequest request, Progress progress) throws KeyManagerException {
        return new DoctorReport(ask(Native::repair, record(request), progress));
    }

    /**
     * Wraps again all that the Module keys of an application wrap, so that it hangs under one of them. Can be repeated, and goes on where it was interrupted.
     *
     * @param app the application
     * @param request where to
     * @param progress told and asked meanwhile; may be null
     * @return what was done
     * @throws KeyManagerException those of store and master backend; those of opening the other master backend; {@code cancelled}
     */
    public RewrapReport rewrap(String app, RewrapRequest request, Progress progress) throws KeyManagerException {
        Objects.requireNonNull(app, "app");
        MasterCallback master = request.to() == null ? null : request.to().callback(thrown);
        return new RewrapReport(ask(Native::rewrap, () -> new Wire.Writer().text(app).record(request), master, progress));
    }

    /**
     * Copies every row of the store into another, and compares both in the end. Can be repeated, and goes on where it was interrupted. Nobody may write to the store meanwhile.
     *
     * @param to the other store
     * @param create whether an embedded store is made new
     * @param stopAtDamaged whether the work ends at the first row that cannot be understood
     * @param progress told and asked meanwhile; may be null
     * @return what was copied
     * @throws KeyManagerException those of the stores; {@code cancelled}
     */
    public CopyReport copyStore(StoreChoice to, boolean create, boolean stopAtDamaged, Progress progress) throws KeyManagerException {
        StoreCallback store = to.callback(thrown);
        return new CopyReport(ask(
                Native::copyStore, () -> new Wire.Writer().record(to).bool(create).bool(stopAtDamaged), store, progress));
    }

    /**
     * Copies the store, and the key file if there is one, into an archive, which must not exist. A token is not copied.
     *
     * @param path the path of the archive
     * @param open whether every key is opened, with the master keys of this manager
     * @param progress told and asked meanwhile; may be null
     * @return what is in the archive
     * @throws KeyManagerException those of store and master backend; {@code cancelled}
     */
    public BackupReport backup(String path, boolean open, Progress progress) throws KeyManagerException {
        return new BackupReport(ask(Native::backup, new Wire.Writer().text(Objects.requireNonNull(path, "path")).bool(open), progress));
    }

    /**
     * Looks at an archive. The store of this manager is not looked at.
     *
     * @param path the path of the archive
     * @param open whether every key is opened, with the master keys of this manager
     * @param progress told and asked meanwhile; may be null
     * @return what is in the archive
     * @throws KeyManagerException those of store and master backend; {@code cancelled}
     */
    public BackupReport verifyBackup(String path, boolean open, Progress progress) throws KeyManagerException {
        return new BackupReport(ask(Native::verifyBackup, new Wire.Writer().text(Objects.requireNonNull(path, "path")).bool(open), progress));
    }

    /**
     * Puts an archive back. Nothing may be in the places. The store of this manager is not touched.
     *
     * @param path the path of the archive
     * @param store the path of the SQLite file that is made
     * @param keyFile the path of the key file that is made; may be null
     * @param progress told and asked meanwhile; may be null
     * @return what was put back
     * @throws KeyManagerException {@code backup_damaged}, {@code output_exists}; {@code cancelled}
     */
    public BackupReport restoreBackup(String path, String store, String keyFile, Progress progress) throws KeyManagerException {
        Wire.Writer request = new Wire.Writer().text(Objects.requireNonNull(path, "path")).text(Objects.requireNonNull(store, "store"));
        return new BackupReport(ask(Native::restoreBackup, request.maybe(keyFile, Wire.Writer::text), progress));
    }

    /** Closes the manager. Again is fine. */
    @Override
    public void close() {
        handle.close();
    }
}
