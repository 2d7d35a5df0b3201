package keymanager.java;

import java.util.Optional;

/** A master or signing key as it was asked for: its certificate, or a request for another. */
public final class KeyObject {
    private final Key key;
    private final boolean generated;
    private final String certificatePem;
    private final String csrPem;

    KeyObject(Wire.Reader from) {
        this.key = new Key(from);
        this.generated = from.bool();
        this.certificatePem = from.maybeText();
        this.csrPem = from.maybeText();
    }

    /** {@return the key} */
    public Key key() {
        return key;
    }

    /** {@return whether this call made it} */
    public boolean generated() {
        return generated;
    }

    /** {@return its certificate, when that was asked for} */
    public Optional<String> certificatePem() {
        return Optional.ofNullable(certificatePem);
    }

    /** {@return a certification request, when that was asked for} */
    public Optional<String> csrPem() {
        return Optional.ofNullable(csrPem);
    }

    @Override
    public String toString() {
        return "KeyObject[generated=" + generated + "]";
    }
}
