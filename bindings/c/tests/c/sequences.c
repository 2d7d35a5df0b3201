/* Random sequences of calls: handles that threads share, close early, close twice as null, and use side by side. The
 * number of sequences is KEYMANAGER_SEQUENCES, 300 without it; the seed is KEYMANAGER_SEQUENCES_SEED, 1 without it. The one
 * argument is an empty folder. Ends with 0 when every answer was one that may be. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_master.h"
#include "host_store.h"
#include "keymanager.h"

enum { THREADS = 4, SLOTS = 3, CALLS = 24, PACKET = 4000 };

static const char APP[] = "REGISTRATION";
static const char CONFIG[] = "[hierarchy]\ngenerate = [\"ROOT\", \"REGISTRATION\"]\ngenerate_base = []\n";

/* What threads share: a slot's lock is read by those that use its handle, and written by those that open or close it, for
 * a handle must not be freed while a call on it runs. */
static struct slot {
    pthread_rwlock_t lock;
    km_manager *manager;
    km_encryption *encryption;
    km_decryption *decryption;
} slots[SLOTS];

static host_store *store;
static host_master *master;
static km_buffer *certificate, *envelope;
static uint8_t packet[PACKET];
static char folder[3000];
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static long sequences, next_sequence, calls, refused;
static int opened;

