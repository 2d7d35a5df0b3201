package keymanager.examples;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import keymanager.java.EnvelopeOptions;
import keymanager.java.HostException;
import keymanager.java.HostStore;
import keymanager.java.KeyManager;
import keymanager.java.ManagerOptions;
import keymanager.java.MasterChoice;
import keymanager.java.StoreChoice;

/**
 * Records in a store that is written in Java. This one is a list; in yours, a row is a row of a table, {@code apply} is one
 * transaction, and a scope lock is one that the database holds.
 *
 * <pre>java -cp keymanager-java-0.1.0.jar keymanager/examples/KeyStoreInJava.java folder passphrase-file</pre>
 */
public final class KeyStoreInJava {
    private KeyStoreInJava() {}

    public static void main(String[] arguments) throws Exception {
        String keyFile = Path.of(arguments[0]).resolve("keymanager.p12").toString();
        RowStore store = new RowStore();
        try (ManagerOptions options = new ManagerOptions(
                                        StoreChoice.host(store), MasterChoice.keyFile(keyFile, Files.readAllBytes(Path.of(arguments[1]))))
                                .create(true);
                KeyManager manager = KeyManager.open(options)) {
            manager.initialise();
            manager.generateAll(null);
            byte[] packet = "a registration packet".getBytes(StandardCharsets.UTF_8);
            byte[] envelope = manager.encrypt("REGISTRATION", "10001_110011", new EnvelopeOptions(), packet);
            byte[] opened = manager.decrypt("REGISTRATION", "", new EnvelopeOptions(), envelope);
            System.out.println("opened: " + Arrays.equals(packet, opened) + ", " + store.size() + " rows");
        }
    }

    /** The contract of docs/bindings.md, section 2, over a list of rows. */
    public static final class RowStore implements HostStore {
        // Columns of a key.
        private static final int ID = 0;
        private static final int APP = 1;
        private static final int REFERENCE = 2;
        private static final int GENERATED = 3;
        private static final int THUMBPRINT = 5;
        private static final int UNI_IDENT = 6;
        private static final int WRITTEN = 8;
        private static final int MASTER = 9;
        private static final int STORED_WRITTEN = 13;

        private List<Row> rows = new ArrayList<>();
        private final Map<String, Long> locks = new HashMap<>();
        private long lastLock;

        public synchronized int size() {
            return rows.size();
        }

        /** Adds a row that was made elsewhere. */
        public synchronized void put(Table table, List<String> columns) {
            rows.add(versioned(table, columns));
        }

