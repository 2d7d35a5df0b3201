/* A client encrypts a packet with nothing but the certificate of its centre.
 *
 *   cc encrypt_with_certificate.c $(pkg-config --cflags --libs keymanager) -o encrypt_with_certificate
 *   ./encrypt_with_certificate certificate.pem packet.zip packet.envelope
 */
#include <keymanager.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    long end = ftell(file);
    if (end < 0 || fseek(file, 0, SEEK_SET) != 0) return NULL;
    *len = (size_t)end;
    uint8_t *bytes = malloc(*len + 1);
    if (bytes != NULL && fread(bytes, 1, *len, file) != *len) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

/* Says what went wrong and what to do next; the exit status is that of the command line. */
static int failed(km_error *error) {
    fprintf(stderr, "%s: %s\n%s\n", km_error_name(error), km_error_message(error), km_error_next(error));
    int status = (int)km_error_exit(error);
    km_error_free(error);
    return status;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: %s CERTIFICATE IN OUT\n", arguments[0]);
        return 2;
    }
    km_error *error = NULL;
    if (km_init(KM_ABI_VERSION, &error) != KM_OK) return failed(error);

    size_t certificate_len = 0, packet_len = 0;
    uint8_t *certificate = read_file(arguments[1], &certificate_len);
    uint8_t *packet = read_file(arguments[2], &packet_len);
    if (certificate == NULL || packet == NULL) {
        perror("cannot read");
        return 1;
    }
    km_envelope_options options = {.size = sizeof options, .layout = "packet"};
    km_buffer *envelope = NULL;
    uint32_t status = km_encrypt(certificate, certificate_len, &options, packet, packet_len, &envelope, &error);
    free(certificate);
    free(packet);
    if (status != KM_OK) return failed(error);

    FILE *out = fopen(arguments[3], "wb");
    size_t len = km_buffer_len(envelope);
    int written = out != NULL && fwrite(km_buffer_data(envelope), 1, len, out) == len && fclose(out) == 0;
    km_buffer_free(envelope);
    if (!written) {
        perror("cannot write");
        return 1;
    }
    return 0;
}
