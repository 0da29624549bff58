#ifndef SAFERL_CMUJOCO_H
#define SAFERL_CMUJOCO_H
#include <stddef.h>
#include <stdint.h>

// MuJoCo 2.2.2, opened at run time: neither the library nor its headers are needed to build this.
//
// What is used of the library are ten functions, two error handlers and the first fields of two structures, declared in
// cmj_internal.h. Their places hold for 2.2.2 alone, so any other version is refused.

enum { CMJ_TEXT = 512, CMJ_VERSION = 222 };

#pragma clang assume_nonnull begin

/// Why something failed.
enum cmj_fault_kind {
    CMJ_OK,
    CMJ_NO_LIBRARY,     ///< `detail` = the loader's reason
    CMJ_OTHER_VERSION,  ///< `number` = what the library reports, `detail` = its path
    CMJ_NO_FUNCTION,    ///< `detail` = the first function that is missing
    CMJ_OTHER_LAYOUT,   ///< the library's structures are not those of 2.2.2
    CMJ_BAD_MODEL,      ///< `detail` = MuJoCo's reason
    CMJ_NO_MEMORY,
    CMJ_ENGINE,         ///< MuJoCo gave up; `detail` = its reason
    CMJ_UNSTABLE,       ///< a state that is not finite or beyond 1e10, which MuJoCo had put back to its start
};

typedef struct {
    int32_t kind, number;
    char detail[CMJ_TEXT];
} cmj_fault;

/// An opened library; it stays open until the process ends.
typedef struct cmj_library cmj_library;
/// A compiled model; it never changes, may be used by many threads, and stays until the process ends.
typedef struct cmj_model cmj_model;
/// The state of one simulated world, used by one thread at a time.
typedef struct cmj_simulation cmj_simulation;

typedef struct {
    int32_t positions, velocities, controls, bodies;
    double timestep; ///< seconds of one mj_step
} cmj_sizes;

/// Opens a library, or returns the one opened before from the same path. `path` NULL: the system's library.
/// NULL on failure.
const cmj_library *_Nullable cmj_library_open(const char *_Nullable path, cmj_fault *fault);
/// The file that the library was loaded from.
const char *cmj_library_path(const cmj_library *library);

/// 1 if this machine can run MuJoCo's own builds: x86-64 with AVX.
int32_t cmj_can_run_official_build(void);

/// Compiles a model file, or returns the one compiled before from the same path. NULL on failure.
const cmj_model *_Nullable cmj_model_open(const cmj_library *library, const char *path, cmj_fault *fault);
cmj_sizes cmj_model_sizes(const cmj_model *model);
/// The number of a named body, or -1.
int32_t cmj_model_body(const cmj_model *model, const char *name);

/// The model with all masses and inertias, the friction of all surfaces and gravity times factors, or the one that was changed
/// before; itself where all are 1. Masses above 0, the others at least 0, all finite. NULL on failure.
const cmj_model *_Nullable cmj_model_changed(const cmj_model *model, double mass, double friction, double gravity,
                                             cmj_fault *fault);

/// A world in the model's default state. NULL on failure.
cmj_simulation *_Nullable cmj_simulation_make(const cmj_model *model, cmj_fault *fault);
/// A world in the same state, which goes on exactly as the original would. NULL on failure.
cmj_simulation *_Nullable cmj_simulation_copy(const cmj_simulation *original, cmj_fault *fault);
void cmj_simulation_free(cmj_simulation *_Nullable simulation);

/// Puts the world into a state at time 0 and computes what follows from it: `positions` and `velocities` long.
/// Returns a fault's kind.
int32_t cmj_simulation_start(cmj_simulation *simulation, const double *positions, const double *velocities);
/// Takes `substeps` steps of the engine with the present controls. Returns a fault's kind; the world must then be
/// started again.
int32_t cmj_simulation_advance(cmj_simulation *simulation, int32_t substeps);
/// Starts several worlds, at most `workers` at once (0: as many as the thread pool has threads). Row i of `states` holds
/// the positions and then the velocities of world i. Each keeps its own fault. The worlds must differ from one another.
void cmj_simulation_start_all(cmj_simulation *_Nonnull const *_Nonnull simulations, int32_t count, const double *states,
                              int32_t workers);
/// Advances several worlds likewise.
void cmj_simulation_advance_all(cmj_simulation *_Nonnull const *_Nonnull simulations, int32_t count, int32_t substeps,
                                int32_t workers);

/// The fault of the last start or advance.
const cmj_fault *cmj_simulation_fault(const cmj_simulation *simulation);
const double *cmj_simulation_positions(const cmj_simulation *simulation);
const double *cmj_simulation_velocities(const cmj_simulation *simulation);
/// Coordinates of a body's frame, three values.
const double *cmj_simulation_body(const cmj_simulation *simulation, int32_t body);
/// Height above the ground of a point in a body's frame, of three coordinates.
double cmj_simulation_height(const cmj_simulation *simulation, int32_t body, const double *point);
double *cmj_simulation_controls(cmj_simulation *simulation);

/// Whether the time inside the engine's own step is measured, which costs two readings of the clock for each advance.
void cmj_simulation_measure(cmj_simulation *simulation, int32_t is_measured);
/// Seconds spent inside the engine's own step while that was measured.
double cmj_simulation_engine_seconds(const cmj_simulation *simulation);

/// A field of the library's structures that is read or written here.
typedef struct {
    const char *_Nullable name;
    size_t offset;
} cmj_field;

/// The fields, in a fixed order, for a test that compares them with the library's own headers; the last name is NULL.
const cmj_field *cmj_fields(void);

#pragma clang assume_nonnull end
#endif
