#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ch5_internal.h"

// The channels' names come from the file; one child reads one file.
static ch5_expectation expected[ROLES] = {
    [OBSERVATIONS] = {"observations", 1, 0, 0},
    [NEXT_OBSERVATIONS] = {"next_observations", 1, 0, 1},
    [ACTIONS] = {"actions", 1, 0, 0},
    [REWARDS] = {"rewards", 0, 0, 0},
    [COSTS] = {"costs", 0, 0, 0},
    [TERMINALS] = {"terminals", 0, 1, 0},
    [TIMEOUTS] = {"timeouts", 0, 1, 1},
    [CONSTRAINT] = {"constraint_values", 0, 0, 1},
};

const ch5_expectation *ch5_expected(ch5_role role) { return &expected[role]; }

int ch5_fail(ch5_report *report, int fault, ch5_role role, const char *detail) {
    report->fault = fault;
    ch5_copy_printable(report->column, sizeof report->column, role < ROLES ? expected[role].name : "");
    if (detail) ch5_copy_printable(report->detail, sizeof report->detail, detail);
    return fault;
}

// To be called right after the failed call: the next one, even H5Sclose, forgets the reason.
int ch5_damaged(ch5_report *report, ch5_role role) {
    char reason[256];
    ch5_innermost_reason(reason, sizeof reason);
    return ch5_fail(report, ch5_is_of_a_newer_library(reason) ? CH5_NEWER : CH5_DAMAGED, role, reason);
}

// MARK: Structure

// h5py stores booleans as an enumeration of these two.
static int is_boolean(hid_t type) {
    static const char *const names[] = {"FALSE", "TRUE"};
    if (H5Tget_nmembers(type) != 2) return 0;
    for (unsigned member = 0; member < 2; member++) {
        char *name = H5Tget_member_name(type, member);
        int agrees = name && strcmp(name, names[member]) == 0;
        if (name) H5free_memory(name);
        if (!agrees) return 0;
    }
    return 1;
}

static int check_type(hid_t column, ch5_role role, ch5_found *found, ch5_report *report) {
    hid_t type = H5Dget_type(column);
    if (type < 0) return ch5_damaged(report, role);
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    int is_flags = class == H5T_ENUM && size <= 8 && (expected[role].is_flag || is_boolean(type));
    H5Tclose(type);
    int is_float = class == H5T_FLOAT && size >= 1 && size <= 16;
    int is_integer = class == H5T_INTEGER && size >= 1 && size <= 8;
    int is_bits = class == H5T_BITFIELD && size == 1;  // how PyTables stores booleans
    // What single precision cannot hold exactly is read in double precision, which holds all but integers of 64 bits.
    found->kind = is_bits ? CH5_BITS : is_float && size > 4 ? (size > 8 ? CH5_EXTENDED : CH5_WIDE)
        : is_integer && size > 2 ? (size > 4 ? CH5_LONG : CH5_WIDE) : CH5_PLAIN;
    if (is_float || is_integer || is_flags || is_bits) return CH5_OK;
    const char *name = class == H5T_STRING ? "text" : class == H5T_COMPOUND ? "records"
        : class == H5T_VLEN ? "lists of varying length" : class == H5T_ENUM ? "an enumeration"
        : class == H5T_REFERENCE ? "references" : class == H5T_ARRAY ? "arrays"
        : class == H5T_OPAQUE ? "opaque bytes"
        : class == H5T_FLOAT || class == H5T_INTEGER ? "numbers of more than 128 bits" : "something else";
    return ch5_fail(report, CH5_WRONG_TYPE, role, name);
}

static int check_shape(hid_t column, ch5_role role, ch5_found *found, ch5_report *report) {
    hid_t space = H5Dget_space(column);
    if (space < 0) return ch5_damaged(report, role);
    hsize_t dims[H5S_MAX_RANK] = {0};
    int rank = H5Sget_simple_extent_ndims(space);
    int known = rank >= 0 && rank <= H5S_MAX_RANK && H5Sget_simple_extent_dims(space, dims, NULL) == rank;
    if (!known) return ch5_damaged(report, role);
    H5Sclose(space);
    report->rank = rank;
    for (int axis = 0; axis < rank && axis < 8; axis++)
        report->dims[axis] = dims[axis] > INT64_MAX ? INT64_MAX : (int64_t)dims[axis];
    // One value a row may stand in a column without a second axis.
    int fits = rank == 1 || (rank == 2 && (expected[role].is_matrix ? dims[1] > 0 : dims[1] == 1));
    if (!fits) return ch5_fail(report, CH5_WRONG_SHAPE, role, NULL);
    found->rank = rank;
    found->rows = report->dims[0];
    found->columns = rank == 2 ? report->dims[1] : 1;
    return CH5_OK;
}

