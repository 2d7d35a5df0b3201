package keymanager.java;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A record store that the host implements (docs/bindings.md, section 2).
 *
 * <p>Every method may be called from any thread, also side by side. It must not call the library. An exception fails the call that
 * the library makes, and becomes the cause of the exception of the call that the host made; a {@link HostException} also says which
 * error it is, and any other is {@code store_unavailable} (7001).
 */
public interface HostStore {
    /** {@return what this store can do; asked once, when the manager is opened} */
    Capabilities capabilities();

    /**
     * A page of rows.
     *
     * @param query which rows
     * @return the rows
     * @throws Exception the store failed
     */
    Page find(Query query) throws Exception;

    /**
     * Applies changes whole, or not at all.
     *
     * @param changes the changes
     * @throws Exception among others a {@link HostException} with {@code store_conflict} (7004) or {@code store_duplicate} (7005)
     */
    void apply(ChangeSet changes) throws Exception;

    /**
     * Takes the lock of a scope. It outlives transactions, and is freed when its holder dies.
     *
     * @param app the application
     * @param reference the reference id; may be empty
     * @param waitMillis how long to wait at most
     * @return a number for the lock
     * @throws Exception among others a {@link HostException} with {@code lock_timeout} (7006)
     */
    long lock(String app, String reference, long waitMillis) throws Exception;

    /**
     * Gives a lock back; nothing when it was lost.
     *
     * @param lock its number
     * @throws Exception the store failed
     */
    void unlock(long lock) throws Exception;

    /**
     * Creates the tables that are missing. Idempotent.
     *
     * @throws Exception among others a {@link HostException} with {@code store_version} (7002), when a newer release wrote the store
     */
    void prepare() throws Exception;

    /** Called once, when the library has no more use for this store: the manager was closed, or could not be opened. */
    default void release() {}

    /** What a store can do; nothing unless it is set. */
    final class Capabilities extends Request {
        private boolean sideTables;
        private boolean rowAuthentication;
        private boolean locksBetweenProcesses;
        private boolean durable;

        /** Nothing yet. */
        public Capabilities() {}

        /** {@return this, with intents and the other side tables} */
        public Capabilities sideTables() {
            sideTables = true;
            return this;
        }

        /** {@return this, with rows that are authenticated} */
        public Capabilities rowAuthentication() {
            rowAuthentication = true;
            return this;
        }

        /** {@return this, with scope locks that hold between processes} */
        public Capabilities locksBetweenProcesses() {
            locksBetweenProcesses = true;
            return this;
        }

        /** {@return this, where what was acknowledged survives a crash of the machine} */
        public Capabilities durable() {
            durable = true;
            return this;
        }

        @Override
        void write(Wire.Writer out) {
            out.bool(sideTables).bool(rowAuthentication).bool(locksBetweenProcesses).bool(durable);
        }
    }

    /** What is to be found. Keys come in order of {@code key_gen_dtimes}, then id; rows without a time come first. */
    enum Select {
        /** The key whose id is the value. */
        KEY_BY_ALIAS,
        /** The keys whose {@code cert_thumbprint} is the value. */
        KEYS_BY_THUMBPRINT,
        /** The keys without {@code cert_thumbprint}. */
        KEYS_WITHOUT_THUMBPRINT,
        /** The keys whose {@code app_id} and {@code ref_id} are the two values. */
        KEYS_BY_SCOPE,
        /** The keys whose {@code master_key} is the value. */
        KEYS_BY_MASTER,
        /** The keys written at or after the time that is the value, in either half. */
        KEYS_CHANGED_SINCE,
        /** Every key. */
        ALL_KEYS,
        /** The policy whose {@code app_id} is the value. */
        POLICY,
        /** Every policy, by {@code app_id}. */
        ALL_POLICIES,
        /** Every intent, oldest first, then by alias. */
        ALL_INTENTS,
        /** The former thumbprints whose {@code thumbprint} is the value, by thumbprint, then alias. */
        FORMER_THUMBPRINT,
        /** The former thumbprints whose {@code alias} is the value. */
        FORMER_THUMBPRINTS_OF,
        /** Every former thumbprint. */
        ALL_FORMER_THUMBPRINTS,
        /**
         * The keys of the pool whose {@code master_key} is the first value, whose {@code alias} is the second one or after it, and
         * whose {@code used} is null. Keys of the pool come by alias.
         */
        READY_POOL_KEYS,
        /** The keys of the pool whose {@code master_key} is the value. */
        POOL_KEYS_OF,
        /** Every key of the pool. */
        ALL_POOL_KEYS;

        /** {@return the stable number} */
        public int number() {
            return ordinal() + 1;
        }
    }

    /** The table a row belongs to. */
    enum Table {
        /** {@code key_alias} with its {@code key_store} half. */
        KEYS,
        /** {@code key_policy_def}. */
        POLICIES,
        /** The side table of intents. */
        INTENTS,
        /** The side table of former thumbprints; the first two columns together are the id of a row. */
        FORMER_THUMBPRINTS,
        /** The side table of the key pool. */
        POOL_KEYS;

