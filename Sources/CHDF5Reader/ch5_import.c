#define _GNU_SOURCE
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ch5_internal.h"

// After the columns that every file may have, one role for each cost channel that this one has.
enum role {
    OBSERVATIONS, NEXT_OBSERVATIONS, ACTIONS, REWARDS, COSTS, TERMINALS, TIMEOUTS, CONSTRAINT, CHANNEL,
    ROLES = CHANNEL + CH5_CHANNELS
};

typedef struct {
    const char *name;
    int is_matrix, is_flag, is_optional;
} expectation;

// The channels' names come from the file; one child reads one file.
static expectation expected[ROLES] = {
    [OBSERVATIONS] = {"observations", 1, 0, 0},
    [NEXT_OBSERVATIONS] = {"next_observations", 1, 0, 1},
    [ACTIONS] = {"actions", 1, 0, 0},
    [REWARDS] = {"rewards", 0, 0, 0},
    [COSTS] = {"costs", 0, 0, 0},
    [TERMINALS] = {"terminals", 0, 1, 0},
    [TIMEOUTS] = {"timeouts", 0, 1, 0},
    [CONSTRAINT] = {"constraint_values", 0, 0, 1},
};

typedef struct {
    hid_t id;  // 0: absent
    int64_t rows, columns;
    int rank;
    int64_t chunk_rows;   // 0: contiguous
    int64_t chunk_bytes;  // unpacked
} found_column;

static int fail(ch5_report *report, int fault, enum role role, const char *detail) {
    report->fault = fault;
    ch5_copy_printable(report->column, sizeof report->column, role < ROLES ? expected[role].name : "");
    if (detail) ch5_copy_printable(report->detail, sizeof report->detail, detail);
    return fault;
}

// To be called right after the failed call: the next one, even H5Sclose, forgets the reason.
static int damaged(ch5_report *report, enum role role) {
    char reason[256];
    ch5_innermost_reason(reason, sizeof reason);
    return fail(report, CH5_DAMAGED, role, reason);
}

// MARK: Structure

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

static int missing(hid_t file, ch5_report *report, enum role role) {
    char names[400] = "";
    name_list list = {.end = names, .room = sizeof names};
    H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, note_name, &list);
    return fail(report, CH5_MISSING_COLUMN, role, names);
}

static int check_type(hid_t column, enum role role, ch5_report *report) {
    hid_t type = H5Dget_type(column);
    if (type < 0) return damaged(report, role);
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    H5Tclose(type);
    int is_number = (class == H5T_FLOAT || class == H5T_INTEGER) && size >= 1 && size <= 8;
    if (is_number || (expected[role].is_flag && class == H5T_ENUM && size <= 8)) return CH5_OK;
    const char *name = class == H5T_STRING ? "text" : class == H5T_COMPOUND ? "records"
        : class == H5T_VLEN ? "lists of varying length" : class == H5T_ENUM ? "an enumeration"
        : class == H5T_REFERENCE ? "references" : class == H5T_ARRAY ? "arrays" : "something else";
    return fail(report, CH5_WRONG_TYPE, role, name);
}

static int check_shape(hid_t column, enum role role, found_column *found, ch5_report *report) {
    hid_t space = H5Dget_space(column);
    if (space < 0) return damaged(report, role);
    hsize_t dims[H5S_MAX_RANK] = {0};
    int rank = H5Sget_simple_extent_ndims(space);
    int known = rank >= 0 && rank <= H5S_MAX_RANK && H5Sget_simple_extent_dims(space, dims, NULL) == rank;
    if (!known) return damaged(report, role);
    H5Sclose(space);
    report->rank = rank;
    for (int axis = 0; axis < rank && axis < 8; axis++)
        report->dims[axis] = dims[axis] > INT64_MAX ? INT64_MAX : (int64_t)dims[axis];
    int fits = expected[role].is_matrix ? rank == 2 && dims[1] > 0 : rank == 1 || (rank == 2 && dims[1] == 1);
    if (!fits) return fail(report, CH5_WRONG_SHAPE, role, NULL);
    found->rank = rank;
    found->rows = report->dims[0];
    found->columns = rank == 2 ? report->dims[1] : 1;
    return CH5_OK;
}

