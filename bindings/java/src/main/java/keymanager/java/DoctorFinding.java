package keymanager.java;

import java.util.Optional;

/** Something that does not fit together. */
public final class DoctorFinding {
    private final String code;
    private final String severity;
    private final String alias;
    private final String text;
    private final String repair;
    private final boolean repaired;

    DoctorFinding(Wire.Reader from) {
        this.code = from.text();
        this.severity = from.text();
        this.alias = from.maybeText();
        this.text = from.text();
        this.repair = from.maybeText();
        this.repaired = from.bool();
    }

    /** {@return its stable name (docs/doctor.md)} */
    public String code() {
        return code;
    }

    /** {@return {@code info}, {@code warning} or {@code error}} */
    public String severity() {
        return severity;
    }

    /** {@return the key it is about} */
    public Optional<String> alias() {
        return Optional.ofNullable(alias);
    }

    /** {@return what is wrong, and why} */
    public String text() {
        return text;
    }

    /** {@return what repair does, or would do; empty when nothing can be done here} */
    public Optional<String> repair() {
        return Optional.ofNullable(repair);
    }

    /** {@return whether it was done} */
    public boolean repaired() {
        return repaired;
    }

    @Override
    public String toString() {
        return "DoctorFinding[code=" + code + ", severity=" + severity + ", alias=" + alias + ", text=" + text + "]";
    }
}