static int check_filters(hid_t plist, ch5_role role, ch5_report *report) {
    int filters = H5Pget_nfilters(plist);
    if (filters < 0) return ch5_damaged(report, role);
    for (int index = 0; index < filters; index++) {
        size_t values = 0;
        unsigned flags = 0, configuration = 0;
        H5Z_filter_t id = H5Pget_filter2(plist, (unsigned)index, &flags, &values, NULL, 0, NULL, &configuration);
        if (id < 0) return ch5_damaged(report, role);
        if (H5Zfilter_avail(id) > 0) continue;
        report->number = id;
        return ch5_fail(report, CH5_UNKNOWN_FILTER, role, NULL);
    }
    return CH5_OK;
}

static int check_chunks(
    hid_t plist, ch5_role role, size_t element, const ch5_limits *limits, ch5_found *found, ch5_report *report) {
    hsize_t dims[H5S_MAX_RANK] = {0};
    if (H5Pget_chunk(plist, H5S_MAX_RANK, dims) != found->rank) return ch5_damaged(report, role);
    double bytes = (double)element;
    for (int axis = 0; axis < found->rank; axis++) bytes *= (double)dims[axis];
    if (bytes > (double)limits->maximum_chunk_bytes) {
        char detail[128];
        snprintf(
            detail, sizeof detail, "one stored block has %.0f bytes; at most %lld are read", bytes,
            (long long)limits->maximum_chunk_bytes);
        return ch5_fail(report, CH5_TOO_LARGE, role, detail);
    }
    found->chunk_rows = (int64_t)dims[0];
    found->chunk_bytes = (int64_t)bytes;
    return CH5_OK;
}

// What a column costs is bounded by what the file stores of it. Deflate cannot shrink data by more than 1032 to 1, and
// blocks that were declared and never written are nowhere in the file; up to 1 MiB of those is borne, because flags that
// are never set are often left unwritten. Bytes are counted as stored, since bytes and flags become four times as large
// here.
static int check_packing(hid_t column, ch5_role role, size_t element, ch5_found *found, ch5_report *report) {
    double bytes = (double)element * (double)found->rows * (double)found->columns;
    found->stored_bytes = (int64_t)H5Dget_storage_size(column);
    double held = (double)found->stored_bytes;
    if (found->chunk_rows > 0) {
        hsize_t blocks = 0;
        hid_t space = H5Dget_space(column);
        int counted = space >= 0 && H5Dget_num_chunks(column, space, &blocks) >= 0;
        if (space >= 0) H5Sclose(space);
        if (!counted) return ch5_damaged(report, role);
        double written = (double)blocks * (double)found->chunk_bytes;
        held = written < 1100 * held ? written : 1100 * held;
    }
    if (bytes - held <= 1 << 20) return CH5_OK;
    char detail[128];
    snprintf(
        detail, sizeof detail, "it declares %.0f bytes of data, which the %lld bytes of file that it has cannot hold",
        bytes, (long long)found->stored_bytes);
    return ch5_fail(report, CH5_TOO_LARGE, role, detail);
}

// Data may lie in the file itself only: an external or virtual data set would read whatever file it names.
static int check_storage(
    hid_t column, ch5_role role, const ch5_limits *limits, ch5_found *found, ch5_report *report) {
    hid_t plist = H5Dget_create_plist(column), type = H5Dget_type(column);
    int fault = CH5_OK;
    if (plist < 0 || type < 0) {
        fault = ch5_damaged(report, role);
    } else {
        H5D_layout_t layout = H5Pget_layout(plist);
        if (H5Pget_external_count(plist) != 0 || layout == H5D_VIRTUAL)
            fault = ch5_fail(report, CH5_FOREIGN_STORAGE, role, NULL);
        if (fault == CH5_OK) fault = check_filters(plist, role, report);
        if (fault == CH5_OK && layout == H5D_CHUNKED)
            fault = check_chunks(plist, role, H5Tget_size(type), limits, found, report);
        if (fault == CH5_OK) fault = check_packing(column, role, H5Tget_size(type), found, report);
    }
    if (type >= 0) H5Tclose(type);
    if (plist >= 0) H5Pclose(plist);
    return fault;
}

