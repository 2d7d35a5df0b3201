/* A record store in memory, as a host writes it in C. */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include "keymanager.h"

typedef struct host_store host_store;

host_store *host_store_new(void);
void host_store_free(host_store *store);
/* The table of callbacks; its context is the store. */
km_store_callbacks host_store_table(host_store *store);
/* From now on `find` answers this number, and a text; 0 for no failure. */
void host_store_fail_with(host_store *store, uint32_t number);
/* How often `release` was called. */
int host_store_released(const host_store *store);

#endif
