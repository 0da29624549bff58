#define _GNU_SOURCE
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "ch5_internal.h"

// One group for each episode, as Minari stores them: "episode_0", "episode_1", … with one observation more than actions.

// What a step tells may have one row more, of what the reset told before the first step.
static int follows_a_reset(ch5_role role) { return role == COSTS || role == CONSTRAINT || role >= CHANNEL; }

static int64_t stated_episodes(hid_t file) {
    int64_t count = -1;
    if (H5Aexists(file, "total_episodes") <= 0) return count;
    hid_t attribute = H5Aopen(file, "total_episodes", H5P_DEFAULT);
    if (attribute < 0) return count;
    hid_t space = H5Aget_space(attribute);
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, H5T_NATIVE_INT64, &count) < 0)
        count = -1;
    if (space >= 0) H5Sclose(space);
    H5Aclose(attribute);
    return count;
}

// The group of an episode, 0 after the last, or a negative number with the fault in the report.
static hid_t open_episode(hid_t file, int64_t episode, ch5_report *report) {
    char name[48];
    snprintf(name, sizeof name, "episode_%lld", (long long)episode);
    if (!ch5_has(file, name)) return 0;
    H5L_info_t link;
    hid_t group = -1;
    if (H5Lget_info(file, name, &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD)
        group = H5Gopen2(file, name, H5P_DEFAULT);
    if (group < 0) ch5_damaged(report, ROLES);
    return group;
}

static void close_columns(ch5_found columns[ROLES]) {
    for (int role = 0; role < ROLES; role++)
        if (columns[role].id) H5Oclose(columns[role].id);
}

static int unequal(ch5_report *report, int64_t episode, ch5_role role, int64_t rows, int64_t expected) {
    char detail[128];
    snprintf(
        detail, sizeof detail, "episode_%lld has %lld rows of it, and %lld are expected: one for each action%s",
        (long long)episode, (long long)rows, (long long)expected, role == OBSERVATIONS ? ", and the last" : "");
    return ch5_fail(report, CH5_BAD_EPISODE, role, detail);
}

// Opens what an episode has. The number of its steps is that of its actions.
static int open_columns(
    hid_t group, int64_t episode, const ch5_limits *limits, ch5_found columns[ROLES], ch5_report *report) {
    for (int role = 0; role < ROLES; role++) {
        if (role == NEXT_OBSERVATIONS) continue;  // one observation more than actions tells them
        int fault = ch5_open_column(group, (ch5_role)role, limits, &columns[role], report);
        int is_missing = fault == CH5_OK && !columns[role].id && role == TIMEOUTS;
        if (is_missing) fault = ch5_missing(group, report, (ch5_role)role);
        if (fault != CH5_OK) return fault;
    }
    int64_t steps = columns[ACTIONS].rows;
    for (int role = 0; role < ROLES; role++) {
        if (!columns[role].id) continue;
        int64_t rows = columns[role].rows, expected = steps + (role == OBSERVATIONS);
        int is_allowed = rows == expected || (follows_a_reset((ch5_role)role) && rows == steps + 1);
        if (!is_allowed) return unequal(report, episode, (ch5_role)role, rows, expected);
    }
    return CH5_OK;
}

static int64_t steps_of(hid_t group, const ch5_limits *limits, ch5_report *report) {
    ch5_found actions = {0};
    if (ch5_open_column(group, ACTIONS, limits, &actions, report) != CH5_OK) return -1;
    H5Oclose(actions.id);
    return actions.rows;
}

static int inspect_first(
    hid_t group, const ch5_limits *limits, int64_t *largest, ch5_report *report) {
    ch5_found columns[ROLES] = {{0}};
    if (ch5_expect_channels(group, limits, report) != CH5_OK) return report->fault;
    int fault = open_columns(group, 0, limits, columns, report);
    if (fault == CH5_OK) fault = ch5_read_choices(&columns[ACTIONS], report);
    if (fault == CH5_OK) {
        report->has_constraint = columns[CONSTRAINT].id != 0;
        report->lacks_costs = columns[COSTS].id == 0;
        report->observation_size = (int32_t)columns[OBSERVATIONS].columns;
        report->action_size = (int32_t)columns[ACTIONS].columns;
        *largest = 16 << 20;  // blocks of other episodes may be larger than those of the first
        for (int role = 0; role < ROLES; role++)
            if (columns[role].chunk_bytes > *largest) *largest = columns[role].chunk_bytes;
        fault = ch5_check_total(
            1, columns[OBSERVATIONS].columns, columns[ACTIONS].columns, limits, report);
    }
    close_columns(columns);
    return fault;
}

int ch5_inspect_episodes(int64_t file, const ch5_limits *limits, int64_t *largest, ch5_report *report) {
    report->known_layout = CH5_EPISODE_GROUPS;
    int64_t episode = 0, rows = 0;
    for (;; episode++) {
        hid_t group = open_episode(file, episode, report);
        if (group < 0) return report->fault;
        if (group == 0) break;
        int64_t steps = steps_of(group, limits, report);
        int fault = steps < 0 ? report->fault : CH5_OK;
        if (fault == CH5_OK && episode == 0) fault = inspect_first(group, limits, largest, report);
        H5Gclose(group);
        if (fault != CH5_OK) return fault;
        rows += steps;
        fault = ch5_check_total(rows, report->observation_size, report->action_size, limits, report);
        if (fault != CH5_OK) return fault;
    }
    int64_t stated = stated_episodes(file);
    if (stated >= 0 && stated != episode) {
        char detail[128];
        snprintf(
            detail, sizeof detail, "the file states %lld episodes, and episode_%lld is not there", (long long)stated,
            (long long)episode);
        return ch5_fail(report, CH5_BAD_EPISODE, ROLES, detail);
    }
    if (rows == 0) return ch5_fail(report, CH5_EMPTY, ROLES, NULL);
    report->rows = rows;
    report->episodes = episode;
    return CH5_OK;
}

static int read_episode(
    ch5_found columns[ROLES], const ch5_layout *layout, int64_t first, char *start, ch5_report *report) {
    int64_t steps = columns[ACTIONS].rows;
    for (int index = 0; index < ROLES; index++) {
        ch5_role role = (ch5_role)index;
        ch5_found *column = &columns[role];
        if (!column->id) continue;
        int64_t skipped = follows_a_reset(role) ? column->rows - steps : 0;
        size_t bytes = ch5_expected(role)->is_flag ? 1 : sizeof(float) * (size_t)column->columns;
        column->base = first - skipped;
        char *into = start + ch5_place(layout, role) + (size_t)first * bytes;
        int fault = ch5_read_rows(column, role, skipped, steps, into, report);
        if (fault != CH5_OK) return fault;
        if (role != OBSERVATIONS) continue;
        into = start + ch5_place(layout, NEXT_OBSERVATIONS) + (size_t)first * bytes;
        fault = ch5_read_rows(column, NEXT_OBSERVATIONS, 1, steps, into, report);
        if (fault != CH5_OK) return fault;
    }
    return CH5_OK;
}

// Whether an episode has the columns and sizes of the first; a constraint is never passed over in silence.
static int check_alike(
    hid_t group, ch5_found columns[ROLES], const ch5_limits *limits, const ch5_layout *layout, int64_t left,
    ch5_report *report) {
    if (columns[OBSERVATIONS].columns != layout->observation_size || columns[ACTIONS].columns != layout->action_size
        || columns[ACTIONS].rows > left)
        return ch5_fail(report, CH5_BAD_EPISODE, ROLES, "episodes have observations or actions of several sizes");
    static const char some[] = "some episodes have it and others have not";
    if ((columns[CONSTRAINT].id != 0) != (layout->has_constraint != 0))
        return ch5_fail(report, CH5_BAD_EPISODE, CONSTRAINT, some);
    if ((columns[COSTS].id == 0) != (report->lacks_costs != 0)) return ch5_fail(report, CH5_BAD_EPISODE, COSTS, some);
    static ch5_report own;
    own = (ch5_report){0};
    if (ch5_find_channels(group, limits, &own) != CH5_OK || own.channels != report->channels)
        return ch5_fail(report, CH5_BAD_EPISODE, ROLES, "episodes have several sets of cost channels");
    return CH5_OK;
}

// An episode that ends without saying how was cut, as in tables; the last one may still go on.
static void end_before(int64_t first, const ch5_layout *layout, char *start, ch5_report *report) {
    if (first == 0) return;
    uint8_t *terminals = (uint8_t *)start + layout->terminals, *timeouts = (uint8_t *)start + layout->timeouts;
    if (terminals[first - 1] || timeouts[first - 1]) return;
    timeouts[first - 1] = 1;
    report->cut_episodes++;
}

int ch5_read_episodes(
    int64_t file, const ch5_limits *limits, const ch5_layout *layout, char *start, ch5_report *report) {
    int64_t first = 0;
    for (int64_t episode = 0; first < layout->rows; episode++) {
        hid_t group = open_episode(file, episode, report);
        if (group <= 0) return group < 0 ? report->fault : ch5_fail(report, CH5_DAMAGED, ROLES, "an episode is gone");
        end_before(first, layout, start, report);
        ch5_found columns[ROLES] = {{0}};
        int fault = open_columns(group, episode, limits, columns, report);
        if (fault == CH5_OK) fault = check_alike(group, columns, limits, layout, layout->rows - first, report);
        if (fault == CH5_OK) fault = read_episode(columns, layout, first, start, report);
        first += columns[ACTIONS].rows;
        close_columns(columns);
        H5Gclose(group);
        if (fault != CH5_OK) return fault;
    }
    if (report->lacks_costs) ch5_sum_channels(start, layout);
    return CH5_OK;
}
