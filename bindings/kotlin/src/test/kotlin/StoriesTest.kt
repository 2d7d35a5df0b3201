import java.io.File
import keymanager.kotlin.KeyManager
import keymanager.kotlin.KeyManagerException
import keymanager.kotlin.Masters
import keymanager.kotlin.Stores
import keymanager.kotlin.encrypt
import keymanager.kotlin.inspect
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The stories of examples/kotlin, and the snippets of the README, run as they are written. */
class StoriesTest {
    @Test
    fun `encrypt with a certificate`() = runBlocking {
        val folder = folder()
        val path = { name: String -> File(folder, name).path }
        embedded(FILES).use { File(path("certificate")).writeText(it.certificate(APP, REFERENCE)) }
        File(path("packet")).writeBytes(PACKET)
        examples.encryptwithcertificate.main(arrayOf(path("certificate"), path("packet"), path("envelope")))
        embedded(FILES).use { manager ->
            assertTrue(PACKET.contentEquals(manager.decrypt(APP, "", File(path("envelope")).readBytes())))
        }
    }

    @Test
    fun `run a key hierarchy, twice over the same files`() = runBlocking {
        val folder = folder()
        repeat(2) { examples.runkeyhierarchy.run(folder, PASSPHRASE) }
        embedded(folder).use { assertTrue(it.keys().isNotEmpty()) }
    }

    @Test
    fun `a key store in Kotlin`() = runBlocking { examples.keystoreinkotlin.run(folder(), PASSPHRASE) }

    @Test
    fun `the README's snippets are those that run here`() = runBlocking {
        val (certificate, packet, passphrase) = Triple(certificate(), PACKET, PASSPHRASE)
        snippetOfTheClient(certificate, packet)
        snippetOfTheServer(folder().path, passphrase, packet)
        val here = File(ROOT, "bindings/kotlin/src/test/kotlin/StoriesTest.kt").readText().lines().map(String::trim)
        val snippets = File(ROOT, "bindings/kotlin/README.md").readText().split("```kotlin\n").drop(1)
        assertEquals(2, snippets.size)
        for (snippet in snippets) {
            val lines = snippet.substringBefore("```").trim().lines().map(String::trim)
            assertTrue(here.windowed(lines.size).any { it == lines }, "not run as it is:\n$snippet")
        }
    }

    private suspend fun certificate() = embedded(FILES).use { it.certificate(APP, REFERENCE) }.toByteArray()

    private suspend fun snippetOfTheClient(certificate: ByteArray, packet: ByteArray) {
        val envelope = encrypt(certificate, packet)
        val report = inspect(envelope, certificate)
        check(report.certificate?.matches == true)
    }

    private suspend fun snippetOfTheServer(folder: String, passphrase: ByteArray, packet: ByteArray) {
        val store = Stores.sqlite("$folder/keymanager.db")
        val master = Masters.keyFile("$folder/keymanager.p12", passphrase)
        KeyManager.open(store, master, create = true).use { manager ->
            manager.initialise()
            manager.generateAll()
            val certificate = manager.certificate("REGISTRATION", "10001_110011").toByteArray()
            val envelope = encrypt(certificate, packet)
            check(manager.decrypt("REGISTRATION", "", envelope).contentEquals(packet))
            try {
                manager.decrypt("REGISTRATION", "", packet)
            } catch (error: KeyManagerException.Malformed) {
                println("${error.number} ${error.name}: ${error.detail}; ${error.next}")
            }
        }
    }
}
