package keymanager.kotlin

import java.nio.ByteBuffer

/** What the library keeps open, closed once. A call that is running when it is closed ends well. */
abstract class Handle internal constructor() : AutoCloseable {
    @Volatile
    private var open = true

    internal suspend fun <T> ask(block: () -> T): T {
        check()
        return call { guard(block) }
    }

    internal suspend fun <T> askLong(progress: HostProgress?, block: (HostProgress) -> T): T {
        check()
        return longCall(progress) { watch -> guard { block(watch) } }
    }

    /** The generated handle says so in its own way when it is closed between the check and the call. */
    private inline fun <T> guard(block: () -> T): T = try {
        block()
    } catch (state: IllegalStateException) {
        if (open) throw state
        throw KeyManagerException.closed()
    }

    private fun check() {
        if (!open) throw KeyManagerException.closed()
    }

    /** Closing again does nothing. */
    override fun close() {
        open = false
        release()
    }

    internal abstract fun release()
}

/** Encrypts piece by piece. Calls are made one after the other; from which threads does not matter. */
class EncryptStream internal constructor(private val handle: keymanager.generated.EncryptStream) : Handle() {
    /** Encrypts the next piece of the plaintext, and answers what comes next in the envelope. */
    suspend fun update(data: ByteArray): ByteArray = ask { lend(data, handle::update) }

    /** The same; a direct buffer is not copied. */
    suspend fun update(data: ByteBuffer): ByteArray = ask { lend(data, handle::update) }

    /** Ends the envelope, and answers its last bytes. */
    suspend fun finish(): ByteArray = ask { handle.finish() }

    override fun release() = handle.close()
}

/**
 * Decrypts an envelope that comes in pieces, into a file: no plaintext leaves before its tag was checked. A stream that is
 * closed before [finish] leaves nothing.
 */
class DecryptStream internal constructor(private val handle: keymanager.generated.DecryptStream) : Handle() {
    /** Takes the next bytes of the envelope, of any number. */
    suspend fun update(data: ByteArray): Unit = ask { lend(data, handle::update) }

    /** The same; a direct buffer is not copied. */
    suspend fun update(data: ByteBuffer): Unit = ask { lend(data, handle::update) }

    /** Checks the tag, and gives the file its name. */
    suspend fun finish(): Transferred = ask { handle.finish() }

    override fun release() = handle.close()
}
