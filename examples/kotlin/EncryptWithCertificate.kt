/** Encrypts a packet with a certificate, as a registration client does: no store, no key. */
package examples.encryptwithcertificate

import java.io.File
import keymanager.kotlin.encrypt
import keymanager.kotlin.inspect

/** Arguments: CERTIFICATE PACKET ENVELOPE, three paths. */
suspend fun main(arguments: Array<String>) {
    val (certificate, packet, envelope) = arguments.map(::File)
    File(envelope.path).writeBytes(encrypt(certificate.readBytes(), packet.readBytes()))
    val report = inspect(envelope.readBytes(), certificate.readBytes())
    println("${envelope.path}: ${report.layout}, ${report.size} bytes, for ${report.certificate?.subject}")
}
