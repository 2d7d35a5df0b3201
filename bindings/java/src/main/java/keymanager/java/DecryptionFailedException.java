package keymanager.java;

/** An envelope could not be opened; why is not told. */
public final class DecryptionFailedException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    DecryptionFailedException(Wire.Row row) {
        super(row);
    }
}
