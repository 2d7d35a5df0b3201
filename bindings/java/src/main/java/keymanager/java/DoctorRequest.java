package keymanager.java;

import java.util.List;

/** What a doctor looks at besides store and master backend, and what a repair may remove. */
public final class DoctorRequest extends Request {
    private List<String> remove = List.of();
    private List<String> folders = List.of();

    /** Nothing but what is usual. */
    public DoctorRequest() {}

    /**
     * Sets in a repair: the aliases of master keys without a record that are removed; no other is.
     *
     * @param remove the value
     * @return this
     */
    public DoctorRequest remove(List<String> remove) {
        this.remove = List.copyOf(remove);
        return this;
    }

    /**
     * Sets the folders in which temporary files of a crash are looked for: those of the store and of the key file.
     *
     * @param folders the value
     * @return this
     */
    public DoctorRequest folders(List<String> folders) {
        this.folders = List.copyOf(folders);
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.list(remove, Wire.Writer::text);
        out.list(folders, Wire.Writer::text);
    }
}
