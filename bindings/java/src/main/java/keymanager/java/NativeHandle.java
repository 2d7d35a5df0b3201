package keymanager.java;

import java.lang.ref.Cleaner;
import java.util.function.LongConsumer;

/** The number of something that the library keeps open, closed once: by its owner, or when its owner is gone. */
final class NativeHandle {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long number;
    private final Cleaner.Cleanable cleanable;

    /** {@code close} must not refer to the owner. */
    NativeHandle(Object owner, long number, LongConsumer close) {
        this.number = number;
        this.cleanable = CLEANER.register(owner, () -> close.accept(number));
    }

    /** The number; whoever uses it keeps the owner reachable until the call has returned. */
    long number() {
        return number;
    }

    void close() {
        cleanable.clean();
    }
}