        /** The same columns are the same version. */
        private static Row versioned(Table table, List<String> columns) {
            return new Row(table, columns, columns.toString().getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public Capabilities capabilities() {
            return new Capabilities().sideTables();
        }

        @Override
        public synchronized Page find(Query query) throws HostException {
            boolean oneColumn = query.select() == Select.POLICY || query.select() == Select.ALL_POLICIES;
            if (query.cursor() != null && oneColumn == query.cursor().contains("\t")) {
                throw new HostException(1001, "the cursor was not made by this store");
            }
            List<Row> found = rows.stream()
                    .filter(row -> wanted(query, row))
                    .filter(row -> query.cursor() == null || place(row).compareTo(query.cursor()) > 0)
                    .sorted(Comparator.comparing(RowStore::place))
                    .limit(query.limit() + 1L)
                    .collect(Collectors.toList());
            if (found.size() <= query.limit()) {
                return new Page(found, null);
            }
            found = found.subList(0, query.limit());
            return new Page(found, place(found.get(found.size() - 1)));
        }

        private static boolean wanted(Query query, Row row) {
            List<String> values = query.values();
            switch (query.select()) {
                case KEY_BY_ALIAS:
                    return row.table() == Table.KEYS && is(row, ID, values.get(0));
                case KEYS_BY_THUMBPRINT:
                    return row.table() == Table.KEYS && is(row, THUMBPRINT, values.get(0));
                case KEYS_WITHOUT_THUMBPRINT:
                    return row.table() == Table.KEYS && row.columns().get(THUMBPRINT) == null;
                case KEYS_BY_SCOPE:
                    return row.table() == Table.KEYS && is(row, APP, values.get(0)) && is(row, REFERENCE, values.get(1));
                case KEYS_BY_MASTER:
                    return row.table() == Table.KEYS && is(row, MASTER, values.get(0));
                case KEYS_CHANGED_SINCE:
                    return row.table() == Table.KEYS && (since(row, WRITTEN, values.get(0)) || since(row, STORED_WRITTEN, values.get(0)));
                case ALL_KEYS:
                    return row.table() == Table.KEYS;
                case POLICY:
                    return row.table() == Table.POLICIES && is(row, 0, values.get(0));
                case ALL_POLICIES:
                    return row.table() == Table.POLICIES;
                case ALL_INTENTS:
                    return row.table() == Table.INTENTS;
                case FORMER_THUMBPRINT:
                    return row.table() == Table.FORMER_THUMBPRINTS && is(row, 0, values.get(0));
                case FORMER_THUMBPRINTS_OF:
                    return row.table() == Table.FORMER_THUMBPRINTS && is(row, 1, values.get(0));
                case ALL_FORMER_THUMBPRINTS:
                    return row.table() == Table.FORMER_THUMBPRINTS;
                case READY_POOL_KEYS:
                    return row.table() == Table.POOL_KEYS
                            && is(row, 1, values.get(0))
                            && since(row, 0, values.get(1))
                            && row.columns().get(6) == null;
                case POOL_KEYS_OF:
                    return row.table() == Table.POOL_KEYS && is(row, 1, values.get(0));
                default:
                    return row.table() == Table.POOL_KEYS;
            }
        }

        private static boolean is(Row row, int column, String value) {
            return value.equals(row.columns().get(column));
        }

        private static boolean since(Row row, int column, String value) {
            String found = row.columns().get(column);
            return found != null && found.compareTo(value) >= 0;
        }

        /** The order of a row, which is its cursor too. */
        private static String place(Row row) {
            switch (row.table()) {
                case KEYS:
                    return text(row, GENERATED) + "\t" + text(row, ID);
                case INTENTS:
                    return text(row, 3) + "\t" + text(row, 0);
                case FORMER_THUMBPRINTS:
                    return text(row, 0) + "\t" + text(row, 1);
                case POOL_KEYS:
                    return "\t" + text(row, 0);
                default:
                    return text(row, 0);
            }
        }

        private static String text(Row row, int column) {
            String text = row.columns().get(column);
            return text == null ? "" : text;
        }

        @Override
        public synchronized void apply(ChangeSet changes) throws HostException {
            for (ExpectedScope scope : changes.expectScopes()) {
                if (!versions(scope).equals(names(scope.versions()))) {
                    throw new HostException(7004, "the keys of a scope are others by now");
                }
            }
            // Changes are made on a copy, which takes the place of the rows when all of them could be made.
            List<Row> changed = new ArrayList<>(rows);
            for (Change change : changes.changes()) {
                apply(changed, change);
            }
            rows = changed;
        }

        private List<String> versions(ExpectedScope scope) {
            List<byte[]> found = rows.stream()
                    .filter(row -> row.table() == Table.KEYS && is(row, APP, scope.app()) && is(row, REFERENCE, scope.reference()))
                    .map(Row::version)
                    .collect(Collectors.toList());
            return names(found);
        }

        private static List<String> names(List<byte[]> versions) {
            return versions.stream().map(version -> new String(version, StandardCharsets.UTF_8)).sorted().collect(Collectors.toList());
        }

        private static void apply(List<Row> rows, Change change) throws HostException {
            Row row = change.row();
            if (change.kind() != ChangeKind.INSERT) {
                boolean there = rows.removeIf(each -> sameId(each, row) && Arrays.equals(each.version(), row.version()));
                if (!there) {
                    throw new HostException(7004, "a row was changed by somebody else");
                }
            }
            if (change.kind() == ChangeKind.DELETE) {
                return;
            }
            if (rows.stream().anyMatch(each -> sameId(each, row) || sameIdentifier(each, row))) {
                throw new HostException(7005, "a row with this id, or this uni_ident, exists already");
            }
            rows.add(versioned(row.table(), row.columns()));
        }

        private static boolean sameId(Row one, Row two) {
            boolean first = one.table() == two.table() && one.columns().get(0).equals(two.columns().get(0));
            return first && (one.table() != Table.FORMER_THUMBPRINTS || one.columns().get(1).equals(two.columns().get(1)));
        }

        private static boolean sameIdentifier(Row one, Row two) {
            boolean keys = one.table() == Table.KEYS && two.table() == Table.KEYS;
            return keys && one.columns().get(UNI_IDENT) != null && one.columns().get(UNI_IDENT).equals(two.columns().get(UNI_IDENT));
        }

        @Override
        public synchronized long lock(String app, String reference, long waitMillis) throws Exception {
            String scope = app + "\t" + reference;
            long end = System.nanoTime() + Math.min(waitMillis, 1L << 40) * 1_000_000;
            while (locks.containsKey(scope)) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new HostException(7006, "another holds the lock of this scope");
                }
                wait(left);
            }
            lastLock++;
            locks.put(scope, lastLock);
            return lastLock;
        }

        @Override
        public synchronized void unlock(long lock) {
            locks.values().remove(lock);
            notifyAll();
        }

        @Override
        public void prepare() {}
    }
}
