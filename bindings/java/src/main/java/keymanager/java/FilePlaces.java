package keymanager.java;

import java.util.Objects;

/** Where a file-to-file call reads and writes. The output gets its name when all of it is there, and is gone otherwise. */
public final class FilePlaces extends Request {
    private final String input;
    private final String output;
    private boolean overwrite;

    /**
     * Where a file-to-file call reads and writes. The output gets its name when all of it is there, and is gone otherwise.
     *
     * @param input the path of the file that is read
     * @param output the path of the file that is written
     */
    public FilePlaces(String input, String output) {
        this.input = Objects.requireNonNull(input, "input");
        this.output = Objects.requireNonNull(output, "output");
    }

    /**
     * Sets whether a file of that name is replaced; otherwise the error is {@code output_exists}.
     *
     * @param overwrite the value
     * @return this
     */
    public FilePlaces overwrite(boolean overwrite) {
        this.overwrite = overwrite;
        return this;
    }

    @Override
    void write(Wire.Writer out) {
        out.text(input);
        out.text(output);
        out.bool(overwrite);
    }
}
