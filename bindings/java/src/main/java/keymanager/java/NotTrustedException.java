package keymanager.java;

/** A certificate is not trusted. */
public final class NotTrustedException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    NotTrustedException(Wire.Row row) {
        super(row);
    }
}
