/* keymanager: the C interface. Made from bindings/c by `cargo xtask generated --write`; do not edit.
 *
 * docs/bindings.md says what holds for all of it. Every function that can fail answers 0 (KM_OK) or a number of
 * docs/errors.md; its last argument, which may be null, takes an error that the caller frees. Outputs are written on
 * every return: null when there is none. Every free takes null. */

#ifndef KEYMANAGER_H
#define KEYMANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Success. Every other status is a number of the error table (docs/errors.md), or `KM_PANIC`.
#define KM_OK 0

// A panic was caught inside the library. Handles that were in use should be freed.
#define KM_PANIC 99

// The number of this interface: what a program was compiled with, to be given to `km_init`.
#define KM_ABI_VERSION 1

// The embedded store and the key file are made new; an error when they are there.
#define KM_CREATE 1

// A verb goes on when what happens cannot be kept by `audit`; without it, it does not begin.
#define KM_AUDIT_MAY_FAIL 2

// RSA of 2048 bits.
#define KM_KEY_RSA_2048 1

// RSA of 3072 bits.
#define KM_KEY_RSA_3072 2

// RSA of 4096 bits.
#define KM_KEY_RSA_4096 3

// AES of 256 bits.
#define KM_KEY_AES_256 4

// SHA-1.
#define KM_HASH_SHA_1 1

// SHA-256.
#define KM_HASH_SHA_256 2

// SHA-384.
#define KM_HASH_SHA_384 3

// SHA-512.
#define KM_HASH_SHA_512 4

// RSASSA-PKCS1-v1_5 with SHA-256.
#define KM_SIGN_RSA_PKCS1_SHA_256 1

// RSASSA-PKCS1-v1_5 with SHA-384.
#define KM_SIGN_RSA_PKCS1_SHA_384 2

// RSASSA-PKCS1-v1_5 with SHA-512.
#define KM_SIGN_RSA_PKCS1_SHA_512 3

// RSASSA-PSS with SHA-256, MGF1 with the same hash, and a salt as long as the hash.
#define KM_SIGN_RSA_PSS_SHA_256 4

// RSASSA-PSS with SHA-384, likewise.
#define KM_SIGN_RSA_PSS_SHA_384 5

// RSASSA-PSS with SHA-512, likewise.
#define KM_SIGN_RSA_PSS_SHA_512 6

// Plaintext to ciphertext.
#define KM_ENCRYPT 1

// Ciphertext to plaintext.
#define KM_DECRYPT 2

// The backend offers the raw RSA private operation.
#define KM_MASTER_RAW_RSA 1

// The backend offers AES-ECB.
#define KM_MASTER_AES_ECB 2

// The backend keeps certificates.
#define KM_MASTER_CERTIFICATES 4

// Private keys can be taken out of the backend.
#define KM_MASTER_EXTRACTABLE 8

// Calls run side by side; otherwise the host makes them wait for each other.
#define KM_MASTER_PARALLEL 16

// End at the first row that cannot be worked on; otherwise it is left as it is, and reported.
#define KM_STOP_AT_DAMAGED 2

// Open every key of an archive.
#define KM_OPEN_KEYS 1

// Make a new key although there is a current one, and end that one.
#define KM_FORCE 1

// Expired and revoked keys too.
#define KM_ALL_KEYS 1

// A number of a policy that is not given.
#define KM_NOT_GIVEN INT32_MIN

// The store has side tables: intents, former thumbprints and the key pool.
#define KM_STORE_SIDE_TABLES 1

// Rows are authenticated.
#define KM_STORE_ROW_AUTHENTICATION 2

// Scope locks hold between processes.
#define KM_STORE_LOCKS_BETWEEN_PROCESSES 4

// What `apply` acknowledged survives a crash of the machine.
#define KM_STORE_DURABLE 8

// `key_alias` with its `key_store` half: 14 columns.
#define KM_TABLE_KEYS 1

// `key_policy_def`: 7 columns.
#define KM_TABLE_POLICIES 2

// Intents: 4 columns.
#define KM_TABLE_INTENTS 3

// Former thumbprints: 3 columns, of which the first two are the id; in the other tables it is the first.
#define KM_TABLE_FORMER_THUMBPRINTS 4

// The key pool: 7 columns.
#define KM_TABLE_POOL_KEYS 5

// The key whose id is the value.
#define KM_SELECT_KEY_BY_ALIAS 1

// The keys whose `cert_thumbprint` is the value.
#define KM_SELECT_KEYS_BY_THUMBPRINT 2

// The keys without `cert_thumbprint`.
#define KM_SELECT_KEYS_WITHOUT_THUMBPRINT 3

// The keys whose `app_id` and `ref_id` are the two values.
#define KM_SELECT_KEYS_BY_SCOPE 4

// The keys whose `master_key` is the value.
#define KM_SELECT_KEYS_BY_MASTER 5

// The keys written at or after the time that is the value, in either half.
#define KM_SELECT_KEYS_CHANGED_SINCE 6

// Every key.
#define KM_SELECT_ALL_KEYS 7

// The policy whose `app_id` is the value.
#define KM_SELECT_POLICY 8

