package keymanager.java;

/** A defect of the library; a panic that was caught is number 99. */
public final class BugException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    BugException(Wire.Row row) {
        super(row);
    }
}
