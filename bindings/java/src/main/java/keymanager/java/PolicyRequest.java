package keymanager.java;

import java.util.Objects;

/** A change of a policy; what is not set stays as it is, or has its default in a new policy. */
public final class PolicyRequest extends Request {
    private final String app;
    private Short validityDays;
    private Short preExpireDays;
    private Boolean active;
    private String accessAllowed;

    /**
     * A change of a policy; what is not set stays as it is, or has its default in a new policy.
     *
     * @param app the application
     */
    public PolicyRequest(String app) {
        this.app = Objects.requireNonNull(app, "app");
    }

    /**
     * Sets how long its keys are valid, in days.
     *
     * @param validityDays the value
     * @return this
     */
    public PolicyRequest validityDays(int validityDays) {
        this.validityDays = Wire.days(validityDays);
        return this;
    }

    /**
     * Sets how many days before its end a key is renewed.
     *
     * @param preExpireDays the value
     * @return this
     */
    public PolicyRequest preExpireDays(int preExpireDays) {
        this.preExpireDays = Wire.days(preExpireDays);
        return this;
    }

    /**
     * Sets whether it is in force.
     *
     * @param active the value
     * @return this
     */
    public PolicyRequest active(boolean active) {
        this.active = active;
        return this;
    }

    /**
     * Sets the users who may decrypt: {@code NA} for everybody, or names with commas.
     *
     * @param accessAllowed the value
     * @return this
     */
    public PolicyRequest accessAllowed(String accessAllowed) {
        this.accessAllowed = Objects.requireNonNull(accessAllowed, "accessAllowed");
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.text(app);
        out.maybe(validityDays, Wire.Writer::number16);
        out.maybe(preExpireDays, Wire.Writer::number16);
        out.maybe(active, Wire.Writer::bool);
        out.maybe(accessAllowed, Wire.Writer::text);
    }
}
