#include "build_info.h"

const char *saferl_commit(void) { return SAFERL_COMMIT; }
