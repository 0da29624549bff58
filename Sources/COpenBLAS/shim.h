#ifndef SAFERL_COPENBLAS_SHIM_H
#define SAFERL_COPENBLAS_SHIM_H
#include <cblas.h>
#include <lapacke.h>
#endif
