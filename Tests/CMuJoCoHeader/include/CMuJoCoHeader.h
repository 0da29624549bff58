#ifndef SAFERL_CMUJOCO_HEADER_H
#define SAFERL_CMUJOCO_HEADER_H
#include <stdint.h>

/// Where the installed headers of MuJoCo 2.2.2 have a field such as `mjData.qpos`: its offset in bytes; -1 where the
/// field is unknown, -2 where no headers of that version are installed.
int64_t cmj_header_offset(const char *name);
#endif
