#include "moving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                               \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);   \
            exit(1);                                                                  \
        }                                                                             \
    } while (0)

static const char APP[] = "REGISTRATION";
static km_buffer *answer;
static km_error *failure;

static void has(uint32_t status, const char *text) {
    if (status != KM_OK) fprintf(stderr, "%u: %s\n", status, km_error_message(failure));
    MUST(status == KM_OK && failure == NULL && answer != NULL);
    size_t len = km_buffer_len(answer);
    char *copy = malloc(len + 1);
    MUST(copy != NULL);
    memcpy(copy, km_buffer_data(answer), len);
    copy[len] = 0;
    if (strstr(copy, text) == NULL) fprintf(stderr, "\"%s\" is not in %s\n", text, copy);
    MUST(strstr(copy, text) != NULL);
    free(copy);
    km_buffer_free(answer);
    answer = NULL;
}

static void fails(uint32_t status, uint32_t number, const char *text) {
    if (status != number) fprintf(stderr, "%u expected, and %u: %s\n", number, status, km_error_message(failure));
    MUST(status == number && km_error_number(failure) == number && answer == NULL);
    if (strstr(km_error_message(failure), text) == NULL) fprintf(stderr, "%s\n", km_error_message(failure));
    MUST(strstr(km_error_message(failure), text) != NULL);
    km_error_free(failure);
    failure = NULL;
}

struct watch {
    int asked, kept, released;
    uint32_t refuse, broken;
    char last[1024];
};

static void release(void *ctx) {
    ((struct watch *)ctx)->released++;
}

static uint32_t decide(void *ctx, const char *verb, const char *app, const char *reference, const char *caller,
                       km_answer *to) {
    struct watch *watch = ctx;
    watch->asked++;
    MUST(strlen(verb) > 0 && strcmp(caller, "a clerk") == 0);
    MUST(app == NULL && reference == NULL);
    if (watch->refuse != 0) km_answer_message(to, "not on a Saturday");
    return watch->refuse;
}

static uint32_t record(void *ctx, const char *event, size_t event_len, km_answer *to) {
    struct watch *watch = ctx;
    watch->kept++;
    MUST(strlen(event) == event_len && event[0] == '{' && event[event_len - 1] == '}');
    snprintf(watch->last, sizeof watch->last, "%s", event);
    if (watch->broken != 0) km_answer_message(to, "the disk is full");
    return watch->broken;
}

static void watched(km_manager_options options) {
    struct watch access = {0}, audit = {0};
    km_access_callbacks access_table = {sizeof access_table, &access, release, decide};
    km_audit_callbacks audit_table = {sizeof audit_table, &audit, release, record};
    options.access = &access_table;
    options.audit = &audit_table;
    options.caller = "a clerk";
    options.flags = 0;
    km_manager *manager = NULL;
    MUST(km_manager_open(&options, &manager, &failure) == KM_OK);
    has(km_manager_policies(manager, &answer, &failure), "REGISTRATION");
    MUST(access.asked == 1 && audit.kept == 2);
    MUST(strstr(audit.last, "\"verb\":\"policies\"") && strstr(audit.last, "\"outcome\":\"ok\""));
    access.refuse = 1234;
    fails(km_manager_policies(manager, &answer, &failure), 5017, "policies is refused");
    MUST(strstr(audit.last, "\"outcome\":\"access_refused\""));
    access.refuse = 0;
    audit.broken = 1234;
    km_error *error = NULL;
    MUST(km_manager_policies(manager, &answer, &error) != KM_OK && strcmp(km_error_name(error), "audit_failed") == 0);
    km_error_free(error);
    km_manager_free(manager);
    MUST(access.released == 1 && audit.released == 1);

    options.flags = KM_AUDIT_MAY_FAIL;
    MUST(km_manager_open(&options, &manager, &failure) == KM_OK);
    has(km_manager_policies(manager, &answer, &failure), "REGISTRATION");
    km_manager_free(manager);
    MUST(access.released == 2 && audit.released == 2);

    /* What is wrong with one table, or beside it, releases both. */
    access_table.decide = NULL;
    fails(km_manager_open(&options, &manager, &failure), 1001, "km_access_callbacks.decide");
    access_table.decide = decide;
    audit_table.record = NULL;
    fails(km_manager_open(&options, &manager, &failure), 1001, "km_audit_callbacks.record");
    audit_table.record = record;
    options.config = "[hierarchy]\nno_such_setting = 1";
    km_error *wrong = NULL;
    MUST(km_manager_open(&options, &manager, &wrong) != KM_OK && strcmp(km_error_name(wrong), "invalid_config") == 0);
    km_error_free(wrong);
    options.config = NULL;
    options.store_address = "postgresql://keymgr@127.0.0.1/mosip_keymgr";
    fails(km_manager_open(&options, &manager, &failure), 1001, "give one of store_path");
    options.store_address = NULL;
    options.token_uri = "pkcs11:token=keymanager";
    fails(km_manager_open(&options, &manager, &failure), 1001, "give one of key_file_path");
    MUST(access.released == 7 && audit.released == 7 && manager == NULL);
    options.key_file_path = NULL;
    options.token_uri = "pkcs11:token=keymanager?module-path=/no/such/module.so";
    km_error *missing = NULL;
    MUST(km_manager_open(&options, &manager, &missing) != KM_OK && strcmp(km_error_name(missing), "token_module") == 0);
    km_error_free(missing);
}

