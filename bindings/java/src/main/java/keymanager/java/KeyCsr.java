package keymanager.java;

/** A certification request (PKCS#10) and the key that signed it. */
public final class KeyCsr {
    private final Key key;
    private final String csrPem;

    KeyCsr(Wire.Reader from) {
        this.key = new Key(from);
        this.csrPem = from.text();
    }

    /** {@return the key} */
    public Key key() {
        return key;
    }

    /** {@return the request} */
    public String csrPem() {
        return csrPem;
    }

    @Override
    public String toString() {
        return "KeyCsr[key=" + key + "]";
    }
}