// Every policy, by `app_id`.
#define KM_SELECT_ALL_POLICIES 9

// Every intent, oldest first, then by alias.
#define KM_SELECT_ALL_INTENTS 10

// The former thumbprints whose `thumbprint` is the value, by thumbprint, then alias.
#define KM_SELECT_FORMER_THUMBPRINT 11

// The former thumbprints whose `alias` is the value.
#define KM_SELECT_FORMER_THUMBPRINTS_OF 12

// Every former thumbprint.
#define KM_SELECT_ALL_FORMER_THUMBPRINTS 13

// The keys of the pool whose `master_key` is the first value, whose `alias` is the second one or after it, and whose
// `used` is NULL. Keys of the pool come by alias.
#define KM_SELECT_READY_POOL_KEYS 14

// The keys of the pool whose `master_key` is the value.
#define KM_SELECT_POOL_KEYS_OF 15

// Every key of the pool.
#define KM_SELECT_ALL_POOL_KEYS 16

// A new row; 7005 when its id or a unique column exists already.
#define KM_CHANGE_INSERT 1

// The row in place of the one with the same id, if that still has the version; else 7004.
#define KM_CHANGE_UPDATE 2

// Removes the row with this id, if it still has the version; else 7004.
#define KM_CHANGE_DELETE 3

// A file of the output's name is replaced; an error without it.
#define KM_OVERWRITE 1

// Where a host's callback puts its answer. It lives until the callback returns; what is put in is copied, and wiped
// where it is bytes. Its functions answer 0, or 1001 for an argument that cannot be used; the call that the callback
// was made for then fails, whatever the callback returns.
typedef struct km_answer km_answer;

// Bytes that the library answered. Owned by the caller, and wiped when freed.
typedef struct km_buffer km_buffer;

// An envelope that is decrypted piece by piece, into a file. Its calls are made one after the other, from whatever
// thread. One that is freed before it is finished leaves nothing.
typedef struct km_decryption km_decryption;

// An envelope that is made piece by piece. Its calls are made one after the other, from whatever thread.
typedef struct km_encryption km_encryption;

// An error: a row of the error table and a sentence. Owned by the caller, and read with the functions below; their
// texts are UTF-8, live as long as the error, and hold no secret.
typedef struct km_error km_error;

// Keys, certificates and envelopes of one deployment. May be used from any thread, also side by side.
typedef struct km_manager km_manager;

// How an envelope is made or read. Null where it is expected means the defaults.
typedef struct {
    // `sizeof(km_envelope_options)`.
    size_t size;
    // The layout by name (`ver_r2`, `packet`, `aad`, `salt`); null for `ver_r2` to encrypt, and for the one that fits
    // to decrypt.
    const char *layout;
    // The caller's additional authenticated data; null for layouts that carry their own.
    const uint8_t *aad;
    // Its size in bytes.
    size_t aad_len;
    // The caller's salt of 12 or 16 bytes; null for layouts that carry their own.
    const uint8_t *salt;
    // Its size in bytes.
    size_t salt_len;
} km_envelope_options;

// Told how far long work is, and asked whether it shall go on. Both callbacks must answer quickly and may come from any
// thread; neither is called once the call they were given to has returned.
typedef struct {
    // `sizeof(km_progress_callbacks)`.
    size_t size;
    // Given to each callback.
    void *ctx;
    // Called once with `ctx`, before the call returns; may be null.
    void (*release)(void *ctx);
    // `done` of `total` units of `what`; `total` is `UINT64_MAX` when it is not known. May be null.
    void (*advance)(void *ctx, uint64_t done, uint64_t total, const char *what);
    // Whether the work shall end with the error `cancelled`: any other number than 0. May be null.
    uint32_t (*cancelled)(void *ctx);
} km_progress_callbacks;

// Attributes of a subject; what is null comes from the configuration, or from the key's certificate.
typedef struct {
    // `sizeof(km_subject)`.
    size_t size;
    // CN.
    const char *common_name;
    // OU.
    const char *organizational_unit;
    // O.
    const char *organization;
    // L.
    const char *location;
    // ST.
    const char *state;
    // C.
    const char *country;
} km_subject;

// A key to make, for `km_manager_generate`, `km_manager_generate_master_key`, `km_manager_generate_ec_sign_key`.
typedef struct {
    // `sizeof(km_key_request)`.
    size_t size;
    // The application.
    const char *app;
    // The reference id. Null or empty asks for the application's Module key (or for the Root key), or for a signing
    // key with the reference id of its kind.
    const char *reference;
    // `km_manager_generate`: `rsa`, `aes`, `ec-p256`, `secp256k1`, `ed25519`, null for `rsa`. The other two:
    // `CERTIFICATE` or `CSR`.
    const char *kind;
    // Attributes of the subject; may be null.
    const km_subject *subject;
    // `KM_FORCE`, or 0.
    uint64_t flags;
} km_key_request;

// Which keys to list.
typedef struct {
    // `sizeof(km_key_query)`.
    size_t size;
    // Of this application only; may be null.
    const char *app;
    // With this reference id only, empty for master keys; may be null.
    const char *reference;
    // `KM_ALL_KEYS`, or 0.
    uint64_t flags;
} km_key_query;

