package keymanager.java;

/** A rule or a policy says no. */
public final class RefusedException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    RefusedException(Wire.Row row) {
        super(row);
    }
}
