/* Encrypt, open a manager, decrypt: over embedded files, and over a store and a master backend written in C.
 * The one argument is an empty folder. Ends with 0 when every check holds. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_master.h"
#include "host_store.h"
#include "moving.h"
#include "streams.h"
#include "whole_life.h"
#include "keymanager.h"

static int checks;

#define CHECK(condition)                                                              \
    do {                                                                              \
        checks++;                                                                     \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);   \
            exit(1);                                                                  \
        }                                                                             \
    } while (0)

static const uint8_t PACKET[] = "a registration packet";
static const char APP[] = "REGISTRATION";
static const char REFERENCE[] = "10001_110011";
/* Few keys: their making is what takes long. */
static const char CONFIG[] = "[hierarchy]\ngenerate = [\"ROOT\", \"REGISTRATION\"]\ngenerate_base = []\n";

/* The call answered `number`, and gave an error that says the same; both are freed. */
static void expect(uint32_t number, uint32_t status, km_error **given, const char *text) {
    /* Arguments have no order: the error is looked at when the call is over. */
    km_error *error = *given;
    *given = NULL;
    checks++;
    if (status != number || km_error_number(error) != number) {
        fprintf(stderr, "%u expected, and %u answered: %s\n", number, status, error ? km_error_message(error) : "-");
        exit(1);
    }
    if (number != KM_OK) {
        CHECK(strlen(km_error_name(error)) > 0 && strlen(km_error_category(error)) > 0);
        CHECK(strlen(km_error_next(error)) > 0 && km_error_exit(error) > 0);
        if (text != NULL && strstr(km_error_message(error), text) == NULL) {
            fprintf(stderr, "\"%s\" is not in \"%s\"\n", text, km_error_message(error));
            exit(1);
        }
    }
    km_error_free(error);
}

static km_manager *open_hosts(host_store *store, host_master *master) {
    km_store_callbacks store_table = host_store_table(store);
    km_master_callbacks master_table = host_master_table(master);
    km_manager_options options = {
        .size = sizeof options, .store = &store_table, .master = &master_table, .config = CONFIG};
    km_manager *manager = NULL;
    km_error *error = NULL;
    expect(KM_OK, km_manager_open(&options, &manager, &error), &error, NULL);
    /* The tables were copied. */
    memset(&store_table, 0xff, sizeof store_table);
    memset(&master_table, 0xff, sizeof master_table);
    return manager;
}

static void generate_all(const km_manager *manager) {
    km_buffer *made = NULL;
    km_error *error = NULL;
    expect(KM_OK, km_manager_generate_all(manager, NULL, &made, &error), &error, NULL);
    CHECK(memcmp(km_buffer_data(made), "{\"generated\":[", 14) == 0);
    km_buffer_free(made);
}

static km_buffer *encrypted(const km_manager *manager, const char *layout) {
    km_buffer *certificate = NULL, *envelope = NULL;
    km_error *error = NULL;
    expect(KM_OK, km_manager_certificate(manager, APP, REFERENCE, &certificate, &error), &error, NULL);
    CHECK(memcmp(km_buffer_data(certificate), "-----BEGIN CERTIFICATE-----", 27) == 0);
    km_envelope_options options = {.size = sizeof options, .layout = layout};
    expect(KM_OK,
           km_encrypt(km_buffer_data(certificate), km_buffer_len(certificate), layout ? &options : NULL, PACKET,
                      sizeof PACKET, &envelope, &error),
           &error, NULL);
    CHECK(km_buffer_len(envelope) > sizeof PACKET + 300);
    km_buffer_free(certificate);
    return envelope;
}

static void decrypts(const km_manager *manager, const km_buffer *envelope) {
    km_buffer *plaintext = NULL;
    km_error *error = NULL;
    uint32_t status =
        km_manager_decrypt(manager, APP, "", NULL, km_buffer_data(envelope), km_buffer_len(envelope), &plaintext, &error);
    expect(KM_OK, status, &error, NULL);
    CHECK(km_buffer_len(plaintext) == sizeof PACKET);
    CHECK(memcmp(km_buffer_data(plaintext), PACKET, sizeof PACKET) == 0);
    km_buffer_free(plaintext);
}

static void refuses(const km_manager *manager, const uint8_t *envelope, size_t len, uint32_t number, const char *text) {
    km_buffer *plaintext = (km_buffer *)&checks;
    km_error *error = NULL;
    uint32_t status = km_manager_decrypt(manager, APP, "", NULL, envelope, len, &plaintext, &error);
    CHECK(plaintext == NULL);
    expect(number, status, &error, text);
    /* Nobody has to take the error. */
    CHECK(km_manager_decrypt(manager, APP, "", NULL, envelope, len, &plaintext, NULL) == number);
}

