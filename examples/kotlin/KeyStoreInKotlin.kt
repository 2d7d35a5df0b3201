/** A key store written in Kotlin: rows in memory. The same contract serves any database (docs/bindings.md, section 2). */
package examples.keystoreinkotlin

import java.io.File
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.locks.ReentrantLock
import keymanager.kotlin.HostChange
import keymanager.kotlin.HostChangeKind
import keymanager.kotlin.HostChangeSet
import keymanager.kotlin.HostException
import keymanager.kotlin.HostPage
import keymanager.kotlin.HostQuery
import keymanager.kotlin.HostRow
import keymanager.kotlin.HostSelect
import keymanager.kotlin.HostStore
import keymanager.kotlin.HostStoreCapabilities
import keymanager.kotlin.HostTable
import keymanager.kotlin.KeyManager
import keymanager.kotlin.Masters
import keymanager.kotlin.Stores
import keymanager.kotlin.encrypt
import kotlin.concurrent.withLock

// Numbers of docs/errors.md.
private const val INVALID_ARGUMENT = 1001u
private const val CONFLICT = 7004u
private const val DUPLICATE = 7005u
private const val LOCK_TIMEOUT = 7006u

// Columns of HostTable.KEYS.
private const val APP = 1
private const val REFERENCE = 2
private const val GENERATED = 3
private const val THUMBPRINT = 5
private const val UNI_IDENT = 6
private const val WRITTEN = 8
private const val MASTER = 9
private const val STORED_WRITTEN = 13

/** Rows in a list; locks of scopes hold in this process only, and the capabilities say so. */
class RowsInMemory : HostStore {
    private val mutex = ReentrantLock()
    private val freed = mutex.newCondition()
    private var rows = listOf<HostRow>()
    private val held = mutableMapOf<Pair<String, String>, ULong>()
    private var lastLock = 0uL

    override fun capabilities() =
        HostStoreCapabilities(sideTables = true, rowAuthentication = false, locksBetweenProcesses = false, durable = false)

    override fun prepare() = Unit

    override fun find(query: HostQuery): HostPage = mutex.withLock {
        val table = table(query.select)
        val prefix = "$table:"
        val after = query.cursor
        if (after != null && !after.startsWith(prefix)) {
            throw HostException(INVALID_ARGUMENT, "the cursor was not made by this store for this query")
        }
        val found = rows.filter { it.table == table && wanted(query, it.columns) }
            .sortedBy(::place)
            .filter { after == null || prefix + place(it) > after }
        val limit = query.limit.toInt()
        val page = found.take(limit)
        HostPage(page, if (found.size > limit) prefix + place(page.last()) else null)
    }

    override fun apply(changes: HostChangeSet): Unit = mutex.withLock {
        for (scope in changes.expectScopes) {
            val keys = rows.filter { it.table == HostTable.KEYS }
                .filter { it.columns[APP] == scope.app && it.columns[REFERENCE] == scope.reference }
            val versions = { list: List<ByteArray?> -> list.map { String(checkNotNull(it)) }.sorted() }
            if (versions(keys.map { it.version }) != versions(scope.versions)) {
                throw HostException(CONFLICT, "another key of the scope appeared")
            }
        }
        // All of the changes or, when one of them throws, none.
        rows = changes.changes.fold(rows, ::changed)
    }

    private fun changed(rows: List<HostRow>, change: HostChange): List<HostRow> {
        val row = change.row
        val same = { old: HostRow -> old.table == row.table && id(old) == id(row) }
        val old = rows.find(same)
        if (change.kind == HostChangeKind.INSERT) {
            if (old != null) throw HostException(DUPLICATE, "the id exists")
        } else if (old == null || !old.version.contentEquals(row.version)) {
            throw HostException(CONFLICT, "the row changed")
        }
        val others = rows.filterNot(same)
        if (change.kind == HostChangeKind.DELETE) return others
        val ident = if (row.table == HostTable.KEYS) row.columns[UNI_IDENT] else null
        if (ident != null && others.any { it.table == HostTable.KEYS && it.columns[UNI_IDENT] == ident }) {
            throw HostException(DUPLICATE, "the uni_ident exists")
        }
        return others + row.copy(version = version(row.columns))
    }

