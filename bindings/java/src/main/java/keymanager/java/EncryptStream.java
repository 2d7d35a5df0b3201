package keymanager.java;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;

/** Encrypts piece by piece. Calls are made one after the other; from which threads does not matter. */
public final class EncryptStream implements AutoCloseable {
    private final NativeHandle handle;

    EncryptStream(long number) {
        handle = new NativeHandle(this, number, Native::encryptClose);
    }

    /**
     * Encrypts the next piece of the plaintext.
     *
     * @param data the piece
     * @return what comes next in the envelope
     * @throws KeyManagerException {@code too_large}; {@code stream_state} after an error or after {@link #finish}
     */
    public byte[] update(byte[] data) throws KeyManagerException {
        return update(data, 0, data.length);
    }

    /**
     * Encrypts the next piece of the plaintext, a part of an array.
     *
     * @param data the array
     * @param offset where the piece begins
     * @param length its length
     * @return what comes next in the envelope
     * @throws KeyManagerException as {@link #update(byte[])}
     */
    public byte[] update(byte[] data, int offset, int length) throws KeyManagerException {
        try {
            return Native.encryptUpdate(handle.number(), Objects.requireNonNull(data, "data"), offset, length);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends the envelope.
     *
     * @return its last bytes
     * @throws KeyManagerException {@code empty_plaintext} when no byte came; {@code stream_state} after an error or when it was
     *     finished
     */
    public byte[] finish() throws KeyManagerException {
        try {
            return Native.encryptFinish(handle.number());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    Transferred transfer(InputStream plaintext, OutputStream envelope) throws KeyManagerException, IOException {
        byte[] piece = new byte[64 * 1024];
        long in = 0;
        long out = 0;
        try {
            for (int read = plaintext.read(piece); read >= 0; read = plaintext.read(piece)) {
                byte[] next = update(piece, 0, read);
                envelope.write(next);
                in += read;
                out += next.length;
            }
        } finally {
            Arrays.fill(piece, (byte) 0);
        }
        byte[] end = finish();
        envelope.write(end);
        return new Transferred(in, out + end.length);
    }

    /** Gives up what was not finished. Again is fine. */
    @Override
    public void close() {
        handle.close();
    }
}