static const char *in_infos(hid_t group, ch5_role role) {
    static char names[CH5_CHANNELS][CH5_CHANNEL_ROOM + 8];
    char *name = names[role - CHANNEL];
    snprintf(name, sizeof *names, "infos/%s", expected[role].name);
    return ch5_has(group, name) ? name : NULL;
}

// Which data set holds a column; nothing where none does.
static const char *name_in(hid_t group, ch5_role role, const ch5_limits *limits, ch5_report *report) {
    const char *name = expected[role].name;
    if (ch5_has(group, name)) return name;
    if (role >= CHANNEL) return in_infos(group, role);
    const char *other = ch5_synonym(group, role);
    const char *done = role == TERMINALS || role == TIMEOUTS ? ch5_done_name(group) : NULL;
    if (limits->other_layouts && other) return snprintf(report->names[role], CH5_NAME_ROOM, "%s", other), other;
    if (!limits->other_layouts || !done) return NULL;
    // One column of "done" that stands for both ends is not read twice.
    int is_read = report->dones != 0;
    report->dones |= role == TERMINALS ? CH5_DONES_AS_TERMINALS : CH5_DONES_AS_TIMEOUTS;
    if (is_read) return NULL;
    return snprintf(report->names[role], CH5_NAME_ROOM, "%s", done), done;
}

// Time-outs are optional, but not where another column may tell them; costs where channels tell them, or somebody who knows.
static int may_be_absent(hid_t group, ch5_role role, const ch5_limits *limits, const ch5_report *report) {
    if (role == COSTS) return limits->without_costs || (limits->other_layouts && report->channels > 0);
    if (!expected[role].is_optional) return 0;
    return role != TIMEOUTS || limits->other_layouts || (!ch5_synonym(group, role) && !ch5_done_name(group));
}

int ch5_open_column(int64_t group, ch5_role role, const ch5_limits *limits, ch5_found *found, ch5_report *report) {
    if (!expected[role].name) return CH5_OK;
    const char *name = name_in(group, role, limits, report);
    if (!name) return may_be_absent(group, role, limits, report) ? CH5_OK : ch5_missing(group, report, role);
    H5L_info_t link;
    if (H5Lget_info(group, name, &link, H5P_DEFAULT) < 0) return ch5_damaged(report, role);
    if (link.type != H5L_TYPE_HARD && link.type != H5L_TYPE_SOFT)
        return ch5_fail(report, CH5_FOREIGN_STORAGE, role, NULL);
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) return ch5_damaged(report, role);
    if (H5Iget_type(object) != H5I_DATASET) return ch5_fail(report, CH5_WRONG_TYPE, role, "a group");
    found->id = object;
    int fault = check_type(object, role, found, report);
    if (fault == CH5_OK) fault = check_shape(object, role, found, report);
    if (fault == CH5_OK) fault = check_storage(object, role, limits, found, report);
    return fault;
}

int ch5_read_choices(const ch5_found *actions, ch5_report *report) {
    htri_t exists = H5Aexists(actions->id, "choices");
    if (exists < 0) return ch5_damaged(report, ACTIONS);
    if (!exists) return CH5_OK;
    hid_t mark = H5Aopen(actions->id, "choices", H5P_DEFAULT);
    hid_t type = mark < 0 ? -1 : H5Aget_type(mark), space = mark < 0 ? -1 : H5Aget_space(mark);
    int64_t value = 0;
    int is_number = type >= 0 && space >= 0 && H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) <= 8
        && H5Sget_simple_extent_npoints(space) == 1 && H5Aread(mark, H5T_NATIVE_INT64, &value) >= 0;
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (mark >= 0) H5Aclose(mark);
    if (!is_number || value < 1 || value > CH5_CHOICES)
        return ch5_fail(report, CH5_BAD_CHOICES, ACTIONS, "is no whole number from 1 to 65536");
    if (actions->columns != 1)
        return ch5_fail(report, CH5_BAD_CHOICES, ACTIONS, "counts one choice, but a row has several values");
    report->choices = (int32_t)value;
    return CH5_OK;
}

