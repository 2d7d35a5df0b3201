package keymanager.java;

import java.util.Optional;

/** A key that an event is about. */
public final class HostAuditKey {
    private final String alias;
    private final String thumbprint;

    HostAuditKey(Wire.Reader from) {
        this.alias = from.maybeText();
        this.thumbprint = from.maybeText();
    }

    /** {@return its alias} */
    public Optional<String> alias() {
        return Optional.ofNullable(alias);
    }

    /** {@return the thumbprint of its certificate} */
    public Optional<String> thumbprint() {
        return Optional.ofNullable(thumbprint);
    }

    @Override
    public String toString() {
        return "HostAuditKey[alias=" + alias + ", thumbprint=" + thumbprint + "]";
    }
}