// A change of a policy; what is not given stays as it is, or has its default in a new policy.
typedef struct {
    // `sizeof(km_policy_request)`.
    size_t size;
    // The application.
    const char *app;
    // How long its keys are valid, in days, or `KM_NOT_GIVEN`.
    int32_t validity_days;
    // How many days before its end a key is renewed, or `KM_NOT_GIVEN`.
    int32_t pre_expire_days;
    // 1 when it is in force, 0 when not, or `KM_NOT_GIVEN`.
    int32_t active;
    // 0.
    int32_t reserved;
    // The users who may decrypt: `NA` for everybody, or names with commas; may be null.
    const char *access_allowed;
} km_policy_request;

// What a doctor looks at besides store and master backend, and what a repair may remove.
typedef struct {
    // `sizeof(km_doctor_request)`.
    size_t size;
    // In a repair: aliases of master keys without a record that are removed.
    const char *const *remove;
    // How many.
    size_t remove_len;
    // Folders in which temporary files of a crash are looked for.
    const char *const *folders;
    // How many.
    size_t folders_len;
} km_doctor_request;

// A query. Keys come in order of `key_gen_dtimes`, then id; rows without a time come first.
typedef struct {
    // What to find: `KM_SELECT_`.
    uint32_t select;
    // At most this many rows, 1 to 1000.
    uint32_t limit;
    // The values that `select` names.
    const char *const *values;
    // How many values there are.
    size_t values_len;
    // The cursor that the page before ended with; null for the first page.
    const char *cursor;
} km_query;

// Bytes that are borrowed.
typedef struct {
    // The bytes; null when there are none.
    const uint8_t *data;
    // How many there are.
    size_t len;
} km_bytes;

// A scope whose keys have exactly these versions, in any order; else the change set is 7004.
typedef struct {
    // The application id.
    const char *app;
    // The reference id; may be empty.
    const char *reference;
    // The versions.
    const km_bytes *versions;
    // How many there are.
    size_t versions_len;
} km_expected_scope;

// A change.
typedef struct {
    // What it does: `KM_CHANGE_`.
    uint32_t kind;
    // The table of the row: `KM_TABLE_`.
    uint32_t table;
    // Its columns in the order of docs/bindings.md; null for NULL.
    const char *const *columns;
    // How many columns there are.
    size_t columns_len;
    // The version that the row must still have; none for a row that is inserted.
    km_bytes version;
} km_change;

// Changes that happen together or not at all.
typedef struct {
    // Checked first, in the same transaction.
    const km_expected_scope *expected;
    // How many there are.
    size_t expected_len;
    // The changes, in order.
    const km_change *changes;
    // How many there are.
    size_t changes_len;
} km_change_set;

// A store as a table of callbacks, each of which answers 0 or a status. They may come from any thread, also side by
// side, and must not call the library, except for the `km_answer_` functions.
typedef struct {
    // `sizeof(km_store_callbacks)`.
    size_t size;
    // Given to every callback.
    void *ctx;
    // Called once, with `ctx`, when the library has no more use for it; may be null.
    void (*release)(void *ctx);
    // What the store can do: `KM_STORE_` bits.
    uint64_t capabilities;
    // A page: `km_answer_row` for each row, then `km_answer_next` when there are more.
    uint32_t (*find)(void *ctx, const km_query *query, km_answer *answer);
    // Applies a change set whole, or not at all: 7004, 7005.
    uint32_t (*apply)(void *ctx, const km_change_set *changes, km_answer *answer);
    // Takes the lock of a scope, waiting at most `wait_ms` milliseconds; 7006 then. `lock` is a number for it.
    uint32_t (*lock)(void *ctx,
                     const char *app,
                     const char *reference,
                     uint64_t wait_ms,
                     uint64_t *lock,
                     km_answer *answer);
    // Gives a lock back; no error when it was lost.
    uint32_t (*unlock)(void *ctx, uint64_t lock, km_answer *answer);
    // Creates the tables that are missing; 7002 when a newer release wrote the store.
    uint32_t (*prepare)(void *ctx, km_answer *answer);
} km_store_callbacks;

// The parameters of RSAES-OAEP.
typedef struct {
    // The hash of the label: `KM_HASH_`.
    uint32_t hash;
    // The hash inside MGF1: `KM_HASH_`.
    uint32_t mgf_hash;
    // The label; null when it is empty.
    const uint8_t *label;
    // The size of the label in bytes.
    size_t label_len;
} km_oaep;

