package keymanager.java;

/** What the doctor looked at. */
public final class Checked {
    private final long records;
    private final long tokens;

    Checked(Wire.Reader from) {
        this.records = from.number64();
        this.tokens = from.number64();
    }

    /** {@return keys of the store} */
    public long records() {
        return records;
    }

    /** {@return keys of the master backend} */
    public long tokens() {
        return tokens;
    }

    @Override
    public String toString() {
        return "Checked[records=" + records + ", tokens=" + tokens + "]";
    }
}
