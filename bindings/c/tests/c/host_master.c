/* Keys in a list under one mutex: RSA as EVP_PKEY with raw decryption, and AES-256 as bytes. */
#define _POSIX_C_SOURCE 200809L
#include "host_master.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *alias;
    uint32_t kind;
    EVP_PKEY *pair;
    uint8_t aes[32];
    uint8_t *certificate;
    size_t certificate_len;
} key;

struct host_master {
    pthread_mutex_t mutex;
    key *keys;
    size_t len;
    uint32_t failure;
    int released;
    int signatures;
    int decryptions;
};

static void *must(void *memory) {
    if (memory == NULL) abort();
    return memory;
}

/* Every call begins and ends here. */
static uint32_t begin(host_master *master, km_answer *answer) {
    pthread_mutex_lock(&master->mutex);
    if (master->failure != 0) km_answer_message(answer, "the token was removed");
    return master->failure;
}

static uint32_t end(host_master *master, uint32_t status) {
    pthread_mutex_unlock(&master->mutex);
    return status;
}

static key *key_of(host_master *master, const char *alias) {
    for (size_t at = 0; at < master->len; at++)
        if (strcmp(master->keys[at].alias, alias) == 0) return &master->keys[at];
    return NULL;
}

static uint32_t answer_spki(const key *of, km_answer *answer) {
    uint8_t *spki = NULL;
    int len = i2d_PUBKEY(of->pair, &spki);
    if (len <= 0) return 7007;
    km_answer_bytes(answer, spki, (size_t)len);
    OPENSSL_free(spki);
    return KM_OK;
}

static int by_alias(const void *one, const void *other) {
    return strcmp(((const key *)one)->alias, ((const key *)other)->alias);
}

static uint32_t create(void *ctx, const char *alias, uint32_t kind, km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    if (status != KM_OK) return end(master, status);
    if (key_of(master, alias) != NULL) return end(master, 7011);
    key made = {.kind = kind};
    static const unsigned bits[] = {[KM_KEY_RSA_2048] = 2048, [KM_KEY_RSA_3072] = 3072, [KM_KEY_RSA_4096] = 4096};
    if (kind == KM_KEY_AES_256) {
        if (RAND_priv_bytes(made.aes, sizeof made.aes) != 1) return end(master, 7007);
    } else if (kind >= KM_KEY_RSA_2048 && kind <= KM_KEY_RSA_4096) {
        made.pair = EVP_RSA_gen(bits[kind]);
        if (made.pair == NULL) return end(master, 7007);
        status = answer_spki(&made, answer);
    } else {
        return end(master, 1008);
    }
    made.alias = must(strdup(alias));
    master->keys = must(realloc(master->keys, (master->len + 1) * sizeof *master->keys));
    master->keys[master->len++] = made;
    qsort(master->keys, master->len, sizeof *master->keys, by_alias);
    return end(master, status);
}

static uint32_t attach_certificate(void *ctx, const char *alias, const uint8_t *der, size_t len, km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    if (status != KM_OK) return end(master, status);
    key *of = key_of(master, alias);
    if (of == NULL) return end(master, 3008);
    if (of->pair == NULL) return end(master, 7012);
    free(of->certificate);
    of->certificate = must(malloc(len));
    memcpy(of->certificate, der, len);
    of->certificate_len = len;
    return end(master, KM_OK);
}

static uint32_t answer_entry(const key *of, km_answer *answer) {
    uint8_t *spki = NULL;
    int len = of->pair == NULL ? 0 : i2d_PUBKEY(of->pair, &spki);
    if (len < 0) return 7007;
    bool pending = of->pair != NULL && of->certificate == NULL;
    km_answer_entry(answer, of->alias, of->kind, spki, (size_t)len, of->certificate, of->certificate_len, pending);
    OPENSSL_free(spki);
    return KM_OK;
}

static uint32_t find(void *ctx, const char *alias, km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    key *of = status == KM_OK ? key_of(master, alias) : NULL;
    if (of != NULL) status = answer_entry(of, answer);
    return end(master, status);
}

/* Two keys a page, so that cursors are used. */
static uint32_t list(void *ctx, const char *cursor, km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    const key *last = NULL;
    size_t given = 0;
    for (size_t at = 0; status == KM_OK && at < master->len; at++) {
        const key *of = &master->keys[at];
        if (cursor != NULL && strcmp(of->alias, cursor) <= 0) continue;
        if (given == 2) {
            km_answer_next(answer, last->alias);
            break;
        }
        status = answer_entry(of, answer);
        last = of;
        given++;
    }
    return end(master, status);
}

static const EVP_MD *hash_of(uint32_t scheme) {
    switch (scheme) {
    case KM_SIGN_RSA_PKCS1_SHA_256:
    case KM_SIGN_RSA_PSS_SHA_256: return EVP_sha256();
    case KM_SIGN_RSA_PKCS1_SHA_384:
    case KM_SIGN_RSA_PSS_SHA_384: return EVP_sha384();
    case KM_SIGN_RSA_PKCS1_SHA_512:
    case KM_SIGN_RSA_PSS_SHA_512: return EVP_sha512();
    default: return NULL;
    }
}

