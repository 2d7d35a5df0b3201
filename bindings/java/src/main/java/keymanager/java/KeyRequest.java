package keymanager.java;

import java.util.Objects;

/** A key to make. */
public final class KeyRequest extends Request {
    private final String app;
    private final String reference;
    private String kind;
    private boolean force;
    private Subject subject = new Subject();

    /**
     * A key to make.
     *
     * @param app the application
     * @param reference the reference id; blank asks for the application's Module key (or for the Root key), or for a signing key
     */
    public KeyRequest(String app, String reference) {
        this.app = Objects.requireNonNull(app, "app");
        this.reference = Objects.requireNonNull(reference, "reference");
    }

    /**
     * Sets the kind: {@code rsa}, which is usual, {@code aes}, {@code ec-p256}, {@code secp256k1}, {@code ed25519}.
     *
     * @param kind the value
     * @return this
     */
    public KeyRequest kind(String kind) {
        this.kind = Objects.requireNonNull(kind, "kind");
        return this;
    }

    /**
     * Sets whether a new key is made although there is a current one, which ends then.
     *
     * @param force the value
     * @return this
     */
    public KeyRequest force(boolean force) {
        this.force = force;
        return this;
    }

    /**
     * Sets attributes of the certificate's subject.
     *
     * @param subject the value
     * @return this
     */
    public KeyRequest subject(Subject subject) {
        this.subject = Objects.requireNonNull(subject, "subject");
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.text(app);
        out.text(reference);
        out.maybe(kind, Wire.Writer::text);
        out.bool(force);
        out.record(subject);
    }
}