static int check_filters(hid_t plist, enum role role, ch5_report *report) {
    int filters = H5Pget_nfilters(plist);
    if (filters < 0) return damaged(report, role);
    for (int index = 0; index < filters; index++) {
        size_t values = 0;
        unsigned flags = 0, configuration = 0;
        H5Z_filter_t id = H5Pget_filter2(plist, (unsigned)index, &flags, &values, NULL, 0, NULL, &configuration);
        if (id < 0) return damaged(report, role);
        if (H5Zfilter_avail(id) > 0) continue;
        report->number = id;
        return fail(report, CH5_UNKNOWN_FILTER, role, NULL);
    }
    return CH5_OK;
}

static int check_chunks(
    hid_t plist, enum role role, size_t element, const ch5_limits *limits, found_column *found, ch5_report *report) {
    hsize_t dims[H5S_MAX_RANK] = {0};
    if (H5Pget_chunk(plist, H5S_MAX_RANK, dims) != found->rank) return damaged(report, role);
    double bytes = (double)element;
    for (int axis = 0; axis < found->rank; axis++) bytes *= (double)dims[axis];
    if (bytes > (double)limits->maximum_chunk_bytes) {
        char detail[128];
        snprintf(
            detail, sizeof detail, "one stored block has %.0f bytes; at most %lld are read", bytes,
            (long long)limits->maximum_chunk_bytes);
        return fail(report, CH5_TOO_LARGE, role, detail);
    }
    found->chunk_rows = (int64_t)dims[0];
    found->chunk_bytes = (int64_t)bytes;
    return CH5_OK;
}

// Data may lie in the file itself only: an external or virtual data set would read whatever file it names.
static int check_storage(
    hid_t column, enum role role, const ch5_limits *limits, found_column *found, ch5_report *report) {
    hid_t plist = H5Dget_create_plist(column), type = H5Dget_type(column);
    int fault = CH5_OK;
    if (plist < 0 || type < 0) {
        fault = damaged(report, role);
    } else {
        H5D_layout_t layout = H5Pget_layout(plist);
        if (H5Pget_external_count(plist) != 0 || layout == H5D_VIRTUAL)
            fault = fail(report, CH5_FOREIGN_STORAGE, role, NULL);
        if (fault == CH5_OK) fault = check_filters(plist, role, report);
        if (fault == CH5_OK && layout == H5D_CHUNKED)
            fault = check_chunks(plist, role, H5Tget_size(type), limits, found, report);
    }
    if (type >= 0) H5Tclose(type);
    if (plist >= 0) H5Pclose(plist);
    return fault;
}

static int open_column(
    hid_t file, enum role role, const ch5_limits *limits, found_column *found, ch5_report *report) {
    const char *name = expected[role].name;
    if (!name) return CH5_OK;
    if (H5Lexists(file, name, H5P_DEFAULT) <= 0)
        return expected[role].is_optional ? CH5_OK : missing(file, report, role);
    H5L_info_t link;
    if (H5Lget_info(file, name, &link, H5P_DEFAULT) < 0) return damaged(report, role);
    if (link.type != H5L_TYPE_HARD && link.type != H5L_TYPE_SOFT)
        return fail(report, CH5_FOREIGN_STORAGE, role, NULL);
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    if (object < 0) return damaged(report, role);
    if (H5Iget_type(object) != H5I_DATASET) return fail(report, CH5_WRONG_TYPE, role, "a group");
    found->id = object;
    int fault = check_type(object, role, report);
    if (fault == CH5_OK) fault = check_shape(object, role, found, report);
    if (fault == CH5_OK) fault = check_storage(object, role, limits, found, report);
    return fault;
}

// The attribute "choices" of the actions, where each is one of so many choices and not real numbers.
static int read_choices(const found_column *actions, ch5_report *report) {
    htri_t exists = H5Aexists(actions->id, "choices");
    if (exists < 0) return damaged(report, ACTIONS);
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
        return fail(report, CH5_BAD_CHOICES, ACTIONS, "is no whole number from 1 to 65536");
    if (actions->columns != 1)
        return fail(report, CH5_BAD_CHOICES, ACTIONS, "counts one choice, but a row has several values");
    report->choices = (int32_t)value;
    return CH5_OK;
}

