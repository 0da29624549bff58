#define _GNU_SOURCE
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "ch5_internal.h"

// Names in use elsewhere: FISOR's own point robot, d3rlpy, Gymnasium and Minari, and what people write by hand.
static const char *const synonyms[CH5_ROLES][6] = {
    [OBSERVATIONS] = {"observation", "obs", "state", "states"},
    [NEXT_OBSERVATIONS] = {"next_observation", "next_obs", "next_state", "next_states"},
    [ACTIONS] = {"action", "acts"},
    [REWARDS] = {"reward", "rews"},
    [COSTS] = {"cost", "infos/cost", "infos/costs"},
    [TERMINALS] = {"terminal", "terminations", "terminated", "termination"},
    [TIMEOUTS] = {"timeout", "truncations", "truncated", "truncation"},
    [CONSTRAINT] = {"h", "infos/constraint_values"},
};
static const char *const done_names[] = {"dones", "done"};

int ch5_has(int64_t group, const char *name) {
    const char *slash = strchr(name, '/');
    if (!slash) return H5Lexists(group, name, H5P_DEFAULT) > 0;
    char parent[32];
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - name), name);
    H5L_info_t link;
    int is_here = H5Lexists(group, parent, H5P_DEFAULT) > 0 && H5Lget_info(group, parent, &link, H5P_DEFAULT) >= 0
        && link.type == H5L_TYPE_HARD;
    return is_here && H5Lexists(group, name, H5P_DEFAULT) > 0;
}

const char *ch5_synonym(int64_t group, ch5_role role) {
    if (role >= CHANNEL) return NULL;
    for (int index = 0; index < 6 && synonyms[role][index]; index++)
        if (ch5_has(group, synonyms[role][index])) return synonyms[role][index];
    return NULL;
}

const char *ch5_done_name(int64_t group) {
    for (size_t index = 0; index < sizeof done_names / sizeof *done_names; index++)
        if (ch5_has(group, done_names[index])) return done_names[index];
    return NULL;
}

int ch5_has_episodes(int64_t file) { return !ch5_has(file, "observations") && ch5_has(file, "episode_0"); }

void ch5_recognise(int64_t file, ch5_report *report) {
    if (ch5_has_episodes(file)) {
        report->known_layout = CH5_EPISODE_GROUPS;
        return;
    }
    int is_complete = 1;
    const char *done = ch5_done_name(file);
    for (int role = 0; role < CHANNEL; role++) {
        const ch5_expectation *expected = ch5_expected((ch5_role)role);
        if (ch5_has(file, expected->name)) continue;
        const char *name = ch5_synonym(file, (ch5_role)role);
        int is_done = !name && done && (role == TERMINALS || role == TIMEOUTS);
        if (is_done) report->dones |= role == TERMINALS ? CH5_DONES_AS_TERMINALS : CH5_DONES_AS_TIMEOUTS;
        if (is_done) name = done;
        if (name) snprintf(report->names[role], CH5_NAME_ROOM, "%s", name);
        if (!name && !expected->is_optional) is_complete = 0;
    }
    if (is_complete) report->known_layout = CH5_OTHER_NAMES;
}

typedef struct {
    char *end;
    size_t room;
    int names;
} name_list;

static herr_t note_name(hid_t group, const char *name, const H5L_info_t *info, void *list_pointer) {
    (void)group, (void)info;
    name_list *list = list_pointer;
    char clean[64];
    ch5_copy_printable(clean, sizeof clean, name);
    int written = snprintf(list->end, list->room, "%s%s", list->names ? ", " : "", clean);
    if (written < 0 || (size_t)written >= list->room || list->names == 16) return 1;
    list->end += written;
    list->room -= (size_t)written;
    list->names++;
    return 0;
}

int ch5_missing(int64_t file, ch5_report *report, ch5_role role) {
    char names[400] = "";
    name_list list = {.end = names, .room = sizeof names};
    H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, note_name, &list);
    ch5_recognise(file, report);
    return ch5_fail(report, CH5_MISSING_COLUMN, role, names);
}
