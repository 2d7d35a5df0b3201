package keymanager.java;

import java.util.Optional;

/** The policy of an application. */
public final class Policy {
    private final String appId;
    private final Short validityDays;
    private final Short preExpireDays;
    private final boolean active;
    private final String accessAllowed;

    Policy(Wire.Reader from) {
        this.appId = from.text();
        this.validityDays = from.maybe(Wire.Reader::number16);
        this.preExpireDays = from.maybe(Wire.Reader::number16);
        this.active = from.bool();
        this.accessAllowed = from.maybeText();
    }

    /** {@return the application} */
    public String appId() {
        return appId;
    }

    /** {@return how long its keys are valid, in days} */
    public Optional<Short> validityDays() {
        return Optional.ofNullable(validityDays);
    }

    /** {@return how many days before its end a key is renewed} */
    public Optional<Short> preExpireDays() {
        return Optional.ofNullable(preExpireDays);
    }

    /** {@return whether it is in force} */
    public boolean active() {
        return active;
    }

    /** {@return the users who may decrypt: {@code NA} for everybody, or names with commas} */
    public Optional<String> accessAllowed() {
        return Optional.ofNullable(accessAllowed);
    }

    @Override
    public String toString() {
        return "Policy[appId=" + appId + ", validityDays=" + validityDays + ", preExpireDays=" + preExpireDays + ", active=" + active + "]";
    }
}
