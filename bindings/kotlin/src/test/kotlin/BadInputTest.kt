import examples.keystoreinkotlin.RowsInMemory
import java.io.File
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import keymanager.kotlin.HostException
import keymanager.kotlin.HostPage
import keymanager.kotlin.HostProgress
import keymanager.kotlin.HostQuery
import keymanager.kotlin.HostStore
import keymanager.kotlin.KeyManager
import keymanager.kotlin.KeyManagerException
import keymanager.kotlin.Masters
import keymanager.kotlin.Stores
import keymanager.kotlin.encrypt
import keymanager.kotlin.encryptStream
import keymanager.kotlin.envelopeOptions
import keymanager.kotlin.inspect
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class BadInputTest {
    @Test
    fun `what cannot be is an error of its category`(): Unit = runBlocking {
        embedded(FILES).use { manager ->
            val certificate = manager.certificate(APP, REFERENCE).toByteArray()
            val table: List<Pair<Int, suspend () -> Any?>> = listOf(
                1001 to { manager.certificate("", "") },
                1001 to { encrypt(certificate, PACKET, envelopeOptions(layout = "strange")) },
                1001 to { manager.certificateOf("no thumbprint") },
                1001 to { manager.generate(APP, REFERENCE, kind = "strange") },
                1001 to { manager.keys(app = "a\u0000b") },
                3010 to { embedded(folder()) },
            )
            for ((number, call) in table) assertEquals(number, refused(call).number)
            for (call in listOf<suspend () -> Any?>(
                { encrypt(ByteArray(0), PACKET) },
                { encrypt("-----BEGIN CERTIFICATE-----".toByteArray(), PACKET) },
                { encrypt(certificate, ByteArray(0)) },
                { manager.decrypt(APP, "", ByteArray(0)) },
                { manager.decrypt(APP, "", PACKET) },
                { manager.uploadCertificate(APP, REFERENCE, PACKET) },
                { manager.restoreBackup("/nowhere", "/nowhere/either") },
            )) assertFalse(refused(call) is KeyManagerException.Bug)
            assertEquals("unknown", inspect(ByteArray(0)).kind)
        }
        val error = refused {
            val master = Masters.keyFile(File(FILES, "keymanager.p12").path, "a wrong secret".toByteArray())
            KeyManager.open(Stores.sqlite(File(FILES, "keymanager.db").path), master)
        }
        assertEquals(7008, error.number)
        assertFalse("wrong secret" in "$error ${error.next}")
    }

    @Test
    fun `closed, and closed again`() = runBlocking {
        val manager = embedded(FILES)
        val certificate = manager.certificate(APP, REFERENCE).toByteArray()
        val stream = encryptStream(certificate)
        repeat(2) {
            manager.close()
            stream.close()
        }
        for (call in listOf<suspend () -> Any?>({ manager.keys() }, { manager.generateAll() }, { stream.finish() })) {
            val error = refused(call)
            assertTrue(error is KeyManagerException.Misuse && "closed" in error.detail, "$error")
        }
    }

    @Test
    fun `closed while others call`() = runBlocking {
        repeat(20) {
            val manager = embedded(FILES)
            val begun = CountDownLatch(4)
            val calls = List(8) {
                async(Dispatchers.Default) {
                    begun.countDown()
                    runCatching { manager.certificate(APP, REFERENCE) }.exceptionOrNull()
                }
            }
            begun.await()
            manager.close()
            for (error in calls.awaitAll().filterNotNull()) assertTrue(error is KeyManagerException.Misuse, "$error")
        }
    }

    /** A store whose `find` does what a test wants. */
    private class Strange(val inner: RowsInMemory, val instead: () -> Nothing) : HostStore by inner {
        @Volatile
        var strange = false

        override fun find(query: HostQuery): HostPage = if (strange) instead() else inner.find(query)
    }

    @Test
    fun `a store that throws`() = runBlocking {
        val key = Masters.keyFile(File(FILES, "keymanager.p12").path, PASSPHRASE)
        for ((number, instead) in listOf<Pair<Int, () -> Nothing>>(
            7004 to { throw HostException(7004u, "another one was faster") },
            7001 to { throw HostException(42u, "no quorum") },
            7001 to { throw IllegalStateException("password=hunter2") },
            7001 to { throw StackOverflowError("password=hunter2") },
        )) {
            val store = Strange(RowsInMemory(), instead)
            KeyManager.open(Stores.host(store), key).use { manager ->
                manager.initialise()
                store.strange = true
                val error = refused { manager.keys() }
                assertEquals(number, error.number, "$error")
                assertTrue(error is KeyManagerException.Backend)
                assertFalse("hunter2" in "$error ${error.next}", "$error")
                store.strange = false
                assertTrue(manager.keys().isEmpty(), "the manager works on")
            }
        }
        val throwing = object : HostStore by RowsInMemory() {
            override fun capabilities() = throw IllegalStateException("not connected")
        }
        assertThrows(IllegalStateException::class.java) { runBlocking { KeyManager.open(Stores.host(throwing), key) } }
        Unit
    }

    @Test
    fun `progress that cancels, and progress that throws`() = runBlocking {
        embedded(FILES).use { manager ->
            val cancels = object : HostProgress {
                override fun advance(done: ULong, total: ULong?, what: String) = Unit
                override fun cancelled() = true
            }
            val throws = object : HostProgress {
                override fun advance(done: ULong, total: ULong?, what: String) = throw IllegalStateException("no")
                override fun cancelled() = false
            }
            for (progress in listOf(cancels, throws)) {
                assertEquals("cancelled", refused { manager.doctor(progress = progress) }.name)
            }
            // Long work ends with its coroutine.
            val asked = CountDownLatch(1)
            val job = launch(Dispatchers.Default) {
                val waits = object : HostProgress {
                    override fun advance(done: ULong, total: ULong?, what: String) = asked.countDown()
                    override fun cancelled() = false
                }
                while (true) manager.doctor(progress = waits)
            }
            asked.await()
            job.cancelAndJoin()
            assertTrue(job.isCancelled)
        }
    }

    @Test
    fun `twenty-four at once on one manager`() = runBlocking {
        val done = AtomicInteger()
        embedded(FILES).use { manager ->
            val certificate = manager.certificate(APP, REFERENCE).toByteArray()
            List(24) { number ->
                async(Dispatchers.Default) {
                    repeat(10) { turn ->
                        val packet = ByteArray(1000 + number) { (it + turn).toByte() }
                        assertArrayEquals(packet, manager.decrypt(APP, "", encrypt(certificate, packet)))
                        done.incrementAndGet()
                    }
                }
            }.awaitAll()
        }
        assertEquals(240, done.get())
        // The same by threads, over a store in Kotlin, which is called from all of them.
        val master = Masters.keyFile(File(folder(), "keymanager.p12").path, PASSPHRASE)
        KeyManager.open(Stores.host(RowsInMemory()), master, create = true).use { manager ->
            manager.initialise()
            manager.generateAll()
            val found = java.util.Collections.synchronizedSet(mutableSetOf<String>())
            val threads = List(24) { Thread { runBlocking { found += manager.certificate(APP, REFERENCE) } } }
            threads.forEach(Thread::start)
            threads.forEach(Thread::join)
            assertEquals(1, found.size, "one key was made for all")
        }
    }
}
