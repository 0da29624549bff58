#ifndef SAFERL_CKERNELS_H
#define SAFERL_CKERNELS_H
// Umbrella of the vectorised loops. One header a subject; conventions are stated in ck_elementwise.h.
#include "ck_random.h"
#endif
