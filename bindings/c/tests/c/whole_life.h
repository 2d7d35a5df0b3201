/* The verbs of keys, certificates and policies. */
#ifndef WHOLE_LIFE_H
#define WHOLE_LIFE_H

#include "keymanager.h"

/* Every verb once over a manager that has its Root, Module and signing keys. Ends the program when a check fails. */
void whole_life(const km_manager *manager);

/* Progress is told, cancels, and is released once. */
void interrupted(const km_manager *manager);

#endif
