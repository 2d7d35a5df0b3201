package keymanager.java;

/** Bytes are not what they should be: an envelope, a certificate, a key. */
public final class MalformedException extends KeyManagerException {
    private static final long serialVersionUID = 1L;

    MalformedException(Wire.Row row) {
        super(row);
    }
}
