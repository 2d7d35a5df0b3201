#include "streams.h"

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

enum { PACKET = 100000, PIECE = 997 };

static const char APP[] = "REGISTRATION";
static const char REFERENCE[] = "streams_in_c";
static uint8_t packet[PACKET], envelope[PACKET + 1000], back[PACKET + 1000];
static size_t envelope_len;
static km_error *failure;

static void fine(uint32_t status) {
    if (status != KM_OK) fprintf(stderr, "%u: %s\n", status, km_error_message(failure));
    MUST(status == KM_OK && failure == NULL);
}

static void fails(uint32_t status, uint32_t number) {
    if (status != number) fprintf(stderr, "%u expected, and %u: %s\n", number, status, km_error_message(failure));
    MUST(status == number && km_error_number(failure) == number);
    km_error_free(failure);
    failure = NULL;
}

static void append(km_buffer *piece) {
    MUST(envelope_len + km_buffer_len(piece) <= sizeof envelope);
    memcpy(envelope + envelope_len, km_buffer_data(piece), km_buffer_len(piece));
    envelope_len += km_buffer_len(piece);
    km_buffer_free(piece);
}

static void encrypt_in_pieces(km_encryption *encryption) {
    km_buffer *piece = NULL;
    envelope_len = 0;
    for (size_t at = 0; at < PACKET; at += PIECE) {
        size_t len = PACKET - at < PIECE ? PACKET - at : PIECE;
        fine(km_encryption_update(encryption, packet + at, len, &piece, &failure));
        append(piece);
    }
    fine(km_encryption_finish(encryption, &piece, &failure));
    append(piece);
    fails(km_encryption_finish(encryption, &piece, &failure), 1011);
    MUST(piece == NULL);
    km_encryption_free(encryption);
}

static void same_file(const char *path) {
    FILE *file = fopen(path, "rb");
    MUST(file != NULL);
    MUST(fread(back, 1, sizeof back, file) == PACKET && memcmp(back, packet, PACKET) == 0);
    fclose(file);
}

