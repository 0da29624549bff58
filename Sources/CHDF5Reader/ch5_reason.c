#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "ch5_internal.h"

void ch5_copy_printable(char *into, size_t room, const char *from) {
    size_t length = 0;
    for (; from[length] && length + 1 < room; length++)
        into[length] = from[length] >= 32 && from[length] < 127 ? from[length] : '?';
    into[length] = 0;
}

typedef struct {
    char *into;
    size_t room;
} reason;

static herr_t take_first(unsigned depth, const H5E_error2_t *error, void *pointer) {
    (void)depth;
    reason *wanted = pointer;
    ch5_copy_printable(wanted->into, wanted->room, error->desc ? error->desc : "no reason given");
    return 1;
}

void ch5_innermost_reason(char *into, size_t room) {
    reason wanted = {into, room};
    ch5_copy_printable(into, room, "no reason given");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &wanted);
}

// "bad superblock version number", "bad version number for datatype message", "unknown version of …", "message type
// unknown": libhdf5 says so of what a later release added to the format.
int ch5_is_of_a_newer_library(const char *reason) {
    static const char *const signs[] = {"version", "message class", "unknown message", "unrecognized message"};
    for (size_t index = 0; index < sizeof signs / sizeof *signs; index++)
        if (strstr(reason, signs[index])) return 1;
    return 0;
}
