package keymanager.java;

/** How many bytes went in and came out. */
public final class Transferred {
    private final long bytesIn;
    private final long bytesOut;

    Transferred(long bytesIn, long bytesOut) {
        this.bytesIn = bytesIn;
        this.bytesOut = bytesOut;
    }

    Transferred(Wire.Reader from) {
        this(from.number64(), from.number64());
    }

    /** {@return bytes read: of the plaintext when encrypting, of the envelope when decrypting} */
    public long bytesIn() {
        return bytesIn;
    }

    /** {@return bytes written} */
    public long bytesOut() {
        return bytesOut;
    }

    @Override
    public String toString() {
        return "Transferred[bytesIn=" + bytesIn + ", bytesOut=" + bytesOut + "]";
    }
}
