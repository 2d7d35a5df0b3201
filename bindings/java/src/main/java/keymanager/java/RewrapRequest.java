package keymanager.java;

import java.util.Objects;

/** Where keys are wrapped again to; the current Module key of the application unless something is set. */
public final class RewrapRequest extends Request {
    private MasterChoice to;
    private String module;
    private boolean stopAtDamaged;

    /** Nothing but what is usual. */
    public RewrapRequest() {}

    /**
     * Sets the master backend of the new Module key, which must be there.
     *
     * @param to the backend
     * @return this
     */
    public RewrapRequest to(MasterChoice to) {
        this.to = Objects.requireNonNull(to, "to");
        return this;
    }

    /**
     * Sets the alias of the new Module key.
     *
     * @param module the alias
     * @return this
     */
    public RewrapRequest module(String module) {
        this.module = Objects.requireNonNull(module, "module");
        return this;
    }

    /**
     * Sets whether the work ends at the first key that cannot be wrapped again; otherwise it is left as it is, and reported.
     *
     * @param stopAtDamaged whether
     * @return this
     */
    public RewrapRequest stopAtDamaged(boolean stopAtDamaged) {
        this.stopAtDamaged = stopAtDamaged;
        return this;
    }

    MasterChoice to() {
        return to;
    }

    @Override
    void write(Wire.Writer out) {
        out.maybe(to, Wire.Writer::record).maybe(module, Wire.Writer::text).bool(stopAtDamaged);
    }
}
