// A robot's own loop around a trained policy and its rules: the point robot of saferl, simulated here in a few lines.
//
//     saferl train configs/fisor.json --run Checkpoints/robot
//     guarded-loop Checkpoints/robot point-robot.rules
//     guarded-loop Checkpoints/robot point-robot.rules clear-certificate.json
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "saferl_guard.h"

enum { STEPS = 300, OBSERVATION = 11, ACTION = 2 };

struct robot {
    double x, y, speed, heading;
};

static const double hazards[2][2] = {{0.4, -1.2}, {-0.4, 1.2}};

// Position, speed, direction; then each hazard's distance and direction as the robot sees it.
static void observe(const struct robot *robot, float *seen) {
    const double c = cos(robot->heading), s = sin(robot->heading);
    seen[0] = (float)robot->x;
    seen[1] = (float)robot->y;
    seen[2] = (float)robot->speed;
    seen[3] = (float)c;
    seen[4] = (float)s;
    for (int i = 0; i < 2; i++) {
        const double dx = hazards[i][0] - robot->x, dy = hazards[i][1] - robot->y, distance = hypot(dx, dy);
        const double ahead = distance > 0 ? dx / distance : c, left = distance > 0 ? dy / distance : s;
        seen[5 + 3 * i] = (float)distance;
        seen[6 + 3 * i] = (float)(ahead * c + left * s);
        seen[7 + 3 * i] = (float)(left * c - ahead * s);
    }
}

static void move(struct robot *robot, const float *action) {
    robot->x += 0.05 * robot->speed * cos(robot->heading);
    robot->y += 0.05 * robot->speed * sin(robot->heading);
    robot->speed += 0.05 * action[0];
    robot->heading += 0.05 * action[1];
}

static int is_in_hazard(const struct robot *robot) {
    for (int i = 0; i < 2; i++) {
        if (hypot(hazards[i][0] - robot->x, hazards[i][1] - robot->y) < 0.8) return 1;
    }
    return 0;
}

// One episode: straight at a hazard, with room to brake.
static int drive(saferl_guard *guard, int is_certified) {
    struct robot robot = {-2.4, -1.2, 1.0, 0.0};
    int interventions = 0, violations = 0, uncovered = 0, steps = 0;
    for (; steps < STEPS; steps++) {
        float seen[OBSERVATION], action[ACTION];
        observe(&robot, seen);
        const int outcome = saferl_guard_step(guard, seen, action);
        if (outcome < 0 || outcome == SAFERL_GUARD_STOPPED) {
            printf("stopped in step %d: %s\n", steps, saferl_guard_reason(guard));
            break;
        }
        interventions += outcome != SAFERL_GUARD_ALLOWED;
        uncovered += !saferl_guard_is_covered(guard);
        move(&robot, action);
        violations += is_in_hazard(&robot);
        saferl_guard_settle(guard, steps + 1 == STEPS, 0, (float)is_in_hazard(&robot));
    }
    printf("%d steps, %d interventions, %d steps in a hazard", steps, interventions, violations);
    if (is_certified) printf(", %d that the certificate does not cover", uncovered);
    printf("\n");
    return violations;
}

int main(int count, char **words) {
    if (count != 3 && count != 4) {
        fprintf(stderr, "guarded-loop: two arguments are needed. Call: guarded-loop RUN RULES [CERTIFICATE]\n");
        return 64;
    }
    const char *certificate = count > 3 ? words[3] : NULL;
    char error[512];
    saferl_guard *guard = saferl_guard_open_certified(words[1], words[2], "point-robot", "brake", NULL, certificate,
                                                      0, error, sizeof error);
    if (!guard) {
        fprintf(stderr, "guarded-loop: %s\n", error);
        return 65;
    }
    if (saferl_guard_observation_size(guard) != OBSERVATION || saferl_guard_action_size(guard) != ACTION) {
        fprintf(stderr, "guarded-loop: the policy is not one of the point robot. Name another run.\n");
        saferl_guard_close(guard);
        return 65;
    }
    int violations = drive(guard, certificate != NULL);
    // The second episode knows nothing of the first.
    saferl_guard_begin(guard, 0);
    violations += drive(guard, certificate != NULL);
    saferl_guard_close(guard);
    return violations > 0 ? 3 : 0;
}