static void write_file(const char *path, const uint8_t *bytes, size_t len) {
    FILE *file = fopen(path, "wb");
    MUST(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
}

static void pieces(const km_manager *manager, const km_buffer *certificate, const char *output) {
    km_encryption *encryption = NULL;
    km_decryption *decryption = NULL;
    fine(km_encrypt_stream(km_buffer_data(certificate), km_buffer_len(certificate), NULL, &encryption, &failure));
    encrypt_in_pieces(encryption);
    fine(km_manager_encrypt_stream(manager, APP, REFERENCE, NULL, &encryption, &failure));
    encrypt_in_pieces(encryption);

    km_transferred transferred;
    fine(km_manager_decrypt_stream(manager, APP, "", NULL, output, 0, &decryption, &failure));
    for (size_t at = 0; at < envelope_len; at += PIECE) {
        size_t len = envelope_len - at < PIECE ? envelope_len - at : PIECE;
        fine(km_decryption_update(decryption, envelope + at, len, &failure));
    }
    fine(km_decryption_finish(decryption, &transferred, &failure));
    MUST(transferred.bytes_in == envelope_len && transferred.bytes_out == PACKET);
    fails(km_decryption_update(decryption, envelope, 1, &failure), 1011);
    km_decryption_free(decryption);
    same_file(output);

    /* A wrong tag; and one that is left unfinished. */
    fine(km_manager_decrypt_stream(manager, APP, "", NULL, output, KM_OVERWRITE, &decryption, &failure));
    fine(km_decryption_update(decryption, envelope, envelope_len - 1, &failure));
    uint8_t wrong = envelope[envelope_len - 1] ^ 1;
    fine(km_decryption_update(decryption, &wrong, 1, &failure));
    fails(km_decryption_finish(decryption, NULL, &failure), 6001);
    km_decryption_free(decryption);
    fine(km_manager_decrypt_stream(manager, APP, "", NULL, output, KM_OVERWRITE, &decryption, &failure));
    fine(km_decryption_update(decryption, envelope, envelope_len, &failure));
    km_decryption_free(decryption);
    same_file(output);

    fails(km_manager_decrypt_stream(manager, APP, "", NULL, output, 2, &decryption, &failure), 1008);
    fails(km_manager_decrypt_stream(manager, APP, "", NULL, NULL, 0, &decryption, &failure), 1001);
    fails(km_encryption_update(NULL, packet, 1, NULL, &failure), 1001);
    fails(km_decryption_finish(NULL, NULL, &failure), 1001);
    km_encryption_free(NULL);
    km_decryption_free(NULL);
}

static void files(const km_manager *manager, const km_buffer *certificate, const char *folder, const char *output) {
    char plain[4096], sealed[4096];
    snprintf(plain, sizeof plain, "%s/plain", folder);
    snprintf(sealed, sizeof sealed, "%s/sealed", folder);
    write_file(plain, packet, PACKET);
    const uint8_t *pem = km_buffer_data(certificate);
    size_t len = km_buffer_len(certificate);
    km_transferred transferred;
    fine(km_encrypt_file(pem, len, NULL, plain, sealed, 0, NULL, &transferred, &failure));
    MUST(transferred.bytes_in == PACKET && transferred.bytes_out > PACKET);
    fails(km_encrypt_file(pem, len, NULL, plain, sealed, 0, NULL, &transferred, &failure), 7014);
    fine(km_manager_encrypt_file(manager, APP, REFERENCE, NULL, plain, sealed, KM_OVERWRITE, NULL, NULL, &failure));
    fine(km_manager_decrypt_file(manager, APP, "", NULL, sealed, output, KM_OVERWRITE, NULL, &transferred, &failure));
    MUST(transferred.bytes_out == PACKET);
    same_file(output);
    fails(km_manager_decrypt_file(manager, APP, "", NULL, "no such file", output, 0, NULL, NULL, &failure), 3010);
    remove(plain);
    remove(sealed);
}

static void into(const km_manager *manager, const km_buffer *certificate) {
    size_t needed = 0, written = 0;
    fine(km_envelope_len(NULL, PACKET, &needed, &failure));
    const uint8_t *pem = km_buffer_data(certificate);
    size_t len = km_buffer_len(certificate);
    fails(km_encrypt_into(pem, len, NULL, packet, PACKET, envelope, needed - 1, &written, &failure), 1007);
    MUST(written == 0);
    fine(km_encrypt_into(pem, len, NULL, packet, PACKET, envelope, needed, &written, &failure));
    MUST(written == needed);
    fine(km_manager_decrypt_into(manager, APP, "", NULL, envelope, needed, back, sizeof back, &written, &failure));
    MUST(written == PACKET && memcmp(back, packet, PACKET) == 0);
    fails(km_manager_decrypt_into(manager, APP, "", NULL, envelope, needed, back, 7, NULL, &failure), 1007);
    fails(km_manager_decrypt_into(manager, APP, "", NULL, envelope, needed, NULL, 7, NULL, &failure), 1001);
    memset(back, 0, sizeof back);
    envelope[needed - 1] ^= 1;
    fails(km_manager_decrypt_into(manager, APP, "", NULL, envelope, needed, back, sizeof back, NULL, &failure), 6001);
    for (size_t at = 0; at < sizeof back; at++) MUST(back[at] == 0);
}

void streams(const km_manager *manager, const char *folder) {
    for (size_t at = 0; at < PACKET; at++) packet[at] = (uint8_t)(at % 251);
    char output[4096];
    snprintf(output, sizeof output, "%s/output", folder);
    km_buffer *certificate = NULL;
    fine(km_manager_certificate(manager, APP, REFERENCE, &certificate, &failure));
    pieces(manager, certificate, output);
    files(manager, certificate, folder, output);
    into(manager, certificate);
    km_buffer_free(certificate);
    MUST(remove(output) == 0);
}
