package keymanager.java;

import java.util.Optional;

/** The given certificate, compared with the recipient. */
public final class InspectCertificate {
    private final Boolean matches;
    private final String subject;
    private final String notAfter;
    private final long daysLeft;

    InspectCertificate(Wire.Reader from) {
        this.matches = from.maybe(Wire.Reader::bool);
        this.subject = from.text();
        this.notAfter = from.text();
        this.daysLeft = from.number64();
    }

    /** {@return whether its thumbprint is the recipient's; empty when the bytes name no recipient} */
    public Optional<Boolean> matches() {
        return Optional.ofNullable(matches);
    }

    /** {@return its subject (RFC 4514)} */
    public String subject() {
        return subject;
    }

    /** {@return its notAfter (RFC 3339)} */
    public String notAfter() {
        return notAfter;
    }

    /** {@return whole days left; negative once it has expired} */
    public long daysLeft() {
        return daysLeft;
    }

    @Override
    public String toString() {
        return "InspectCertificate[matches=" + matches + ", subject=" + subject + ", notAfter=" + notAfter + ", daysLeft=" + daysLeft + "]";
    }
}
