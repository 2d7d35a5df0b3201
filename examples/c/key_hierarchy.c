/* A server makes its keys, answers a certificate, and opens what was encrypted to it.
 *
 *   cc key_hierarchy.c $(pkg-config --cflags --libs keymanager) -o key_hierarchy
 *   mkdir keys && ./key_hierarchy keys
 */
#include <keymanager.h>
#include <stdio.h>
#include <string.h>

static const char PACKET[] = "a registration packet";

static int failed(km_error *error) {
    fprintf(stderr, "%s: %s\n%s\n", km_error_name(error), km_error_message(error), km_error_next(error));
    int status = (int)km_error_exit(error);
    km_error_free(error);
    return status;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
        return 2;
    }
    char store[4096], key_file[4096];
    snprintf(store, sizeof store, "%s/keymanager.db", arguments[1]);
    snprintf(key_file, sizeof key_file, "%s/keymanager.p12", arguments[1]);
    static const char PASSPHRASE[] = "from a safe place";
    km_manager_options options = {
        .size = sizeof options,
        .store_path = store,
        .key_file_path = key_file,
        .passphrase = (const uint8_t *)PASSPHRASE,
        .passphrase_len = strlen(PASSPHRASE),
        .flags = KM_CREATE,
    };
    km_error *error = NULL;
    km_manager *manager = NULL;
    km_buffer *made = NULL, *certificate = NULL, *envelope = NULL, *packet = NULL, *keys = NULL;
    int status = 0;
    if (km_init(KM_ABI_VERSION, &error) != KM_OK || km_manager_open(&options, &manager, &error) != KM_OK
        || km_manager_initialise(manager, &error) != KM_OK
        || km_manager_generate_all(manager, NULL, &made, &error) != KM_OK
        || km_manager_certificate(manager, "REGISTRATION", "10001_110011", &certificate, &error) != KM_OK
        || km_encrypt(km_buffer_data(certificate), km_buffer_len(certificate), NULL, (const uint8_t *)PACKET,
                      sizeof PACKET, &envelope, &error) != KM_OK
        || km_manager_decrypt(manager, "REGISTRATION", "", NULL, km_buffer_data(envelope), km_buffer_len(envelope),
                              &packet, &error) != KM_OK
        || km_manager_keys(manager, NULL, &keys, &error) != KM_OK) {
        status = failed(error);
    } else {
        printf("decrypted: %s\n", (const char *)km_buffer_data(packet));
        printf("keys: %.*s\n", (int)km_buffer_len(keys), (const char *)km_buffer_data(keys));
    }
    km_buffer_free(made);
    km_buffer_free(certificate);
    km_buffer_free(envelope);
    km_buffer_free(packet);
    km_buffer_free(keys);
    km_manager_free(manager);
    return status;
}