        /** {@return the stable number} */
        public int number() {
            return ordinal() + 1;
        }
    }

    /** What a change does. */
    enum ChangeKind {
        /** A new row; {@code store_duplicate} (7005) when its id or a unique column exists already. */
        INSERT,
        /** The row in place of the one with the same id, if that still has the version; else {@code store_conflict} (7004). */
        UPDATE,
        /** Removes the row with this id, if it still has the version; else {@code store_conflict}. */
        DELETE;

        /** {@return the stable number} */
        public int number() {
            return ordinal() + 1;
        }
    }

    /** A query. */
    final class Query {
        private final Select select;
        private final List<String> values;
        private final int limit;
        private final String cursor;

        Query(Wire.Reader from) throws HostException {
            select = Host.numbered(Select.values(), from.number32());
            values = from.list(Wire.Reader::text);
            limit = from.number32();
            cursor = from.maybeText();
        }

        /** {@return what to find} */
        public Select select() {
            return select;
        }

        /** {@return the values that {@link #select} names, in the form of the columns they are compared with} */
        public List<String> values() {
            return values;
        }

        /** {@return at most how many rows to answer, 1 to 1000} */
        public int limit() {
            return limit;
        }

        /** {@return what this store gave with the page before; null for the first page} */
        public String cursor() {
            return cursor;
        }
    }

    /** A row: every column as text, null for NULL, in the order of its table. */
    final class Row extends Request {
        private final Table table;
        private final List<String> columns;
        private final byte[] version;

        /**
         * A row.
         *
         * @param table its table
         * @param columns its columns, in the order and number of the table's list
         * @param version its version as the store read it; null for one that is inserted
         */
        public Row(Table table, List<String> columns, byte[] version) {
            this.table = Objects.requireNonNull(table, "table");
            this.columns = Collections.unmodifiableList(new ArrayList<>(columns));
            this.version = version == null ? null : version.clone();
        }

        Row(Wire.Reader from) throws HostException {
            table = Host.numbered(Table.values(), from.number32());
            columns = from.list(Wire.Reader::maybeText);
            version = from.maybe(Wire.Reader::bytes);
        }

        /** {@return its table} */
        public Table table() {
            return table;
        }

        /** {@return its columns; null for NULL} */
        public List<String> columns() {
            return columns;
        }

        /** {@return its version; null for one that is inserted} */
        public byte[] version() {
            return version == null ? null : version.clone();
        }

        @Override
        void write(Wire.Writer out) {
            out.number32(table.number()).list(columns, (to, column) -> to.maybe(column, Wire.Writer::text));
            out.maybe(version, Wire.Writer::bytes);
        }
    }

    /** A page of rows. */
    final class Page extends Request {
        private final List<Row> rows;
        private final String next;

        /**
         * A page.
         *
         * @param rows the rows, each with its version
         * @param next where the next page begins; null when this is the last one
         */
        public Page(List<Row> rows, String next) {
            this.rows = List.copyOf(rows);
            this.next = next;
        }

        @Override
        void write(Wire.Writer out) {
            out.list(rows, Wire.Writer::record).maybe(next, Wire.Writer::text);
        }
    }

    /** One change. */
    final class Change {
        private final ChangeKind kind;
        private final Row row;

        Change(Wire.Reader from) throws HostException {
            kind = Host.numbered(ChangeKind.values(), from.number32());
            row = new Row(from);
        }

        /** {@return what it does} */
        public ChangeKind kind() {
            return kind;
        }

        /** {@return the row; with the version it must still have, unless it is inserted} */
        public Row row() {
            return row;
        }
    }

    /** A scope whose keys are exactly those of these versions, in any order; else the change set is {@code store_conflict}. */
    final class ExpectedScope {
        private final String app;
        private final String reference;
        private final List<byte[]> versions;

        ExpectedScope(Wire.Reader from) {
            app = from.text();
            reference = from.text();
            versions = from.list(Wire.Reader::bytes);
        }

        /** {@return the application} */
        public String app() {
            return app;
        }

        /** {@return the reference id; may be empty} */
        public String reference() {
            return reference;
        }

        /** {@return the versions} */
        public List<byte[]> versions() {
            return versions;
        }
    }

    /** Changes that happen together or not at all. */
    final class ChangeSet {
        private final List<ExpectedScope> expectScopes;
        private final List<Change> changes;

        ChangeSet(Wire.Reader from) throws HostException {
            expectScopes = from.list(ExpectedScope::new);
            changes = Host.list(from, Change::new);
        }

        /** {@return what is checked first, in the same transaction} */
        public List<ExpectedScope> expectScopes() {
            return expectScopes;
        }

        /** {@return the changes, in order} */
        public List<Change> changes() {
            return changes;
        }
    }
}
