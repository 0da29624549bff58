#include "saferl_guard.h"
// The functions are Swift's, in the target SaferlGuard.