int ch5_check_total(int64_t rows, int64_t width, int64_t action_width, const ch5_limits *limits, ch5_report *report) {
    // In floating point, which cannot overflow; the limits are far below 2^53.
    double numbers = 2.0 * (double)width + (double)action_width + 4 + (double)report->channels;
    double bytes = 4.0 * (double)rows * numbers;
    if (rows <= limits->maximum_rows && width <= 1 << 20 && action_width <= 1 << 20
        && bytes <= (double)limits->maximum_bytes)
        return CH5_OK;
    char detail[160];
    snprintf(
        detail, sizeof detail, "it declares %lld rows of %lld + %lld values, more than the limit of %lld rows, %lld bytes",
        (long long)rows, (long long)width, (long long)action_width, (long long)limits->maximum_rows,
        (long long)limits->maximum_bytes);
    return ch5_fail(report, CH5_TOO_LARGE, OBSERVATIONS, detail);
}

static int check_sizes(ch5_found columns[ROLES], int64_t file_bytes, const ch5_limits *limits, ch5_report *report) {
    int64_t rows = columns[OBSERVATIONS].rows, stored = 0;
    report->rows = rows;
    for (int role = 0; role < ROLES; role++) {
        if (!columns[role].id || columns[role].rows == rows) continue;
        report->dims[0] = columns[role].rows;
        return ch5_fail(report, CH5_UNEQUAL_LENGTHS, (ch5_role)role, NULL);
    }
    if (rows == 0) return ch5_fail(report, CH5_EMPTY, ROLES, NULL);
    int64_t width = columns[OBSERVATIONS].columns;
    if (columns[NEXT_OBSERVATIONS].id && columns[NEXT_OBSERVATIONS].columns != width) {
        report->dims[0] = width;
        report->dims[1] = columns[NEXT_OBSERVATIONS].columns;
        return ch5_fail(report, CH5_UNEQUAL_WIDTHS, NEXT_OBSERVATIONS, NULL);
    }
    if (ch5_check_total(rows, width, columns[ACTIONS].columns, limits, report) != CH5_OK) return report->fault;
    for (int role = 0; role < ROLES; role++) stored += columns[role].stored_bytes;
    if (stored > file_bytes) {
        char detail[128];
        snprintf(
            detail, sizeof detail, "the columns claim %lld bytes of a file of %lld", (long long)stored,
            (long long)file_bytes);
        return ch5_fail(report, CH5_TOO_LARGE, OBSERVATIONS, detail);
    }
    report->observation_size = (int32_t)width;
    report->action_size = (int32_t)columns[ACTIONS].columns;
    report->has_constraint = columns[CONSTRAINT].id != 0;
    report->derived_next = columns[NEXT_OBSERVATIONS].id == 0;
    report->lacks_timeouts = columns[TIMEOUTS].id == 0;
    report->lacks_costs = columns[COSTS].id == 0;
    return CH5_OK;
}

// MARK: Reading

// The state after step i is the state of step i + 1 of the same episode; after the last one nothing is known, and its
// own observation stands in.
static void derive_next(char *start, const ch5_layout *layout) {
    size_t width = (size_t)layout->observation_size * sizeof(float);
    const char *observations = start + layout->observations;
    char *next = start + layout->next_observations;
    const uint8_t *terminals = (const uint8_t *)start + layout->terminals;
    const uint8_t *timeouts = (const uint8_t *)start + layout->timeouts;
    for (int64_t row = 0; row < layout->rows; row++) {
        int is_last = row + 1 == layout->rows || terminals[row] || timeouts[row];
        memcpy(next + (size_t)row * width, observations + (size_t)(row + !is_last) * width, width);
        ch5_rest_after(2 * width);
    }
}

void ch5_sum_channels(char *start, const ch5_layout *layout) {
    float *costs = (float *)(start + layout->costs);
    for (int64_t row = 0; row < layout->rows; row++) {
        double sum = 0;
        for (int32_t channel = 0; channel < layout->channels; channel++)
            sum += ((float *)(start + layout->channel_costs + (size_t)channel * layout->channel_bytes))[row];
        costs[row] = (float)sum;
        ch5_rest_after(sizeof(float) * (size_t)(layout->channels + 1));
    }
}

static int read_all(ch5_found columns[ROLES], const ch5_layout *layout, char *start, ch5_report *report) {
    for (int role = 0; role < ROLES; role++) {
        if (!columns[role].id) continue;
        char *into = start + ch5_place(layout, (ch5_role)role);
        int fault = ch5_read_rows(&columns[role], (ch5_role)role, 0, columns[role].rows, into, report);
        if (fault != CH5_OK) return fault;
    }
    if (report->derived_next) derive_next(start, layout);
    if (report->lacks_costs) ch5_sum_channels(start, layout);
    return CH5_OK;
}

