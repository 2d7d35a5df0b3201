/** Envelopes to a certificate: what a client needs. No store, no key. */
package keymanager.kotlin

import java.nio.ByteBuffer
import keymanager.generated.encrypt as facadeEncrypt
import keymanager.generated.encryptFile as facadeEncryptFile
import keymanager.generated.encryptStream as facadeEncryptStream
import keymanager.generated.inspect as facadeInspect
import keymanager.generated.verifyReport as facadeVerifyReport

/** Encrypts [plaintext] to a certificate, PEM or DER. */
suspend fun encrypt(
    certificate: ByteArray,
    plaintext: ByteArray,
    options: EnvelopeOptions = envelopeOptions(),
): ByteArray = encrypt(certificate, ByteBuffer.wrap(plaintext), options)

/** The same; a direct buffer is not copied. */
suspend fun encrypt(
    certificate: ByteArray,
    plaintext: ByteBuffer,
    options: EnvelopeOptions = envelopeOptions(),
): ByteArray = call { lend(certificate) { of -> lend(plaintext) { bytes -> facadeEncrypt(of, options, bytes) } } }

/** Begins an envelope to a certificate, PEM or DER, whose plaintext comes in pieces. */
suspend fun encryptStream(certificate: ByteArray, options: EnvelopeOptions = envelopeOptions()): EncryptStream =
    call { EncryptStream(lend(certificate) { of -> facadeEncryptStream(of, options) }) }

/** Encrypts a file to a certificate, PEM or DER. Ends with the coroutine; then there is no output. */
suspend fun encryptFile(
    certificate: ByteArray,
    places: FilePlaces,
    options: EnvelopeOptions = envelopeOptions(),
    progress: HostProgress? = null,
): Transferred = longCall(progress) { watch -> lend(certificate) { of -> facadeEncryptFile(of, options, places, watch) } }

/** Explains bytes without any key: an envelope, a certificate, a request, a bundle, a key file. */
suspend fun inspect(bytes: ByteArray, certificate: ByteArray? = null): InspectReport =
    call { lend(bytes) { lent -> facadeInspect(lent, certificate) } }

/** Checks a report that was kept. Whether its certificate is to be trusted is for the caller to know. */
suspend fun verifyReport(report: SignedReport): Unit = call { facadeVerifyReport(report) }
