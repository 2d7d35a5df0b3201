package keymanager.java;

/** The rows of a table that were copied. */
public final class TableCopy {
    private final String table;
    private final long copied;
    private final long present;
    private final long others;

    TableCopy(Wire.Reader from) {
        this.table = from.text();
        this.copied = from.number64();
        this.present = from.number64();
        this.others = from.number64();
    }

    /** {@return the table} */
    public String table() {
        return table;
    }

    /** {@return how many rows were written} */
    public long copied() {
        return copied;
    }

    /** {@return how many were there already, and say the same} */
    public long present() {
        return present;
    }

    /** {@return how many the other store has besides} */
    public long others() {
        return others;
    }

    @Override
    public String toString() {
        return "TableCopy[table=" + table + ", copied=" + copied + ", present=" + present + ", others=" + others + "]";
    }
}
