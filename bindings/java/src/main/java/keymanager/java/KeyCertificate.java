package keymanager.java;

/** A key and its certificate. */
public final class KeyCertificate {
    private final Key key;
    private final String certificatePem;

    KeyCertificate(Wire.Reader from) {
        this.key = new Key(from);
        this.certificatePem = from.text();
    }

    /** {@return the key} */
    public Key key() {
        return key;
    }

    /** {@return its certificate} */
    public String certificatePem() {
        return certificatePem;
    }

    @Override
    public String toString() {
        return "KeyCertificate[key=" + key + "]";
    }
}
