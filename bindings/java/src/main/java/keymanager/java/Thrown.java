package keymanager.java;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the callbacks of a manager or of a call threw, so that it becomes the cause of the exception it led to. */
final class Thrown {
    /** A call of the library. */
    interface Body<T> {
        T run() throws KeyManagerException;
    }

    /** One that is running. */
    private static final class Running {
        final Running outer;
        final List<Entry> entries = new ArrayList<>();

        Running(Running outer) {
            this.outer = outer;
        }
    }

    private static final class Entry {
        final int number;
        final String message;
        final Throwable cause;

        Entry(int number, String message, Throwable cause) {
            this.number = number;
            this.message = message;
            this.cause = cause;
        }
    }

    private final ThreadLocal<Running> here = new ThreadLocal<>();
    private final Set<Running> running = ConcurrentHashMap.newKeySet();

    <T> T during(Body<T> body) throws KeyManagerException {
        Running call = new Running(here.get());
        here.set(call);
        running.add(call);
        try {
            return body.run();
        } catch (KeyManagerException error) {
            explain(error, call);
            throw error;
        } finally {
            running.remove(call);
            if (call.outer == null) {
                here.remove();
            } else {
                here.set(call.outer);
            }
        }
    }

    /** A callback threw; a thread of the library's own may belong to any call that is running. */
    void add(int number, String message, Throwable cause) {
        Entry entry = new Entry(number, message, cause);
        Running call = here.get();
        for (Running each : call == null ? running : Set.of(call)) {
            synchronized (each.entries) {
                each.entries.add(entry);
            }
        }
    }

    private static void explain(KeyManagerException error, Running call) {
        synchronized (call.entries) {
            for (int i = call.entries.size() - 1; i >= 0; i--) {
                Entry entry = call.entries.get(i);
                if (error.number() == entry.number || (!entry.message.isEmpty() && error.detail().contains(entry.message))) {
                    error.initCause(entry.cause);
                    return;
                }
            }
        }
    }
}
