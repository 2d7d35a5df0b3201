package keymanager.kotlin

import java.nio.ByteBuffer
import keymanager.generated.KeyManagerHandle

/**
 * Keys, certificates and envelopes of one deployment, at the system's time. It may be shared by coroutines; every call
 * runs on `Dispatchers.IO`. Long work ends with its coroutine.
 *
 * What each method does, and the errors it throws, is written in the facade's documentation and docs/bindings.md.
 */
class KeyManager private constructor(private val handle: KeyManagerHandle) : Handle() {
    override fun release() = handle.close()

    /** Prepares the store and writes the default policies where there are none. Idempotent. */
    suspend fun initialise(): Unit = ask { handle.initialise() }

    /** Encrypts to the current key of a scope; the key is made or renewed when the rules say so. */
    suspend fun encrypt(
        app: String,
        reference: String,
        plaintext: ByteArray,
        options: EnvelopeOptions = envelopeOptions(),
    ): ByteArray = encrypt(app, reference, ByteBuffer.wrap(plaintext), options)

    /** The same; a direct buffer is not copied. */
    suspend fun encrypt(
        app: String,
        reference: String,
        plaintext: ByteBuffer,
        options: EnvelopeOptions = envelopeOptions(),
    ): ByteArray = ask { lend(plaintext) { bytes -> handle.encrypt(app, reference, options, bytes) } }

    /** Opens an envelope. The reference id may be blank: the envelope names its key. The caller wipes the plaintext. */
    suspend fun decrypt(
        app: String,
        reference: String,
        envelope: ByteArray,
        options: EnvelopeOptions = envelopeOptions(),
    ): ByteArray = decrypt(app, reference, ByteBuffer.wrap(envelope), options)

    /** The same; a direct buffer is not copied. */
    suspend fun decrypt(
        app: String,
        reference: String,
        envelope: ByteBuffer,
        options: EnvelopeOptions = envelopeOptions(),
    ): ByteArray = ask { lend(envelope) { bytes -> handle.decrypt(app, reference, options, bytes) } }

    /** Begins an envelope to the current key of a scope, whose plaintext comes in pieces. */
    suspend fun encryptStream(
        app: String,
        reference: String,
        options: EnvelopeOptions = envelopeOptions(),
    ): EncryptStream = ask { EncryptStream(handle.encryptStream(app, reference, options)) }

    /** Encrypts a file to the current key of a scope. */
    suspend fun encryptFile(
        app: String,
        reference: String,
        places: FilePlaces,
        options: EnvelopeOptions = envelopeOptions(),
        progress: HostProgress? = null,
    ): Transferred = askLong(progress) { handle.encryptFile(app, reference, options, places, it) }

    /** Begins to decrypt an envelope that comes in pieces, into the file [output]. */
    suspend fun decryptStream(
        app: String,
        reference: String,
        output: String,
        overwrite: Boolean = false,
        options: EnvelopeOptions = envelopeOptions(),
    ): DecryptStream = ask { DecryptStream(handle.decryptStream(app, reference, options, output, overwrite)) }

    /** Decrypts a file into another, which gets its name when the tag was checked. */
    suspend fun decryptFile(
        app: String,
        reference: String,
        places: FilePlaces,
        options: EnvelopeOptions = envelopeOptions(),
        progress: HostProgress? = null,
    ): Transferred = askLong(progress) { handle.decryptFile(app, reference, options, places, it) }

    /** Makes the Root, Module and signing keys that are missing. Idempotent; takes seconds where RSA keys are made. */
    suspend fun generateAll(progress: HostProgress? = null): GeneratedKeys = askLong(progress) { handle.generateAll(it) }

    /** Makes one key, unless there is a current one and [force] is not set. */
    suspend fun generate(
        app: String,
        reference: String = "",
        kind: String? = null,
        force: Boolean = false,
        subject: Subject = subject(),
    ): GeneratedKeys = ask { handle.generate(KeyRequest(app, reference, kind, force, subject)) }

    /** Makes or finds a master key, and answers its certificate or a certification request. */
    suspend fun generateMasterKey(
        objectType: String,
        app: String,
        reference: String = "",
        force: Boolean = false,
        subject: Subject = subject(),
    ): KeyObject = ask { handle.generateMasterKey(ObjectRequest(app, reference, objectType, force, subject)) }

    /** The same for an elliptic signing key. */
    suspend fun generateEcSignKey(
        objectType: String,
        app: String,
        reference: String = "",
        force: Boolean = false,
        subject: Subject = subject(),
    ): KeyObject = ask { handle.generateEcSignKey(ObjectRequest(app, reference, objectType, force, subject)) }

    /** Replaces the current key of a scope by a new one. */
    suspend fun rotate(app: String, reference: String): GeneratedKeys = ask { handle.rotate(app, reference) }

    /** Ends the current key of a scope. What it encrypted can still be decrypted. */
    suspend fun revoke(app: String, reference: String): Key = ask { handle.revoke(app, reference) }

    /** Puts a certificate, PEM or DER, in the place of that of the current key of a scope. */
    suspend fun uploadCertificate(app: String, reference: String, certificate: ByteArray): Key =
        ask { lend(certificate) { handle.uploadCertificate(app, reference, it) } }

    /** Keeps a certificate, PEM or DER, of another domain, so that it can be encrypted to. */
    suspend fun uploadOtherDomain(app: String, reference: String, certificate: ByteArray): Key =
        ask { lend(certificate) { handle.uploadOtherDomain(app, reference, it) } }

