package keymanager.java;

import java.util.List;
import java.util.Optional;

/** Something that begins, or ended. */
public final class HostAuditEvent {
    private final String time;
    private final long operation;
    private final String verb;
    private final String app;
    private final String reference;
    private final String caller;
    private final String outcome;
    private final List<HostAuditKey> keys;

    HostAuditEvent(Wire.Reader from) {
        this.time = from.text();
        this.operation = from.number64();
        this.verb = from.text();
        this.app = from.maybeText();
        this.reference = from.maybeText();
        this.caller = from.maybeText();
        this.outcome = from.text();
        this.keys = from.list(HostAuditKey::new);
    }

    /** {@return when, by the manager's clock (RFC 3339)} */
    public String time() {
        return time;
    }

    /** {@return the number of the operation within this manager, from 1; the same in both events of a verb} */
    public long operation() {
        return operation;
    }

    /** {@return what} */
    public String verb() {
        return verb;
    }

    /** {@return the application, as the caller gave it; empty for verbs about the whole deployment} */
    public Optional<String> app() {
        return Optional.ofNullable(app);
    }

    /** {@return the reference id, as the caller gave it} */
    public Optional<String> reference() {
        return Optional.ofNullable(reference);
    }

    /** {@return who asked} */
    public Optional<String> caller() {
        return Optional.ofNullable(caller);
    }

    /** {@return {@code begins}, {@code ok}, or the name of the error} */
    public String outcome() {
        return outcome;
    }

    /** {@return the keys it was about, as far as known} */
    public List<HostAuditKey> keys() {
        return keys;
    }

    @Override
    public String toString() {
        return "HostAuditEvent[time=" + time + ", operation=" + operation + ", verb=" + verb + ", app=" + app + "]";
    }
}