    override fun lock(app: String, reference: String, waitMs: ULong): ULong = mutex.withLock {
        var left = MILLISECONDS.toNanos(waitMs.coerceAtMost(Long.MAX_VALUE.toULong()).toLong())
        while ((app to reference) in held) {
            if (left <= 0) throw HostException(LOCK_TIMEOUT, "another thread holds the lock")
            left = freed.awaitNanos(left)
        }
        lastLock += 1u
        held[app to reference] = lastLock
        lastLock
    }

    override fun unlock(lock: ULong): Unit = mutex.withLock {
        held.values.remove(lock)
        freed.signalAll()
    }
}

/** All columns: the same columns are the same version. */
fun version(columns: List<String?>): ByteArray =
    columns.joinToString("") { if (it == null) "-;" else "${it.length}:$it;" }.toByteArray()

private fun id(row: HostRow) = row.columns.take(if (row.table == HostTable.FORMER_THUMBPRINTS) 2 else 1)

/** The order of rows, which is the cursor too. */
private fun place(row: HostRow): String = when (row.table) {
    HostTable.KEYS -> "${row.columns[GENERATED].orEmpty()}\t${row.columns[0]}"
    HostTable.INTENTS -> "${row.columns[3]}\t${row.columns[0]}"
    HostTable.FORMER_THUMBPRINTS -> "${row.columns[0]}\t${row.columns[1]}"
    HostTable.POLICIES, HostTable.POOL_KEYS -> row.columns[0].orEmpty()
}

private fun table(select: HostSelect): HostTable = when (select) {
    HostSelect.POLICY, HostSelect.ALL_POLICIES -> HostTable.POLICIES
    HostSelect.ALL_INTENTS -> HostTable.INTENTS
    HostSelect.FORMER_THUMBPRINT, HostSelect.FORMER_THUMBPRINTS_OF, HostSelect.ALL_FORMER_THUMBPRINTS ->
        HostTable.FORMER_THUMBPRINTS
    HostSelect.READY_POOL_KEYS, HostSelect.POOL_KEYS_OF, HostSelect.ALL_POOL_KEYS -> HostTable.POOL_KEYS
    else -> HostTable.KEYS
}

private fun wanted(query: HostQuery, columns: List<String?>): Boolean {
    val value = query.values
    return when (query.select) {
        HostSelect.KEY_BY_ALIAS, HostSelect.POLICY, HostSelect.FORMER_THUMBPRINT -> columns[0] == value[0]
        HostSelect.KEYS_BY_THUMBPRINT -> columns[THUMBPRINT] == value[0]
        HostSelect.KEYS_WITHOUT_THUMBPRINT -> columns[THUMBPRINT] == null
        HostSelect.KEYS_BY_SCOPE -> columns[APP] == value[0] && columns[REFERENCE] == value[1]
        HostSelect.KEYS_BY_MASTER -> columns[MASTER] == value[0]
        HostSelect.KEYS_CHANGED_SINCE -> listOf(WRITTEN, STORED_WRITTEN).any { columns[it].orEmpty() >= value[0] }
        HostSelect.FORMER_THUMBPRINTS_OF, HostSelect.POOL_KEYS_OF -> columns[1] == value[0]
        HostSelect.READY_POOL_KEYS ->
            columns[1] == value[0] && columns[0].orEmpty() >= value[1] && columns[6] == null
        else -> true
    }
}

/** Argument: a folder for the key file. The passphrase is that of the environment variable KEYMANAGER_PASSPHRASE. */
suspend fun main(arguments: Array<String>) {
    val passphrase = checkNotNull(System.getenv("KEYMANAGER_PASSPHRASE")) { "set KEYMANAGER_PASSPHRASE" }
    run(File(arguments.single()), passphrase.toByteArray())
}

suspend fun run(folder: File, passphrase: ByteArray) {
    val master = Masters.keyFile(File(folder, "keymanager.p12").path, passphrase)
    KeyManager.open(Stores.host(RowsInMemory()), master, create = true).use { manager ->
        manager.initialise()
        manager.generateAll()
        val certificate = manager.certificate("REGISTRATION", "10001_110011")
        val envelope = encrypt(certificate.toByteArray(), "a registration packet".toByteArray())
        println("${String(manager.decrypt("REGISTRATION", "", envelope))}, and ${manager.keys().size} keys in memory")
    }
}