    /** A certification request for the current key of a scope. */
    suspend fun generateCsr(app: String, reference: String, subject: Subject = subject()): KeyCsr =
        ask { handle.generateCsr(app, reference, subject) }

    /** The current certificate of a scope as PEM; the key is made or renewed when the rules say so. */
    suspend fun certificate(app: String, reference: String): String = ask { handle.certificate(app, reference) }

    /** The same certificate and those above it up to the Root's, as PEM one after the other. */
    suspend fun chain(app: String, reference: String): String = ask { handle.chain(app, reference) }

    /** The same chain as a PKCS#7 bundle in PEM. */
    suspend fun chainPkcs7(app: String, reference: String): String = ask { handle.chainPkcs7(app, reference) }

    /** Every certificate of a scope, those of former keys too. */
    suspend fun allCertificates(app: String, reference: String): List<KeyCertificate> =
        ask { handle.allCertificates(app, reference) }

    /** The certificate with this thumbprint (64 hexadecimal digits) as PEM; null when no key has it. */
    suspend fun certificateOf(thumbprint: String): String? = ask { handle.certificateOf(thumbprint) }

    /** The keys of an application, or with a reference id (blank: master keys), or all of them; [all]: ended ones too. */
    suspend fun keys(app: String? = null, reference: String? = null, all: Boolean = false): List<Key> =
        ask { handle.keys(KeyQuery(app, reference, all)) }

    /** The key with this alias, or this thumbprint. */
    suspend fun key(aliasOrThumbprint: String): Key = ask { handle.key(aliasOrThumbprint) }

    /** Every policy. */
    suspend fun policies(): List<Policy> = ask { handle.policies() }

    /** The policy of an application. */
    suspend fun policy(app: String): Policy = ask { handle.policy(app) }

    /** Changes a policy, or makes one; what is null stays as it is, or has its default. */
    suspend fun setPolicy(
        app: String,
        validityDays: Short? = null,
        preExpireDays: Short? = null,
        active: Boolean? = null,
        accessAllowed: String? = null,
    ): Policy = ask { handle.setPolicy(PolicyRequest(app, validityDays, preExpireDays, active, accessAllowed)) }

    /** Makes RSA keys for Base keys of an application ahead of time, until [count] of them are ready. */
    suspend fun fillPool(app: String, count: Int, progress: HostProgress? = null): Pool =
        askLong(progress) { handle.fillPool(app, count.coerceAtLeast(0).toUInt(), it) }

    /** How many keys were made ahead of time, under each Module key. */
    suspend fun pool(): List<Pool> = ask { handle.pool() }

    /** Clears what a crash left behind, as far as that needs no decision. */
    suspend fun recover(): Unit = ask { handle.recover() }

    /** Compares store and master backend, and says what does not fit together. */
    suspend fun doctor(folders: List<String> = emptyList(), progress: HostProgress? = null): DoctorReport =
        askLong(progress) { handle.doctor(DoctorRequest(emptyList(), folders), it) }

    /** The same, and repairs what can be repaired; [remove]: master keys without a record, by alias. */
    suspend fun repair(
        remove: List<String> = emptyList(),
        folders: List<String> = emptyList(),
        progress: HostProgress? = null,
    ): DoctorReport = askLong(progress) { handle.repair(DoctorRequest(remove, folders), it) }

    /** Wraps again all that the Module keys of an application wrap, so that it hangs under one of them. */
    suspend fun rewrap(
        app: String,
        to: MasterChoice? = null,
        module: String? = null,
        stopAtDamaged: Boolean = false,
        progress: HostProgress? = null,
    ): RewrapReport = askLong(progress) { handle.rewrap(app, RewrapRequest(to?.guarded(), module, stopAtDamaged), it) }

    /** Copies every row of the store into [to], and compares both in the end. Nobody may write to the store meanwhile. */
    suspend fun copyStore(
        to: StoreChoice,
        create: Boolean = false,
        stopAtDamaged: Boolean = false,
        progress: HostProgress? = null,
    ): CopyReport = askLong(progress) { handle.copyStore(to.guarded(), create, stopAtDamaged, it) }

    /** Copies the store, and the key file if there is one, into the archive [path], which must not exist. */
    suspend fun backup(path: String, open: Boolean = false, progress: HostProgress? = null): BackupReport =
        askLong(progress) { handle.backup(path, open, it) }

    /** Looks at an archive; with [open], whether every key opens with the master keys of this manager. */
    suspend fun verifyBackup(path: String, open: Boolean = false, progress: HostProgress? = null): BackupReport =
        askLong(progress) { handle.verifyBackup(path, open, it) }

    /** Puts an archive back: its store as the SQLite file [store], its key file as [keyFile]. Nothing may be there. */
    suspend fun restoreBackup(
        path: String,
        store: String,
        keyFile: String? = null,
        progress: HostProgress? = null,
    ): BackupReport = askLong(progress) { handle.restoreBackup(path, store, keyFile, it) }

    companion object {
        /**
         * Opens a manager. [create] makes the embedded store and the key file new; [config] is the text of a
         * `keymanager.toml`; [caller] is the name that policies with a list of users are compared with.
         */
        suspend fun open(
            store: StoreChoice,
            master: MasterChoice,
            create: Boolean = false,
            caller: String? = null,
            config: String? = null,
            access: HostAccess? = null,
            audit: HostAudit? = null,
            auditMayFail: Boolean = false,
        ): KeyManager = call {

            val options = ManagerOptions(
                store.guarded(), master.guarded(), create, caller, config, access?.let(::GuardedAccess), audit?.let(::GuardedAudit), auditMayFail,
            )
            KeyManager(KeyManagerHandle.open(options))
        }
    }
}