// A master backend as a table of callbacks, each of which answers 0 or a status: 3008 unknown alias, 7011 alias exists,
// 7012 wrong kind of key, 1008 not supported, 6001 decryption failed, 7007 everything else. They may come from any
// thread, also side by side, and must not call the library, except for the `km_answer_` functions.
typedef struct {
    // `sizeof(km_master_callbacks)`.
    size_t size;
    // Given to every callback.
    void *ctx;
    // Called once, with `ctx`, when the library has no more use for it; may be null.
    void (*release)(void *ctx);
    // What the backend can do: `KM_MASTER_` bits.
    uint64_t capabilities;
    // The kinds it can create: `1 << KM_KEY_` bits.
    uint64_t kinds;
    // The OAEP parameters it decrypts by itself; others go through raw RSA. Copied when the manager is opened.
    const km_oaep *oaep;
    // How many there are.
    size_t oaep_len;
    // Makes a key; `km_answer_bytes` with the public half of a pair. A pair is pending until its certificate is
    // attached; an AES key is there at once.
    uint32_t (*create)(void *ctx, const char *alias, uint32_t kind, km_answer *answer);
    // Attaches the certificate, or replaces it: the commit point of a pair's creation.
    uint32_t (*attach_certificate)(void *ctx,
                                   const char *alias,
                                   const uint8_t *certificate,
                                   size_t certificate_len,
                                   km_answer *answer);
    // The key under `alias`, pending ones included: `km_answer_entry`, not called when there is none.
    uint32_t (*find)(void *ctx, const char *alias, km_answer *answer);
    // A page of keys, pending ones included, by alias: `km_answer_entry` for each, then `km_answer_next` when there are
    // more. `cursor` is null for the first page.
    uint32_t (*list)(void *ctx, const char *cursor, km_answer *answer);
    // The signature of a scheme (`KM_SIGN_`) over a message, or over its digest: `km_answer_bytes`.
    uint32_t (*sign)(void *ctx,
                     const char *alias,
                     uint32_t scheme,
                     bool is_digest,
                     const uint8_t *input,
                     size_t input_len,
                     km_answer *answer);
    // The decryption by OAEP, or raw when `oaep` is null, where the result has the size of the modulus:
    // `km_answer_bytes`.
    uint32_t (*rsa_decrypt)(void *ctx,
                            const char *alias,
                            const km_oaep *oaep,
                            const uint8_t *ciphertext,
                            size_t ciphertext_len,
                            km_answer *answer);
    // AES-256-ECB on whole blocks (`KM_ENCRYPT`, `KM_DECRYPT`): `km_answer_bytes`. Null without
    // `KM_MASTER_AES_ECB`.
    uint32_t (*aes_ecb)(void *ctx,
                        const char *alias,
                        uint32_t direction,
                        const uint8_t *blocks,
                        size_t blocks_len,
                        km_answer *answer);
    // Removes the key under `alias`; no error when there is none.
    uint32_t (*remove)(void *ctx, const char *alias, km_answer *answer);
    // Proves that the backend can still work.
    uint32_t (*health)(void *ctx, km_answer *answer);
} km_master_callbacks;

// Decides who may do what. It is asked before a verb begins, from whichever thread calls, and must not call the same
// manager.
typedef struct {
    // `sizeof(km_access_callbacks)`.
    size_t size;
    // Given to each callback.
    void *ctx;
    // Called once with `ctx`, when nobody uses the table any more; may be null.
    void (*release)(void *ctx);
    // 0 lets the verb begin; any other number, such as 5017, refuses it. `app`, `reference` and `caller` are null where
    // there is none; the texts live as long as the call.
    uint32_t (*decide)(void *ctx,
                       const char *verb,
                       const char *app,
                       const char *reference,
                       const char *caller,
                       km_answer *answer);
} km_access_callbacks;

// Keeps what happens. It is called from whichever thread works, and must not call the same manager.
typedef struct {
    // `sizeof(km_audit_callbacks)`.
    size_t size;
    // Given to each callback.
    void *ctx;
    // Called once with `ctx`, when nobody uses the table any more; may be null.
    void (*release)(void *ctx);
    // Keeps an event: one JSON object in UTF-8 of `event_len` bytes, with a NUL behind it (docs/bindings.md BND-43). 0
    // when it is kept.
    uint32_t (*record)(void *ctx, const char *event, size_t event_len, km_answer *answer);
} km_audit_callbacks;

// What `km_manager_open` opens: one store, and one master backend. The rest may be null.
typedef struct {
    // `sizeof(km_manager_options)`.
    size_t size;
    // The path of the embedded store, or null.
    const char *store_path;
    // A store of the host, or null. The table is copied.
    const km_store_callbacks *store;
    // The path of the key file, or null.
    const char *key_file_path;
    // The passphrase of the key file in printable ASCII, or the PIN of the token; the caller wipes it after the call.
    const uint8_t *passphrase;
    // Its size in bytes.
    size_t passphrase_len;
    // A master backend of the host, or null. The table is copied.
    const km_master_callbacks *master;
    // The name that policies with a list of users are compared with; may be null.
    const char *caller;
    // `KM_CREATE`, `KM_AUDIT_MAY_FAIL`, both, or 0.
    uint64_t flags;
    // The address of the PostgreSQL database of a MOSIP key manager, `postgresql://USER@HOST/DATABASE?…`, or null.
    const char *store_address;
    // Its password, or null; the caller wipes it after the call.
    const uint8_t *store_password;
    // Its size in bytes.
    size_t store_password_len;
    // The address of a replica that reads may go to, or null.
    const char *store_read_from;
    // The RFC 7512 address of a PKCS#11 token, with `module-path`, or null.
    const char *token_uri;
    // The text of a `keymanager.toml` (docs/configuration.md), or null for defaults.
    const char *config;
    // Who decides about each verb, or null for everybody everything. The table is copied.
    const km_access_callbacks *access;
    // Who keeps what happens, or null for nobody. The table is copied.
    const km_audit_callbacks *audit;
} km_manager_options;

