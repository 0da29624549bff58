#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ch5_internal.h"

static int refused(char reason[CH5_REASON]) {
    ch5_innermost_reason(reason, CH5_REASON);
    return -1;
}

int64_t ch5_create(const char *path, char reason[CH5_REASON]) {
    ch5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0) refused(reason);
    ch5_unlock();
    return file;
}

// FALSE and TRUE over a signed byte: what h5py writes for booleans.
static hid_t boolean_type(void) {
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    const char *names[] = {"FALSE", "TRUE"};
    for (signed char value = 0; value < 2; value++) H5Tenum_insert(type, names[value], &value);
    return type;
}

static hid_t stored_type(int type) {
    if (type == CH5_BOOLEAN) return boolean_type();
    if (type == CH5_TEXT) {
        hid_t text = H5Tcopy(H5T_C_S1);
        H5Tset_size(text, 8);
        return text;
    }
    return H5Tcopy(
        type == CH5_FLOAT64 ? H5T_IEEE_F64LE : type == CH5_UINT8 ? H5T_STD_U8LE
            : type == CH5_INT8 ? H5T_STD_I8LE : type == CH5_INT64 ? H5T_STD_I64LE : H5T_IEEE_F32LE);
}

static hid_t creation_options(const ch5_column *column) {
    hsize_t chunk[8];
    hid_t options = H5Pcreate(H5P_DATASET_CREATE);
    // Equal content gives equal bytes: no times of creation.
    H5Pset_obj_track_times(options, 0);
    if (column->chunk[0] > 0) {
        for (int axis = 0; axis < column->rank; axis++) chunk[axis] = (hsize_t)column->chunk[axis];
        H5Pset_chunk(options, column->rank, chunk);
        if (column->deflate > 0) H5Pset_deflate(options, (unsigned)column->deflate);
    }
    return options;
}

int ch5_put(int64_t file, const ch5_column *column, const void *data, char reason[CH5_REASON]) {
    ch5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hsize_t dims[8];
    for (int axis = 0; axis < column->rank && axis < 8; axis++) dims[axis] = (hsize_t)column->dims[axis];
    hid_t type = stored_type(column->type), space = H5Screate_simple(column->rank, dims, NULL);
    hid_t options = creation_options(column);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(file, column->name, type, space, links, options, H5P_DEFAULT);
    int result = 0;
    if (set < 0 || (data && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)) result = refused(reason);
    if (set >= 0 && H5Dclose(set) < 0 && result == 0) result = refused(reason);
    if (links >= 0) H5Pclose(links);
    if (options >= 0) H5Pclose(options);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    ch5_unlock();
    return result;
}

int ch5_put_rows(
    int64_t file, const ch5_column *column, int64_t first, int64_t rows, const void *data, char reason[CH5_REASON]) {
    ch5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hsize_t start[8] = {(hsize_t)first}, count[8];
    for (int axis = 0; axis < column->rank && axis < 8; axis++) count[axis] = (hsize_t)column->dims[axis];
    count[0] = (hsize_t)rows;
    hid_t type = stored_type(column->type), memory = H5Screate_simple(column->rank, count, NULL);
    hid_t set = H5Dopen2(file, column->name, H5P_DEFAULT), space = set < 0 ? -1 : H5Dget_space(set);
    int result = 0;
    if (space < 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0
        || H5Dwrite(set, type, memory, space, H5P_DEFAULT, data) < 0)
        result = refused(reason);
    if (space >= 0) H5Sclose(space);
    if (set >= 0 && H5Dclose(set) < 0 && result == 0) result = refused(reason);
    if (memory >= 0) H5Sclose(memory);
    if (type >= 0) H5Tclose(type);
    ch5_unlock();
    return result;
}

int ch5_mark(int64_t file, const char *column, const char *name, int64_t value, char reason[CH5_REASON]) {
    ch5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t mark = H5Acreate_by_name(
        file, column, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int result = mark < 0 || H5Awrite(mark, H5T_NATIVE_INT64, &value) < 0 ? refused(reason) : 0;
    if (mark >= 0 && H5Aclose(mark) < 0 && result == 0) result = refused(reason);
    if (space >= 0) H5Sclose(space);
    ch5_unlock();
    return result;
}

int ch5_close(int64_t file, char reason[CH5_REASON]) {
    ch5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    int result = H5Fclose(file) < 0 ? refused(reason) : 0;
    ch5_unlock();
    return result;
}

static int synchronise(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int fault = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return fault;
}

int ch5_commit(const char *temporary, const char *path) {
    int fault = synchronise(temporary);
    if (fault == 0 && rename(temporary, path) != 0) fault = errno;
    if (fault != 0) {
        unlink(temporary);
        return fault;
    }
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (slash && length < sizeof folder) {
        memcpy(folder, path, length);
        folder[length] = 0;
        if (length == 0) folder[0] = '/', folder[1] = 0;
    }
    return synchronise(folder);
}