static uint32_t sign(void *ctx, const char *alias, uint32_t scheme, bool is_digest, const uint8_t *input,
                     size_t input_len, km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    if (status != KM_OK) return end(master, status);
    key *of = key_of(master, alias);
    const EVP_MD *hash = hash_of(scheme);
    if (of == NULL) return end(master, 3008);
    if (of->pair == NULL) return end(master, 7012);
    if (hash == NULL) return end(master, 1008);
    if (is_digest && input_len != (size_t)EVP_MD_get_size(hash)) return end(master, 1001);
    uint8_t digest[EVP_MAX_MD_SIZE], signature[512];
    unsigned digest_len = 0;
    size_t len = sizeof signature;
    bool good = true;
    if (!is_digest) {
        good = EVP_Digest(input, input_len, digest, &digest_len, hash, NULL) == 1;
        input = digest;
        input_len = digest_len;
    }
    bool pss = scheme >= KM_SIGN_RSA_PSS_SHA_256;
    EVP_PKEY_CTX *job = must(EVP_PKEY_CTX_new(of->pair, NULL));
    good = good && EVP_PKEY_sign_init(job) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(job, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(job, hash) == 1 &&
           (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(job, RSA_PSS_SALTLEN_DIGEST) == 1) &&
           EVP_PKEY_sign(job, signature, &len, input, input_len) == 1;
    EVP_PKEY_CTX_free(job);
    if (good) km_answer_bytes(answer, signature, len);
    master->signatures++;
    return end(master, good ? KM_OK : 7007);
}

static uint32_t rsa_decrypt(void *ctx, const char *alias, const km_oaep *oaep, const uint8_t *ciphertext,
                            size_t ciphertext_len, km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    if (status != KM_OK) return end(master, status);
    key *of = key_of(master, alias);
    if (of == NULL) return end(master, 3008);
    if (of->pair == NULL) return end(master, 7012);
    if (oaep != NULL) return end(master, 1008);
    if (ciphertext_len != (size_t)EVP_PKEY_get_size(of->pair)) return end(master, 2010);
    uint8_t plain[512];
    size_t len = sizeof plain;
    EVP_PKEY_CTX *job = must(EVP_PKEY_CTX_new(of->pair, NULL));
    bool good = EVP_PKEY_decrypt_init(job) == 1 && EVP_PKEY_CTX_set_rsa_padding(job, RSA_NO_PADDING) == 1 &&
                EVP_PKEY_decrypt(job, plain, &len, ciphertext, ciphertext_len) == 1;
    EVP_PKEY_CTX_free(job);
    if (good) km_answer_bytes(answer, plain, len);
    OPENSSL_cleanse(plain, sizeof plain);
    master->decryptions++;
    return end(master, good ? KM_OK : 6001);
}

static uint32_t aes_ecb(void *ctx, const char *alias, uint32_t direction, const uint8_t *blocks, size_t blocks_len,
                        km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    if (status != KM_OK) return end(master, status);
    key *of = key_of(master, alias);
    if (of == NULL) return end(master, 3008);
    if (of->pair != NULL) return end(master, 7012);
    if (blocks_len % 16 != 0 || blocks_len > 1 << 20) return end(master, 1001);
    uint8_t *out = must(malloc(blocks_len + 16));
    int len = 0;
    EVP_CIPHER_CTX *job = must(EVP_CIPHER_CTX_new());
    bool good = EVP_CipherInit_ex(job, EVP_aes_256_ecb(), NULL, of->aes, NULL, direction == KM_ENCRYPT) == 1 &&
                EVP_CIPHER_CTX_set_padding(job, 0) == 1 &&
                EVP_CipherUpdate(job, out, &len, blocks, (int)blocks_len) == 1;
    EVP_CIPHER_CTX_free(job);
    if (good) km_answer_bytes(answer, out, (size_t)len);
    OPENSSL_cleanse(out, blocks_len);
    free(out);
    return end(master, good ? KM_OK : 7007);
}

static void free_key(key *of) {
    free(of->alias);
    EVP_PKEY_free(of->pair);
    OPENSSL_cleanse(of->aes, sizeof of->aes);
    free(of->certificate);
}

static uint32_t forget(void *ctx, const char *alias, km_answer *answer) {
    host_master *master = ctx;
    uint32_t status = begin(master, answer);
    key *of = status == KM_OK ? key_of(master, alias) : NULL;
    if (of != NULL) {
        free_key(of);
        size_t after = (size_t)(master->keys + master->len - (of + 1));
        memmove(of, of + 1, after * sizeof *of);
        master->len--;
    }
    return end(master, status);
}

static uint32_t health(void *ctx, km_answer *answer) {
    host_master *master = ctx;
    return end(master, begin(master, answer));
}

static void released(void *ctx) { ((host_master *)ctx)->released++; }

host_master *host_master_new(void) {
    host_master *master = must(calloc(1, sizeof *master));
    pthread_mutex_init(&master->mutex, NULL);
    return master;
}

void host_master_free(host_master *master) {
    for (size_t at = 0; at < master->len; at++) free_key(&master->keys[at]);
    free(master->keys);
    pthread_mutex_destroy(&master->mutex);
    free(master);
}

km_master_callbacks host_master_table(host_master *master) {
    return (km_master_callbacks){
        .size = sizeof(km_master_callbacks),
        .ctx = master,
        .release = released,
        .capabilities = KM_MASTER_RAW_RSA | KM_MASTER_AES_ECB | KM_MASTER_CERTIFICATES,
        .kinds = 1u << KM_KEY_RSA_2048 | 1u << KM_KEY_RSA_3072 | 1u << KM_KEY_RSA_4096 | 1u << KM_KEY_AES_256,
        .create = create,
        .attach_certificate = attach_certificate,
        .find = find,
        .list = list,
        .sign = sign,
        .rsa_decrypt = rsa_decrypt,
        .aes_ecb = aes_ecb,
        .remove = forget,
        .health = health,
    };
}

void host_master_fail_with(host_master *master, uint32_t number) { master->failure = number; }
int host_master_released(const host_master *master) { return master->released; }
int host_master_signed(const host_master *master) { return master->signatures; }
int host_master_decrypted(const host_master *master) { return master->decryptions; }
