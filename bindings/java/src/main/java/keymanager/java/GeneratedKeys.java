package keymanager.java;

import java.util.List;

/** What a generation made, and what it found. */
public final class GeneratedKeys {
    private final List<Key> generated;
    private final List<Key> existing;

    GeneratedKeys(Wire.Reader from) {
        this.generated = from.list(Key::new);
        this.existing = from.list(Key::new);
    }

    /** {@return new keys} */
    public List<Key> generated() {
        return generated;
    }

    /** {@return keys that were there} */
    public List<Key> existing() {
        return existing;
    }

    @Override
    public String toString() {
        return "GeneratedKeys[generated=" + generated + ", existing=" + existing + "]";
    }
}
