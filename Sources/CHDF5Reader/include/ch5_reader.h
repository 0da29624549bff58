#ifndef SAFERL_CH5_READER_H
#define SAFERL_CH5_READER_H
#include <stddef.h>
#include <stdint.h>

// Columns of transitions, read from foreign HDF5 files by a child process, and a small HDF5 writer.
//
// libhdf5 can be crashed or hung by a crafted file, so the process that calls `ch5_read` never parses one: a forked
// child does, under limits, straight into shared memory that the caller then maps for reading.

/// Most cost channels of a file, and room for the name of one's data set, such as "cost_overdose", its end included.
enum { CH5_CHANNELS = 16, CH5_CHANNEL_ROOM = 30 };

/// Most choices of an action: each is a whole number that a float holds, and an output of a network.
enum { CH5_CHOICES = 1 << 16 };
/// Columns that a file may have beside its channels, in the order of the report's `names`: observations, next
/// observations, actions, rewards, costs, terminals, time-outs, constraint values; and room for one of those names.
enum { CH5_ROLES = 8, CH5_NAME_ROOM = 24 };
/// Most columns that a report says are narrowed.
enum { CH5_NARROWED = 8 };
/// The registered id of the compression LZF.
enum { CH5_LZF = 32000 };

/// Where each column lies in an image: byte offsets from its start, multiples of 64.
typedef struct {
    int64_t rows;
    int32_t observation_size, action_size;
    int32_t has_constraint;
    int32_t derived_next;  ///< 1 if the file had no next observations and the reader made them
    int32_t channels;      ///< cost channels beside `costs`, at most CH5_CHANNELS
    int32_t choices;       ///< each action is one of 0 … choices − 1; 0 where actions are real numbers
    size_t observations, next_observations, actions, rewards, costs, constraint;  ///< float32, row-major
    size_t terminals, timeouts;                                                   ///< uint8, 0 or 1
    size_t channel_costs, channel_bytes;  ///< float32; the first channel, and how far apart two are
    size_t bytes;
} ch5_layout;

/// One mapping that holds all columns.
typedef struct {
    void *start;
    ch5_layout layout;
} ch5_image;

/// What a reader may use.
typedef struct {
    int64_t maximum_rows;
    int64_t maximum_bytes;           ///< of all columns together
    int64_t maximum_chunk_bytes;     ///< of one stored block, which libhdf5 must hold whole
    int64_t working_bytes;           ///< address space beyond columns and blocks
    double inspection_seconds;       ///< of the processor, to open the file and check its structure
    double bytes_per_second;         ///< slowest acceptable rate of reading after that
    int32_t other_layouts;           ///< 1: read what `ch5_known_layout` lists, not the standard names alone
    int32_t without_costs;           ///< 1: a file without costs has none in any step
    int32_t disk_file;               ///< a file without a name that the columns are put into; -1: they lie in memory
    int32_t injected_fault;          ///< tests only: one of `ch5_injected`
} ch5_limits;

/// Faults that tests provoke inside the child.
enum ch5_injected {
    CH5_NO_FAULT, CH5_INJECT_CRASH, CH5_INJECT_HANG, CH5_INJECT_SPIN, CH5_INJECT_ALLOCATION, CH5_INJECT_ESCAPE,
    CH5_INJECT_NO_FILTER
};

/// Why reading failed.
enum ch5_fault {
    CH5_OK,
    CH5_MISSING_FILE,
    CH5_UNREADABLE,        ///< `number` = errno
    CH5_NOT_REGULAR,
    CH5_NOT_HDF5,
    CH5_MISSING_COLUMN,    ///< `column`; `detail` lists what is present
    CH5_WRONG_TYPE,        ///< `column`; `detail` says what was found
    CH5_WRONG_SHAPE,       ///< `column`, `rank`, `dims`
    CH5_UNEQUAL_LENGTHS,   ///< `column`, `dims[0]` against `rows`
    CH5_UNEQUAL_WIDTHS,    ///< next observations: `dims[1]` against the observation size
    CH5_EMPTY,
    CH5_TOO_LARGE,         ///< `column`; `detail` says which limit
    CH5_UNKNOWN_FILTER,    ///< `column`, `number` = filter id
    CH5_FOREIGN_STORAGE,   ///< `column` lies in another file
    CH5_BAD_FLAG,          ///< `column`, `row`, `value`
    CH5_BAD_CHANNEL,       ///< `column`; `detail` says what is wrong with the name, or that there are too many
    CH5_BAD_CHOICES,       ///< `detail` says what is wrong with the mark of the actions
    CH5_BEYOND_SINGLE,     ///< `column`, `row`, `number` = component or -1; `detail` = the value
    CH5_BAD_EPISODE,       ///< `column` of a group that holds one episode, or none; `detail`
    CH5_NEWER,             ///< `column`, `detail` = libhdf5's reason: a version that it does not know
    CH5_DAMAGED,           ///< `column`, `detail` = libhdf5's reason
    CH5_CRASHED,           ///< `number` = signal, or 0
    CH5_TIMED_OUT,         ///< the limit of processor time
    CH5_WAITED,            ///< the limit by the clock
    CH5_NO_ROOM,           ///< `number` = errno: the disk has no room for the columns
    CH5_SYSTEM             ///< `number` = errno, `detail` = the call
};

