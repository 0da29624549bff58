#ifndef SAFERL_CZLIB_SHIM_H
#define SAFERL_CZLIB_SHIM_H
#include <zlib.h>
#endif
