package keymanager.kotlin

import java.util.concurrent.atomic.AtomicBoolean
import keymanager.generated.HostFailure
import keymanager.generated.HostStoreCapabilities
import keymanager.generated.MasterChoice as FacadeMaster
import keymanager.generated.StoreChoice as FacadeStore
import kotlinx.coroutines.Job

/** A number of the error table, or one of the host's own, and a sentence without secrets: what a host throws. */
typealias HostException = HostFailure.Failed

/** Whatever else a host throws is this number of its own, and its class: its text may hold anything (BND-21). */
private const val UNDECLARED: UInt = 99u

private inline fun <T> declared(ask: () -> T): T = try {
    ask()
} catch (failure: HostFailure) {
    throw failure
} catch (thrown: Throwable) {
    throw HostException(UNDECLARED, "the host threw ${thrown.javaClass.name}")
}

/** A host's store, from which nothing comes but what it may throw. Its capabilities are asked for once, before the first call. */
internal class GuardedStore(private val host: HostStore) : HostStore {
    private val known: HostStoreCapabilities = host.capabilities()

    override fun capabilities() = known
    override fun find(query: HostQuery) = declared { host.find(query) }
    override fun apply(changes: HostChangeSet) = declared { host.apply(changes) }
    override fun lock(app: String, reference: String, waitMs: ULong) = declared { host.lock(app, reference, waitMs) }
    override fun unlock(lock: ULong) = declared { host.unlock(lock) }
    override fun prepare() = declared { host.prepare() }
}

internal class GuardedMaster(private val host: HostMaster) : HostMaster {
    override fun capabilities() = declared { host.capabilities() }
    override fun create(alias: String, kind: HostKeyKind) = declared { host.create(alias, kind) }
    override fun attachCertificate(alias: String, certificateDer: ByteArray) =
        declared { host.attachCertificate(alias, certificateDer) }
    override fun find(alias: String) = declared { host.find(alias) }
    override fun list(cursor: String?) = declared { host.list(cursor) }
    override fun sign(alias: String, scheme: HostSignature, input: HostSignInput) =
        declared { host.sign(alias, scheme, input) }
    override fun rsaDecrypt(alias: String, oaep: HostOaep?, ciphertext: ByteArray) =
        declared { host.rsaDecrypt(alias, oaep, ciphertext) }
    override fun aesEcb(alias: String, direction: HostDirection, blocks: ByteArray) =
        declared { host.aesEcb(alias, direction, blocks) }
    override fun remove(alias: String) = declared { host.remove(alias) }
    override fun health() = declared { host.health() }
}

internal class GuardedAccess(private val host: HostAccess) : HostAccess {
    override fun decide(request: HostAccessRequest) = declared { host.decide(request) }
}

internal class GuardedAudit(private val host: HostAudit) : HostAudit {
    override fun record(event: HostAuditEvent) = declared { host.record(event) }
}

/** Tells a host's progress, and cancels with its coroutine. A progress that throws cancels. */
internal class Watch(private val host: HostProgress?, private val job: Job?) : HostProgress {
    private val threw = AtomicBoolean(false)

    override fun advance(done: ULong, total: ULong?, what: String) {
        try {
            host?.advance(done, total, what)
        } catch (_: Throwable) {
            threw.set(true)
        }
    }

    override fun cancelled(): Boolean = try {
        threw.get() || job?.isActive == false || host?.cancelled() == true
    } catch (_: Throwable) {
        true
    }
}

internal fun StoreChoice.guarded(): StoreChoice =
    if (this is FacadeStore.Host) FacadeStore.Host(GuardedStore(v1)) else this

internal fun MasterChoice.guarded(): MasterChoice =
    if (this is FacadeMaster.Host) FacadeMaster.Host(GuardedMaster(v1)) else this
