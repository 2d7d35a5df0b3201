/** Runs a key hierarchy over an embedded store and a key file, and decrypts with it, as a server does. */
package examples.runkeyhierarchy

import java.io.File
import keymanager.kotlin.KeyManager
import keymanager.kotlin.Masters
import keymanager.kotlin.Stores
import keymanager.kotlin.encrypt

/** Argument: a folder. The passphrase is that of the environment variable KEYMANAGER_PASSPHRASE. */
suspend fun main(arguments: Array<String>) {
    val passphrase = checkNotNull(System.getenv("KEYMANAGER_PASSPHRASE")) { "set KEYMANAGER_PASSPHRASE" }
    run(File(arguments.single()), passphrase.toByteArray())
}

suspend fun run(folder: File, passphrase: ByteArray) {
    val keyFile = File(folder, "keymanager.p12")
    val store = Stores.sqlite(File(folder, "keymanager.db").path)
    KeyManager.open(store, Masters.keyFile(keyFile.path, passphrase), create = !keyFile.exists()).use { manager ->
        manager.initialise()
        manager.generateAll()
        val certificate = manager.certificate("REGISTRATION", "10001_110011")
        val envelope = encrypt(certificate.toByteArray(), "a registration packet".toByteArray())
        val packet = manager.decrypt("REGISTRATION", "", envelope)
        println("${String(packet)}, and ${manager.keys().size} keys")
        for (finding in manager.doctor().findings) println("${finding.severity}: ${finding.text}")
    }
}
