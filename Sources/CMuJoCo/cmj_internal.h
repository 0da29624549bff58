#ifndef SAFERL_CMJ_INTERNAL_H
#define SAFERL_CMJ_INTERNAL_H
#include "include/CMuJoCo.h"
#include <setjmp.h>

// The first fields of MuJoCo 2.2.2's mjModel and mjData, as far as they are used. Both go on behind these.

typedef struct {
    int32_t nq, nv, nu, na, nbody;
} cmj_model_head;

// Places of further fields of 2.2.2's mjModel, whose types stand behind them.
enum {
    CMJ_MODEL_NGEOM = 24,           // int
    CMJ_MODEL_GRAVITY = 280,        // opt.gravity, double[3]
    CMJ_MODEL_BODY_MASS = 1240,     // double *, nbody
    CMJ_MODEL_BODY_INERTIA = 1256,  // double *, 3 nbody
    CMJ_MODEL_GEOM_FRICTION = 1624, // double *, 3 ngeom
};

enum { WARNINGS = 8, TIMERS = 13, SOLVER_STEPS = 1000, BAD_POSITION = 4, BAD_ACCELERATION = 6, BODY = 1 };

typedef struct {
    int32_t nstack, nbuffer, pstack, maxuse_stack, maxuse_con, maxuse_efc;
    struct { int32_t lastinfo, number; } warning[WARNINGS];
    struct { double duration; int32_t number; } timer[TIMERS];
    struct { double improvement, gradient, lineslope; int32_t nactive, nchange, neval, nupdate; } solver[SOLVER_STEPS];
    int32_t solver_iter, solver_nnz;
    double solver_fwdinv[2];
    int32_t ne, nf, nefc, ncon;
    double time, energy[2];
    void *buffer;
    double *stack;
    double *qpos, *qvel, *act, *qacc_warmstart;
    double *ctrl, *qfrc_applied, *xfrc_applied, *mocap_pos, *mocap_quat;
    double *qacc, *act_dot, *userdata, *sensordata;
    double *xpos, *xquat, *xmat;
} cmj_data_head;

struct cmj_library {
    char *name, *path;
    int (*version)(void);
    void *(*load)(const char *file, const void *files, char *error, int capacity);
    void (*delete_model)(void *model);
    void *(*make)(const void *model);
    void *(*copy)(void *into, const void *model, const void *from);
    void (*delete_data)(void *data);
    void (*reset)(const void *model, void *data);
    void (*forward)(const void *model, void *data);
    void (*step)(const void *model, void *data);
    int (*number)(const void *model, int kind, const char *name);
    void (**user_error)(const char *);
    void (**user_warning)(const char *);
    cmj_library *next;
};

struct cmj_model {
    const cmj_library *library;
    char *path;
    void *model;
    double timestep;
    cmj_model *next;
};

struct cmj_simulation {
    const cmj_model *model;
    cmj_data_head *data;
    int32_t is_measured;
    uint64_t nanoseconds;
    cmj_fault fault;
};

/// Where an error of the engine on this thread returns to, and what it said.
typedef struct {
    jmp_buf place;
    char text[CMJ_TEXT];
} cmj_recovery;

extern _Thread_local cmj_recovery *cmj_on_error;

void cmj_fail(cmj_fault *fault, int32_t kind, int32_t number, const char *detail);
#endif
