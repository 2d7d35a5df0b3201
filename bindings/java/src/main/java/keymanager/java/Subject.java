package keymanager.java;

import java.util.Objects;

/** Attributes of a subject; what is not set comes from the configuration, or from the certificate of the key. */
public final class Subject extends Request {
    private String commonName;
    private String organizationalUnit;
    private String organization;
    private String location;
    private String state;
    private String country;

    /** Nothing but what is usual. */
    public Subject() {}

    /**
     * Sets CN.
     *
     * @param commonName the value
     * @return this
     */
    public Subject commonName(String commonName) {
        this.commonName = Objects.requireNonNull(commonName, "commonName");
        return this;
    }

    /**
     * Sets OU.
     *
     * @param organizationalUnit the value
     * @return this
     */
    public Subject organizationalUnit(String organizationalUnit) {
        this.organizationalUnit = Objects.requireNonNull(organizationalUnit, "organizationalUnit");
        return this;
    }

    /**
     * Sets O.
     *
     * @param organization the value
     * @return this
     */
    public Subject organization(String organization) {
        this.organization = Objects.requireNonNull(organization, "organization");
        return this;
    }

    /**
     * Sets L.
     *
     * @param location the value
     * @return this
     */
    public Subject location(String location) {
        this.location = Objects.requireNonNull(location, "location");
        return this;
    }

    /**
     * Sets ST.
     *
     * @param state the value
     * @return this
     */
    public Subject state(String state) {
        this.state = Objects.requireNonNull(state, "state");
        return this;
    }

    /**
     * Sets C.
     *
     * @param country the value
     * @return this
     */
    public Subject country(String country) {
        this.country = Objects.requireNonNull(country, "country");
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.maybe(commonName, Wire.Writer::text);
        out.maybe(organizationalUnit, Wire.Writer::text);
        out.maybe(organization, Wire.Writer::text);
        out.maybe(location, Wire.Writer::text);
        out.maybe(state, Wire.Writer::text);
        out.maybe(country, Wire.Writer::text);
    }
}
