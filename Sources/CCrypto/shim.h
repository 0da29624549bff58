#ifndef SAFERL_CCRYPTO_SHIM_H
#define SAFERL_CCRYPTO_SHIM_H
#include <openssl/evp.h>
#endif
