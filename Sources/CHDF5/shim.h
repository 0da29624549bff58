#ifndef SAFERL_CHDF5_SHIM_H
#define SAFERL_CHDF5_SHIM_H
#include <hdf5.h>
#endif
