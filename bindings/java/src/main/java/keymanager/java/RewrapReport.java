package keymanager.java;

import java.util.List;

/** What was wrapped again. */
public final class RewrapReport {
    private final String appId;
    private final String moduleAlias;
    private final List<String> formerModules;
    private final long rewrapped;
    private final long kept;
    private final long otherDomain;
    private final long poolKeysDiscarded;
    private final List<DamagedRow> damaged;
    private final String begun;
    private final String ended;
    private final long seconds;
    private final SignedReport signed;

    RewrapReport(Wire.Reader from) {
        this.appId = from.text();
        this.moduleAlias = from.text();
        this.formerModules = from.list(Wire.Reader::text);
        this.rewrapped = from.number64();
        this.kept = from.number64();
        this.otherDomain = from.number64();
        this.poolKeysDiscarded = from.number64();
        this.damaged = from.list(DamagedRow::new);
        this.begun = from.text();
        this.ended = from.text();
        this.seconds = from.number64();
        this.signed = new SignedReport(from);
    }

    /** {@return the application} */
    public String appId() {
        return appId;
    }

    /** {@return the alias of the Module key that everything hangs under now} */
    public String moduleAlias() {
        return moduleAlias;
    }

    /** {@return the other Module keys of the application; they stay} */
    public List<String> formerModules() {
        return formerModules;
    }

    /** {@return how many keys were wrapped again} */
    public long rewrapped() {
        return rewrapped;
    }

    /** {@return how many keys hung under it before, and open} */
    public long kept() {
        return kept;
    }

    /** {@return how many certificates of other domains name one of the Module keys} */
    public long otherDomain() {
        return otherDomain;
    }

    /** {@return how many ready keys of the pool were discarded} */
    public long poolKeysDiscarded() {
        return poolKeysDiscarded;
    }

    /** {@return what could not be wrapped again or does not open} */
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

    /** {@return the report for outsiders, signed by the new Module key} */
    public SignedReport signed() {
        return signed;
    }

    @Override
    public String toString() {
        return "RewrapReport[appId=" + appId + ", moduleAlias=" + moduleAlias + ", rewrapped=" + rewrapped + ", kept=" + kept + "]";
    }
}
