package keymanager.java;

import java.util.Objects;

/** How an envelope is made or read. */
public final class EnvelopeOptions extends Request {
    private String layout;
    private byte[] aad = new byte[0];
    private byte[] salt;

    /** Nothing but what is usual. */
    public EnvelopeOptions() {}

    /**
     * Sets the layout by name (docs/envelopes.md): {@code ver_r2}, {@code packet}, {@code aad}, {@code salt}; usual is {@code ver_r2} to encrypt, and the one layout that fits to decrypt.
     *
     * @param layout the value
     * @return this
     */
    public EnvelopeOptions layout(String layout) {
        this.layout = Objects.requireNonNull(layout, "layout");
        return this;
    }

    /**
     * Sets the caller's additional authenticated data; none for layouts that carry their own.
     *
     * @param aad the value
     * @return this
     */
    public EnvelopeOptions aad(byte[] aad) {
        this.aad = aad.clone();
        return this;
    }

    /**
     * Sets the caller's salt of 12 or 16 bytes; only for layouts that do not carry their own.
     *
     * @param salt the value
     * @return this
     */
    public EnvelopeOptions salt(byte[] salt) {
        this.salt = salt.clone();
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.maybe(layout, Wire.Writer::text);
        out.bytes(aad);
        out.maybe(salt, Wire.Writer::bytes);
    }
}