// How many bytes went in and came out.
typedef struct {
    // Bytes read: of the plaintext when encrypting, of the envelope when decrypting.
    uint64_t bytes_in;
    // Bytes written.
    uint64_t bytes_out;
} km_transferred;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The sentence that goes with a status other than 0: what was wrong, without secrets.
//
// # Safety
// `answer` is that of the running callback, or null; `message` is text that ends with NUL, or null.
uint32_t km_answer_message(km_answer *answer, const char *message);

// The bytes that are answered: a public key as SubjectPublicKeyInfo DER, a signature, a plaintext, blocks.
//
// # Safety
// `answer` is that of the running callback, or null; `data` points to `len` bytes, or is null with `len` 0.
uint32_t km_answer_bytes(km_answer *answer, const uint8_t *data, size_t len);

// Where the next page begins. Not called when this was the last page.
//
// # Safety
// `answer` is that of the running callback, or null; `cursor` is text that ends with NUL, or null.
uint32_t km_answer_next(km_answer *answer, const char *cursor);

// Adds a row to a page: its table (`KM_TABLE_`), its columns in the order of docs/bindings.md (null for NULL), and its
// version.
//
// # Safety
// `answer` is that of the running callback, or null; `columns` points to `columns_len` texts that end with NUL, each of
// which may be null; `version` points to `version_len` bytes.
uint32_t km_answer_row(km_answer *answer,
                       uint32_t table,
                       const char *const *columns,
                       size_t columns_len,
                       const uint8_t *version,
                       size_t version_len);

// Adds a key of a master backend: alias, kind (`KM_KEY_`, or 0 for another), the public half as SubjectPublicKeyInfo
// DER (null for AES), the certificate as DER (null while there is none), and whether it is pending.
//
// # Safety
// `answer` is that of the running callback, or null; `alias` is text that ends with NUL; `spki` and `certificate` point
// to that many bytes, or are null.
uint32_t km_answer_entry(km_answer *answer,
                         const char *alias,
                         uint32_t kind,
                         const uint8_t *spki,
                         size_t spki_len,
                         const uint8_t *certificate,
                         size_t certificate_len,
                         bool pending);

// The bytes, which live as long as the buffer; null for null.
const uint8_t *km_buffer_data(const km_buffer *buffer);

// How many bytes there are; 0 for null.
size_t km_buffer_len(const km_buffer *buffer);

// Wipes and frees a buffer; null is fine.
void km_buffer_free(km_buffer *buffer);

// The stable number, which is also the status; 0 for null.
uint32_t km_error_number(const km_error *error);

// The exit status the command line ends with on this error; 0 for null.
uint32_t km_error_exit(const km_error *error);

// The stable name, in snake_case; null for null.
const char *km_error_name(const km_error *error);

// Who must act: `misuse`, `malformed`, `not_found`, `not_trusted`, `refused`, `decryption_failed`, `backend`, `bug`;
// null for null.
const char *km_error_category(const km_error *error);

// The code the MOSIP key manager answers in the same situation; null where there is none.
const char *km_error_mosip_code(const km_error *error);

// The sentence that names what was wrong; null for null.
const char *km_error_message(const km_error *error);

// What whoever meets the error can do next; null for null.
const char *km_error_next(const km_error *error);

// Frees an error; null is fine.
void km_error_free(km_error *error);

// The number of the interface that this library has.
uint32_t km_abi_version(void);

// Checks that program and library mean the same interface: `abi` is `KM_ABI_VERSION`. To be called once, before every
// other function but those that read or free; again is fine. `unsupported` (1008) for any other number.
uint32_t km_init(uint32_t abi, km_error **error);

// The size of the envelope of `plaintext_len` bytes.
//
// # Safety
// `options` is null or points to what it says.
uint32_t km_envelope_len(const km_envelope_options *options, size_t plaintext_len, size_t *out, km_error **error);

// `km_encrypt` into `buffer`, which needs the bytes that `km_envelope_len` says. `written` is how many there are, on
// success. After an error the buffer holds no plaintext.
//
// # Safety
// Pointers are null or point to as many bytes as is said; they are borrowed for the call, and do not overlap.
uint32_t km_encrypt_into(const uint8_t *certificate,
                         size_t certificate_len,
                         const km_envelope_options *options,
                         const uint8_t *plaintext,
                         size_t plaintext_len,
                         uint8_t *buffer,
                         size_t buffer_len,
                         size_t *written,
                         km_error **error);

