package keymanager.java;

/** The store, the master backend or the file system failed. */
public final class BackendException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    BackendException(Wire.Row row) {
        super(row);
    }
}
