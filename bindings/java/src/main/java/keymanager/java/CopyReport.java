package keymanager.java;

import java.util.List;

/** What was copied. */
public final class CopyReport {
    private final List<TableCopy> tables;
    private final long intentsLeft;
    private final long poolKeysLeft;
    private final List<DamagedRow> damaged;
    private final String begun;
    private final String ended;
    private final long seconds;
    private final SignedReport signed;

    CopyReport(Wire.Reader from) {
        this.tables = from.list(TableCopy::new);
        this.intentsLeft = from.number64();
        this.poolKeysLeft = from.number64();
        this.damaged = from.list(DamagedRow::new);
        this.begun = from.text();
        this.ended = from.text();
        this.seconds = from.number64();
        this.signed = new SignedReport(from);
    }

    /** {@return the tables, in the order in which they were copied} */
    public List<TableCopy> tables() {
        return tables;
    }

    /** {@return how many creations were under way in the source; they stay there} */
    public long intentsLeft() {
        return intentsLeft;
    }

    /** {@return how many rows of the key pool the source has; they stay there} */
    public long poolKeysLeft() {
        return poolKeysLeft;
    }

    /** {@return the rows that cannot be understood} */
    public List<DamagedRow> damaged() {
        return damaged;
    }

    /** {@return when it began} */
    public String begun() {
        return begun;
    }

    /** {@return when it ended} */
    public String ended() {
        return ended;
    }

    /** {@return how long it took} */
    public long seconds() {
        return seconds;
    }

    /** {@return the report for outsiders, signed by a key of the deployment} */
    public SignedReport signed() {
        return signed;
    }

    @Override
    public String toString() {
        return "CopyReport[intentsLeft=" + intentsLeft + ", poolKeysLeft=" + poolKeysLeft + ", begun=" + begun + ", ended=" + ended + "]";
    }
}
