package keymanager.java;

import java.util.Optional;

/** A part of bytes that were inspected. */
public final class InspectField {
    private final String name;
    private final long offset;
    private final long length;
    private final String value;
    private final String note;

    InspectField(Wire.Reader from) {
        this.name = from.text();
        this.offset = from.number64();
        this.length = from.number64();
        this.value = from.maybeText();
        this.note = from.text();
    }

    /** {@return its name, unique in a report} */
    public String name() {
        return name;
    }

    /** {@return where it begins, in bytes; in the decoded bytes when the input is text} */
    public long offset() {
        return offset;
    }

    /** {@return its size in bytes} */
    public long length() {
        return length;
    }

    /** {@return its value where that is short and tells something: text, or base64url} */
    public Optional<String> value() {
        return Optional.ofNullable(value);
    }

    /** {@return what it is} */
    public String note() {
        return note;
    }

    @Override
    public String toString() {
        return "InspectField[name=" + name + ", offset=" + offset + ", length=" + length + ", value=" + value + "]";
    }
}
