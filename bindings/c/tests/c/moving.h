/* A watched manager, and long work that moves keys. */
#ifndef MOVING_H
#define MOVING_H

#include "keymanager.h"

/* The host decides and keeps events; archives, copies and wrapping again, over new files in `folder`. Ends the program
 * when a check fails. */
void moving(const char *folder);

#endif
