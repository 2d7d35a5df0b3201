package keymanager.java;

import java.util.List;

/** What is in an archive. */
public final class BackupReport {
    private final String made;
    private final boolean keyFile;
    private final long keys;
    private final long chained;
    private final long foreignIssuers;
    private final long opened;
    private final List<DamagedRow> damaged;
    private final String signedBy;
    private final SignedReport signed;

    BackupReport(Wire.Reader from) {
        this.made = from.text();
        this.keyFile = from.bool();
        this.keys = from.number64();
        this.chained = from.number64();
        this.foreignIssuers = from.number64();
        this.opened = from.number64();
        this.damaged = from.list(DamagedRow::new);
        this.signedBy = from.text();
        this.signed = new SignedReport(from);
    }

    /** {@return when the store was copied} */
    public String made() {
        return made;
    }

    /** {@return whether it has a key file} */
    public boolean keyFile() {
        return keyFile;
    }

    /** {@return how many keys the store has} */
    public long keys() {
        return keys;
    }

    /** {@return how many of them have a certificate that leads to a key of the deployment} */
    public long chained() {
        return chained;
    }

    /** {@return how many have a certificate by somebody else} */
    public long foreignIssuers() {
        return foreignIssuers;
    }

    /** {@return how many private keys were opened and compared with their certificates} */
    public long opened() {
        return opened;
    }

    /** {@return what cannot be understood or does not open; it was so in the store} */
    public List<DamagedRow> damaged() {
        return damaged;
    }

    /** {@return the thumbprint of the certificate of the key that signed} */
    public String signedBy() {
        return signedBy;
    }

    /** {@return the manifest with its signature} */
    public SignedReport signed() {
        return signed;
    }

    @Override
    public String toString() {
        return "BackupReport[made=" + made + ", keyFile=" + keyFile + ", keys=" + keys + ", chained=" + chained + "]";
    }
}
