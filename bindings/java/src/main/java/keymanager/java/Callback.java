package keymanager.java;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/** An object of the host that the library calls, from any thread. Nothing that it throws gets past it. */
abstract class Callback {
    private static final int RELEASE = -1;

    private final Thrown thrown;
    private final int unavailable;
    private final AtomicBoolean released = new AtomicBoolean();

    /** {@code unavailable} is the number of an exception that has none itself. */
    Callback(Thrown thrown, int unavailable) {
        this.thrown = thrown;
        this.unavailable = unavailable;
    }

    /** Called by the library; see src/callback.rs. */
    final byte[] call(int method, byte[] request) {
        Wire.Writer out = new Wire.Writer();
        try {
            if (method == RELEASE) {
                releaseOnce();
                return out.bool(true).take();
            }
            out.bool(true);
            answer(method, new Wire.Reader(request), out);
            return out.take();
        } catch (HostException e) {
            return failed(out, e.number(), e.getMessage(), e);
        } catch (Throwable e) {
            // Its text may hold what the host would not show; the class is enough, and the cause has the rest.
            return failed(out, unavailable, "the host threw " + e.getClass().getName(), e);
        } finally {
            Arrays.fill(request, (byte) 0);
        }
    }

    private byte[] failed(Wire.Writer out, int number, String message, Throwable cause) {
        thrown.add(number, message, cause);
        out.take();
        return out.bool(false).number32(number).text(message).take();
    }

    /** Tells the host, the first time, that the library has no more use for it. */
    final void releaseOnce() {
        if (released.compareAndSet(false, true)) {
            release();
        }
    }

    /** After the library had its use of them: it has released what it got, and what it never got is released here. */
    static void releaseAll(Callback... callbacks) {
        for (Callback callback : callbacks) {
            if (callback != null) {
                try {
                    callback.releaseOnce();
                } catch (RuntimeException nobodyToTell) {
                    // A host whose `release` fails; an exception may be on its way already.
                }
            }
        }
    }

    abstract void answer(int method, Wire.Reader request, Wire.Writer out) throws Exception;

    abstract void release();
}
