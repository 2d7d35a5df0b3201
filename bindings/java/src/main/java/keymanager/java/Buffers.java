package keymanager.java;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;

/** Calls that read one buffer and write another. */
final class Buffers {
    private Buffers() {}

    /** Such a call, on direct buffers. */
    interface Body {
        int run(ByteBuffer in, int inAt, int inLen, ByteBuffer out, int outAt, int outLen) throws KeyManagerException;
    }

    /** Runs the call on what remains in the buffers, by way of direct ones where they are not, and moves the positions. */
    static int run(ByteBuffer in, ByteBuffer out, Body body) throws KeyManagerException {
        if (out.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        int inLen = in.remaining();
        ByteBuffer from = in.isDirect() ? in : ByteBuffer.allocateDirect(inLen).put(in.duplicate()).flip();
        ByteBuffer to = out.isDirect() ? out : ByteBuffer.allocateDirect(out.remaining());
        try {
            int written = body.run(from, from.position(), inLen, to, to.position(), to.remaining());
            if (to == out) {
                out.position(out.position() + written);
            } else {
                out.put(to.duplicate().limit(written));
            }
            in.position(in.limit());
            return written;
        } finally {
            if (from != in) {
                wipe(from);
            }
            if (to != out) {
                wipe(to);
            }
        }
    }

    private static void wipe(ByteBuffer buffer) {
        ByteBuffer all = buffer.duplicate().clear();
        byte[] zeros = new byte[Math.min(all.remaining(), 8192)];
        Arrays.fill(zeros, (byte) 0);
        while (all.hasRemaining()) {
            all.put(zeros, 0, Math.min(all.remaining(), zeros.length));
        }
    }
}
