package keymanager.java;

/** The caller gave something that cannot be, or used a handle that was closed. */
public final class MisuseException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    MisuseException(Wire.Row row) {
        super(row);
    }
}