static int check_sizes(found_column columns[ROLES], int64_t file_bytes, const ch5_limits *limits, ch5_report *report) {
    int64_t rows = columns[OBSERVATIONS].rows;
    report->rows = rows;
    for (int role = 0; role < ROLES; role++) {
        if (!columns[role].id || columns[role].rows == rows) continue;
        report->dims[0] = columns[role].rows;
        return fail(report, CH5_UNEQUAL_LENGTHS, (enum role)role, NULL);
    }
    if (rows == 0) return fail(report, CH5_EMPTY, ROLES, NULL);
    int64_t width = columns[OBSERVATIONS].columns;
    if (columns[NEXT_OBSERVATIONS].id && columns[NEXT_OBSERVATIONS].columns != width) {
        report->dims[0] = width;
        report->dims[1] = columns[NEXT_OBSERVATIONS].columns;
        return fail(report, CH5_UNEQUAL_WIDTHS, NEXT_OBSERVATIONS, NULL);
    }
    // In floating point, which cannot overflow; the limits are far below 2^53.
    double numbers = 2.0 * (double)width + (double)columns[ACTIONS].columns + 4 + (double)report->channels;
    double bytes = 4.0 * (double)rows * numbers;
    char detail[160];
    if (rows > limits->maximum_rows || width > 1 << 20 || columns[ACTIONS].columns > 1 << 20
        || bytes > (double)limits->maximum_bytes) {
        snprintf(
            detail, sizeof detail, "it declares %lld rows of %lld + %lld values, more than the limit of %lld rows, %lld bytes",
            (long long)rows, (long long)width, (long long)columns[ACTIONS].columns, (long long)limits->maximum_rows,
            (long long)limits->maximum_bytes);
        return fail(report, CH5_TOO_LARGE, OBSERVATIONS, detail);
    }
    // Deflate cannot shrink data by more than 1032 to 1: a file that claims more was not written from data.
    if (bytes > 1100.0 * (double)file_bytes) {
        snprintf(
            detail, sizeof detail, "it declares %.0f bytes of data, which %lld bytes of file cannot hold", bytes,
            (long long)file_bytes);
        return fail(report, CH5_TOO_LARGE, OBSERVATIONS, detail);
    }
    report->observation_size = (int32_t)width;
    report->action_size = (int32_t)columns[ACTIONS].columns;
    report->has_constraint = columns[CONSTRAINT].id != 0;
    report->derived_next = columns[NEXT_OBSERVATIONS].id == 0;
    return CH5_OK;
}

// MARK: Reading

// Rows at a time: whole blocks, so that each is unpacked once, and not so many that libhdf5's list of them grows large.
static int64_t slab_rows(const found_column *column, int64_t target_bytes) {
    int64_t rows = target_bytes / (4 * column->columns);
    if (rows < 1) rows = 1;
    if (column->chunk_rows > 0) rows = (rows + column->chunk_rows - 1) / column->chunk_rows * column->chunk_rows;
    return rows < column->rows ? rows : column->rows;
}

static int read_slab(
    const found_column *column, enum role role, int64_t first, int64_t rows, float *into, ch5_report *report) {
    hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)rows, (hsize_t)column->columns};
    hid_t file_space = H5Dget_space(column->id), memory_space = H5Screate_simple(column->rank, count, NULL);
    if (file_space < 0 || memory_space < 0
        || H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL) < 0
        || H5Dread(column->id, H5T_NATIVE_FLOAT, memory_space, file_space, H5P_DEFAULT, into) < 0)
        return damaged(report, role);
    H5Sclose(file_space);
    H5Sclose(memory_space);
    return CH5_OK;
}

static int read_numbers(const found_column *column, enum role role, float *into, ch5_report *report) {
    int64_t step = slab_rows(column, 8 << 20);
    for (int64_t first = 0; first < column->rows; first += step) {
        int64_t rows = column->rows - first < step ? column->rows - first : step;
        int fault = read_slab(column, role, first, rows, into + first * column->columns, report);
        if (fault != CH5_OK) return fault;
    }
    return CH5_OK;
}

