import java.io.File
import java.nio.ByteBuffer
import keymanager.kotlin.FilePlaces
import keymanager.kotlin.HostAudit
import keymanager.kotlin.HostAuditEvent
import keymanager.kotlin.KeyManager
import keymanager.kotlin.KeyManagerException
import keymanager.kotlin.Masters
import keymanager.kotlin.Stores
import keymanager.kotlin.encrypt
import keymanager.kotlin.encryptFile
import keymanager.kotlin.encryptStream
import keymanager.kotlin.envelopeOptions
import keymanager.kotlin.inspect
import keymanager.kotlin.subject
import keymanager.kotlin.verifyReport
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class LifeTest {
    @Test
    fun `the whole life of keys`() = runBlocking {
        val folder = folder()
        embedded(folder, create = true).use { manager ->
            manager.initialise()
            val made = manager.generateAll()
            assertTrue(made.generated.any { it.level == "root" } && made.existing.isEmpty())
            assertTrue(manager.generateAll().generated.isEmpty())
            val first = manager.certificate(APP, REFERENCE)
            val envelope = encrypt(first.toByteArray(), PACKET)
            assertEquals(first, manager.certificateOf(checkNotNull(inspect(envelope).thumbprint)))
            manager.rotate(APP, REFERENCE)
            assertFalse(first == manager.certificate(APP, REFERENCE))
            assertEquals(2, manager.allCertificates(APP, REFERENCE).size)
            assertArrayEquals(PACKET, manager.decrypt(APP, "", envelope))
            assertEquals("revoked", manager.revoke(APP, REFERENCE).state)
            assertArrayEquals(PACKET, manager.decrypt(APP, REFERENCE, envelope))
            assertEquals(3, manager.chain(APP, REFERENCE).split("BEGIN CERTIFICATE").size - 1)
            assertTrue(manager.chainPkcs7(APP, REFERENCE).contains("PKCS7"))
            assertTrue(manager.generateCsr(APP, REFERENCE, subject(commonName = "packets")).csrPem.contains("REQUEST"))
            assertNull(manager.certificateOf("0".repeat(64)))
            val key = manager.keys(APP, REFERENCE).single()
            assertEquals(key, manager.key(key.alias))
            assertEquals(500.toShort(), manager.setPolicy(APP, validityDays = 500).validityDays)
            assertEquals(manager.policy(APP), manager.policies().single { it.appId == APP })
            assertEquals(1uL, manager.fillPool(APP, 1).ready)
            assertEquals(1uL, manager.pool().single { it.appId == APP && it.current }.ready)
            manager.recover()
            assertTrue(manager.doctor(listOf(folder.path)).findings.none { it.severity == "error" })
            val archive = File(folder, "archive.zip").path
            verifyReport(manager.backup(archive).signed)
            assertTrue(manager.verifyBackup(archive, open = true).opened > 0uL)
        }
        // What is there is found again, by another manager.
        embedded(folder).use { assertTrue(it.keys(all = true).size > 3) }
    }

    @Test
    fun `pieces, files and buffers hold the same packet`() = runBlocking {
        val folder = folder()
        val path = { name: String -> File(folder, name).path }
        embedded(FILES).use { manager ->
            val certificate = manager.certificate(APP, REFERENCE).toByteArray()
            encryptStream(certificate).use { stream ->
                File(path("sealed")).writeBytes(
                    stream.update(PACKET.copyOf(100)) + stream.update(ByteBuffer.wrap(PACKET, 100, PACKET.size - 100)) +
                        stream.finish(),
                )
                assertTrue(refused { stream.finish() } is KeyManagerException.Misuse)
            }
            assertArrayEquals(PACKET, manager.decrypt(APP, "", File(path("sealed")).readBytes()))
            manager.decryptStream(APP, "", path("opened")).use { stream ->
                for (piece in File(path("sealed")).readBytes().asList().chunked(1000)) stream.update(piece.toByteArray())
                assertFalse(File(path("opened")).exists())
                assertEquals(PACKET.size.toULong(), stream.finish().bytesOut)
            }
            assertArrayEquals(PACKET, File(path("opened")).readBytes())
            encryptFile(certificate, FilePlaces(path("opened"), path("sealed"), true))
            manager.decryptFile(APP, "", FilePlaces(path("sealed"), path("again"), false))
            assertArrayEquals(PACKET, File(path("again")).readBytes())
            // A direct buffer is read from its position to its limit, and stays as it is.
            val direct = ByteBuffer.allocateDirect(PACKET.size + 20).position(7).put(PACKET).flip().position(7)
            val envelope = manager.encrypt(APP, REFERENCE, direct as ByteBuffer, envelopeOptions(layout = "packet"))
            assertArrayEquals(PACKET, manager.decrypt(APP, "", envelope, envelopeOptions(layout = "packet")))
            assertEquals(PACKET.size, direct.remaining())
        }
    }

    @Test
    fun `what happens is told, and refused when it cannot be`() = runBlocking {
        val events = mutableListOf<HostAuditEvent>()
        val audit = object : HostAudit {
            override fun record(event: HostAuditEvent) {
                if (events.size == 4) error("the disk is full")
                events += event
            }
        }
        val folder = folder()
        val store = Stores.sqlite(File(folder, "keymanager.db").path)
        val master = Masters.keyFile(File(folder, "keymanager.p12").path, PASSPHRASE)
        KeyManager.open(store, master, create = true, audit = audit).use { manager ->
            manager.initialise()
            manager.setPolicy(APP, active = true)
            assertEquals(listOf("begins", "ok", "begins", "ok"), events.map { it.outcome })
            val error = refused { manager.setPolicy(APP, active = true) }
            assertEquals("audit_failed", error.name)
            assertFalse("disk" in "$error", "only the class of an undeclared exception crosses")
        }
    }
}
