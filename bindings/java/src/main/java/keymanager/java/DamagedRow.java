package keymanager.java;

/** A row that could not be worked on; it is as it was. */
public final class DamagedRow {
    private final String alias;
    private final String error;
    private final String text;

    DamagedRow(Wire.Reader from) {
        this.alias = from.text();
        this.error = from.text();
        this.text = from.text();
    }

    /** {@return its alias, or the text in the place of one} */
    public String alias() {
        return alias;
    }

    /** {@return the name of the error} */
    public String error() {
        return error;
    }

    /** {@return what is wrong} */
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return "DamagedRow[alias=" + alias + ", error=" + error + ", text=" + text + "]";
    }
}
