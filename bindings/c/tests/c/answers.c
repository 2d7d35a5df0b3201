/* The answer functions for hosts in a library of their own: each goes through a table that the test hands over. The order
 * is that of src/tests.rs. */
#include "keymanager.h"

typedef uint32_t (*message_function)(km_answer *, const char *);
typedef uint32_t (*bytes_function)(km_answer *, const uint8_t *, size_t);
typedef uint32_t (*row_function)(km_answer *, uint32_t, const char *const *, size_t, const uint8_t *, size_t);
typedef uint32_t (*entry_function)(km_answer *, const char *, uint32_t, const uint8_t *, size_t, const uint8_t *, size_t,
                                   bool);

static message_function message;
static bytes_function bytes;
static message_function next;
static row_function row;
static entry_function entry;

void hosts_use_answers(void *const *answers);

void hosts_use_answers(void *const *answers) {
    message = (message_function)answers[0];
    bytes = (bytes_function)answers[1];
    next = (message_function)answers[2];
    row = (row_function)answers[3];
    entry = (entry_function)answers[4];
}

uint32_t km_answer_message(km_answer *answer, const char *text) { return message(answer, text); }

uint32_t km_answer_bytes(km_answer *answer, const uint8_t *data, size_t len) { return bytes(answer, data, len); }

uint32_t km_answer_next(km_answer *answer, const char *cursor) { return next(answer, cursor); }

uint32_t km_answer_row(km_answer *answer, uint32_t table, const char *const *columns, size_t columns_len,
                       const uint8_t *version, size_t version_len) {
    return row(answer, table, columns, columns_len, version, version_len);
}

uint32_t km_answer_entry(km_answer *answer, const char *alias, uint32_t kind, const uint8_t *spki, size_t spki_len,
                         const uint8_t *certificate, size_t certificate_len, bool pending) {
    return entry(answer, alias, kind, spki, spki_len, certificate, certificate_len, pending);
}