// `km_manager_decrypt` into `buffer`; as many bytes as the envelope has are always enough. `written` is how many there
// are, on success. After an error the buffer holds no plaintext.
//
// # Safety
// Pointers are null or point to as many bytes as is said, texts end with NUL; all are borrowed for the call, and do not
// overlap.
uint32_t km_manager_decrypt_into(const km_manager *manager,
                                 const char *app,
                                 const char *reference,
                                 const km_envelope_options *options,
                                 const uint8_t *envelope,
                                 size_t envelope_len,
                                 uint8_t *buffer,
                                 size_t buffer_len,
                                 size_t *written,
                                 km_error **error);

// Makes the Root, Module and signing keys that are missing. Idempotent; takes seconds where RSA keys are made.
// `progress` may be null. Answers `{generated, existing}`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_generate_all(const km_manager *manager,
                                 const km_progress_callbacks *progress,
                                 km_buffer **out,
                                 km_error **error);

// Makes one key, unless there is a current one and the request does not force. Answers `{generated, existing}`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_generate(const km_manager *manager,
                             const km_key_request *request,
                             km_buffer **out,
                             km_error **error);

// Makes or finds a master key. Answers `{key, generated, certificate_pem, csr_pem}`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_generate_master_key(const km_manager *manager,
                                        const km_key_request *request,
                                        km_buffer **out,
                                        km_error **error);

// The same for an elliptic signing key.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_generate_ec_sign_key(const km_manager *manager,
                                         const km_key_request *request,
                                         km_buffer **out,
                                         km_error **error);

// Replaces the current key of a scope by a new one. Answers `{generated, existing}`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_rotate(const km_manager *manager,
                           const char *app,
                           const char *reference,
                           km_buffer **out,
                           km_error **error);

// Ends the current key of a scope; what it encrypted can still be decrypted. Answers the key.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_revoke(const km_manager *manager,
                           const char *app,
                           const char *reference,
                           km_buffer **out,
                           km_error **error);

// Puts a certificate, PEM or DER, in the place of that of the current key of a scope. Answers the key.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_upload_certificate(const km_manager *manager,
                                       const char *app,
                                       const char *reference,
                                       const uint8_t *certificate,
                                       size_t certificate_len,
                                       km_buffer **out,
                                       km_error **error);

// Keeps a certificate, PEM or DER, of another domain, so that it can be encrypted to. Answers the key.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_upload_other_domain(const km_manager *manager,
                                        const char *app,
                                        const char *reference,
                                        const uint8_t *certificate,
                                        size_t certificate_len,
                                        km_buffer **out,
                                        km_error **error);

// A certification request for the current key of a scope; the key is made or renewed when the rules say so. `subject`
// may be null. Answers `{key, csr_pem}`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_generate_csr(const km_manager *manager,
                                 const char *app,
                                 const char *reference,
                                 const km_subject *subject,
                                 km_buffer **out,
                                 km_error **error);

// The current certificate of a scope as PEM, without NUL at its end; the key is made or renewed when the rules say so.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_certificate(const km_manager *manager,
                                const char *app,
                                const char *reference,
                                km_buffer **out,
                                km_error **error);

// The same certificate and those above it up to the Root's, as PEM one after the other.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_chain(const km_manager *manager,
                          const char *app,
                          const char *reference,
                          km_buffer **out,
                          km_error **error);

// The same chain as a PKCS#7 bundle in PEM.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_chain_pkcs7(const km_manager *manager,
                                const char *app,
                                const char *reference,
                                km_buffer **out,
                                km_error **error);

// Every certificate of a scope, those of former keys too. Answers a list of `{key, certificate_pem}`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_all_certificates(const km_manager *manager,
                                     const char *app,
                                     const char *reference,
                                     km_buffer **out,
                                     km_error **error);

// The certificate with this thumbprint (64 hexadecimal digits) as PEM; `KM_OK` and null when no key has it.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_certificate_of(const km_manager *manager,
                                   const char *thumbprint,
                                   km_buffer **out,
                                   km_error **error);

// The keys that fit `query`, by begin, then alias; all current ones for null. Answers a list of keys.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_keys(const km_manager *manager, const km_key_query *query, km_buffer **out, km_error **error);

// The key with this alias, or this thumbprint (64 hexadecimal digits).
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_key(const km_manager *manager, const char *alias_or_thumbprint, km_buffer **out, km_error **error);

// Every policy, as a list.
uint32_t km_manager_policies(const km_manager *manager, km_buffer **out, km_error **error);

// The policy of an application.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_policy(const km_manager *manager, const char *app, km_buffer **out, km_error **error);

// Changes a policy, or makes one. Answers it.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_set_policy(const km_manager *manager,
                               const km_policy_request *change,
                               km_buffer **out,
                               km_error **error);

// Makes RSA keys for Base keys of an application ahead of time, until `count` of them are ready. `progress` may be null.
// Answers the pool.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_fill_pool(const km_manager *manager,
                              const char *app,
                              uint32_t count,
                              const km_progress_callbacks *progress,
                              km_buffer **out,
                              km_error **error);

// How many keys were made ahead of time, under each Module key, as a list.
uint32_t km_manager_pool(const km_manager *manager, km_buffer **out, km_error **error);

// Clears what a crash left behind, as far as that needs no decision.
uint32_t km_manager_recover(const km_manager *manager, km_error **error);