// Returns the file, or a negative number with the fault in `report`.
static hid_t open_file(const char *path, ch5_report *report) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);  // a filter the file asks for must not load code
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, 0, 1);  // reading needs none, and some network drives have none
    ch5_bound_cache(access);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file < 0) {
        char reason[256];
        ch5_innermost_reason(reason, sizeof reason);
        // A file with the signature that does not open is a broken HDF5 file, not another kind of file.
        int is_hdf5 = H5Fis_hdf5(path) > 0, is_newer = ch5_is_of_a_newer_library(reason);
        ch5_fail(report, !is_hdf5 ? CH5_NOT_HDF5 : is_newer ? CH5_NEWER : CH5_DAMAGED, ROLES, reason);
    }
    H5Pclose(access);
    // Whatever the file's contents make libhdf5 want to open from here on, it cannot.
    int next = dup(STDIN_FILENO);
    if (next >= 0) close(next);
    struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = (rlim_t)next};
    if (next >= 0) setrlimit(RLIMIT_NOFILE, &none);
    ch5_confine_further();
    return file;
}

int ch5_expect_channels(int64_t group, const ch5_limits *limits, ch5_report *report) {
    if (ch5_find_channels(group, limits, report) != CH5_OK) return report->fault;
    for (int32_t channel = 0; channel < report->channels; channel++)
        expected[CHANNEL + channel] = (ch5_expectation){.name = report->channel_names[channel]};
    return CH5_OK;
}

// Checks everything but values, and what the largest stored block needs.
static int inspect(
    hid_t file, int64_t file_bytes, const ch5_limits *limits, ch5_found columns[ROLES], ch5_report *report) {
    int64_t largest = 0;
    if (limits->other_layouts && ch5_has_episodes(file)) {
        if (ch5_inspect_episodes(file, limits, &largest, report) != CH5_OK) return report->fault;
    } else {
        if (ch5_expect_channels(file, limits, report) != CH5_OK) return report->fault;
        for (int role = 0; role < ROLES; role++) {
            int fault = ch5_open_column(file, (ch5_role)role, limits, &columns[role], report);
            if (fault != CH5_OK) return fault;
            if (columns[role].chunk_bytes > largest) largest = columns[role].chunk_bytes;
        }
        if (ch5_read_choices(&columns[ACTIONS], report) != CH5_OK) return report->fault;
        if (check_sizes(columns, file_bytes, limits, report) != CH5_OK) return report->fault;
    }
    report->phase = 1;
    report->value = (double)largest;
    return CH5_OK;
}

void ch5_import(
    const char *path, int64_t file_bytes, const ch5_limits *limits, int memory, ch5_report *report,
    void (*inspected)(const ch5_report *)) {
    hid_t file = open_file(path, report);
    if (file < 0) return;
    ch5_register_lzf(limits->maximum_chunk_bytes);
    ch5_found columns[ROLES] = {{0}};
    if (inspect(file, file_bytes, limits, columns, report) != CH5_OK) return;
    inspected(report);
    report->value = 0;
    ch5_layout layout = ch5_layout_of(report);
    // Room that the disk lacks would end this process by a signal where a page is written.
    int is_on_disk = limits->disk_file >= 0;
    int failed = is_on_disk ? fallocate(memory, 0, 0, (off_t)layout.bytes) : ftruncate(memory, (off_t)layout.bytes);
    if (failed && is_on_disk && errno == EOPNOTSUPP) failed = ftruncate(memory, (off_t)layout.bytes);
    if (failed) {
        report->number = errno;
        ch5_fail(report, is_on_disk ? CH5_NO_ROOM : CH5_SYSTEM, ROLES, "ftruncate");
        return;
    }
    char *start = mmap(NULL, layout.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (start == MAP_FAILED) {
        report->number = errno;
        ch5_fail(report, CH5_SYSTEM, ROLES, "mmap");
        return;
    }
    if (is_on_disk) ch5_let_rest(start, layout.bytes);
    int fault = report->known_layout == CH5_EPISODE_GROUPS
        ? ch5_read_episodes(file, limits, &layout, start, report) : read_all(columns, &layout, start, report);
    if (fault == CH5_OK) ch5_report_narrowing(report);
}
