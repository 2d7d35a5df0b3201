package keymanager.java;

/** A key, a record or a file is not there. */
public final class NotFoundException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    NotFoundException(Wire.Row row) {
        super(row);
    }
}
