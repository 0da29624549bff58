#ifndef SAFERL_CH5_INTERNAL_H
#define SAFERL_CH5_INTERNAL_H
#include "ch5_reader.h"

// libhdf5 is used by one thread at a time. The lock is held across fork, so a child never starts in the middle of
// somebody else's call.
void ch5_lock(void);
void ch5_unlock(void);

// The child's whole life; ends in _exit. Descriptors: the memory file and the writing end of the pipe.
_Noreturn void ch5_child(const char *path, int64_t file_bytes, const ch5_limits *limits, int memory, int pipe);

// The child's part that knows libhdf5: fills `report` and the memory file, calls `inspected` between the two.
void ch5_import(
    const char *path, int64_t file_bytes, const ch5_limits *limits, int memory, ch5_report *report,
    void (*inspected)(const ch5_report *));

// Finds the data sets named "cost_…" in the root group of a libhdf5 file, in ascending order, into the report. Returns
// CH5_OK or the fault with which the report was filled.
int ch5_find_channels(int64_t file, ch5_report *report);
// Whether a name is "cost_" and 1 … 24 of a-z, 0-9, '-' and '_'.
int ch5_is_channel_name(const char *name);
// The layout of what a report describes.
ch5_layout ch5_layout_of(const ch5_report *report);

// Copies printable ASCII; everything else becomes '?'.
void ch5_copy_printable(char *into, size_t room, const char *from);
// The innermost reason on libhdf5's error stack.
void ch5_innermost_reason(char *into, size_t room);
#endif
