package keymanager.java;

import java.util.Objects;

/**
 * What a store or a master backend of the host throws to say which error it is: a number of the error table (docs/errors.md), or one
 * of its own. Any other exception is {@code store_unavailable} or {@code master_unavailable}. Either becomes the cause of the
 * exception of the call that met it.
 */
public final class HostException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The number. */
    private final int number;

    /**
     * An error of the host.
     *
     * @param number a number of the error table; any other is shown in the text
     * @param message a sentence without secrets that names what was wrong
     */
    public HostException(int number, String message) {
        this(number, message, null);
    }

    /**
     * An error of the host that has a cause.
     *
     * @param number a number of the error table; any other is shown in the text
     * @param message a sentence without secrets that names what was wrong
     * @param cause the cause
     */
    public HostException(int number, String message, Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.number = number;
    }

    /** {@return the number} */
    public int number() {
        return number;
    }
}
