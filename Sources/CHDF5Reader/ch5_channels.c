#define _GNU_SOURCE
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ch5_internal.h"

static const char prefix[] = "cost_";
enum { PREFIX = sizeof prefix - 1, LONGEST = CH5_CHANNEL_ROOM - sizeof prefix };

int ch5_is_channel_name(const char *name) {
    if (strncmp(name, prefix, PREFIX) != 0) return 0;
    size_t length = strspn(name + PREFIX, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return length >= 1 && length <= LONGEST && name[PREFIX + length] == 0;
}

static int refuse(ch5_report *report, const char *name, const char *format, int limit) {
    report->fault = CH5_BAD_CHANNEL;
    ch5_copy_printable(report->column, sizeof report->column, name);
    snprintf(report->detail, sizeof report->detail, format, limit);
    return CH5_BAD_CHANNEL;
}

typedef struct {
    ch5_report *report;
    int passes_over;  // 1: what cannot be a channel is no fault
} channel_search;

static herr_t note_channel(hid_t group, const char *name, const H5L_info_t *info, void *search_pointer) {
    (void)group, (void)info;
    channel_search *search = search_pointer;
    ch5_report *report = search->report;
    if (strncmp(name, prefix, PREFIX) != 0) return 0;
    if (search->passes_over && !ch5_is_channel_name(name)) return 0;
    // A constraint is never passed over in silence, so what looks like a channel has to be one.
    if (!ch5_is_channel_name(name))
        return refuse(report, name, "after \"cost_\" stand 1 to %d of a-z, 0-9, - and _", LONGEST);
    if (report->channels == CH5_CHANNELS)
        return refuse(report, name, "a file has at most %d cost channels", CH5_CHANNELS);
    snprintf(report->channel_names[report->channels++], CH5_CHANNEL_ROOM, "%s", name);
    return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static int find_in(int64_t group, int passes_over, ch5_report *report) {
    channel_search search = {.report = report, .passes_over = passes_over};
    herr_t result = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, note_channel, &search);
    if (result > 0) return report->fault;
    if (result < 0) {
        report->fault = CH5_DAMAGED;
        ch5_innermost_reason(report->detail, sizeof report->detail);
        return CH5_DAMAGED;
    }
    qsort(report->channel_names, (size_t)report->channels, CH5_CHANNEL_ROOM, by_name);
    return CH5_OK;
}

int ch5_find_channels(int64_t group, const ch5_limits *limits, ch5_report *report) {
    int fault = find_in(group, 0, report);
    if (fault != CH5_OK || report->channels > 0 || !ch5_has(group, "infos")) return fault;
    // D4RL and Minari keep there whatever a step tells beside its reward.
    H5L_info_t link;
    if (H5Lget_info(group, "infos", &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) return CH5_OK;
    hid_t infos = H5Oopen(group, "infos", H5P_DEFAULT);
    if (infos < 0) return CH5_OK;
    if (H5Iget_type(infos) == H5I_GROUP) fault = find_in(infos, !limits->other_layouts, report);
    H5Oclose(infos);
    return fault;
}