static uint64_t draw(uint64_t *state) {
    /* xorshift64* */
    *state ^= *state >> 12, *state ^= *state << 25, *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static void wrong(const char *what, uint32_t status, const km_error *error) {
    fprintf(stderr, "%s answered %u: %s\n", what, status, error == NULL ? "-" : km_error_message(error));
    exit(1);
}

/* The status is 0 without an error, or that of the error, and one of `may`, which ends with 0. */
static void check(const char *what, uint32_t status, km_error **given, const uint32_t *may) {
    /* Arguments have no order: the error is looked at when the call is over. */
    km_error *error = *given;
    *given = NULL;
    if (km_error_number(error) != status) wrong(what, status, error);
    if (status != KM_OK) {
        while (*may != 0 && *may != status) may++;
        if (*may == 0) wrong(what, status, error);
        pthread_mutex_lock(&count_lock);
        refused++;
        pthread_mutex_unlock(&count_lock);
    }
    km_error_free(error);
}

static const uint32_t NEVER[] = {0}, CLOSED[] = {1001, 0}, STREAM[] = {1001, 1002, 1011, 0};
/* An envelope that is cut, changed, or pushed into a stream in a strange order. */
static const uint32_t READING[] = {1001, 1008, 1011, 2001, 2002, 2003, 2004, 2005, 3002, 6001, 7014, 0};

static void open_one(struct slot *slot) {
    if (slot->manager != NULL) return;
    km_store_callbacks store_table = host_store_table(store);
    km_master_callbacks master_table = host_master_table(master);
    km_manager_options options = {
        .size = sizeof options, .store = &store_table, .master = &master_table, .config = CONFIG};
    km_error *error = NULL;
    check("km_manager_open", km_manager_open(&options, &slot->manager, &error), &error, NEVER);
    pthread_mutex_lock(&count_lock);
    opened++;
    pthread_mutex_unlock(&count_lock);
}

/* Calls that own the slot: they make and free. */
static void alone(struct slot *slot, uint64_t *state) {
    km_error *error = NULL;
    char output[4096];
    switch (draw(state) % 6) {
    case 0: open_one(slot); break;
    case 1:
        km_manager_free(slot->manager);
        slot->manager = NULL;
        break;
    case 2:
        km_encryption_free(slot->encryption);
        check("km_manager_encrypt_stream",
              km_manager_encrypt_stream(slot->manager, APP, "sequences", NULL, &slot->encryption, &error), &error, CLOSED);
        break;
    case 3:
        km_encryption_free(slot->encryption);
        slot->encryption = NULL;
        break;
    case 4:
        km_decryption_free(slot->decryption);
        snprintf(output, sizeof output, "%s/%ld", folder, (long)(slot - slots));
        check("km_manager_decrypt_stream",
              km_manager_decrypt_stream(slot->manager, APP, "", NULL, output, KM_OVERWRITE, &slot->decryption, &error),
              &error, CLOSED);
        break;
    default:
        km_decryption_free(slot->decryption);
        slot->decryption = NULL;
        break;
    }
}

/* Calls that share the slot's handles. */
static void together(const struct slot *slot, uint64_t *state) {
    km_error *error = NULL;
    km_buffer *out = NULL;
    uint64_t drawn = draw(state);
    const uint8_t *bytes = km_buffer_data(envelope);
    size_t len = km_buffer_len(envelope), cut = drawn % 3 ? len : (size_t)(draw(state) % len);
    size_t piece = (size_t)(draw(state) % PACKET);
    switch (drawn % 9) {
    case 0:
        check("km_manager_decrypt", km_manager_decrypt(slot->manager, APP, "", NULL, bytes, cut, &out, &error), &error,
              READING);
        if (out != NULL && (km_buffer_len(out) != PACKET || memcmp(km_buffer_data(out), packet, PACKET) != 0))
            wrong("km_manager_decrypt", 0, NULL);
        break;
    case 1:
        check("km_manager_encrypt",
              km_manager_encrypt(slot->manager, APP, "sequences", NULL, packet, piece + 1, &out, &error), &error, CLOSED);
        break;
    case 2:
        check("km_manager_keys", km_manager_keys(slot->manager, NULL, &out, &error), &error, CLOSED);
        break;
    case 3:
        check("km_inspect",
              km_inspect(bytes, cut, km_buffer_data(certificate), km_buffer_len(certificate), &out, &error), &error, NEVER);
        break;
    case 4:
        check("km_encryption_update", km_encryption_update(slot->encryption, packet, piece, &out, &error), &error, STREAM);
        break;
    case 5:
        if (draw(state) % 4 == 0)
            check("km_encryption_finish", km_encryption_finish(slot->encryption, &out, &error), &error, STREAM);
        break;
    case 6:
        check("km_decryption_update", km_decryption_update(slot->decryption, bytes, cut, &error), &error, READING);
        break;
    case 7:
        if (draw(state) % 4 == 0)
            check("km_decryption_finish", km_decryption_finish(slot->decryption, NULL, &error), &error, READING);
        break;
    default:
        check("km_encrypt",
              km_encrypt(km_buffer_data(certificate), km_buffer_len(certificate), NULL, packet, piece + 1, &out, &error),
              &error, NEVER);
        break;
    }
    km_buffer_free(out);
}

static void *work(void *seed) {
    for (;;) {
        pthread_mutex_lock(&count_lock);
        long sequence = next_sequence++;
        pthread_mutex_unlock(&count_lock);
        if (sequence >= sequences) return NULL;
        uint64_t state = *(uint64_t *)seed + (uint64_t)sequence * 0x9e3779b97f4a7c15ULL + 1;
        for (int call = 0; call < CALLS; call++) {
            struct slot *slot = &slots[draw(&state) % SLOTS];
            if (draw(&state) % 4 == 0) {
                pthread_rwlock_wrlock(&slot->lock);
                alone(slot, &state);
            } else {
                pthread_rwlock_rdlock(&slot->lock);
                together(slot, &state);
            }
            pthread_rwlock_unlock(&slot->lock);
        }
        pthread_mutex_lock(&count_lock);
        calls += CALLS;
        pthread_mutex_unlock(&count_lock);
    }
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    snprintf(folder, sizeof folder, "%s", argv[1]);
    uint64_t seed = setting("KEYMANAGER_SEQUENCES_SEED", 1);
    sequences = (long)setting("KEYMANAGER_SEQUENCES", 300);
    for (size_t at = 0; at < PACKET; at++) packet[at] = (uint8_t)at;

    km_error *error = NULL;
    check("km_init", km_init(KM_ABI_VERSION, &error), &error, NEVER);
    store = host_store_new();
    master = host_master_new();
    for (int at = 0; at < SLOTS; at++) pthread_rwlock_init(&slots[at].lock, NULL);
    open_one(&slots[0]);
    km_buffer *made = NULL;
    check("km_manager_initialise", km_manager_initialise(slots[0].manager, &error), &error, NEVER);
    check("km_manager_generate_all", km_manager_generate_all(slots[0].manager, NULL, &made, &error), &error, NEVER);
    km_buffer_free(made);
    check("km_manager_certificate", km_manager_certificate(slots[0].manager, APP, "sequences", &certificate, &error), &error,
          NEVER);
    check("km_manager_encrypt",
          km_manager_encrypt(slots[0].manager, APP, "sequences", NULL, packet, PACKET, &envelope, &error), &error, NEVER);

    pthread_t threads[THREADS];
    for (int at = 0; at < THREADS; at++)
        if (pthread_create(&threads[at], NULL, work, &seed) != 0) return 2;
    for (int at = 0; at < THREADS; at++) pthread_join(threads[at], NULL);

    for (int at = 0; at < SLOTS; at++) {
        km_decryption_free(slots[at].decryption);
        km_encryption_free(slots[at].encryption);
        km_manager_free(slots[at].manager);
        pthread_rwlock_destroy(&slots[at].lock);
    }
    if (host_store_released(store) != opened || host_master_released(master) != opened)
        wrong("release", (uint32_t)host_store_released(store), NULL);
    km_buffer_free(certificate);
    km_buffer_free(envelope);
    host_store_free(store);
    host_master_free(master);
    printf("seed %llu: %ld sequences, %ld calls, %ld refused, %d managers, %ld checks\n", (unsigned long long)seed, sequences,
           calls, refused, opened, calls);
    return 0;
}
