package keymanager.java;

import java.util.Optional;

/** What a host is asked about. Nothing in it is secret. */
public final class HostAccessRequest {
    private final String verb;
    private final String app;
    private final String reference;
    private final String caller;

    HostAccessRequest(Wire.Reader from) {
        this.verb = from.text();
        this.app = from.maybeText();
        this.reference = from.maybeText();
        this.caller = from.maybeText();
    }

    /** {@return what is to be done: the name of the method, such as {@code decrypt} (docs/access.md)} */
    public String verb() {
        return verb;
    }

    /** {@return the application; empty for verbs about the whole deployment} */
    public Optional<String> app() {
        return Optional.ofNullable(app);
    }

    /** {@return the reference id, blank for master keys; empty where there is no application} */
    public Optional<String> reference() {
        return Optional.ofNullable(reference);
    }

    /** {@return who asks, as {@link ManagerOptions#caller} has it} */
    public Optional<String> caller() {
        return Optional.ofNullable(caller);
    }

    @Override
    public String toString() {
        return "HostAccessRequest[verb=" + verb + ", app=" + app + ", reference=" + reference + ", caller=" + caller + "]";
    }
}
