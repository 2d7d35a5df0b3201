package keymanager.java;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What stores and master backends of the host are asked with. */
final class Host {
    private Host() {}

    /** {@code unsupported} in the error table. */
    private static final int UNSUPPORTED = 1008;

    /** The constant with this number; the constants are in the order of theirs, from 1. */
    static <T> T numbered(T[] constants, int number) throws HostException {
        if (number < 1 || number > constants.length) {
            throw new HostException(UNSUPPORTED, "the library asks with a number that these classes lack");
        }
        return constants[number - 1];
    }

    /** A reader that knows numbers. */
    interface Read<T> {
        T read(Wire.Reader from) throws HostException;
    }

    static <T> List<T> list(Wire.Reader from, Read<T> read) throws HostException {
        int count = from.number32();
        List<T> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(read.read(from));
        }
        return Collections.unmodifiableList(list);
    }
}
