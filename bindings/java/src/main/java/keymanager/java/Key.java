package keymanager.java;

import java.util.Optional;

/** A key; nothing in it is secret. Times are RFC 3339 in UTC, thumbprints 64 upper-case hexadecimal digits. */
public final class Key {
    private final String alias;
    private final String appId;
    private final String refId;
    private final String level;
    private final String algorithm;
    private final String location;
    private final String thumbprint;
    private final String issuerAlias;
    private final String notBefore;
    private final String notAfter;
    private final String state;
    private final Long daysLeft;
    private final String uniIdent;

    Key(Wire.Reader from) {
        this.alias = from.text();
        this.appId = from.text();
        this.refId = from.maybeText();
        this.level = from.text();
        this.algorithm = from.text();
        this.location = from.text();
        this.thumbprint = from.maybeText();
        this.issuerAlias = from.maybeText();
        this.notBefore = from.maybeText();
        this.notAfter = from.maybeText();
        this.state = from.text();
        this.daysLeft = from.maybe(Wire.Reader::number64);
        this.uniIdent = from.maybeText();
    }

    /** {@return its alias} */
    public String alias() {
        return alias;
    }

    /** {@return the application it is of} */
    public String appId() {
        return appId;
    }

    /** {@return its reference id; empty for a master key} */
    public Optional<String> refId() {
        return Optional.ofNullable(refId);
    }

    /** {@return {@code root}, {@code module}, {@code sign}, {@code base}, {@code symmetric} or {@code other_domain}} */
    public String level() {
        return level;
    }

    /** {@return {@code RSA-2048}, {@code AES-256}, …; {@code unknown} without a certificate to tell from} */
    public String algorithm() {
        return algorithm;
    }

    /** {@return where the private key is: {@code master}, {@code store}, {@code external}} */
    public String location() {
        return location;
    }

    /** {@return the thumbprint of its certificate; empty for symmetric keys} */
    public Optional<String> thumbprint() {
        return Optional.ofNullable(thumbprint);
    }

    /** {@return the alias of the key above it} */
    public Optional<String> issuerAlias() {
        return Optional.ofNullable(issuerAlias);
    }

    /** {@return from when it is valid} */
    public Optional<String> notBefore() {
        return Optional.ofNullable(notBefore);
    }

    /** {@return until when it is valid} */
    public Optional<String> notAfter() {
        return Optional.ofNullable(notAfter);
    }

    /** {@return {@code current}, {@code pre_expiry}, {@code expired}, {@code revoked} or {@code not_yet_valid}} */
    public String state() {
        return state;
    }

    /** {@return whole days until {@link #notAfter}, rounded down; negative when it is past} */
    public Optional<Long> daysLeft() {
        return Optional.ofNullable(daysLeft);
    }

    /** {@return {@code uni_ident} of its record} */
    public Optional<String> uniIdent() {
        return Optional.ofNullable(uniIdent);
    }

    @Override
    public String toString() {
        return "Key[alias=" + alias + ", appId=" + appId + ", refId=" + refId + ", level=" + level + "]";
    }
}