static void archives(const km_manager *manager, const char *folder) {
    char archive[4096], store[4096], key_file[4096];
    snprintf(archive, sizeof archive, "%s/backup.tar", folder);
    snprintf(store, sizeof store, "%s/back.db", folder);
    snprintf(key_file, sizeof key_file, "%s/back.p12", folder);
    has(km_manager_backup(manager, archive, KM_OPEN_KEYS, NULL, &answer, &failure), "\"key_file\":true");
    fails(km_manager_backup(manager, archive, 0, NULL, &answer, &failure), 7014, "backup.tar");
    fails(km_manager_backup(manager, archive, 64, NULL, &answer, &failure), 1008, "flags");
    has(km_manager_verify_backup(manager, archive, KM_OPEN_KEYS, NULL, &answer, &failure), "\"damaged\":[]");
    has(km_manager_restore_backup(manager, archive, store, key_file, NULL, &answer, &failure), "\"signed_by\":");
    fails(km_manager_restore_backup(manager, archive, NULL, NULL, NULL, &answer, &failure), 1001, "store is null");
    remove(archive);
    remove(store);
    remove(key_file);
}

static void copies(const km_manager *manager, const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s/copy.db", folder);
    km_manager_options to = {.size = sizeof to, .store_path = path};
    has(km_manager_copy_store(manager, &to, KM_CREATE, NULL, &answer, &failure), "\"table\":\"key_alias\",\"copied\":");
    has(km_manager_copy_store(manager, &to, KM_STOP_AT_DAMAGED, NULL, &answer, &failure), "\"copied\":0");
    fails(km_manager_copy_store(manager, NULL, 0, NULL, &answer, &failure), 1001, "km_manager_options is null");
    remove(path);
}

static void wrapped_again(const km_manager *manager, const km_manager_options *own) {
    has(km_manager_rotate(manager, APP, "", &answer, &failure), "\"level\":\"module\"");
    has(km_manager_rewrap(manager, APP, NULL, NULL, KM_STOP_AT_DAMAGED, NULL, &answer, &failure), "\"rewrapped\":1");
    has(km_manager_rewrap(manager, APP, own, NULL, 0, NULL, &answer, &failure), "\"rewrapped\":0");
    fails(km_manager_rewrap(manager, APP, NULL, "nobody", 0, NULL, &answer, &failure), 3008, "nobody");
    fails(km_manager_rewrap(manager, APP, NULL, NULL, 1, NULL, &answer, &failure), 1008, "flags");
    const uint8_t *none = (const uint8_t *)"{}";
    fails(km_verify_report(none, 2, none, 2, none, 2, &failure), 2006, "certificate");
    fails(km_verify_report((const uint8_t *)"\xff", 1, none, 2, none, 2, &failure), 1001, "document is not UTF-8");
}

void moving(const char *folder) {
    char store_path[4096], key_path[4096];
    snprintf(store_path, sizeof store_path, "%s/moving.db", folder);
    snprintf(key_path, sizeof key_path, "%s/moving.p12", folder);
    km_manager_options options = {.size = sizeof options,
                                  .store_path = store_path,
                                  .key_file_path = key_path,
                                  .passphrase = (const uint8_t *)"from a safe place",
                                  .passphrase_len = 17,
                                  .config = "[hierarchy]\ngenerate = [\"ROOT\", \"REGISTRATION\"]\ngenerate_base = []\n",
                                  .flags = KM_CREATE};
    km_manager *manager = NULL;
    MUST(km_manager_open(&options, &manager, &failure) == KM_OK);
    MUST(km_manager_initialise(manager, &failure) == KM_OK);
    has(km_manager_generate_all(manager, NULL, &answer, &failure), "\"existing\":[]");
    has(km_manager_certificate(manager, APP, "centre", &answer, &failure), "BEGIN CERTIFICATE");
    archives(manager, folder);
    copies(manager, folder);
    wrapped_again(manager, &options);
    km_manager_free(manager);
    options.config = NULL;
    watched(options);
}