/// Layouts other than the standard one that are recognised.
enum ch5_known_layout { CH5_STANDARD, CH5_OTHER_NAMES, CH5_EPISODE_GROUPS };
/// Which column a column "done" stands for; both bits where both are missing.
enum ch5_dones { CH5_DONES_AS_TERMINALS = 1, CH5_DONES_AS_TIMEOUTS = 2 };

/// A component in which single precision loses differences between rows.
typedef struct {
    char column[32];
    int32_t component;              ///< -1 where the column has one value a row
    double first, spacing, spread;  ///< first value, distance of neighbouring numbers, standard deviation
} ch5_narrowed;

/// What the child says through its pipe; smaller than a pipe's atomic write.
typedef struct {
    int32_t phase;  ///< 1 structure checked, 2 all read, 3 failed
    int32_t fault;
    int64_t rows;
    int32_t observation_size, action_size, has_constraint, derived_next, channels, choices;
    int32_t rank, number;
    int64_t dims[8];
    int64_t row;
    double value;
    char column[32];
    char detail[512];
    int32_t lacks_timeouts;  ///< 1 where no column tells time-outs: they are all 0
    int32_t lacks_costs;     ///< 1 where no column tells costs: they are the sums of the channels, 0 without channels
    int64_t episodes;        ///< groups of an episode; 0 in files of another layout
    int32_t cut_episodes;    ///< groups of an episode that ended without saying how, and count as cut
    int32_t known_layout;    ///< one of `ch5_known_layout`; also where a column is missing
    int32_t dones;           ///< of `ch5_dones`
    int32_t narrowed_count;  ///< at most CH5_NARROWED of them are told
    ch5_narrowed narrowed[CH5_NARROWED];
    char names[CH5_ROLES][CH5_NAME_ROOM];  ///< the name found for each column that has another one
    char channel_names[CH5_CHANNELS][CH5_CHANNEL_ROOM];  ///< of the data sets, strictly ascending
} ch5_report;

/// The layout of columns of the given sizes, all at least 1, and of 0 … CH5_CHANNELS cost channels.
ch5_layout ch5_make_layout(
    int64_t rows, int32_t observation_size, int32_t action_size, int32_t has_constraint, int32_t channels);
/// Fresh zeros of the given layout, writable. Returns 0 or errno.
int ch5_allocate(ch5_layout layout, ch5_image *image);
/// Maps a file that holds the columns as `layout` says; what is changed there later is changed in the file. Returns 0 or errno; the file may be closed then.
int ch5_map(int file, ch5_layout layout, ch5_image *image);
/// Lets the pages of a mapped file leave memory; they come back where they are read again.
void ch5_rest(const ch5_image *image);
/// Lets the values of an image that was read be changed; the file that it was read from stays as it is. Returns 0 or errno.
int ch5_make_writable(ch5_image *image);
/// Gives an image back.
void ch5_release(ch5_image *image);
/// Reads a file in a child process. Returns one of `ch5_fault`; `report` says more. The image is read-only
/// until `ch5_make_writable`.
int ch5_read(const char *path, const ch5_limits *limits, ch5_image *image, ch5_report *report);

/// Element types that the writer stores.
enum ch5_type { CH5_FLOAT32, CH5_FLOAT64, CH5_UINT8, CH5_INT8, CH5_BOOLEAN, CH5_INT64, CH5_TEXT };

/// One data set to write. `chunk[0] == 0` stores it contiguously, `deflate` 0 without compression.
typedef struct {
    const char *name;
    int32_t type;
    int32_t rank;
    int64_t dims[8], chunk[8];
    int32_t deflate;
} ch5_column;

/// Room for the writer's reasons.
enum { CH5_REASON = 256 };

/// Creates a file; returns its handle, or -1 with a reason.
int64_t ch5_create(const char *path, char reason[CH5_REASON]);
/// Writes one data set (NULL data declares it only), in groups that its name puts before a slash. Returns 0, or -1 with a
/// reason.
int ch5_put(int64_t file, const ch5_column *column, const void *data, char reason[CH5_REASON]);
/// Writes some rows of a data set that was declared. Returns 0, or -1 with a reason.
int ch5_put_rows(
    int64_t file, const ch5_column *column, int64_t first, int64_t rows, const void *data, char reason[CH5_REASON]);
/// Marks a data set or a group, "/" for the file, with a whole number. Returns 0, or -1 with a reason.
int ch5_mark(int64_t file, const char *column, const char *name, int64_t value, char reason[CH5_REASON]);
/// Closes the file. Returns 0, or -1 with a reason.
int ch5_close(int64_t file, char reason[CH5_REASON]);
/// Makes `temporary` durable under the name `path`. Returns 0 or errno.
int ch5_commit(const char *temporary, const char *path);
/// Whether the kernel lets the reading child filter its own system calls.
int ch5_can_confine(void);
/// The version of the linked libhdf5, such as "1.10.8".
void ch5_version(char text[CH5_REASON]);
#endif
