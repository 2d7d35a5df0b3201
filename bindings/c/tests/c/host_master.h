/* A master backend whose keys are OpenSSL's, as a host writes it in C. */
#ifndef HOST_MASTER_H
#define HOST_MASTER_H

#include "keymanager.h"

typedef struct host_master host_master;

host_master *host_master_new(void);
void host_master_free(host_master *master);
/* The table of callbacks; its context is the backend. */
km_master_callbacks host_master_table(host_master *master);
/* From now on every call answers this number, and a text; 0 for no failure. */
void host_master_fail_with(host_master *master, uint32_t number);
/* How often `release` was called. */
int host_master_released(const host_master *master);
/* How often a key signed, and how often one decrypted. */
int host_master_signed(const host_master *master);
int host_master_decrypted(const host_master *master);

#endif
