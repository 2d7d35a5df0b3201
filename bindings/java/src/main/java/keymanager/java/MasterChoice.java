package keymanager.java;

import java.util.Arrays;
import java.util.Objects;

/** Where master keys are kept. Closing it wipes its copy of a passphrase or PIN. */
public final class MasterChoice extends Request implements AutoCloseable {
    private static final int KEY_FILE = 0;
    private static final int TOKEN = 1;
    private static final int HOST = 2;

    private final int kind;
    private final String place;
    private final byte[] secret;
    private final HostMaster host;

    private MasterChoice(int kind, String place, byte[] secret, HostMaster host) {
        this.kind = kind;
        this.place = place;
        this.secret = secret.clone();
        this.host = host;
    }

    /**
     * A PKCS#12 file.
     *
     * @param path its path
     * @param passphrase its passphrase in printable ASCII; copied, and the array stays the caller's, who wipes it
     * @return the choice
     */
    public static MasterChoice keyFile(String path, byte[] passphrase) {
        return new MasterChoice(KEY_FILE, Objects.requireNonNull(path, "path"), passphrase, null);
    }

    /**
     * A PKCS#11 token (docs/token.md).
     *
     * @param uri its RFC 7512 address, with {@code module-path}
     * @param pin its PIN, copied; a wrong one is tried once
     * @return the choice
     */
    public static MasterChoice token(String uri, byte[] pin) {
        return new MasterChoice(TOKEN, Objects.requireNonNull(uri, "uri"), pin, null);
    }

    /**
     * A master backend of the host.
     *
     * @param master the backend
     * @return the choice
     */
    public static MasterChoice host(HostMaster master) {
        return new MasterChoice(HOST, null, new byte[0], Objects.requireNonNull(master, "master"));
    }

    /** Null unless the backend is one of the host. */
    MasterCallback callback(Thrown thrown) {
        return host == null ? null : new MasterCallback(host, thrown);
    }

    @Override
    void write(Wire.Writer out) {
        out.number8(kind);
        if (kind != HOST) {
            out.text(place).bytes(secret);
        }
    }

    /** Wipes the copy of the passphrase or PIN. */
    @Override
    public void close() {
        Arrays.fill(secret, (byte) 0);
    }
}
