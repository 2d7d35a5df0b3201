package keymanager.java;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * Decrypts an envelope that comes in pieces, into a file: no plaintext leaves before its tag was checked. Calls are made one after
 * the other; from which threads does not matter. A stream that is closed before {@link #finish} leaves nothing.
 */
public final class DecryptStream implements AutoCloseable {
    private final NativeHandle handle;
    private final Thrown thrown;

    DecryptStream(long number, Thrown thrown) {
        handle = new NativeHandle(this, number, Native::decryptClose);
        this.thrown = thrown;
    }

    /**
     * Takes the next bytes of the envelope.
     *
     * @param data the bytes
     * @throws KeyManagerException as {@link KeyManager#decrypt}; {@code unsupported} for a layout whose IV comes last; {@code
     *     file_failed}; {@code stream_state} after an error or after {@link #finish}
     */
    public void update(byte[] data) throws KeyManagerException {
        update(data, 0, data.length);
    }

    /**
     * Takes the next bytes of the envelope, a part of an array.
     *
     * @param data the array
     * @param offset where the bytes begin
     * @param length how many there are
     * @throws KeyManagerException as {@link #update(byte[])}
     */
    public void update(byte[] data, int offset, int length) throws KeyManagerException {
        Objects.requireNonNull(data, "data");
        try {
            thrown.during(() -> {
                Native.decryptUpdate(handle.number(), data, offset, length);
                return null;
            });
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Takes all that a stream has, and finishes. The stream is not closed.
     *
     * @param envelope the bytes of the envelope
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #update(byte[])} and {@link #finish}
     * @throws IOException what the stream throws
     */
    Transferred transfer(InputStream envelope) throws KeyManagerException, IOException {
        byte[] piece = new byte[64 * 1024];
        for (int read = envelope.read(piece); read >= 0; read = envelope.read(piece)) {
            update(piece, 0, read);
        }
        return finish();
    }

    /**
     * Checks the tag, and gives the file its name.
     *
     * @return how many bytes went in and came out
     * @throws KeyManagerException as {@link #update(byte[])}; {@code output_exists}
     */
    public Transferred finish() throws KeyManagerException {
        try {
            return new Transferred(new Wire.Reader(thrown.during(() -> Native.decryptFinish(handle.number()))));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Gives up what was not finished. Again is fine. */
    @Override
    public void close() {
        handle.close();
    }
}
