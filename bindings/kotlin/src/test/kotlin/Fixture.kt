import java.io.File
import java.nio.file.Files
import keymanager.kotlin.KeyManager
import keymanager.kotlin.KeyManagerException
import keymanager.kotlin.Masters
import keymanager.kotlin.Stores
import kotlinx.coroutines.runBlocking

const val APP = "REGISTRATION"
const val REFERENCE = "10001_110011"
val PASSPHRASE = "correct horse battery staple".toByteArray()
val PACKET = ByteArray(8448) { it.toByte() }

/** Root of the project: Maven runs tests in bindings/kotlin. */
val ROOT: File = File("../..").canonicalFile

fun folder(): File = Files.createTempDirectory("keymanager-kotlin").toFile().also { made ->
    Runtime.getRuntime().addShutdownHook(Thread { made.deleteRecursively() })
}

suspend fun embedded(folder: File, create: Boolean = false): KeyManager = KeyManager.open(
    Stores.sqlite(File(folder, "keymanager.db").path),
    Masters.keyFile(File(folder, "keymanager.p12").path, PASSPHRASE),
    create = create,
)

/** A folder with a store and a key file that have Root, Module and one Base key. Tests do not change them. */
val FILES: File by lazy {
    folder().also { folder ->
        runBlocking {
            embedded(folder, create = true).use { manager ->
                manager.initialise()
                manager.generateAll()
                manager.certificate(APP, REFERENCE)
            }
        }
    }
}

/** The error that `block` must end with. */
suspend fun refused(block: suspend () -> Any?): KeyManagerException {
    try {
        block()
    } catch (error: KeyManagerException) {
        return error
    }
    throw AssertionError("there was no error")
}
