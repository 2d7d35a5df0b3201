package keymanager.java;

import java.util.Optional;

/** The RSA keys that were made ahead of time under one Module key. */
public final class Pool {
    private final String appId;
    private final String moduleAlias;
    private final boolean current;
    private final long ready;
    private final String oldest;
    private final String newest;
    private final long used;
    private final String lastUsed;

    Pool(Wire.Reader from) {
        this.appId = from.maybeText();
        this.moduleAlias = from.text();
        this.current = from.bool();
        this.ready = from.number64();
        this.oldest = from.maybeText();
        this.newest = from.maybeText();
        this.used = from.number64();
        this.lastUsed = from.maybeText();
    }

    /** {@return the application; empty when no record names the Module key} */
    public Optional<String> appId() {
        return Optional.ofNullable(appId);
    }

    /** {@return the alias of the Module key} */
    public String moduleAlias() {
        return moduleAlias;
    }

    /** {@return whether it is the current one of its application; the ready keys of another are never used} */
    public boolean current() {
        return current;
    }

    /** {@return how many keys are ready} */
    public long ready() {
        return ready;
    }

    /** {@return when the oldest ready key was made} */
    public Optional<String> oldest() {
        return Optional.ofNullable(oldest);
    }

    /** {@return when the newest ready key was made} */
    public Optional<String> newest() {
        return Optional.ofNullable(newest);
    }

    /** {@return how many keys were taken} */
    public long used() {
        return used;
    }

    /** {@return when the last one was taken} */
    public Optional<String> lastUsed() {
        return Optional.ofNullable(lastUsed);
    }

    @Override
    public String toString() {
        return "Pool[appId=" + appId + ", moduleAlias=" + moduleAlias + ", current=" + current + ", ready=" + ready + "]";
    }
}
