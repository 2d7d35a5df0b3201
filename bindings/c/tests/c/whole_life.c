#include "whole_life.h"

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
static const char REFERENCE[] = "a_life_in_c";

static km_buffer *answer;
static km_error *failure;

/* The call answered 0, and what it answered has `text` in it. */
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

/* The call failed with `number`, with `text` in its sentence. */
static void fails(uint32_t status, uint32_t number, const char *text) {
    if (status != number) fprintf(stderr, "%u expected, and %u: %s\n", number, status, km_error_message(failure));
    MUST(status == number && km_error_number(failure) == number && answer == NULL);
    if (strstr(km_error_message(failure), text) == NULL) fprintf(stderr, "%s\n", km_error_message(failure));
    MUST(strstr(km_error_message(failure), text) != NULL);
    km_error_free(failure);
    failure = NULL;
}

static void bad_requests(const km_manager *manager) {
    km_key_request key = {.size = sizeof key, .app = APP, .kind = "rsa-1024"};
    fails(km_manager_generate(manager, &key, &answer, &failure), 1001, "a kind of key is one of");
    fails(km_manager_generate(manager, NULL, &answer, &failure), 1001, "km_key_request is null");
    key = (km_key_request){.size = sizeof key, .app = APP, .flags = 8};
    fails(km_manager_generate(manager, &key, &answer, &failure), 1008, "km_key_request.flags");
    key = (km_key_request){.size = sizeof key};
    fails(km_manager_generate(manager, &key, &answer, &failure), 1001, "app is null");
    km_subject subject = {.size = 8};
    key = (km_key_request){.size = sizeof key, .app = APP, .subject = &subject};
    fails(km_manager_generate(manager, &key, &answer, &failure), 1001, "sizeof(km_subject)");
    key = (km_key_request){.size = sizeof key, .app = APP, .kind = "certificates"};
    fails(km_manager_generate_master_key(manager, &key, &answer, &failure), 1016, "CERTIFICATE nor CSR");
    km_key_query query = {.size = sizeof query, .flags = 2};
    fails(km_manager_keys(manager, &query, &answer, &failure), 1008, "km_key_query.flags");
    km_policy_request policy = {.size = sizeof policy, .app = APP, .validity_days = 40000, .active = KM_NOT_GIVEN};
    fails(km_manager_set_policy(manager, &policy, &answer, &failure), 1001, "validity_days");
    policy = (km_policy_request){.size = sizeof policy, .app = APP, .active = 7};
    fails(km_manager_set_policy(manager, &policy, &answer, &failure), 1001, "active");
    policy = (km_policy_request){.size = sizeof policy, .app = APP, .reserved = 1};
    fails(km_manager_set_policy(manager, &policy, &answer, &failure), 1008, "reserved");
    const char *folders[] = {NULL};
    km_doctor_request doctor = {.size = sizeof doctor, .folders = folders, .folders_len = 1};
    fails(km_manager_doctor(manager, &doctor, NULL, &answer, &failure), 1001, "folders is null");
    doctor = (km_doctor_request){.size = sizeof doctor, .remove_len = SIZE_MAX};
    fails(km_manager_doctor(manager, &doctor, NULL, &answer, &failure), 1001, "remove");
    fails(km_manager_keys(manager, NULL, NULL, &failure), 1001, "the variable for the answer is null");
    fails(km_manager_key(manager, "no-such-key", &answer, &failure), 3008, "no-such-key");
    fails(km_manager_certificate_of(manager, "ABC", &answer, &failure), 1001, "thumbprint");
    fails(km_manager_upload_certificate(manager, APP, REFERENCE, NULL, 3, &answer, &failure), 1001, "certificate is null");
    fails(km_inspect(NULL, 9, NULL, 0, &answer, &failure), 1001, "data is null");
}

