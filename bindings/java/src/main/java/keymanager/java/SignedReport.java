package keymanager.java;

import java.util.Objects;

/** A report, the signature over its bytes, and the certificate of the key that made it. Nothing in it is secret. */
public final class SignedReport extends Request {
    private final String document;
    private final byte[] signature;
    private final String certificatePem;

    /**
     * A report that was kept.
     *
     * @param document what is signed: one JSON object, exactly these bytes in UTF-8
     * @param signature the signature
     * @param certificatePem the certificate of the key that signed
     */
    public SignedReport(String document, byte[] signature, String certificatePem) {
        this.document = Objects.requireNonNull(document, "document");
        this.signature = signature.clone();
        this.certificatePem = Objects.requireNonNull(certificatePem, "certificatePem");
    }

    SignedReport(Wire.Reader from) {
        this(from.text(), from.bytes(), from.text());
    }

    /** {@return what is signed: one JSON object, exactly these bytes in UTF-8} */
    public String document() {
        return document;
    }

    /** {@return the signature: RSASSA-PKCS1-v1_5 with SHA-256} */
    public byte[] signature() {
        return signature.clone();
    }

    /** {@return the certificate of the key that signed} */
    public String certificatePem() {
        return certificatePem;
    }

    @Override
    void write(Wire.Writer out) {
        out.text(document).bytes(signature).text(certificatePem);
    }

    @Override
    public String toString() {
        return "SignedReport[" + document + "]";
    }
}
