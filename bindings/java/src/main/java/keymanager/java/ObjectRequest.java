package keymanager.java;

import java.util.Objects;

/** A master or signing key that is asked for as a certificate or a certification request. */
public final class ObjectRequest extends Request {
    private final String app;
    private final String reference;
    private final String objectType;
    private boolean force;
    private Subject subject = new Subject();

    /**
     * A master or signing key that is asked for as a certificate or a certification request.
     *
     * @param app the application
     * @param reference the reference id
     * @param objectType {@code CERTIFICATE} or {@code CSR}, ignoring case
     */
    public ObjectRequest(String app, String reference, String objectType) {
        this.app = Objects.requireNonNull(app, "app");
        this.reference = Objects.requireNonNull(reference, "reference");
        this.objectType = Objects.requireNonNull(objectType, "objectType");
    }

    /**
     * Sets whether a new key is made although there is a current one, which ends then.
     *
     * @param force the value
     * @return this
     */
    public ObjectRequest force(boolean force) {
        this.force = force;
        return this;
    }

    /**
     * Sets attributes of the subject.
     *
     * @param subject the value
     * @return this
     */
    public ObjectRequest subject(Subject subject) {
        this.subject = Objects.requireNonNull(subject, "subject");
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.text(app);
        out.text(reference);
        out.text(objectType);
        out.bool(force);
        out.record(subject);
    }
}
