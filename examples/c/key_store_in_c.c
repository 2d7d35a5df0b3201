/* Records are kept by the program itself, in a store that it wrote (host_store.c); master keys in a key file.
 *
 *   cc key_store_in_c.c host_store.c $(pkg-config --cflags --libs keymanager) -pthread -o key_store_in_c
 *   mkdir keys && ./key_store_in_c keys
 */
#include <keymanager.h>
#include <stdio.h>
#include <string.h>

#include "host_store.h"

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
    char key_file[4096];
    snprintf(key_file, sizeof key_file, "%s/keymanager.p12", arguments[1]);
    host_store *store = host_store_new();
    km_store_callbacks table = host_store_table(store);
    static const char PASSPHRASE[] = "from a safe place";
    km_manager_options options = {
        .size = sizeof options,
        .store = &table,
        .key_file_path = key_file,
        .passphrase = (const uint8_t *)PASSPHRASE,
        .passphrase_len = strlen(PASSPHRASE),
        .flags = KM_CREATE,
    };
    km_key_request root = {.size = sizeof root, .app = "ROOT"}, module = {.size = sizeof module, .app = "REGISTRATION"};
    km_error *error = NULL;
    km_manager *manager = NULL;
    km_buffer *made = NULL, *also = NULL, *chain = NULL;
    int status = 0;
    if (km_init(KM_ABI_VERSION, &error) != KM_OK || km_manager_open(&options, &manager, &error) != KM_OK
        || km_manager_initialise(manager, &error) != KM_OK
        || km_manager_generate(manager, &root, &made, &error) != KM_OK
        || km_manager_generate(manager, &module, &also, &error) != KM_OK
        || km_manager_chain(manager, "REGISTRATION", "10001_110011", &chain, &error) != KM_OK) {
        status = failed(error);
    } else {
        printf("%.*s", (int)km_buffer_len(chain), (const char *)km_buffer_data(chain));
    }
    km_buffer_free(made);
    km_buffer_free(also);
    km_buffer_free(chain);
    km_manager_free(manager);
    host_store_free(store);
    return status;
}
