package keymanager.java;

import java.util.OptionalLong;

/**
 * Told how far long work is, and asked whether it shall go on. It must answer quickly; it may be called from any thread, and is not
 * called after the call it was given to has returned. An exception from either method ends the work as {@code cancelled}, and is
 * the cause of that error.
 */
public interface Progress {
    /**
     * Some work was done.
     *
     * @param done how many units were done
     * @param total how many there are, where that is known
     * @param what the unit, such as {@code bytes} or {@code keys}
     */
    void advance(long done, OptionalLong total, String what);

    /** {@return whether the work shall end with the error {@code cancelled}} */
    default boolean cancelled() {
        return false;
    }
}