// Compares store and master backend, and says what does not fit together. `request` and `progress` may be null.
// Answers `{findings, checked}`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_doctor(const km_manager *manager,
                           const km_doctor_request *request,
                           const km_progress_callbacks *progress,
                           km_buffer **out,
                           km_error **error);

// The same, and repairs what can be repaired.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_repair(const km_manager *manager,
                           const km_doctor_request *request,
                           const km_progress_callbacks *progress,
                           km_buffer **out,
                           km_error **error);

// Encrypts `plaintext` to a certificate, PEM or DER, at the system's time.
//
// # Safety
// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
uint32_t km_encrypt(const uint8_t *certificate,
                    size_t certificate_len,
                    const km_envelope_options *options,
                    const uint8_t *plaintext,
                    size_t plaintext_len,
                    km_buffer **out,
                    km_error **error);

// Explains bytes without any key: an envelope, a certificate, a request, a bundle, a key file. `certificate`, PEM or DER,
// is compared with the recipient; it may be null. Answers the JSON of `keymanager inspect`.
//
// # Safety
// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
uint32_t km_inspect(const uint8_t *data,
                    size_t data_len,
                    const uint8_t *certificate,
                    size_t certificate_len,
                    km_buffer **out,
                    km_error **error);

// Opens a manager. `release` of every table is called once, when the manager is freed, or before this
// call returns when it fails; the tables are not looked at when `km_init` was not called, when `options` is null, or
// when its `size` is not one this library knows.
//
// # Safety
// Pointers are null or point to what the structure says; they are borrowed for the call.
uint32_t km_manager_open(const km_manager_options *options, km_manager **out, km_error **error);

// Prepares the store and writes the default policies where there are none. Idempotent.
uint32_t km_manager_initialise(const km_manager *manager, km_error **error);

// Encrypts `plaintext` to the current key of a scope; the key is made or renewed when the rules say so.
//
// # Safety
// Pointers are null or point to as many bytes as is said, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_encrypt(const km_manager *manager,
                            const char *app,
                            const char *reference,
                            const km_envelope_options *options,
                            const uint8_t *plaintext,
                            size_t plaintext_len,
                            km_buffer **out,
                            km_error **error);

// Opens an envelope under an application; the reference id may be empty: the envelope names its key. The buffer is
// wiped when it is freed.
//
// # Safety
// Pointers are null or point to as many bytes as is said, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_decrypt(const km_manager *manager,
                            const char *app,
                            const char *reference,
                            const km_envelope_options *options,
                            const uint8_t *envelope,
                            size_t envelope_len,
                            km_buffer **out,
                            km_error **error);

// Frees a manager; null is fine. No call on it may be running.
void km_manager_free(km_manager *manager);

// Wraps again all that the Module keys of an application wrap, so that it hangs under one of them: `module`, by its alias,
// or the current one for null. `to` names another master backend that holds it, or is null; its members about stores are
// not looked at. `flags` is `KM_STOP_AT_DAMAGED`, or 0; `progress` may be null.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_rewrap(const km_manager *manager,
                           const char *app,
                           const km_manager_options *to,
                           const char *module,
                           uint64_t flags,
                           const km_progress_callbacks *progress,
                           km_buffer **out,
                           km_error **error);

// Copies every row of the store into the one that `to` names, and compares both in the end; the members of `to` about
// master keys are not looked at. `flags` is `KM_CREATE` to make an embedded store new, `KM_STOP_AT_DAMAGED`, both, or 0;
// `progress` may be null.
//
// # Safety
// Pointers are null or point to what they say; all are borrowed for the call.
uint32_t km_manager_copy_store(const km_manager *manager,
                               const km_manager_options *to,
                               uint64_t flags,
                               const km_progress_callbacks *progress,
                               km_buffer **out,
                               km_error **error);

// Copies the store, and the key file if there is one, into the archive `path`, which must not exist. `flags` is
// `KM_OPEN_KEYS`, or 0; `progress` may be null. After an error there is no archive.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_backup(const km_manager *manager,
                           const char *path,
                           uint64_t flags,
                           const km_progress_callbacks *progress,
                           km_buffer **out,
                           km_error **error);

// Looks at an archive; the manager's store is not looked at. `flags` is `KM_OPEN_KEYS`, or 0; `progress` may be null.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_verify_backup(const km_manager *manager,
                                  const char *path,
                                  uint64_t flags,
                                  const km_progress_callbacks *progress,
                                  km_buffer **out,
                                  km_error **error);

// Puts an archive back: its store as the SQLite file `store`, its key file, if it has one, as `key_file`, which may be
// null otherwise. Nothing may be there. The manager's store is not touched. `progress` may be null.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_restore_backup(const km_manager *manager,
                                   const char *path,
                                   const char *store,
                                   const char *key_file,
                                   const km_progress_callbacks *progress,
                                   km_buffer **out,
                                   km_error **error);

// Checks a report that was kept: the `document`, exactly as it was signed, its signature, and the certificate of the key
// that made it, PEM. Whether that is to be trusted is for the caller to know.
//
// # Safety
// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
uint32_t km_verify_report(const uint8_t *document,
                          size_t document_len,
                          const uint8_t *signature,
                          size_t signature_len,
                          const uint8_t *certificate,
                          size_t certificate_len,
                          km_error **error);

