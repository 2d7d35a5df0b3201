/* Envelopes in pieces, from file to file, and into the caller's buffer. */
#ifndef STREAMS_H
#define STREAMS_H

#include "keymanager.h"

/* Every form once, in the folder `folder`, for a key of `manager`. Ends the program when a check fails. */
void streams(const km_manager *manager, const char *folder);

#endif