void whole_life(const km_manager *manager) {
    bad_requests(manager);
    km_buffer *certificate = NULL, *envelope = NULL;
    MUST(km_manager_certificate(manager, APP, REFERENCE, &certificate, &failure) == KM_OK);
    const uint8_t *pem = km_buffer_data(certificate);
    size_t pem_len = km_buffer_len(certificate);
    MUST(km_manager_encrypt(manager, APP, REFERENCE, NULL, (const uint8_t *)"a packet", 8, &envelope, &failure) == KM_OK);
    has(km_inspect(km_buffer_data(envelope), km_buffer_len(envelope), pem, pem_len, &answer, &failure), "\"matches\":true");
    has(km_inspect(pem, pem_len, NULL, 0, &answer, &failure), "\"kind\":\"certificate\"");
    has(km_inspect(NULL, 0, NULL, 0, &answer, &failure), "\"kind\":\"unknown\"");

    has(km_manager_rotate(manager, APP, REFERENCE, &answer, &failure), "\"ref_id\":\"a_life_in_c\"");
    has(km_manager_decrypt(manager, APP, "", NULL, km_buffer_data(envelope), km_buffer_len(envelope), &answer, &failure),
        "a packet");
    has(km_manager_all_certificates(manager, APP, REFERENCE, &answer, &failure), "\"certificate_pem\":\"-----BEGIN");
    has(km_manager_chain(manager, APP, REFERENCE, &answer, &failure), "-----END CERTIFICATE-----\n-----BEGIN");
    has(km_manager_chain_pkcs7(manager, APP, REFERENCE, &answer, &failure), "BEGIN PKCS7");
    km_subject subject = {.size = sizeof subject, .common_name = "a centre"};
    has(km_manager_generate_csr(manager, APP, REFERENCE, &subject, &answer, &failure), "BEGIN CERTIFICATE REQUEST");
    has(km_manager_generate_csr(manager, APP, REFERENCE, NULL, &answer, &failure), "BEGIN CERTIFICATE REQUEST");
    has(km_manager_upload_other_domain(manager, "PARTNER", "c", pem, pem_len, &answer, &failure), "\"other_domain\"");
    km_buffer *none = (km_buffer *)&answer;
    const char *nobody = "0000000000000000000000000000000000000000000000000000000000000000";
    MUST(km_manager_certificate_of(manager, nobody, &none, &failure) == KM_OK && none == NULL);

    km_key_query query = {.size = sizeof query, .app = APP, .reference = REFERENCE, .flags = KM_ALL_KEYS};
    has(km_manager_keys(manager, &query, &answer, &failure), "\"not_after\":");
    has(km_manager_keys(manager, NULL, &answer, &failure), "\"level\":\"root\"");
    has(km_manager_revoke(manager, APP, REFERENCE, &answer, &failure), "\"state\":\"revoked\"");

    km_key_request key = {.size = sizeof key, .app = APP, .kind = "ec-p256", .subject = &subject};
    has(km_manager_generate(manager, &key, &answer, &failure), "\"algorithm\":\"EC-P256\"");
    key = (km_key_request){.size = sizeof key, .app = APP, .kind = "CERTIFICATE"};
    has(km_manager_generate_master_key(manager, &key, &answer, &failure), "\"generated\":false");
    key = (km_key_request){.size = sizeof key, .app = APP, .reference = "EC_SECP256R1_SIGN", .kind = "csr"};
    has(km_manager_generate_ec_sign_key(manager, &key, &answer, &failure), "BEGIN CERTIFICATE REQUEST");

    km_policy_request policy = {.size = sizeof policy,
                                .app = APP,
                                .validity_days = KM_NOT_GIVEN,
                                .pre_expire_days = 30,
                                .active = KM_NOT_GIVEN};
    has(km_manager_set_policy(manager, &policy, &answer, &failure), "\"pre_expire_days\":30");
    has(km_manager_policy(manager, APP, &answer, &failure), "\"pre_expire_days\":30");
    has(km_manager_policies(manager, &answer, &failure), "\"app_id\":\"ROOT\"");
    has(km_manager_fill_pool(manager, APP, 1, NULL, &answer, &failure), "\"ready\":1");
    has(km_manager_pool(manager, &answer, &failure), "\"current\":true");
    MUST(km_manager_recover(manager, &failure) == KM_OK);
    has(km_manager_doctor(manager, NULL, NULL, &answer, &failure), "\"code\":\"key_ended\"");
    const char *folders[] = {"."};
    km_doctor_request doctor = {.size = sizeof doctor, .folders = folders, .folders_len = 1};
    has(km_manager_repair(manager, &doctor, NULL, &answer, &failure), "\"checked\":{\"records\":");
    km_buffer_free(certificate);
    km_buffer_free(envelope);
}

struct told {
    int advanced, asked, released, cancel;
    uint64_t done, total;
};

static void advance(void *ctx, uint64_t done, uint64_t total, const char *what) {
    struct told *told = ctx;
    MUST(told->released == 0 && strlen(what) > 0);
    told->advanced++;
    told->done = done;
    told->total = total;
}

static uint32_t cancelled(void *ctx) {
    struct told *told = ctx;
    told->asked++;
    return (uint32_t)told->cancel;
}

static void release(void *ctx) {
    ((struct told *)ctx)->released++;
}

void interrupted(const km_manager *manager) {
    struct told told = {0};
    km_progress_callbacks table = {sizeof table, &told, release, advance, cancelled};
    has(km_manager_fill_pool(manager, APP, 2, &table, &answer, &failure), "\"ready\":2");
    MUST(told.advanced > 0 && told.asked > 0 && told.released == 1 && told.done == told.total);
    told = (struct told){.cancel = 1};
    fails(km_manager_fill_pool(manager, APP, 9, &table, &answer, &failure), 1012, "cancelled");
    MUST(told.released == 1);
    /* What is wrong with the rest does not keep it. */
    told = (struct told){0};
    fails(km_manager_fill_pool(manager, NULL, 9, &table, &answer, &failure), 1001, "app is null");
    fails(km_manager_fill_pool(NULL, APP, 9, &table, &answer, &failure), 1001, "manager is null");
    MUST(told.released == 2 && told.asked == 0);
    table.size = sizeof table - 8;
    fails(km_manager_generate_all(manager, &table, &answer, &failure), 1001, "sizeof(km_progress_callbacks)");
    MUST(told.released == 3);
    km_progress_callbacks silent = {.size = sizeof silent};
    has(km_manager_generate_all(manager, &silent, &answer, &failure), "\"generated\":[]");
}
