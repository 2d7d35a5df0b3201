package keymanager.java;

/** Something to know about bytes that were inspected. */
public final class InspectFinding {
    private final String severity;
    private final String code;
    private final String text;

    InspectFinding(Wire.Reader from) {
        this.severity = from.text();
        this.code = from.text();
        this.text = from.text();
    }

    /** {@return {@code info}, {@code warning} or {@code error}} */
    public String severity() {
        return severity;
    }

    /** {@return a stable name} */
    public String code() {
        return code;
    }

    /** {@return a sentence} */
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return "InspectFinding[severity=" + severity + ", code=" + code + ", text=" + text + "]";
    }
}
