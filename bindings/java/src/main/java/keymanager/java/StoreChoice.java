package keymanager.java;

import java.util.Arrays;
import java.util.Objects;

/** Where records are kept. Closing it wipes its copy of a password. */
public final class StoreChoice extends Request implements AutoCloseable {
    private static final int SQLITE = 0;
    private static final int POSTGRES = 1;
    private static final int HOST = 2;

    private final int kind;
    private final String place;
    private final byte[] password;
    private final HostStore host;
    private String readFrom;

    private StoreChoice(int kind, String place, byte[] password, HostStore host) {
        this.kind = kind;
        this.place = place;
        this.password = password == null ? null : password.clone();
        this.host = host;
    }

    /**
     * The embedded store.
     *
     * @param path the path of its file
     * @return the choice
     */
    public static StoreChoice sqlite(String path) {
        return new StoreChoice(SQLITE, Objects.requireNonNull(path, "path"), null, null);
    }

    /**
     * The PostgreSQL database of a MOSIP key manager (docs/storage.md, section 7).
     *
     * @param address {@code postgresql://USER@HOST/DATABASE?…}, without a password
     * @param password the password, copied; null where the server asks for none
     * @return the choice
     */
    public static StoreChoice postgres(String address, byte[] password) {
        return new StoreChoice(POSTGRES, Objects.requireNonNull(address, "address"), password, null);
    }

    /**
     * A store of the host.
     *
     * @param store the store
     * @return the choice
     */
    public static StoreChoice host(HostStore store) {
        return new StoreChoice(HOST, null, null, Objects.requireNonNull(store, "store"));
    }

    /**
     * Sets the address of a replica of a PostgreSQL database that reads may go to.
     *
     * @param address the address
     * @return this
     */
    public StoreChoice readFrom(String address) {
        readFrom = Objects.requireNonNull(address, "address");
        return this;
    }

    /** Null unless the store is one of the host. */
    StoreCallback callback(Thrown thrown) {
        return host == null ? null : new StoreCallback(host, thrown);
    }

    @Override
    void write(Wire.Writer out) {
        out.number8(kind);
        if (kind == HOST) {
            host.capabilities().write(out);
            return;
        }
        out.text(place);
        if (kind == POSTGRES) {
            out.maybe(password, Wire.Writer::bytes).maybe(readFrom, Wire.Writer::text);
        }
    }

    /** Wipes the copy of the password. */
    @Override
    public void close() {
        if (password != null) {
            Arrays.fill(password, (byte) 0);
        }
    }
}
