// A trained policy and its shield in a loop of one's own, in C or in what can call C.
//
// A handle is one episode at a time, used by one thread at a time. Nothing here ends the process: what cannot be judged is refused.
#ifndef SAFERL_GUARD_H
#define SAFERL_GUARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct saferl_guard saferl_guard;

// What came of a step. Above SAFERL_GUARD_FALLBACK, and below 0, `action` holds no action that rules allow.
enum {
    SAFERL_GUARD_FAILED = -1,    // saferl_guard_reason says why; every number of `action` is NaN
    SAFERL_GUARD_ALLOWED = 0,    // what the policy proposed, bit for bit
    SAFERL_GUARD_MASKED = 1,     // an allowed choice by the policy's probabilities
    SAFERL_GUARD_RESAMPLED = 2,  // a further draw of the policy
    SAFERL_GUARD_PROJECTED = 3,  // the nearest allowed action
    SAFERL_GUARD_IDLE = 4,       // what the environment calls doing nothing
    SAFERL_GUARD_FALLBACK = 5,   // what the fallback does
    SAFERL_GUARD_STOPPED = 6     // nothing is allowed: do nothing, and begin anew; every number of `action` is NaN
};

// Opens a run's newest checkpoint behind a file of rules.
//
// run          a run directory, or the folder of one of its checkpoints
// rules        a file of rules, or the name of a shipped one
// environment  whose named controllers may be the fallback; NULL for none
// fallback     such a controller, or a run; NULL for none
// seed         of the policy's draws
// error        gets one sentence where NULL is returned, cut to `size` bytes with its final zero; may be NULL
saferl_guard *saferl_guard_open(const char *run, const char *rules, const char *environment,
                                const char *fallback, uint64_t seed, char *error, size_t size);

// The same with more to say.
//
// reactions    what is tried in place of what rules refuse, as --react of saferl evaluate has it; NULL for the standard ones
// certificate  of `saferl verify --rules`: that the fallback, a controller of `environment`, keeps an invariant; NULL for none. What is not
//              loaded by saferl evaluate --certificate is not loaded here
saferl_guard *saferl_guard_open_certified(const char *run, const char *rules, const char *environment,
                                          const char *fallback, const char *reactions,
                                          const char *certificate, uint64_t seed, char *error,
                                          size_t size);

// Numbers of an observation and of an action.
size_t saferl_guard_observation_size(const saferl_guard *guard);
size_t saferl_guard_action_size(const saferl_guard *guard);

// Begins another episode: nothing is remembered.
void saferl_guard_begin(saferl_guard *guard, uint64_t seed);

// Decides what is done in an observation, and writes it into `action`, in the policy's range of -1 to 1 or the number of a choice.
int saferl_guard_step(saferl_guard *guard, const float *observation, float *action);

// The action of the last step was done. `is_end`: whether the episode ended with it. `reward` and `cost`: of the step; policies with a
// budget for the whole episode need them, others take 0.
void saferl_guard_settle(saferl_guard *guard, int is_end, float reward, float cost);

// Lets the fallback act until saferl_guard_release: for a person to look first.
void saferl_guard_hold(saferl_guard *guard);
void saferl_guard_release(saferl_guard *guard);

// The names of the rules that refused the last proposal, and of watched ones that it made false, joined by commas, or why it could not
// be judged; empty where nothing was refused. Valid until the next call with this handle.
const char *saferl_guard_reason(const saferl_guard *guard);

// Whether the certificate covers every state that the last step's observation shows, so that the fallback is proved to be allowed in the
// next one; 1 without a certificate.
int saferl_guard_is_covered(const saferl_guard *guard);

// Lets go of it. NULL is nothing.
void saferl_guard_close(saferl_guard *guard);

#ifdef __cplusplus
}
#endif
#endif
