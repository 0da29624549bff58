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

static herr_t note_channel(hid_t group, const char *name, const H5L_info_t *info, void *report_pointer) {
    (void)group, (void)info;
    ch5_report *report = report_pointer;
    if (strncmp(name, prefix, PREFIX) != 0) return 0;
    // A constraint is never passed over in silence, so what looks like a channel has to be one.
    if (!ch5_is_channel_name(name))
        return refuse(report, name, "after \"cost_\" stand 1 to %d of a-z, 0-9, - and _", LONGEST);
    if (report->channels == CH5_CHANNELS)
        return refuse(report, name, "a file has at most %d cost channels", CH5_CHANNELS);
    snprintf(report->channel_names[report->channels++], CH5_CHANNEL_ROOM, "%s", name);
    return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

int ch5_find_channels(int64_t file, ch5_report *report) {
    herr_t result = H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, note_channel, report);
    if (result > 0) return report->fault;
    if (result < 0) {
        report->fault = CH5_DAMAGED;
        ch5_innermost_reason(report->detail, sizeof report->detail);
        return CH5_DAMAGED;
    }
    qsort(report->channel_names, (size_t)report->channels, CH5_CHANNEL_ROOM, by_name);
    return CH5_OK;
}