static void before_init(void) {
    km_manager_options options = {.size = sizeof options};
    km_manager *manager = (km_manager *)&checks;
    km_error *error = NULL;
    expect(1001, km_manager_open(&options, &manager, &error), &error, "km_init");
    CHECK(manager == NULL);
    CHECK(km_abi_version() == KM_ABI_VERSION);
    expect(1008, km_init(KM_ABI_VERSION + 1, &error), &error, "interface 2");
    expect(1001, km_manager_open(&options, &manager, &error), &error, "km_init");
    expect(KM_OK, km_init(KM_ABI_VERSION, &error), &error, NULL);
    CHECK(error == NULL);
}

static void null_arguments(const km_manager *manager) {
    km_buffer *out = NULL;
    km_error *error = NULL;
    uint8_t byte = 1;
    km_error_free(NULL);
    km_buffer_free(NULL);
    km_manager_free(NULL);
    CHECK(km_buffer_len(NULL) == 0 && km_buffer_data(NULL) == NULL);
    CHECK(km_error_number(NULL) == 0 && km_error_message(NULL) == NULL && km_error_mosip_code(NULL) == NULL);
    CHECK(km_answer_bytes(NULL, &byte, 1) == 1001 && km_answer_message(NULL, "text") == 1001);
    CHECK(km_answer_row(NULL, KM_TABLE_KEYS, NULL, 0, NULL, 0) == 1001);
    expect(1001, km_manager_initialise(NULL, &error), &error, "manager is null");
    expect(1001, km_manager_generate_all(NULL, NULL, &out, &error), &error, "manager is null");
    expect(1001, km_manager_open(NULL, NULL, &error), &error, "km_manager_options");
    expect(1001, km_manager_certificate(manager, NULL, "", &out, &error), &error, "app is null");
    expect(1001, km_manager_certificate(manager, APP, NULL, &out, &error), &error, "reference is null");
    expect(1001, km_manager_certificate(manager, "\xff", "", &out, &error), &error, "UTF-8");
    expect(1001, km_manager_decrypt(manager, APP, "", NULL, NULL, 5, &out, &error), &error, "envelope is null");
    expect(1001, km_manager_decrypt(manager, APP, "", NULL, &byte, 1, NULL, &error), &error, "answer is null");
    expect(1001, km_encrypt(NULL, 5, NULL, &byte, 1, &out, &error), &error, "certificate is null");
    expect(2006, km_encrypt(&byte, 1, NULL, &byte, 1, &out, &error), &error, NULL);
    km_envelope_options options = {.size = 3};
    expect(1001, km_encrypt(&byte, 1, &options, &byte, 1, &out, &error), &error, "sizeof(km_envelope_options)");
    options.size = sizeof options + 8;
    expect(1008, km_encrypt(&byte, 1, &options, &byte, 1, &out, &error), &error, "km_envelope_options");
    options = (km_envelope_options){.size = sizeof options, .layout = "strange"};
    expect(1001, km_encrypt(&byte, 1, &options, &byte, 1, &out, &error), &error, "layout");
    CHECK(out == NULL);
}

/* What was given is released once, whatever is wrong with the rest. */
static void failed_creations(const char *folder) {
    for (int fault = 0; fault < 8; fault++) {
        host_store *store = host_store_new();
        host_master *master = host_master_new();
        km_store_callbacks store_table = host_store_table(store);
        km_master_callbacks master_table = host_master_table(master);
        km_manager_options options = {.size = sizeof options, .store = &store_table, .master = &master_table};
        km_manager *manager = NULL, **out = &manager;
        km_error *error = NULL;
        uint32_t number = 1001;
        switch (fault) {
        case 0: options.store_path = folder; break;
        case 1: options.key_file_path = folder; break;
        case 2: store_table.find = NULL; break;
        case 3: master_table.aes_ecb = NULL; break;
        case 4: options.caller = "\xff"; break;
        case 5: options.flags = 1u << 7, number = 1008; break;
        case 6: master_table.size -= 8; break;
        default: out = NULL; break;
        }
        expect(number, km_manager_open(&options, out, &error), &error, NULL);
        CHECK(manager == NULL);
        CHECK(host_store_released(store) == 1 && host_master_released(master) == 1);
        host_store_free(store);
        host_master_free(master);
    }
}

