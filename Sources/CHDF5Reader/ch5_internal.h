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

// After the columns that every file may have, one role for each cost channel that a file has.
typedef enum {
    OBSERVATIONS, NEXT_OBSERVATIONS, ACTIONS, REWARDS, COSTS, TERMINALS, TIMEOUTS, CONSTRAINT, CHANNEL,
    ROLES = CHANNEL + CH5_CHANNELS
} ch5_role;

_Static_assert((int)CHANNEL == (int)CH5_ROLES, "a report has room for a name of each column");

typedef struct {
    const char *name;
    int is_matrix, is_flag, is_optional;
} ch5_expectation;

// How a column is read: as single precision, as double precision, both (integers of 64 bits), as long double, or as
// bits of one byte.
typedef enum { CH5_PLAIN, CH5_WIDE, CH5_LONG, CH5_EXTENDED, CH5_BITS } ch5_kind;

typedef struct {
    int64_t id;  // 0: absent
    int64_t rows, columns;
    int rank;
    ch5_kind kind;
    int64_t chunk_rows;    // 0: contiguous
    int64_t chunk_bytes;   // unpacked
    int64_t stored_bytes;  // as they lie in the file
    int64_t base;          // what faults add to a row: the rows of earlier episodes
} ch5_found;

// What a column is called and must look like.
const ch5_expectation *ch5_expected(ch5_role role);
// Opens the column of a role in a group of libhdf5 and checks it. Returns CH5_OK, also where an optional one is absent.
int ch5_open_column(int64_t group, ch5_role role, const ch5_limits *limits, ch5_found *found, ch5_report *report);
// Checks numbers of rows and values against the limits.
int ch5_check_total(int64_t rows, int64_t width, int64_t action_width, const ch5_limits *limits, ch5_report *report);
// Fills the report with a fault of a column; ROLES: of no column. Returns the fault.
int ch5_fail(ch5_report *report, int fault, ch5_role role, const char *detail);
// As `ch5_fail`, with the reason of the call of libhdf5 that has just failed.
int ch5_damaged(ch5_report *report, ch5_role role);

// Reads rows `first …` of a column to `into`: flags as bytes, all else as single precision.
int ch5_read_rows(
    const ch5_found *column, ch5_role role, int64_t first, int64_t rows, void *into, ch5_report *report);
// Where the column of a role begins in an image.
size_t ch5_place(const ch5_layout *layout, ch5_role role);

// Takes note of double-precision values, `[rows, columns]`, and of what single precision makes of them.
void ch5_note_narrowing(ch5_role role, int64_t columns, int64_t rows, const double *exact, const float *narrow);
// Writes to the report where single precision loses differences between rows.
void ch5_report_narrowing(ch5_report *report);

// Other names of columns that are in use; nothing where the group has none of them.
const char *ch5_synonym(int64_t group, ch5_role role);
// The data set that says that an episode ends and not why; nothing where the group has none.
const char *ch5_done_name(int64_t group);
// Whether there is a link of that name in a group; a name may be "group/name".
int ch5_has(int64_t group, const char *name);
// Says in the report which known layout the file has, if it has one.
void ch5_recognise(int64_t file, ch5_report *report);
// Fills the report with what is present instead of a column.
int ch5_missing(int64_t file, ch5_report *report, ch5_role role);

// Whether a file has one group for each episode.
int ch5_has_episodes(int64_t file);
// Sums up the rows of all episodes, and checks the columns of the first. `largest` is that of a stored block.
int ch5_inspect_episodes(int64_t file, const ch5_limits *limits, int64_t *largest, ch5_report *report);
// Reads all episodes, one after the other, into the image.
int ch5_read_episodes(
    int64_t file, const ch5_limits *limits, const ch5_layout *layout, char *start, ch5_report *report);

// Columns that lie on disk leave memory from time to time. `ch5_let_rest` says where they are mapped; `ch5_rest_after` that
// so many more bytes of them were touched, in order.
enum { CH5_MOST_TOUCHED = 4 << 20 };
void ch5_let_rest(void *start, size_t bytes);
void ch5_rest_after(size_t bytes);

// Makes h5py's second built-in compression readable; no block may unpack to more than `largest` bytes.
void ch5_register_lzf(int64_t largest);

// Gives up every right that reading a file does not need: no new privileges and, where the kernel filters system calls,
// those of reading alone. `ch5_confine_further` is for after the file was opened: nothing more is opened, no limit raised.
void ch5_confine(int memory, int pipe);
void ch5_confine_further(void);

// Bounds what libhdf5 remembers of a file's structure; `access` is a list of properties of opening it.
void ch5_bound_cache(int64_t access);
// Most bytes of columns that a file of this size can become.
int64_t ch5_most_bytes(int64_t file_bytes, const ch5_limits *limits);

// Finds the data sets named "cost_…" in a group of libhdf5, else in its group "infos", in ascending order, into the report.
// Returns CH5_OK or the fault with which the report was filled.
int ch5_find_channels(int64_t group, const ch5_limits *limits, ch5_report *report);
// Finds the channels, and makes roles of them.
int ch5_expect_channels(int64_t group, const ch5_limits *limits, ch5_report *report);
// The attribute "choices" of the actions, where each is one of so many choices and not real numbers, into the report.
int ch5_read_choices(const ch5_found *actions, ch5_report *report);
// Fills the costs of an image with the sums of its channels.
void ch5_sum_channels(char *start, const ch5_layout *layout);
// Whether a name is "cost_" and 1 … 24 of a-z, 0-9, '-' and '_'.
int ch5_is_channel_name(const char *name);
// The layout of what a report describes.
ch5_layout ch5_layout_of(const ch5_report *report);

// Copies printable ASCII; everything else becomes '?'.
void ch5_copy_printable(char *into, size_t room, const char *from);
// The innermost reason on libhdf5's error stack.
void ch5_innermost_reason(char *into, size_t room);
// Whether libhdf5's reason is a version that it does not know.
int ch5_is_of_a_newer_library(const char *reason);
#endif
