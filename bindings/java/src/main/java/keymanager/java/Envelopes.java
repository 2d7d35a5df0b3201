package keymanager.java;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** What needs no key manager: envelopes to a certificate, at the system's time, and checks. A certificate is PEM or DER. */
public final class Envelopes {
    private Envelopes() {}

    private static Wire.Writer to(byte[] certificate, EnvelopeOptions options) {
        Objects.requireNonNull(certificate, "certificate");
        return new Wire.Writer().bytes(certificate).record(Objects.requireNonNull(options, "options"));
    }

    /**
     * Encrypts to a certificate.
     *
     * @param certificate the certificate
     * @param options how
     * @param plaintext what is encrypted
     * @return the envelope
     * @throws KeyManagerException among others {@code certificate_expired}, {@code recipient_key}, {@code empty_plaintext}
     */
    public static byte[] encrypt(byte[] certificate, EnvelopeOptions options, byte[] plaintext) throws KeyManagerException {
        return encrypt(certificate, options, plaintext, 0, plaintext.length);
    }

    /**
     * Encrypts a part of an array to a certificate.
     *
     * @param certificate the certificate
     * @param options how
     * @param plaintext the array
     * @param offset where the part begins
     * @param length its length
     * @return the envelope
     * @throws KeyManagerException as {@link #encrypt(byte[], EnvelopeOptions, byte[])}
     */
    public static byte[] encrypt(byte[] certificate, EnvelopeOptions options, byte[] plaintext, int offset, int length)
            throws KeyManagerException {
        return Native.encrypt(to(certificate, options).take(), Objects.requireNonNull(plaintext, "plaintext"), offset, length);
    }

    /**
     * Encrypts all that a stream has, in bounded memory. Neither stream is closed. After an exception what was written is no
     * envelope.
     *
     * @param certificate the certificate
     * @param options how
     * @param plaintext what is encrypted
     * @param envelope where the envelope goes
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #encrypt(byte[], EnvelopeOptions, byte[])}
     * @throws IOException what the streams throw
     */
    public static Transferred encrypt(byte[] certificate, EnvelopeOptions options, InputStream plaintext, OutputStream envelope)
            throws KeyManagerException, IOException {
        try (EncryptStream stream = encryptStream(certificate, options)) {
            return stream.transfer(plaintext, envelope);
        }
    }

    /**
     * Encrypts what remains in a buffer into another, and moves both positions. Direct buffers are used in place; they must not
     * overlap, and nobody else may use them meanwhile.
     *
     * @param certificate the certificate
     * @param options how
     * @param plaintext what is encrypted
     * @param envelope where the envelope goes; {@link #envelopeLen} says how much room it needs
     * @return how many bytes were written
     * @throws KeyManagerException as {@link #encrypt(byte[], EnvelopeOptions, byte[])}; {@code buffer_too_small}, with the size
     */
    public static int encryptInto(byte[] certificate, EnvelopeOptions options, ByteBuffer plaintext, ByteBuffer envelope)
            throws KeyManagerException {
        byte[] request = to(certificate, options).take();
        return Buffers.run(plaintext, envelope, (in, inAt, inLen, out, outAt, outLen) ->
                Native.encryptInto(request, in, inAt, inLen, out, outAt, outLen));
    }

    /**
     * The size of the envelope of a plaintext of this size.
     *
     * @param options how
     * @param plaintextLen the size of the plaintext
     * @return the size of the envelope
     * @throws KeyManagerException {@code invalid_argument} for a layout that does not exist; {@code too_large}
     */
    public static long envelopeLen(EnvelopeOptions options, long plaintextLen) throws KeyManagerException {
        return Native.envelopeLen(new Wire.Writer().record(Objects.requireNonNull(options, "options")).take(), plaintextLen);
    }

    /**
     * Begins an envelope whose plaintext comes in pieces.
     *
     * @param certificate the certificate
     * @param options how
     * @return the stream
     * @throws KeyManagerException as {@link #encrypt(byte[], EnvelopeOptions, byte[])}, except for the size of the plaintext
     */
    public static EncryptStream encryptStream(byte[] certificate, EnvelopeOptions options) throws KeyManagerException {
        return new EncryptStream(Native.encryptStream(to(certificate, options).take()));
    }

    /**
     * Encrypts a file to a certificate.
     *
     * @param certificate the certificate
     * @param options how
     * @param places the files
     * @param progress told and asked meanwhile; may be null
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #encrypt(byte[], EnvelopeOptions, byte[])}; {@code file_not_found}, {@code file_failed},
     *     {@code output_exists}; {@code cancelled}. Then there is no output.
     */
    public static Transferred encryptFile(byte[] certificate, EnvelopeOptions options, FilePlaces places, Progress progress)
            throws KeyManagerException {
        byte[] request = to(certificate, options).record(Objects.requireNonNull(places, "places")).take();
        Thrown thrown = new Thrown();
        return new Transferred(new Wire.Reader(
                thrown.during(() -> Native.encryptFile(request, ProgressCallback.of(progress, thrown)))));
    }

    /**
     * Explains bytes without any key: an envelope, a certificate, a request, a bundle, a key file. What it does not know is of the
     * kind {@code unknown}.
     *
     * @param bytes what is explained
     * @param certificate compared with the recipient; may be null
     * @return what the bytes are
     * @throws KeyManagerException {@code certificate_unparsable}
     */
    public static InspectReport inspect(byte[] bytes, byte[] certificate) throws KeyManagerException {
        byte[] request = new Wire.Writer().maybe(certificate, Wire.Writer::bytes).take();
        return new InspectReport(new Wire.Reader(Native.inspect(request, Objects.requireNonNull(bytes, "bytes"))));
    }

    /**
     * Checks a report that was kept. Whether its certificate is to be trusted is for the caller to know.
     *
     * @param report the report
     * @throws KeyManagerException {@code verification_failed}; {@code certificate_unparsable}
     */
    public static void verifyReport(SignedReport report) throws KeyManagerException {
        Native.verifyReport(new Wire.Writer().record(Objects.requireNonNull(report, "report")).take());
    }
}