static int read_flags(const found_column *column, enum role role, uint8_t *into, ch5_report *report) {
    // As numbers first: converting straight to bytes would turn -1 and 0.5 into valid flags.
    int64_t step = column->rows < 1 << 18 ? column->rows : 1 << 18;
    float *numbers = malloc((size_t)step * sizeof(float));
    if (!numbers) return fail(report, CH5_DAMAGED, role, "out of memory");
    int fault = CH5_OK;
    for (int64_t first = 0; first < column->rows && fault == CH5_OK; first += step) {
        int64_t rows = column->rows - first < step ? column->rows - first : step;
        fault = read_slab(column, role, first, rows, numbers, report);
        for (int64_t row = 0; row < rows && fault == CH5_OK; row++) {
            into[first + row] = numbers[row] == 1;
            if (numbers[row] == 0 || numbers[row] == 1) continue;
            report->row = first + row;
            report->value = numbers[row];
            fault = fail(report, CH5_BAD_FLAG, role, NULL);
        }
    }
    free(numbers);
    return fault;
}

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
    }
}

static int read_all(found_column columns[ROLES], const ch5_layout *layout, char *start, ch5_report *report) {
    size_t places[ROLES] = {
        [OBSERVATIONS] = layout->observations, [NEXT_OBSERVATIONS] = layout->next_observations,
        [ACTIONS] = layout->actions, [REWARDS] = layout->rewards, [COSTS] = layout->costs,
        [TERMINALS] = layout->terminals, [TIMEOUTS] = layout->timeouts, [CONSTRAINT] = layout->constraint,
    };
    for (int32_t channel = 0; channel < layout->channels; channel++)
        places[CHANNEL + channel] = layout->channel_costs + (size_t)channel * layout->channel_bytes;
    for (int role = 0; role < ROLES; role++) {
        if (!columns[role].id) continue;
        char *into = start + places[role];
        int fault = expected[role].is_flag
            ? read_flags(&columns[role], (enum role)role, (uint8_t *)into, report)
            : read_numbers(&columns[role], (enum role)role, (float *)(void *)into, report);
        if (fault != CH5_OK) return fault;
    }
    if (report->derived_next) derive_next(start, layout);
    return CH5_OK;
}

// Returns the file, or a negative number with the fault in `report`.
static hid_t open_file(const char *path, ch5_report *report) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);  // a filter the file asks for must not load code
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, 0, 1);  // reading needs none, and some network drives have none
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file < 0) {
        char reason[256];
        ch5_innermost_reason(reason, sizeof reason);
        // A file with the signature that does not open is a broken HDF5 file, not another kind of file.
        fail(report, H5Fis_hdf5(path) > 0 ? CH5_DAMAGED : CH5_NOT_HDF5, ROLES, reason);
    }
    H5Pclose(access);
    // Whatever the file's contents make libhdf5 want to open from here on, it cannot.
    int next = dup(STDIN_FILENO);
    if (next >= 0) close(next);
    struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = (rlim_t)next};
    if (next >= 0) setrlimit(RLIMIT_NOFILE, &none);
    return file;
}

void ch5_import(
    const char *path, int64_t file_bytes, const ch5_limits *limits, int memory, ch5_report *report,
    void (*inspected)(const ch5_report *)) {
    hid_t file = open_file(path, report);
    if (file < 0) return;
    if (ch5_find_channels(file, report) != CH5_OK) return;
    for (int32_t channel = 0; channel < report->channels; channel++)
        expected[CHANNEL + channel] = (expectation){.name = report->channel_names[channel]};
    found_column columns[ROLES] = {{0}};
    int64_t largest = 0;
    for (int role = 0; role < ROLES; role++) {
        if (open_column(file, (enum role)role, limits, &columns[role], report) != CH5_OK) return;
        if (columns[role].chunk_bytes > largest) largest = columns[role].chunk_bytes;
    }
    if (read_choices(&columns[ACTIONS], report) != CH5_OK) return;
    if (check_sizes(columns, file_bytes, limits, report) != CH5_OK) return;
    report->phase = 1;
    report->value = (double)largest;
    inspected(report);
    report->value = 0;
    ch5_layout layout = ch5_layout_of(report);
    if (ftruncate(memory, (off_t)layout.bytes) != 0) {
        report->number = errno;
        fail(report, CH5_SYSTEM, ROLES, "ftruncate");
        return;
    }
    char *start = mmap(NULL, layout.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (start == MAP_FAILED) {
        report->number = errno;
        fail(report, CH5_SYSTEM, ROLES, "mmap");
        return;
    }
    read_all(columns, &layout, start, report);
}