// Begins an envelope to a certificate, PEM or DER, whose plaintext comes in pieces.
//
// # Safety
// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
uint32_t km_encrypt_stream(const uint8_t *certificate,
                           size_t certificate_len,
                           const km_envelope_options *options,
                           km_encryption **out,
                           km_error **error);

// Begins an envelope to the current key of a scope, whose plaintext comes in pieces.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_encrypt_stream(const km_manager *manager,
                                   const char *app,
                                   const char *reference,
                                   const km_envelope_options *options,
                                   km_encryption **out,
                                   km_error **error);

// Encrypts the next piece of the plaintext, and answers what comes next in the envelope; nothing for an empty piece.
//
// # Safety
// `data` is null or points to as many bytes as is said; it is borrowed for the call.
uint32_t km_encryption_update(const km_encryption *encryption,
                              const uint8_t *data,
                              size_t data_len,
                              km_buffer **out,
                              km_error **error);

// Ends the envelope, and answers its last bytes.
uint32_t km_encryption_finish(const km_encryption *encryption, km_buffer **out, km_error **error);

// Frees an encryption, finished or not; null is fine.
void km_encryption_free(km_encryption *encryption);

// Begins to decrypt an envelope that comes in pieces, into the file `output`, which gets its name when the tag was
// checked. `flags` is `KM_OVERWRITE`, or 0.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_decrypt_stream(const km_manager *manager,
                                   const char *app,
                                   const char *reference,
                                   const km_envelope_options *options,
                                   const char *output,
                                   uint64_t flags,
                                   km_decryption **out,
                                   km_error **error);

// Takes the next bytes of the envelope, of any number.
//
// # Safety
// `data` is null or points to as many bytes as is said; it is borrowed for the call.
uint32_t km_decryption_update(const km_decryption *decryption, const uint8_t *data, size_t data_len, km_error **error);

// Checks the tag, and gives the file its name. `transferred` may be null.
uint32_t km_decryption_finish(const km_decryption *decryption, km_transferred *transferred, km_error **error);

// Frees a decryption, finished or not; null is fine.
void km_decryption_free(km_decryption *decryption);

// Encrypts a file to a certificate, PEM or DER. `flags` is `KM_OVERWRITE`, or 0; `progress` and `transferred` may be
// null. After an error there is no output.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_encrypt_file(const uint8_t *certificate,
                         size_t certificate_len,
                         const km_envelope_options *options,
                         const char *input,
                         const char *output,
                         uint64_t flags,
                         const km_progress_callbacks *progress,
                         km_transferred *transferred,
                         km_error **error);

// Encrypts a file to the current key of a scope; otherwise as `km_encrypt_file`.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_encrypt_file(const km_manager *manager,
                                 const char *app,
                                 const char *reference,
                                 const km_envelope_options *options,
                                 const char *input,
                                 const char *output,
                                 uint64_t flags,
                                 const km_progress_callbacks *progress,
                                 km_transferred *transferred,
                                 km_error **error);

// Decrypts a file into another, which gets its name when the tag was checked. `flags` is `KM_OVERWRITE`, or 0;
// `progress` and `transferred` may be null. After an error there is no output.
//
// # Safety
// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
uint32_t km_manager_decrypt_file(const km_manager *manager,
                                 const char *app,
                                 const char *reference,
                                 const km_envelope_options *options,
                                 const char *input,
                                 const char *output,
                                 uint64_t flags,
                                 const km_progress_callbacks *progress,
                                 km_transferred *transferred,
                                 km_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* KEYMANAGER_H */

/* Program and library mean the same structures. */
#if UINTPTR_MAX == 0xffffffffffffffffu
#ifdef __cplusplus
#define KM_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define KM_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif
KM_ASSERT_SIZE(km_bytes, 16);
KM_ASSERT_SIZE(km_query, 32);
KM_ASSERT_SIZE(km_change, 40);
KM_ASSERT_SIZE(km_expected_scope, 32);
KM_ASSERT_SIZE(km_change_set, 32);
KM_ASSERT_SIZE(km_oaep, 24);
KM_ASSERT_SIZE(km_store_callbacks, 72);
KM_ASSERT_SIZE(km_master_callbacks, 128);
KM_ASSERT_SIZE(km_envelope_options, 48);
KM_ASSERT_SIZE(km_manager_options, 136);
KM_ASSERT_SIZE(km_access_callbacks, 32);
KM_ASSERT_SIZE(km_audit_callbacks, 32);
KM_ASSERT_SIZE(km_progress_callbacks, 40);
KM_ASSERT_SIZE(km_subject, 56);
KM_ASSERT_SIZE(km_key_request, 48);
KM_ASSERT_SIZE(km_key_query, 32);
KM_ASSERT_SIZE(km_policy_request, 40);
KM_ASSERT_SIZE(km_doctor_request, 40);
KM_ASSERT_SIZE(km_transferred, 16);
#undef KM_ASSERT_SIZE
#endif
