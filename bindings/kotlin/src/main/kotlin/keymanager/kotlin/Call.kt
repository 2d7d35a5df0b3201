package keymanager.kotlin

import java.lang.ref.Reference
import java.nio.ByteBuffer
import keymanager.generated.FacadeFailure
import keymanager.generated.InternalException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext

/** The number of `cancelled`. */
private const val CANCELLED = 1012

/** Every call blocks, so it runs where blocking is no harm. */
internal suspend fun <T> call(block: () -> T): T = withContext(Dispatchers.IO) { thrown(block) }

/** Long work, which ends with the coroutine that asked for it. */
internal suspend fun <T> longCall(progress: HostProgress?, block: (HostProgress) -> T): T {
    val job = currentCoroutineContext()[Job]
    try {
        return call { block(Watch(progress, job)) }
    } catch (error: KeyManagerException) {
        // The end of its coroutine is no failure of the work.
        if (error.number == CANCELLED) currentCoroutineContext().ensureActive()
        throw error
    }
}

internal inline fun <T> thrown(block: () -> T): T = try {
    block()
} catch (failure: FacadeFailure.Failed) {
    throw KeyManagerException.of(failure)
} catch (_: InternalException) {
    throw KeyManagerException.panic()
}

/**
 * Lends bytes for a call, without a copy when they are direct. A copy is wiped when the call has returned: what is
 * encrypted may be secret.
 */
internal inline fun <T> lend(bytes: ByteBuffer, block: (ByteBuffer) -> T): T {
    if (bytes.isDirect) {
        // The library sees the address of the whole buffer: that of a slice begins at the position.
        val slice = bytes.slice()
        try {
            return block(slice)
        } finally {
            Reference.reachabilityFence(slice)
        }
    }
    val copy = ByteBuffer.allocateDirect(bytes.remaining()).put(bytes.duplicate())
    copy.flip()
    try {
        return block(copy)
    } finally {
        copy.clear()
        while (copy.hasRemaining()) if (copy.remaining() >= 8) copy.putLong(0) else copy.put(0)
        Reference.reachabilityFence(copy)
    }
}

internal inline fun <T> lend(bytes: ByteArray, block: (ByteBuffer) -> T): T = lend(ByteBuffer.wrap(bytes), block)