/* A handle in a child of the process that made it. */
static void after_a_fork(const km_manager *manager, const km_buffer *envelope) {
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        refuses(manager, km_buffer_data(envelope), km_buffer_len(envelope), 1009, "another process");
        _exit(0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    decrypts(manager, envelope);
}

static const km_manager *shared_manager;
static const km_buffer *shared_envelope;

static void *on_a_thread(void *ignored) {
    (void)ignored;
    for (int turn = 0; turn < 3; turn++) decrypts(shared_manager, shared_envelope);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    before_init();
    failed_creations(argv[1]);

    host_store *store = host_store_new();
    host_master *master = host_master_new();
    km_manager *manager = open_hosts(store, master);
    null_arguments(manager);
    km_error *error = NULL;
    expect(KM_OK, km_manager_initialise(manager, &error), &error, NULL);
    generate_all(manager);
    CHECK(host_master_signed(master) > 0);
    km_buffer *envelope = encrypted(manager, NULL), *packet = encrypted(manager, "packet");
    decrypts(manager, envelope);
    decrypts(manager, packet);
    CHECK(host_master_decrypted(master) > 0);

    /* A second manager over the same hosts, and calls side by side. */
    km_manager *second = open_hosts(store, master);
    shared_manager = second;
    shared_envelope = envelope;
    pthread_t threads[4];
    for (int at = 0; at < 4; at++) CHECK(pthread_create(&threads[at], NULL, on_a_thread, NULL) == 0);
    for (int at = 0; at < 4; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    km_manager_free(second);
    CHECK(host_store_released(store) == 1 && host_master_released(master) == 1);

    after_a_fork(manager, envelope);

    /* A wrong tag, and bytes that are no envelope. */
    size_t len = km_buffer_len(envelope);
    uint8_t *changed = malloc(len);
    if (changed == NULL) return 2;
    memcpy(changed, km_buffer_data(envelope), len);
    changed[len - 1] ^= 1;
    refuses(manager, changed, len, 6001, "decryption failed");
    refuses(manager, changed, 20, 2001, NULL);
    free(changed);

    /* What the hosts answer comes through; a new manager has nothing kept in memory. */
    static const struct {
        uint32_t answered, number;
    } failures[] = {{7001, 7001}, {7002, 7002}, {42, 7001}, {9001, 7001}};
    for (size_t at = 0; at < sizeof failures / sizeof *failures; at++) {
        km_manager *other = open_hosts(store, master);
        host_store_fail_with(store, failures[at].answered);
        refuses(other, km_buffer_data(envelope), len, failures[at].number, "the disk is on fire");
        host_store_fail_with(store, 0);
        host_master_fail_with(master, failures[at].answered == 7001 ? 7007 : failures[at].answered == 7002 ? 1008 : 5);
        uint32_t number = failures[at].answered == 7002 ? 1008 : 7007;
        refuses(other, km_buffer_data(envelope), len, number, "the token was removed");
        host_master_fail_with(master, 0);
        decrypts(other, envelope);
        km_manager_free(other);
    }
    CHECK(host_store_released(store) == 5 && host_master_released(master) == 5);

    /* Embedded files: another hierarchy, whose thumbprints these hosts do not know. */
    char store_path[4096], key_path[4096];
    snprintf(store_path, sizeof store_path, "%s/keymanager.db", argv[1]);
    snprintf(key_path, sizeof key_path, "%s/keymanager.p12", argv[1]);
    km_manager_options options = {.size = sizeof options,
                                  .store_path = store_path,
                                  .key_file_path = key_path,
                                  .passphrase = (const uint8_t *)"from a safe place",
                                  .passphrase_len = 17,
                                  .caller = "somebody",
                                  .config = CONFIG,
                                  .flags = KM_CREATE};
    km_manager *embedded = NULL;
    expect(KM_OK, km_manager_open(&options, &embedded, &error), &error, NULL);
    expect(KM_OK, km_manager_initialise(embedded, &error), &error, NULL);
    generate_all(embedded);
    whole_life(embedded);
    interrupted(embedded);
    streams(embedded, argv[1]);
    moving(argv[1]);
    km_buffer *foreign = encrypted(embedded, NULL);
    decrypts(embedded, foreign);
    refuses(manager, km_buffer_data(foreign), km_buffer_len(foreign), 3002, NULL);
    refuses(embedded, km_buffer_data(envelope), len, 3002, NULL);
    km_manager_free(embedded);
    options.flags = 0;
    options.passphrase_len = 16;
    expect(7008, km_manager_open(&options, &embedded, &error), &error, NULL);
    CHECK(embedded == NULL);

    km_buffer_free(foreign);
    km_buffer_free(envelope);
    km_buffer_free(packet);
    km_manager_free(manager);
    CHECK(host_store_released(store) == 6 && host_master_released(master) == 6);
    host_store_free(store);
    host_master_free(master);
    printf("%d checks\n", checks);
    return 0;
}
