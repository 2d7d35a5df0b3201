package keymanager.java;

import java.util.List;
import java.util.Optional;

/** What bytes are: an envelope, a certificate, … (docs/envelopes.md, the inspector). */
public final class InspectReport {
    private final String kind;
    private final String layout;
    private final long size;
    private final List<InspectField> fields;
    private final String thumbprint;
    private final List<String> authenticated;
    private final List<String> notAuthenticated;
    private final List<InspectFinding> findings;
    private final InspectCertificate certificate;

    InspectReport(Wire.Reader from) {
        this.kind = from.text();
        this.layout = from.maybeText();
        this.size = from.number64();
        this.fields = from.list(InspectField::new);
        this.thumbprint = from.maybeText();
        this.authenticated = from.list(Wire.Reader::text);
        this.notAuthenticated = from.list(Wire.Reader::text);
        this.findings = from.list(InspectFinding::new);
        this.certificate = from.maybe(InspectCertificate::new);
    }

    /** {@return {@code envelope}, {@code wrapped_private_key}, {@code pin}, {@code certificate}, {@code csr}, {@code bundle}, {@code key_file} or {@code unknown}} */
    public String kind() {
        return kind;
    }

    /** {@return the layout of an envelope} */
    public Optional<String> layout() {
        return Optional.ofNullable(layout);
    }

    /** {@return the size in bytes; of the decoded bytes when the input is text} */
    public long size() {
        return size;
    }

    /** {@return the parts, in their order} */
    public List<InspectField> fields() {
        return fields;
    }

    /** {@return the thumbprint: of the recipient, or of the certificate itself} */
    public Optional<String> thumbprint() {
        return Optional.ofNullable(thumbprint);
    }

    /** {@return the names of the fields that the tag vouches for} */
    public List<String> authenticated() {
        return authenticated;
    }

    /** {@return the names of the fields that nothing vouches for} */
    public List<String> notAuthenticated() {
        return notAuthenticated;
    }

    /** {@return what to know} */
    public List<InspectFinding> findings() {
        return findings;
    }

    /** {@return the given certificate, compared with the recipient} */
    public Optional<InspectCertificate> certificate() {
        return Optional.ofNullable(certificate);
    }

    @Override
    public String toString() {
        return "InspectReport[kind=" + kind + ", layout=" + layout + ", size=" + size + ", thumbprint=" + thumbprint + "]";
    }
}
