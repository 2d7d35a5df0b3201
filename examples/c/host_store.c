/* Rows in a list, as text; a version is made of all columns. Everything under one mutex, locks apart. */
#define _POSIX_C_SOURCE 200809L
#include "host_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_COLUMNS = 14, MAX_LOCKS = 64 };
enum { ID, APP, REFERENCE, GENERATED, EXPIRES, THUMBPRINT, UNI_IDENT, BY, WRITTEN, MASTER, STORED_WRITTEN = 13 };

typedef struct {
    uint32_t table;
    size_t columns_len;
    char *columns[MAX_COLUMNS];
} row;

typedef struct {
    row *rows;
    size_t len;
} table;

typedef struct {
    uint64_t number;
    char *app;
    char *reference;
} held;

struct host_store {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    table rows;
    held locks[MAX_LOCKS];
    uint64_t last_lock;
    uint32_t failure;
    int released;
};

static void *must(void *memory) {
    if (memory == NULL) abort();
    return memory;
}

static char *copy(const char *text) { return text == NULL ? NULL : must(strdup(text)); }

static bool same(const char *one, const char *other) {
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static row copy_row(uint32_t number, const char *const *columns, size_t columns_len) {
    row made = {.table = number, .columns_len = columns_len};
    if (columns_len > MAX_COLUMNS) abort();
    for (size_t at = 0; at < columns_len; at++) made.columns[at] = copy(columns[at]);
    return made;
}

static void free_row(row *old) {
    for (size_t at = 0; at < old->columns_len; at++) free(old->columns[at]);
}

static void add(table *to, row made) {
    to->rows = must(realloc(to->rows, (to->len + 1) * sizeof *to->rows));
    to->rows[to->len++] = made;
}

static void remove_at(table *from, size_t at) {
    free_row(&from->rows[at]);
    memmove(&from->rows[at], &from->rows[at + 1], (from->len - at - 1) * sizeof *from->rows);
    from->len--;
}

static void free_table(table *old) {
    for (size_t at = 0; at < old->len; at++) free_row(&old->rows[at]);
    free(old->rows);
}

static table copy_table(const table *old) {
    table made = {0};
    for (size_t at = 0; at < old->len; at++) {
        const row *from = &old->rows[at];
        add(&made, copy_row(from->table, (const char *const *)from->columns, from->columns_len));
    }
    return made;
}

/* All columns, each with its length, so that they do not run into each other. */
static char *version_of(const row *of, size_t *len) {
    char *text = NULL;
    FILE *out = must(open_memstream(&text, len));
    for (size_t at = 0; at < of->columns_len; at++) {
        const char *column = of->columns[at];
        if (column == NULL) fputs("-", out);
        else fprintf(out, "%zu:%s", strlen(column), column);
    }
    fclose(out);
    return text;
}

static bool has_version(const row *of, km_bytes version) {
    size_t len = 0;
    char *text = version_of(of, &len);
    bool equal = len == version.len && memcmp(text, version.data, len) == 0;
    free(text);
    return equal;
}

/* The order of a row, which is its cursor too. */
static char *place_of(const row *of) {
    if (of->table == KM_TABLE_FORMER_THUMBPRINTS) {
        char *both = must(malloc(strlen(of->columns[0]) + strlen(of->columns[1]) + 2));
        sprintf(both, "%s\t%s", of->columns[0], of->columns[1]);
        return both;
    }
    const char *time = of->table == KM_TABLE_KEYS ? of->columns[GENERATED] : of->table == KM_TABLE_INTENTS ? of->columns[3] : "";
    char *text = NULL;
    size_t len = 0;
    FILE *out = must(open_memstream(&text, &len));
    fprintf(out, "%s\t%s", time == NULL ? "" : time, of->columns[ID]);
    fclose(out);
    return text;
}

static int by_place(const void *one, const void *other) {
    char *first = place_of(*(const row *const *)one), *second = place_of(*(const row *const *)other);
    int order = strcmp(first, second);
    free(first);
    free(second);
    return order;
}

static bool since(const char *time, const char *from) { return time != NULL && strcmp(time, from) >= 0; }

static bool wanted(const km_query *query, const row *of) {
    char *const *column = of->columns;
    const char *const *value = query->values;
    bool key = of->table == KM_TABLE_KEYS;
    switch (query->select) {
    case KM_SELECT_KEY_BY_ALIAS: return key && same(column[ID], value[0]);
    case KM_SELECT_KEYS_BY_THUMBPRINT: return key && same(column[THUMBPRINT], value[0]);
    case KM_SELECT_KEYS_WITHOUT_THUMBPRINT: return key && column[THUMBPRINT] == NULL;
    case KM_SELECT_KEYS_BY_SCOPE: return key && same(column[APP], value[0]) && same(column[REFERENCE], value[1]);
    case KM_SELECT_KEYS_BY_MASTER: return key && same(column[MASTER], value[0]);
    case KM_SELECT_KEYS_CHANGED_SINCE:
        return key && (since(column[WRITTEN], value[0]) || since(column[STORED_WRITTEN], value[0]));
    case KM_SELECT_ALL_KEYS: return key;
    case KM_SELECT_POLICY: return of->table == KM_TABLE_POLICIES && same(column[ID], value[0]);
    case KM_SELECT_ALL_POLICIES: return of->table == KM_TABLE_POLICIES;
    case KM_SELECT_ALL_INTENTS: return of->table == KM_TABLE_INTENTS;
    case KM_SELECT_FORMER_THUMBPRINT: return of->table == KM_TABLE_FORMER_THUMBPRINTS && same(column[0], value[0]);
    case KM_SELECT_FORMER_THUMBPRINTS_OF: return of->table == KM_TABLE_FORMER_THUMBPRINTS && same(column[1], value[0]);
    case KM_SELECT_ALL_FORMER_THUMBPRINTS: return of->table == KM_TABLE_FORMER_THUMBPRINTS;
    case KM_SELECT_READY_POOL_KEYS:
        return of->table == KM_TABLE_POOL_KEYS && same(column[1], value[0]) && strcmp(column[0], value[1]) >= 0 &&
               column[6] == NULL;
    case KM_SELECT_POOL_KEYS_OF: return of->table == KM_TABLE_POOL_KEYS && same(column[1], value[0]);
    case KM_SELECT_ALL_POOL_KEYS: return of->table == KM_TABLE_POOL_KEYS;
    default: return false;
    }
}

static uint32_t find(void *ctx, const km_query *query, km_answer *answer) {
    host_store *store = ctx;
    pthread_mutex_lock(&store->mutex);
    uint32_t failure = store->failure;
    if (failure != 0) km_answer_message(answer, "the disk is on fire");
    if (query->select > KM_SELECT_ALL_POOL_KEYS) failure = 1008;
    if (query->cursor != NULL && strchr(query->cursor, '\t') == NULL) failure = 1001;
    const row **found = must(malloc((store->rows.len + 1) * sizeof *found));
    size_t len = 0;
    for (size_t at = 0; failure == 0 && at < store->rows.len; at++) {
        char *place = place_of(&store->rows.rows[at]);
        bool after = query->cursor == NULL || strcmp(place, query->cursor) > 0;
        free(place);
        if (after && wanted(query, &store->rows.rows[at])) found[len++] = &store->rows.rows[at];
    }
    qsort(found, len, sizeof *found, by_place);
    for (size_t at = 0; at < len && at < query->limit; at++) {
        size_t version_len = 0;
        char *version = version_of(found[at], &version_len);
        km_answer_row(answer, found[at]->table, (const char *const *)found[at]->columns, found[at]->columns_len,
                      (const uint8_t *)version, version_len);
        free(version);
    }
    if (len > query->limit) {
        char *place = place_of(found[query->limit - 1]);
        km_answer_next(answer, place);
        free(place);
    }
    free(found);
    pthread_mutex_unlock(&store->mutex);
    return failure;
}

static bool scope_is(const table *rows, const km_expected_scope *expected) {
    size_t found = 0;
    for (size_t at = 0; at < rows->len; at++) {
        const row *key = &rows->rows[at];
        if (key->table != KM_TABLE_KEYS || !same(key->columns[APP], expected->app) ||
            !same(key->columns[REFERENCE], expected->reference))
            continue;
        found++;
        bool known = false;
        for (size_t version = 0; version < expected->versions_len; version++)
            known = known || has_version(key, expected->versions[version]);
        if (!known) return false;
    }
    return found == expected->versions_len;
}

static bool same_id(const row *of, const km_change *other) {
    return of->table == other->table && same(of->columns[ID], other->columns[ID]) &&
           (of->table != KM_TABLE_FORMER_THUMBPRINTS || same(of->columns[1], other->columns[1]));
}

static uint32_t change(table *rows, const km_change *wanted_change) {
    size_t at = 0;
    while (at < rows->len && !same_id(&rows->rows[at], wanted_change)) at++;
    bool there = at < rows->len;
    if (wanted_change->kind == KM_CHANGE_INSERT) {
        if (there) return 7005;
    } else {
        if (!there || !has_version(&rows->rows[at], wanted_change->version)) return 7004;
        remove_at(rows, at);
        if (wanted_change->kind == KM_CHANGE_DELETE) return KM_OK;
    }
    row made = copy_row(wanted_change->table, wanted_change->columns, wanted_change->columns_len);
    for (size_t other = 0; made.table == KM_TABLE_KEYS && made.columns[UNI_IDENT] && other < rows->len; other++) {
        const row *old = &rows->rows[other];
        if (old->table == KM_TABLE_KEYS && same(old->columns[UNI_IDENT], made.columns[UNI_IDENT])) {
            free_row(&made);
            return 7005;
        }
    }
    add(rows, made);
    return KM_OK;
}

static uint32_t apply(void *ctx, const km_change_set *changes, km_answer *answer) {
    host_store *store = ctx;
    pthread_mutex_lock(&store->mutex);
    table changed = copy_table(&store->rows);
    uint32_t status = KM_OK;
    for (size_t at = 0; status == KM_OK && at < changes->expected_len; at++)
        if (!scope_is(&changed, &changes->expected[at])) status = 7004;
    for (size_t at = 0; status == KM_OK && at < changes->changes_len; at++)
        status = change(&changed, &changes->changes[at]);
    if (status == KM_OK) {
        free_table(&store->rows);
        store->rows = changed;
    } else {
        free_table(&changed);
        km_answer_message(answer, "the change set was refused");
    }
    pthread_mutex_unlock(&store->mutex);
    return status;
}

static held *lock_of(host_store *store, const char *app, const char *reference) {
    for (held *at = store->locks; at < store->locks + MAX_LOCKS; at++)
        if (at->number != 0 && same(at->app, app) && same(at->reference, reference)) return at;
    return NULL;
}

static uint32_t lock(void *ctx, const char *app, const char *reference, uint64_t wait_ms, uint64_t *number,
                     km_answer *answer) {
    host_store *store = ctx;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    uint64_t wait = wait_ms < 3600000 ? wait_ms : 3600000;
    end.tv_sec += (time_t)(wait / 1000);
    end.tv_nsec += (long)(wait % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    uint32_t status = KM_OK;
    pthread_mutex_lock(&store->mutex);
    while (status == KM_OK && lock_of(store, app, reference) != NULL)
        if (pthread_cond_timedwait(&store->freed, &store->mutex, &end) != 0 && lock_of(store, app, reference) != NULL)
            status = 7006;
    held *at = store->locks;
    while (at < store->locks + MAX_LOCKS && at->number != 0) at++;
    if (status == KM_OK && at == store->locks + MAX_LOCKS) status = 7001;
    if (status == KM_OK) {
        *at = (held){.number = ++store->last_lock, .app = copy(app), .reference = copy(reference)};
        *number = at->number;
    } else {
        km_answer_message(answer, "another holds the lock");
    }
    pthread_mutex_unlock(&store->mutex);
    return status;
}

static void free_lock(held *at) {
    free(at->app);
    free(at->reference);
    *at = (held){0};
}

static uint32_t unlock(void *ctx, uint64_t number, km_answer *answer) {
    host_store *store = ctx;
    (void)answer;
    pthread_mutex_lock(&store->mutex);
    for (held *at = store->locks; at < store->locks + MAX_LOCKS; at++)
        if (number != 0 && at->number == number) free_lock(at);
    pthread_cond_broadcast(&store->freed);
    pthread_mutex_unlock(&store->mutex);
    return KM_OK;
}

static uint32_t prepare(void *ctx, km_answer *answer) {
    (void)ctx;
    (void)answer;
    return KM_OK;
}

static void released(void *ctx) { ((host_store *)ctx)->released++; }

host_store *host_store_new(void) {
    host_store *store = must(calloc(1, sizeof *store));
    pthread_mutex_init(&store->mutex, NULL);
    pthread_cond_init(&store->freed, NULL);
    return store;
}

void host_store_free(host_store *store) {
    free_table(&store->rows);
    for (held *at = store->locks; at < store->locks + MAX_LOCKS; at++) free_lock(at);
    pthread_cond_destroy(&store->freed);
    pthread_mutex_destroy(&store->mutex);
    free(store);
}

km_store_callbacks host_store_table(host_store *store) {
    return (km_store_callbacks){
        .size = sizeof(km_store_callbacks),
        .ctx = store,
        .release = released,
        .capabilities = KM_STORE_SIDE_TABLES,
        .find = find,
        .apply = apply,
        .lock = lock,
        .unlock = unlock,
        .prepare = prepare,
    };
}

void host_store_fail_with(host_store *store, uint32_t number) { store->failure = number; }

int host_store_released(const host_store *store) { return store->released; }
