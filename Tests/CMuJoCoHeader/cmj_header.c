#include "include/CMuJoCoHeader.h"
#include <stddef.h>
#include <string.h>

#if __has_include(<mujoco/mujoco.h>)
#include <mujoco/mujoco.h>
#endif

int64_t cmj_header_offset(const char *name) {
#if defined(mjVERSION_HEADER) && mjVERSION_HEADER == 222
#define MODEL(field) if (strcmp(name, "mjModel." #field) == 0) return offsetof(mjModel, field)
#define DATA(field) if (strcmp(name, "mjData." #field) == 0) return offsetof(mjData, field)
    MODEL(nq);
    MODEL(nv);
    MODEL(nu);
    MODEL(na);
    MODEL(nbody);
    MODEL(ngeom);
    MODEL(opt.gravity);
    MODEL(body_mass);
    MODEL(body_inertia);
    MODEL(geom_friction);
    DATA(nbuffer);
    DATA(warning);
    DATA(time);
    DATA(buffer);
    DATA(qpos);
    DATA(qvel);
    DATA(qacc_warmstart);
    DATA(ctrl);
    DATA(xpos);
    DATA(xmat);
    return -1;
#else
    (void)name;
    return -2;
#endif
}
