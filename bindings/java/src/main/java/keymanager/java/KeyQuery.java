package keymanager.java;

import java.util.Objects;

/** Which keys to list; all current ones unless something is set. */
public final class KeyQuery extends Request {
    private String app;
    private String reference;
    private boolean all;

    /** Nothing but what is usual. */
    public KeyQuery() {}

    /**
     * Sets the one application.
     *
     * @param app the value
     * @return this
     */
    public KeyQuery app(String app) {
        this.app = Objects.requireNonNull(app, "app");
        return this;
    }

    /**
     * Sets the one reference id; blank means master keys.
     *
     * @param reference the value
     * @return this
     */
    public KeyQuery reference(String reference) {
        this.reference = Objects.requireNonNull(reference, "reference");
        return this;
    }

    /**
     * Sets whether expired and revoked keys are listed too.
     *
     * @param all the value
     * @return this
     */
    public KeyQuery all(boolean all) {
        this.all = all;
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.maybe(app, Wire.Writer::text);
        out.maybe(reference, Wire.Writer::text);
        out.bool(all);
    }
}
