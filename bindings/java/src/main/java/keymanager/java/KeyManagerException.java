package keymanager.java;

import java.util.Optional;

/**
 * An error of the library: a row of its error table (docs/errors.md), and a sentence. There is a subclass for each category, which
 * says who must act. It never holds a secret. When a store, a master backend or a progress of the host threw, that is the cause.
 */
public abstract class KeyManagerException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The number of the error. */
    private final int number;
    /** The name of the error. */
    private final String name;
    /** The category of the error. */
    private final String category;
    /** The exit status of the command line. */
    private final int exitStatus;
    /** The code of the MOSIP key manager, or null. */
    private final String mosipCode;
    /** The sentence. */
    private final String detail;
    /** What to do next. */
    private final String next;

    KeyManagerException(Wire.Row row) {
        super(row.number + " " + row.name + ": " + row.detail);
        number = row.number;
        name = row.name;
        category = row.category;
        exitStatus = row.exit;
        mosipCode = row.mosipCode;
        detail = row.detail;
        next = row.next;
    }

    static KeyManagerException of(Wire.Row row) {
        switch (row.category) {
            case "misuse":
                return new MisuseException(row);
            case "malformed":
                return new MalformedException(row);
            case "not_found":
                return new NotFoundException(row);
            case "not_trusted":
                return new NotTrustedException(row);
            case "refused":
                return new RefusedException(row);
            case "decryption_failed":
                return new DecryptionFailedException(row);
            case "backend":
                return new BackendException(row);
            default:
                return new BugException(row);
        }
    }

    /** {@return the stable number; 99 for a panic that was caught} */
    public int number() {
        return number;
    }

    /** {@return the stable name, in snake_case} */
    public String name() {
        return name;
    }

    /**
     * {@return who must act: {@code misuse}, {@code malformed}, {@code not_found}, {@code not_trusted}, {@code refused}, {@code
     * decryption_failed}, {@code backend}, {@code bug}}
     */
    public String category() {
        return category;
    }

    /** {@return the exit status the command line ends with on this error} */
    public int exitStatus() {
        return exitStatus;
    }

    /** {@return the code the MOSIP key manager answers in the same situation} */
    public Optional<String> mosipCode() {
        return Optional.ofNullable(mosipCode);
    }

    /** {@return the sentence that names what was wrong} */
    public String detail() {
        return detail;
    }

    /** {@return what whoever meets the error can do next} */
    public String next() {
        return next;
    }
}
